"""Where prices come from: the bundled sample, files of one's own, or Yahoo."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from pipeline.errors import ConfigError
from pipeline.settings.ingest import Ingest
from pipeline.settings.source import SOURCES
from pipeline.settings.yahoo import Yahoo
from pipeline.sources.source import FIRMS, PRICES, Raw, Source

__all__ = ["FIRMS", "PRICES", "Raw", "Source", "open_source"]


def open_source(text: str, ingest: Ingest, yahoo: Yahoo, cache: Path | str) -> Source:
    """Find the source that a text names; nothing is read or fetched yet.

    Parameters
    ----------
    text : str
        One of the forms of `pipeline.settings.source`, such as ``sample`` or ``files:PATH``.
    ingest : Ingest
        The dates asked for: a source need not give others.
    yahoo : Yahoo
        How to fetch, and the named universes.
    cache : Path or str
        Folder for what a source fetched, or the address of one.

    Raises
    ------
    ConfigError
        If the text has none of these forms.
    """
    name, _, address = (part.strip() for part in text.partition(":"))
    kind = SOURCES.get(name)
    if kind is None or bool(address) != kind.addressed:
        *others, last = (known.words or ", ".join(known.forms) for known in SOURCES.values())
        raise ConfigError(f"The source '{text}' is unknown: use {', '.join(others)}, or {last}.")
    found: Source = import_module(kind.module).source(address, ingest, yahoo, cache)
    return found
