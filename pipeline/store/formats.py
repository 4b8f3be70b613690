"""A flat dataclass as a folder with a file a field, in the format of the field's type."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from pipeline.errors import StoreError

T = TypeVar("T")


def write(outputs: Any, folder: Path) -> None:
    """Write each field of a flat dataclass into a folder that is there."""
    for field in dataclasses.fields(outputs):
        _write(folder, field, getattr(outputs, field.name))


def read(kind: type[T], folder: Path) -> T:
    """Read a stage's output from the folder that holds it; arrays are memory maps.

    A network that an earlier version registered is read as it was written then: what it lacks is
    the field's default, where it has one. That no file was lost since, the store has made sure of.

    Raises
    ------
    StoreError
        If a file is missing or damaged, which only happens from outside.
    """
    values = {}
    try:
        for field in dataclasses.fields(kind):  # type: ignore[arg-type]
            paths = list(folder.glob(f"{field.name}.*"))
            if not paths and field.default_factory is not dataclasses.MISSING:
                continue  # written before there was such a field
            (path,) = paths
            values[field.name] = field.metadata.get("read", _same)(_read(path))
    except (OSError, ValueError, EOFError, TypeError, KeyError) as error:
        raise StoreError(
            f"The stage output {folder} is not whole (its {field.name} cannot be read): remove "
            "that folder, and `firmament run` makes it again."
        ) from error
    return kind(**values)


def json_text(value: Any) -> str:
    """Return plain values as JSON; NaN is refused, since JSON has none."""
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False, default=str) + "\n"


def _write(folder: Path, field: dataclasses.Field[Any], value: Any) -> None:
    """Write one field in the format of its type."""
    path = folder / field.name
    if isinstance(value, pd.DataFrame):
        value.to_parquet(path.with_suffix(".parquet"))
    elif isinstance(value, np.ndarray):
        np.save(path.with_suffix(".npy"), value, allow_pickle=False)
    elif isinstance(value, bytes):
        path.with_suffix(field.metadata["suffix"]).write_bytes(value)
    elif isinstance(value, str):
        path.with_suffix(field.metadata["suffix"]).write_text(value, encoding="utf-8")
    else:
        plain = value if isinstance(value, dict | list) else dataclasses.asdict(value)
        path.with_suffix(".json").write_text(json_text(plain), encoding="utf-8")


def _same(value: Any) -> Any:
    return value


def _read(path: Path) -> Any:
    """Read one field by its file's suffix."""
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    if path.suffix == ".npy":
        return np.load(path, mmap_mode="r", allow_pickle=False)
    if path.suffix == ".json":
        return json.loads(path.read_text(encoding="utf-8"))
    if path.suffix == ".html":
        return path.read_text(encoding="utf-8")
    return path.read_bytes()
