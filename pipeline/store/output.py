"""The folder of one output: what `about.json` says was written, and what is there of it."""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from pipeline.store import disk

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
    """Return what was noted when an output was written."""
    return dict(json.loads((place / ABOUT).read_text(encoding="utf-8")))


def whole(place: Path) -> bool:
    """Tell whether a folder has every file of an output, by their sizes."""
    try:
        sizes = about(place)["files"].items()
        return all((place / name).stat().st_size == size for name, size in sizes)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def damage(place: Path) -> str | None:
    """Say what is wrong with the output in a folder, as part of a sentence; None: nothing."""
    try:
        noted = about(place)
        sizes, digests = noted["files"], noted.get("digests", {})
    except FileNotFoundError:
        return f"{ABOUT} is missing"
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return f"{ABOUT} cannot be read"
    for name, size in sizes.items():
        try:
            if (place / name).stat().st_size != size:
                return f"{name} has another size than was written"
            if name in digests and disk.digest(place / name) != digests[name]:
                return f"{name} has another content than was written"
        except FileNotFoundError:
            return f"{name} is missing"
        except OSError as error:
            return f"{name} cannot be read ({error.strerror})"
    return None


def touch(path: Path) -> None:
    """Note that a file is used, once a day; a store that is only read notes nothing."""
    with suppress(OSError):
        if time.time() - path.stat().st_mtime > DAY:
            os.utime(path)
