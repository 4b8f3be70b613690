"""Where prices come from: the bundled sample, files of one's own, or Yahoo."""

from __future__ import annotations

from pathlib import Path

from pipeline.errors import ConfigError
from pipeline.settings.ingest import Ingest
from pipeline.settings.yahoo import Yahoo
from pipeline.sources.source import FIRMS, PRICES, Raw, Source

__all__ = ["FIRMS", "PRICES", "Raw", "Source", "open_source"]


def open_source(text: str, ingest: Ingest, yahoo: Yahoo, cache: Path | str) -> Source:
    """Find the source that a text names; nothing is read or fetched yet.

    Parameters
    ----------
    text : str
        ``sample``, ``files:PATH``, ``yahoo:SYMBOL,SYMBOL…`` or ``yahoo:UNIVERSE``.
    ingest : Ingest
        The dates asked for: a source need not give others.
    yahoo : Yahoo
        How to fetch, and the named universes.
    cache : Path or str
        Folder for what Yahoo answered, or the address of one.

    Raises
    ------
    ConfigError
        If the text has none of these forms.
    """
    kind, _, rest = text.strip().partition(":")
    rest = rest.strip()
    if kind == "sample" and not rest:
        from pipeline.sources.sample import SampleSource

        return SampleSource(ingest)
    if kind == "files" and rest:
        from pipeline.sources.files import FilesSource

        return FilesSource(Path(rest))
    if kind == "yahoo" and rest:
        from pipeline.sources.yahoo import YahooSource

        return YahooSource(rest, ingest, yahoo, cache)
    raise ConfigError(
        f"The source '{text}' is unknown: use sample, files:PATH, "
        "or yahoo: followed by symbols with commas between them or by the name of a universe."
    )
