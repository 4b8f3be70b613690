"""Prices in files of one's own."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pandas as pd

from pipeline.errors import InputError
from pipeline.settings.ingest import Ingest
from pipeline.settings.yahoo import Yahoo
from pipeline.sources.formats import is_table, read_firms, read_prices, symbol_of
from pipeline.sources.source import Raw, firms_table
from pipeline.watch import Watch


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
        tables: list[pd.DataFrame] = []
        shapes: set[str] = set()
        for done, path in enumerate(paths, start=1):
            table, shape = read_prices(path)
            if len(paths) > 1 and shape != "single":
                raise InputError(
                    f"{self.path} holds {len(paths)} tables of which {path.name} has several "
                    "firms: leave one table of prices, or call the right one prices."
                )
            tables.append(table)
            shapes.add(shape)
            watch.step("read files", done, len(paths))
        notes = []
        if "wide" in shapes:
            notes.append("A wide table does not say whether closes are adjusted: taken as close.")
        prices = pd.concat(tables, ignore_index=True) if len(tables) > 1 else tables[0]
        return Raw(prices, read_firms(firms) if firms else firms_table({}), notes)

    def _files(self) -> tuple[list[Path], Path | None]:
        """Find the tables of prices, and the table of firms if there is one."""
        if not self.path.exists():
            raise InputError(f"{self.path} does not exist: check the path after files:.")
        folder = self.path if self.path.is_dir() else self.path.parent
        tables = [path for path in sorted(folder.iterdir()) if path.is_file() and is_table(path)]
        firms = next((path for path in tables if path.name.lower() == "firms.csv"), None)
        if self.path.is_file():
            if not is_table(self.path):
                raise InputError(
                    f"{self.path} is neither .csv nor .parquet: give a table in one of these."
                )
            return [self.path], firms if firms != self.path else None
        tables = [path for path in tables if path != firms]
        if not tables:
            raise InputError(
                f"{self.path} holds no .csv or .parquet file with prices: check the folder."
            )
        main = [path for path in tables if symbol_of(path).lower() == "prices"]
        return main[:1] or tables, firms


def source(address: str, ingest: Ingest, yahoo: Yahoo, cache: Path | str) -> FilesSource:  # noqa: ARG001
    """Open the files at a path; what dates are asked for is all the same to them."""
    return FilesSource(Path(address))


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            f"{path} cannot be read ({error.strerror}): check its permissions."
        ) from error
