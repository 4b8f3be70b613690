"""The folder of one output: what `about.json` says was written, and what is there of it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from pipeline.store import disk
from pipeline.store.records import About, UnfitError, parsed

ABOUT = "about.json"
DAY = 86400.0
"""Seconds by which the noted time of an output's last use may be behind."""


def content(place: Path) -> dict[str, dict[str, Any]]:
    """Return `files` and `digests`: each file's size in bytes and SHA-256, by its name."""
    paths = sorted(place.iterdir())
    return {
        "files": {path.name: path.stat().st_size for path in paths},
        "digests": {path.name: disk.digest(path) for path in paths},
    }


def about(place: Path) -> dict[str, Any]:
    """Return what was noted when an output was written.

    Raises
    ------
    OSError
        If it cannot be read.
    UnfitError
        If it is damaged, or lacks what it must hold.
    """
    return parsed(disk.content(place / ABOUT), About)


def whole(place: Path) -> bool:
    """Tell whether a folder has every file of an output, by their sizes."""
    try:
        sizes = about(place)["files"].items()
        return all((place / name).stat().st_size == size for name, size in sizes)
    except (OSError, UnfitError):
        return False


def damage(place: Path, digest: Callable[[Path], str] = disk.digest) -> str | None:
    """Say what is wrong with the output in a folder, as part of a sentence; None: nothing.

    Parameters
    ----------
    place
        The folder.
    digest
        What gives the SHA-256 of a file, which is compared with what was noted; an output of an
        earlier version, which noted none, is judged by its files' sizes.
    """
    try:
        noted = about(place)
        for name, size in noted["files"].items():
            wrong = _wrong(place / name, size, noted.get("digests", {}).get(name), digest)
            if wrong is not None:
                return f"{name} {wrong}"
    except NotADirectoryError:
        return "it is no folder"
    except FileNotFoundError:
        return f"{ABOUT} is missing"
    except OSError as error:
        return f"{ABOUT} cannot be read ({error.strerror})"
    except UnfitError as error:
        return f"{ABOUT} {error}"
    return _strange(place, set(noted["files"]))


def _wrong(path: Path, size: int, noted: str | None, digest: Callable[[Path], str]) -> str | None:
    """Say what is wrong with a file of an output."""
    try:
        if path.stat().st_size != size:
            return "has another size than was written"
        if noted is not None and digest(path) != noted:
            return "has another content than was written"
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    return None


def _strange(place: Path, written: set[str]) -> str | None:
    """Say which file might be taken for one that was written."""
    fields = {name.partition(".")[0] for name in written}
    for path in sorted(place.iterdir()):
        if path.name not in {*written, ABOUT} and path.name.partition(".")[0] in fields:
            return f"{path.name} was not written with it"
    return None


def touch(path: Path) -> None:
    """Note that a file is used, once a day; a store that is only read notes nothing."""
    with suppress(OSError):
        if time.time() - path.stat().st_mtime > DAY:
            os.utime(path)
