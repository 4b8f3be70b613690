"""Settings of a YAML file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline.errors import ConfigError
from pipeline.settings.layer import Layer, section
from pipeline.settings.layer import Path as Keys
from pipeline.settings.written import WrittenError, read

_OPENED = ("/dev/stdin", "/dev/fd/", "/proc/")
LARGEST = 256_000
"""Bytes; settings are a hundredth of it."""


def file_layer(file: Path) -> Layer:
    """Read a YAML file; a section that is left empty has its defaults.

    Raises
    ------
    ConfigError
        If it cannot be read, is not YAML or holds no sections.
    """
    try:
        tree, lines = read(_text(file))
    except WrittenError as error:
        raise ConfigError(f"The configuration {file} {error}.") from error
    if not isinstance(tree, dict | None):
        raise ConfigError(
            f"The configuration {file} holds no sections: write them as `train:` and below it "
            "`epochs: 10`."
        )
    places = {path: f"in line {line} of {file}" for path, line in lines.items()}
    return Layer(_filled(tree or {}), {(): f"in {file}", **places})


def _text(file: Path) -> str:
    """Return what a file holds, be it a pipe that somebody writes to."""
    try:
        if file.is_fifo() and not _opened(file):
            raise ConfigError(
                f"The configuration {file} is a named pipe, which may never be written to: give a "
                "file, or /dev/stdin."
            )
        with file.open("rb") as opened:
            data = opened.read(LARGEST + 1)
    except OSError as error:
        raise ConfigError(
            f"The configuration {file} cannot be read ({error.strerror}): check the path, or print "
            "a fresh one with `firmament config`."
        ) from error
    if len(data) > LARGEST:
        raise ConfigError(
            f"The configuration {file} is larger than {LARGEST:,} bytes, which no settings are: "
            "check the path."
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(
            f"The configuration {file} is not in UTF-8 at line {line}: save it in that encoding."
        ) from error


def _opened(file: Path) -> bool:
    """Tell whether a pipe is one that whoever started the command has opened for it."""
    return any(str(place).startswith(_OPENED) for place in (file, file.resolve()))


def _filled(tree: dict[str, Any], above: Keys = ()) -> dict[str, Any]:
    """Leave out sections that are empty."""
    found = {}
    for key, value in tree.items():
        path = (*above, key)
        if section(path) and value is None:
            continue
        found[key] = _filled(value, path) if section(path) and isinstance(value, dict) else value
    return found
