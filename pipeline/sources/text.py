"""Tables in text files: separators, decimals, headers of several rows, lines and encodings."""

from __future__ import annotations

import bz2
import csv
import gzip
import lzma
import warnings
import zipfile
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import IO, Any

import pandas as pd

from pipeline.errors import InputError
from pipeline.sources.columns import TERMS, plain, shown_names
from pipeline.sources.values import decimal_of

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_NOTHING = ["", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "null", "NULL", "None", "-", "--", "."]
_SAMPLE = 300
"""Lines from which is told how a file is written."""


class TextFile:
    """A table in a file of text, looked at: how it is written is told from its first lines.

    Attributes
    ----------
    headers
        Rows of names: one, or two where a second says whose prices they are (yfinance).
    separator
        Between cells.
    decimal
        Before decimals, a point or a comma.
    told
        Whether the first lines tell that.

    Raises
    ------
    InputError
        If there is no line, or it cannot be told what a comma in numbers means.
    OSError, UnicodeError, ValueError
        If the file cannot be read as text.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with _bytes(path) as file:
            start = file.read(2)
        self._encoding = "utf-16" if start in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
        with self._opened() as file:
            sample = list(islice(file, _SAMPLE))
        if any("\0" in line for line in sample):
            raise UnicodeError  # UTF-16 or UTF-32 without the mark that says so
        self.separator = _separator(sample)
        rows = list(_filled(csv.reader(sample, delimiter=self.separator)))
        if not rows:
            raise InputError(f"{path} is empty: give a file with a header and rows.")
        if len(rows[0]) == 1 and any(len(row) > 1 for row in rows):
            raise InputError(
                f"The first line of {path} ('{rows[0][0].strip()[:40]}') is no row of names: "
                "remove what stands above the names of the columns."
            )
        self.headers, self._above = _headers(rows)
        decimal = decimal_of(
            (cell for row in rows[self._above :] for cell in row[1:]),
            semicolons=self.separator == ";",
        )
        if decimal.unclear:
            raise unclear(decimal.unclear, path)
        self.decimal, self.told = decimal.mark, decimal.told

    def read(self) -> pd.DataFrame:
        """Return the rows, with a column a cell of the header, numbered from 0.

        Days and symbols are text, other columns numbers where all their cells are. The index
        counts rows, blank lines left out, so that `line` finds them.

        Raises
        ------
        InputError
            If a row has more cells than the header, a quote is never closed, or the file is cut
            short in its last line.
        """
        width = len(self.headers[0])
        self._check_end(width)
        try:
            table = self._parsed(width)
        except (pd.errors.ParserError, pd.errors.ParserWarning):
            table = self._wider()
        # Where an office program has cleared rows, their separators stay.
        return table.loc[~_empty(table), : width - 1]

    def line(self, row: int) -> int:
        """Return the line on which a row ends, header and blank lines counted."""
        with self._opened() as file:
            reader = csv.reader(file, delimiter=self.separator)
            for _ in islice(_filled(reader), row + self._above + 1):
                pass
            return reader.line_num

    def _parsed(self, width: int) -> pd.DataFrame:
        """Read rows of so many cells; only cells that are no symbols may be missing."""
        terms = {at: TERMS.get(plain(name)) for at, name in enumerate(self.headers[0])}
        texts = [0, *(at for at, term in terms.items() if term in ("date", "symbol"))]
        missing: Any = {at: _NOTHING for at in range(width) if terms.get(at) != "symbol"}
        with self._opened() as file, warnings.catch_warnings():
            # Cells beyond the header would be dropped: as where 1,234.5 is written without quotes.
            warnings.simplefilter("error", pd.errors.ParserWarning)
            table: pd.DataFrame = pd.read_csv(
                file,
                sep=self.separator,
                header=None,
                names=list(range(width)),
                skiprows=self.line(-1),
                index_col=False,
                dtype=dict.fromkeys(texts, "str"),
                decimal=self.decimal,
                keep_default_na=False,
                na_values=missing,
                low_memory=False,
            )
        return table

    def _check_end(self, width: int) -> None:
        """Refuse a last line that has no end and lacks cells, as a broken transfer leaves it."""
        with self._opened() as file:
            last = deque(file, 1)
        line = last[0] if last else ""
        cells = len(next(csv.reader([line], delimiter=self.separator), []))
        if line.strip() and not line.endswith(("\n", "\r")) and cells < width:
            raise InputError(
                f"{self.path} is cut short: its last line has {cells} of {width} cells and no end; "
                "fetch the file again, or remove that line."
            )

    def _wider(self) -> pd.DataFrame:
        """Read rows with empty cells beyond the header."""
        try:
            return self._parsed(self._width())
        except (pd.errors.ParserError, csv.Error) as error:
            raise InputError(
                f"{self.path} has a quote in line {self._last_row()} that is never closed: close "
                "or remove it."
            ) from error

    def _last_row(self) -> int:
        """Return the line on which the last row begins, which holds all that is left."""
        begin = end = 0
        with self._opened() as file, suppress(csv.Error):
            reader = csv.reader(file, delimiter=self.separator)
            for _ in reader:
                begin, end = end + 1, reader.line_num
            return begin
        return end + 1

    def _width(self) -> int:
        """Return how many cells the longest row has, where those beyond the header are empty."""
        names = self.headers[0]
        width = len(names)
        with self._opened() as file:
            reader = csv.reader(file, delimiter=self.separator)
            for row in _filled(reader):
                if any(cell.strip() for cell in row[len(names) :]):
                    marks = SEPARATORS[self.separator]
                    raise InputError(
                        f"Line {reader.line_num} of {self.path} has more cells than the "
                        f"{len(names)} of its header ({shown_names(names)}): write numbers "
                        f"without {marks} in them, and texts with {marks} in quotes."
                    )
                width = max(width, len(row))
        return width

    def _opened(self) -> IO[str]:
        return TextIOWrapper(_bytes(self.path), encoding=self._encoding, newline="")


def _bytes(path: Path) -> IO[bytes]:
    """Open a file as bytes, uncompressed."""
    if path.suffix.lower() == ".zip":
        held = zipfile.ZipFile(path)
        names = [name for name in held.namelist() if not Path(name).name.startswith((".", "_"))]
        if len(names) != 1:
            raise ValueError(f"it holds {len(names)} files instead of one")
        return held.open(names[0])
    opener: Any = {".gz": gzip, ".bz2": bz2, ".xz": lzma}.get(path.suffix.lower())
    opened: IO[bytes] = opener.open(path, "rb") if opener else path.open("rb")
    return opened


def _filled(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    """Yield rows but for blank lines, as pandas reads them."""
    return (row for row in rows if len(row) > 1 or any(cell.strip() for cell in row))


def _separator(sample: list[str]) -> str:
    """Return what separates the cells of the header: what makes most of them."""
    header = next((line for line in sample if line.strip()), "")
    counts = {mark: len(next(csv.reader([header], delimiter=mark))) for mark in SEPARATORS}
    return max(counts, key=lambda mark: counts[mark])


def _headers(rows: list[list[str]]) -> tuple[list[list[str]], int]:
    """Return the rows of names, and how many rows stand above the first of prices.

    yfinance writes three: the fields, the tickers (or both the other way round), and the date's
    name alone.
    """
    if rows[0][0] == "sep=":  # for office programs
        headers, above = _headers(rows[1:])
        return headers, above + 1
    first = _named(rows[0])
    if len(rows) > 2 and TERMS.get(plain(rows[2][0])) == "date" and not any(rows[2][1:]):
        second = [cell.strip() for cell in [*rows[1], *("" for _ in first)]][: len(first)]
        fields = {TERMS.get(plain(cell)) for cell in first[1:]}
        return ([second, first] if None in fields else [first, second]), 3
    if len(rows) > 2 and _of_several(first, rows[1]):
        return [first, [cell.strip() for cell in rows[1]]], 2
    return [first], 1


def _of_several(fields: list[str], symbols: list[str]) -> bool:
    """Tell whether fields stand once a firm, and the firms below: yfinance without its index."""
    terms = [TERMS.get(plain(field)) for field in fields]
    return (
        terms[0] == "date"
        and None not in terms
        and len(set(fields)) < len(fields) == len(symbols)
        and not symbols[0].strip()
        and all(symbol.strip() for symbol in symbols[1:])
    )


def unclear(cell: str, path: Path) -> InputError:
    """Return the error for a number that may mean two things."""
    return InputError(
        f"It cannot be told whether {cell} in {path} is more than a thousand or little more than "
        "one: write its numbers without separators of thousands."
    )


def _named(row: list[str]) -> list[str]:
    """Return the names of a header, without empty cells at its end."""
    names = [cell.strip() for cell in row]
    while len(names) > 1 and not names[-1]:
        names.pop()
    return names


def _empty(table: pd.DataFrame) -> pd.Series:
    """Mark rows without any content."""
    empty = table[0].isna() | (table[0].astype("str").str.strip() == "")
    if empty.any():
        rest = table[empty]
        blank = rest.isna() | (rest.astype("str").apply(lambda column: column.str.strip()) == "")
        empty[empty] = blank.all(axis=1)
    return empty
