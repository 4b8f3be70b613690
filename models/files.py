"""Networks as bytes, in Keras's own file format."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from pathlib import Path

import keras

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip archive can state, so that bytes do not tell the time."""


def to_bytes(network: keras.Model) -> bytes:
    """Return the content of a `.keras` file; equal networks made alike give equal bytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.keras"
        network.save(path)
        return _timeless(path)


def from_bytes(content: bytes) -> keras.Model:
    """Return the network that `to_bytes` or a `.keras` file holds."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.keras"
        path.write_bytes(content)
        return keras.saving.load_model(path, compile=False)


def _timeless(path: Path) -> bytes:
    """Return the archive without the times at which it was written."""
    answer = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(answer, "w") as new:
        for name in sorted(old.namelist()):
            content = old.read(name)
            if name == "metadata.json":
                metadata = json.loads(content)
                metadata.pop("date_saved", None)
                content = json.dumps(metadata).encode()
            new.writestr(zipfile.ZipInfo(name, EPOCH), content)
    return answer.getvalue()
