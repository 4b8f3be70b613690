"""Prices in files of one's own."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.errors import InputError
from pipeline.settings.ingest import Ingest
from pipeline.settings.yahoo import Yahoo
from pipeline.sources.firms import matched, read_firms
from pipeline.sources.formats import ENOUGH, Prices, read_prices
from pipeline.sources.sheet import is_table, symbol_of
from pipeline.sources.source import Raw, firms_table
from pipeline.watch import Watch
from pipeline.words import brief


class FilesSource:
    """A file, or a folder of files, with daily prices.

    A folder holds one table of prices (or one that is called ``prices``), or a CSV a firm in
    Yahoo's columns; and optionally ``firms.csv``, which may also stand beside a single file.

    Parameters
    ----------
    path : Path
        The file or folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser()

    @property
    def name(self) -> str:
        """``files:`` and the folder's or file's own name."""
        full = self.path.resolve()
        if full.is_dir():
            return f"files:{full.name}"
        named = symbol_of(full)
        return f"files:{full.parent.name if named == 'prices' else named}"

    @property
    def describe(self) -> str:
        """One sentence that says what the prices are."""
        return f"Daily prices from the files of {self.path.name}."

    def digest(self, watch: Watch) -> str:  # noqa: ARG002
        """Digest of the names and contents of all files that are read."""
        text = hashlib.sha256()
        tables, firms = self._files()
        for path in [*tables, *([firms] if firms else [])]:
            text.update(path.name.encode() + b"\0")
            text.update(hashlib.sha256(_content(path)).digest())
        return text.hexdigest()

    def read(self, watch: Watch) -> Raw:
        """Prices and firms as the files have them.

        Raises
        ------
        InputError
            If there are no such files, or they make no sense.
        """
        paths, firms = self._files()
        tables: list[Prices] = []
        for done, path in enumerate(paths, start=1):
            table = read_prices(path)
            if len(paths) > 1 and len(table.prices["symbol"].unique()) > 1:
                raise InputError(
                    f"{self.path} holds {len(paths)} tables of which {path.name} has several "
                    "firms: leave one table of prices, or call the right one prices."
                )
            tables.append(table)
            watch.step("read files", done, len(paths))
        prices = [table.prices for table in tables]
        together = pd.concat(prices, ignore_index=True) if len(prices) > 1 else prices[0]
        _apart(together["symbol"].unique(), self.path)
        listed = firms_table({})
        if firms:
            listed = matched(read_firms(firms), set(together["symbol"].unique()), firms)
        understood = _understood(tables) | {"listed": len(listed)}
        return Raw(together, listed, [*_notes(tables), *_twins(together)], understood)

    def _files(self) -> tuple[list[Path], Path | None]:
        """Find the tables of prices, and the table of firms if there is one."""
        if not _there(self.path):
            raise InputError(f"{self.path} does not exist: check the path.")
        if not self.path.is_dir():
            return [_regular(self.path)], self._firms(self.path.parent)
        firms = self._firms(self.path)
        tables = [path for path in _inside(self.path) if is_table(path) and path != firms]
        if not tables:
            raise InputError(
                f"{self.path} holds no .csv or .parquet file with prices: check the folder."
            )
        main = [path for path in tables if symbol_of(path).lower() == "prices"]
        if len(main) > 1:
            raise InputError(
                f"{self.path} holds both {main[0].name} and {main[1].name}: leave one of them, or "
                "name the right one as the source."
            )
        return [_regular(path) for path in main or tables], firms

    def _firms(self, folder: Path) -> Path | None:
        """Return the table of firms of a folder, unless it is the source itself."""
        named = [
            path
            for path in _inside(folder)
            if symbol_of(path).lower() == "firms" and is_table(path) and path != self.path
        ]
        if len(named) > 1:
            raise InputError(
                f"{folder} holds both {named[0].name} and {named[1].name}: leave one of them."
            )
        return _regular(named[0]) if named else None


def source(address: str, ingest: Ingest, yahoo: Yahoo, cache: Path | str) -> FilesSource:  # noqa: ARG001
    """Open the files at a path; what dates are asked for is all the same to them."""
    if re.match(r"\w{2,}:/", address) and not Path(address).exists():
        raise InputError(
            f"{address} is an address, and prices are read from files of this machine: fetch it "
            "first, and give the file."
        )
    return FilesSource(Path(address))


def _there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError as error:
        raise InputError(_unreadable(path, error)) from error


def _inside(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        raise InputError(_unreadable(folder, error)) from error


def _regular(path: Path) -> Path:
    """Return a file that can be read as often as is wanted, and is a table by its name."""
    if path.is_dir():
        raise InputError(f"{path} is a folder where a file belongs: name the files within it.")
    if not path.exists():
        raise InputError(f"{path} is not there, only a link to it: mend or remove the link.")
    if not path.is_file():
        raise InputError(
            f"{path} is no file that can be read more than once, as prices are: write them to a "
            ".csv or .parquet file."
        )
    if not is_table(path):
        raise InputError(f"{path} is neither .csv nor .parquet: give a table in one of these.")
    return path


def _apart(symbols: Iterable[str], path: Path) -> None:
    """Refuse firms that differ in capitals alone: they are one firm, or two files of one."""
    seen: dict[str, str] = {}
    for symbol in symbols:
        other = seen.setdefault(symbol.upper(), symbol)
        if other != symbol:
            raise InputError(
                f"{path} has the firms {brief(other)} and {brief(symbol)}, which differ in "
                "capitals alone: write them alike, or give them other symbols."
            )


def _understood(tables: list[Prices]) -> dict[str, Any]:
    """Say how the files were read; of many, as the first was."""
    first = tables[0]
    shape = {"single": "one firm's"}.get(first.shape, first.shape)
    return {
        "shape": f"{shape} table" if len(tables) == 1 else f"{len(tables)} tables of one firm",
        "written": first.written,
        "columns": first.taken,
        "unused": first.unused,
        "files": len(tables),
    }


def _notes(tables: list[Prices]) -> list[str]:
    """Say what a table's columns leave open."""
    notes = []
    if any(table.shape == "wide" for table in tables):
        notes.append("A wide table does not say whether closes are adjusted: taken as close.")
    if any(table.shape == "CRSP" for table in tables):
        notes.append(
            "Prices of CRSP were adjusted for splits by their factor, not for dividends; a minus "
            "before a price, which marks a mean of bid and ask, was dropped."
        )
    return notes


def _twins(prices: pd.DataFrame) -> list[str]:
    """Say which firms have the prices of another, as where a file was copied."""
    basis = "close" if "close" in prices else "adj_close"
    firms = prices.groupby("symbol", sort=False)[basis]
    traits = firms.agg(["size", "sum", "min", "max", "first", "last"])
    traits = traits[(traits["size"] >= ENOUGH) & (traits["min"] < traits["max"])]
    alike = traits.groupby(list(traits), sort=False).groups.values()
    return [
        f"{' and '.join(map(str, same[:2]))} have the same prices: if they are one firm, leave one."
        for same in alike
        if len(same) > 1
    ][:5]


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(_unreadable(path, error)) from error


def _unreadable(path: Path, error: OSError) -> str:
    return f"{path} cannot be read ({error.strerror}): check its permissions."
