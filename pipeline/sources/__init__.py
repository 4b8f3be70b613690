"""Where prices come from: the bundled sample, files of one's own, or Yahoo."""

from __future__ import annotations

import os
import re
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path

from pipeline.errors import ConfigError
from pipeline.settings.ingest import Ingest
from pipeline.settings.source import SOURCES
from pipeline.settings.yahoo import Yahoo
from pipeline.sources.sheet import is_table
from pipeline.sources.source import FIRMS, PRICES, Raw, Source

_SCHEME = re.compile(r"[\w.+-]{2,}:")
"""What begins as a source or an address does; a drive is one letter."""

__all__ = ["FIRMS", "PRICES", "Raw", "Source", "open_source"]


def open_source(text: str, ingest: Ingest, yahoo: Yahoo, cache: Path | str) -> Source:
    """Find the source that a text names; nothing is read or fetched yet.

    Parameters
    ----------
    text : str
        One of the forms of `pipeline.settings.source`, such as ``sample`` or ``files:PATH``; or
        a path alone: what is there, or is written as a path is.
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
    if kind is None and _is_path(text.strip()):
        kind, address = SOURCES["files"], text.strip()
    if kind is None or bool(address) != kind.addressed:
        *others, last = (known.words or ", ".join(known.forms) for known in SOURCES.values())
        raise ConfigError(
            f"The source '{text}' is unknown{_suggestion(text.strip())}: use "
            f"{', '.join(others)}, or {last}."
        )
    found: Source = import_module(kind.module).source(address, ingest, yahoo, cache)
    return found


def _is_path(text: str) -> bool:
    """Say whether a text is the path of something, or is written as a path is."""
    if not text or os.path.exists(os.path.expanduser(text)):  # noqa: PTH110, PTH111 (never raise)
        return bool(text)
    if _SCHEME.match(text):
        return False
    return text.startswith(("~", ".")) or "/" in text or os.sep in text or is_table(Path(text))


def _suggestion(text: str) -> str:
    """Say what was probably meant, if anything."""
    path = Path(text or " ")
    near = sorted(path.parent.glob(f"{path.name}.*")) if path.name.isidentifier() else []
    files = [str(file) for file in near if is_table(file)]
    kinds = get_close_matches(text.partition(":")[0], SOURCES, n=1)
    meant = files[:1] or [f"{kinds[0]}{':…' if SOURCES[kinds[0]].addressed else ''}" for _ in kinds]
    return f" (did you mean {meant[0]}?)" if meant else ""
