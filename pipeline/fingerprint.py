"""What an output is addressed by: a digest of all that decides what it is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

HOUSE = Path(__file__).parents[1]
FORMATS = ("pipeline/outputs.py", "pipeline/store/formats.py")
"""What decides how every stage's output is written."""


def fingerprint(
    name: str,
    needs: Sequence[str],
    settings: Mapping[str, Any],
    code: Sequence[str],
    libraries: Sequence[str],
) -> str:
    """Return the fingerprint of an output from all that decides what it is.

    Parameters
    ----------
    name
        Of the stage.
    needs
        Fingerprints of what it is made from.
    settings
        Section → plain values.
    code
        Files and folders that make it.
    libraries
        Packages of which another version does the same.
    """
    parts = {
        "stage": name,
        "settings": settings,
        "needs": needs,
        "code": [_code(path) for path in (*FORMATS, *code)],
        "libraries": {name: _version(name) for name in libraries},
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:20]


@cache
def _code(path: str) -> str:
    """Return the digest of a source file, or of all those of a folder."""
    place = HOUSE / path
    files = sorted(place.rglob("*")) if place.is_dir() else [place]
    digest = hashlib.sha256()
    for file in files:
        if file.suffix in (".py", ".jinja"):
            digest.update(str(file.relative_to(HOUSE)).encode() + file.read_bytes())
    return digest.hexdigest()


@cache
def _version(library: str) -> str:
    """Return a package's version, which takes a while to be read."""
    return version(library)
