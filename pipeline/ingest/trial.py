"""Ingest for once: a source is read and judged, and nothing of it is kept."""

from __future__ import annotations

from datetime import date

from pipeline.errors import ConfigError
from pipeline.ingest.ingest import ingest
from pipeline.outputs import Ingested
from pipeline.settings.settings import Settings
from pipeline.sources import open_source
from pipeline.watch import Watch


def tried(settings: Settings, watch: Watch) -> Ingested:
    """Read a source and control its quality.

    Raises
    ------
    InputError
        As of `ingest`, and if the source cannot be read.
    ConfigError
        If the source is one that has to be fetched.
    """
    if settings.source.startswith("yahoo:"):
        raise ConfigError(
            "Only prices that are at hand can be checked without keeping them: `firmament stage "
            f"ingest --source {settings.source}` fetches them."
        )
    source = open_source(settings.source, settings.ingest, settings.yahoo, settings.data_root)
    raw = source.read(watch)
    return ingest(settings.ingest, raw, source.name, today=date.today(), watch=watch)
