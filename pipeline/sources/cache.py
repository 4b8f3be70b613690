"""What a remote source answered, kept as a Parquet file a symbol: nothing of it is ever lost."""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

import pandas as pd

from pipeline.errors import StoreError
from pipeline.store.disk import sync_folder, unique


class Cache:
    """Tables of prices by symbol in one folder, on this machine or on an object store.

    A table's ``attrs`` (plain values) are kept with it. A reader never sees half of a table. A
    table that another takes the place of is kept under ``replaced/SYMBOL/``, named by the time
    (UTC), and it lies there before the other takes its place.

    Parameters
    ----------
    folder : Path or str
        The folder, made when the first table is written; or an address that fsspec knows, such as
        ``s3://bucket/prefix/cache``.
    """

    def __init__(self, folder: Path | str) -> None:
        remote = "://" in str(folder)
        self._place: _Place = _Bucket(str(folder)) if remote else _Folder(Path(folder))

    def read(self, symbol: str) -> pd.DataFrame | None:
        """Return a symbol's table, or None if there is none.

        Raises
        ------
        StoreError
            If the table is damaged, or the place cannot be reached.
        """
        name = _name(symbol)
        try:
            return pd.read_parquet(io.BytesIO(self._place.read(name)))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(
                f"The cached prices {self._place}/{name} cannot be read "
                f"({error.strerror or error}): mend the permissions or the disk."
            ) from error
        except ValueError as error:
            raise StoreError(
                f"The cached prices {self._place}/{name} are damaged: move that file aside, and "
                "what Yahoo still has is fetched again. Earlier prices lie under "
                f"replaced/{symbol}."
            ) from error

    def write(self, symbol: str, table: pd.DataFrame) -> None:
        """Keep a symbol's table: its first, or one that only adds to the table before it."""
        self._place.write(_name(symbol), table.to_parquet())

    def replace(self, symbol: str, table: pd.DataFrame, why: str) -> None:
        """Keep a symbol's table in place of another, and that one aside.

        A table that equals the earlier one only brings its ``attrs``.
        """
        earlier = self.read(symbol)
        if earlier is not None and not earlier.equals(table):
            self.put_aside(symbol, earlier, why)
        self.write(symbol, table)

    def put_aside(self, symbol: str, table: pd.DataFrame, why: str) -> None:
        """Keep a table of a symbol that is not used, with the reason as ``attrs["replaced"]``."""
        table = table.copy()
        table.attrs["replaced"] = why
        now = datetime.now(UTC)
        name = f"replaced/{quote(symbol, safe='')}/{now:%Y%m%dT%H%M%S.%fZ}.parquet"
        self._place.write(name, table.to_parquet())

    def record(self, name: str) -> dict[str, Any]:
        """Return what was kept under a name that is no symbol's; nothing if it is damaged."""
        try:
            kept = json.loads(self._place.read(f"{name}.json"))
        except (FileNotFoundError, ValueError):
            return {}
        return kept if isinstance(kept, dict) else {}

    def keep(self, name: str, record: Mapping[str, Any]) -> None:
        """Keep plain values under a name that is no symbol's, in place of earlier ones."""
        self._place.write(f"{name}.json", json.dumps(record).encode())

    def digest(self, symbols: Iterable[str]) -> str:
        """Digest of the tables of some symbols, whatever their order."""
        text = hashlib.sha256()
        for symbol in sorted(symbols):
            text.update(symbol.encode() + b"\0")
            text.update(hashlib.sha256(self._place.read(_name(symbol))).digest())
        return text.hexdigest()


def _name(symbol: str) -> str:
    # Symbols hold signs that file names must not (^GSPC, BTC/USD); quoting keeps them apart.
    return f"{quote(symbol, safe='')}.parquet"


class _Place(Protocol):
    """Named files that are written whole or not at all."""

    def read(self, name: str) -> bytes:
        """Return a file's content; FileNotFoundError if there is none."""

    def write(self, name: str, content: bytes) -> None:
        """Write a file, in place of an earlier one."""


class _Folder:
    """Files of this machine: written beside their place, synced to disk and renamed into it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def __str__(self) -> str:
        return str(self.root)

    def read(self, name: str) -> bytes:
        return (self.root / name).read_bytes()

    def write(self, name: str, content: bytes) -> None:
        place = self.root / name
        beside = place.with_name(f"{place.name}.{unique()}.part")
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            try:
                with beside.open("wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                beside.replace(place)
            finally:
                beside.unlink(missing_ok=True)
            # The folders on the way may be new as well.
            for folder in place.parents[: name.count("/") + 1]:
                sync_folder(folder)
        except OSError as error:
            raise StoreError(
                f"Fetched prices cannot be written to {self.root} ({error.strerror or error}): "
                "make room or choose another --data-root."
            ) from error


class _Bucket:
    """Objects of a store that fsspec knows: a put is whole or not at all by itself."""

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")

    def __str__(self) -> str:
        return self.address

    def read(self, name: str) -> bytes:
        from fsspec.core import url_to_fs

        # The libraries of object stores have errors of their own: for a missing key, a refused
        # connection, an unknown bucket.
        try:
            files, path = url_to_fs(f"{self.address}/{name}")
            return bytes(files.cat_file(path))
        except FileNotFoundError:
            raise
        except Exception as error:
            raise StoreError(
                f"Cached prices cannot be read from {self.address} ({error}): check the address, "
                "the credentials and the connection."
            ) from error

    def write(self, name: str, content: bytes) -> None:
        from fsspec.core import url_to_fs

        try:
            files, path = url_to_fs(f"{self.address}/{name}")
            files.pipe_file(path, content)
        except Exception as error:
            raise StoreError(
                f"Fetched prices cannot be written to {self.address} ({error}): check the "
                "address, the credentials and the connection."
            ) from error
