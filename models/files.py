"""Networks as bytes, in Keras's own file format."""

from __future__ import annotations

import io
import json
import re
import tempfile
import zipfile
from pathlib import Path

import keras

from models.catalogue import ARCHITECTURES
from models.recurrence import engage

PACKAGE = "firmament"
"""What the catalogue's own layers are registered under."""

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip archive can state, so that bytes do not tell the time."""


def to_bytes(network: keras.Model) -> bytes:
    """Return the content of a `.keras` file; equal networks made alike give equal bytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.keras"
        network.save(path)
        return _timeless(path)


def register() -> None:
    """Let Keras know all layers of the catalogue, so that it can load any network by itself."""
    for kind in ARCHITECTURES.values():
        kind.load()


def from_bytes(content: bytes) -> keras.Model:
    """Return the network that `to_bytes` or a `.keras` file holds."""
    register()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.keras"
        path.write_bytes(content)
        return engage(keras.saving.load_model(path, compile=False))


def portable(network: keras.Model) -> bool:
    """Say whether Keras alone can load the network: whether all its layers are Keras's own."""
    return f'"{PACKAGE}>' not in network.to_json()


def _timeless(path: Path) -> bytes:
    """Return the archive without the times and the memory addresses of its writing."""
    answer = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(answer, "w") as new:
        for name in sorted(old.namelist()):
            content = old.read(name)
            if name == "metadata.json":
                metadata = json.loads(content)
                metadata.pop("date_saved", None)
                content = json.dumps(metadata).encode()
            elif name == "config.json":
                content = numbered(content)
            new.writestr(zipfile.ZipInfo(name, EPOCH), content)
    return answer.getvalue()


def numbered(config: bytes) -> bytes:
    """Return the config with what Keras named by itself numbered in order.

    Those are its shared objects, named by their address, and its slices, by how many the process
    has made before.
    """
    for pattern in (rb'("shared_object_id": )(\d+)', rb'("get_item)(_\d+)?(?=")'):
        config = _in_order(pattern, config)
    return config


def _in_order(pattern: bytes, config: bytes) -> bytes:
    """Replace the second group of the pattern by the place of its first occurrence."""
    numbers: dict[bytes | None, int] = {}

    def number(match: re.Match[bytes]) -> bytes:
        place = numbers.setdefault(match[2], len(numbers) + 1)
        return b"%s%s%d" % (match[1], b"" if match[1].endswith(b" ") else b"_", place)

    return re.sub(pattern, number, config)
