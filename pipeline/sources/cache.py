"""What a remote source answered, kept on disk: a Parquet file a symbol."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

import pandas as pd

from pipeline.errors import StoreError


class Cache:
    """Tables of prices by symbol in one folder.

    A table's ``attrs`` (plain values) are kept with it. A table is written beside its place and
    renamed into it, so a reader never sees half of it.

    Parameters
    ----------
    folder : Path
        The folder; it is made when the first table is written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, symbol: str) -> pd.DataFrame | None:
        """Return a symbol's table, or None if there is none that can be read."""
        try:
            return pd.read_parquet(self._path(symbol))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise StoreError(
                f"The cached prices {self._path(symbol)} are damaged: remove that file, and they "
                "are fetched again."
            ) from error

    def write(self, symbol: str, table: pd.DataFrame) -> None:
        """Keep a symbol's table, in place of an earlier one."""
        place = self._path(symbol)
        beside = place.with_name(f"{place.name}.{os.getpid()}.part")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            table.to_parquet(beside)
            beside.replace(place)
        except OSError as error:
            beside.unlink(missing_ok=True)
            raise StoreError(
                f"Fetched prices cannot be written to {self.folder} ({error.strerror or error}): "
                "make room or choose another --data-root."
            ) from error

    def digest(self, symbols: Iterable[str]) -> str:
        """Digest of the tables of some symbols, whatever their order."""
        text = hashlib.sha256()
        for symbol in sorted(symbols):
            text.update(symbol.encode() + b"\0")
            text.update(hashlib.sha256(self._path(symbol).read_bytes()).digest())
        return text.hexdigest()

    def _path(self, symbol: str) -> Path:
        # Symbols hold signs that file names must not (^GSPC, BTC/USD); quoting keeps them apart.
        return self.folder / f"{quote(symbol, safe='')}.parquet"
