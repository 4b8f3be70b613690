"""What a caller asks for, as settings: the same that the command line takes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipeline.settings.load import load
from pipeline.settings.settings import Settings
from pipeline.watch import Silence, Watch


def settings_of(config: str | Path | None = None, **settings: Any) -> Settings:
    """Return the effective settings.

    Parameters
    ----------
    config
        A YAML file of settings.
    **settings
        What wins over it: `data_root` and `tracking_uri`, a section as a mapping
        (`train={"epochs": 10}`), and `model`, which may be a name alone; None: not given.

    Raises
    ------
    ConfigError
        For an unreadable file, an unknown key or a value out of bounds.
    """
    given = {key: _plain(key, value) for key, value in settings.items() if value is not None}
    return load(None if config is None else Path(config), (), given)


def _plain(key: str, value: Any) -> Any:
    """Return a setting as a file of settings has it."""
    if key == "model" and isinstance(value, str):
        return {"name": value}
    return str(value) if isinstance(value, Path) else value


@contextmanager
def watching(settings: Settings, progress: bool) -> Iterator[Watch]:
    """Show progress on standard error, or tell nobody."""
    if not progress:
        yield Silence()
        return
    from pipeline.terminal.screen import open_watch

    with open_watch(settings) as watch:
        yield watch
