"""A table in a file, and its cells as days, numbers and symbols, or a sentence that names one."""

from __future__ import annotations

import csv
import lzma
import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from pandas.api.types import is_float_dtype, is_numeric_dtype

from pipeline.errors import InputError
from pipeline.sources.columns import TERMS, plain, shown_names
from pipeline.sources.text import SEPARATORS, TextFile, unclear
from pipeline.sources.values import ISO, days, decimal_of, numbers
from pipeline.words import brief

PARQUET = (".parquet", ".pq")
TEXT = tuple(
    kind + packed for kind in (".csv", ".tsv") for packed in ("", ".gz", ".zip", ".bz2", ".xz")
)
_UNREADABLE = (
    *(OSError, EOFError, ValueError, RuntimeError),
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError),
)
"""What is raised for files that are no table, no archive, or a cut or locked one."""
_LEFT_BEHIND = (".", "~$", "__MACOSX")
"""How the names of files begin that office programs and archivers leave."""


def is_table(path: Path) -> bool:
    """Say whether a file's name is that of a table; Stooq's of text have days in their header."""
    name = path.name.lower()
    if name.startswith(_LEFT_BEHIND):
        return False
    if name.endswith(".txt") and path.is_file():
        with path.open("rb") as file:
            return b"<date>" in file.readline(1000).lower()
    return name.endswith((*TEXT, *PARQUET))


def symbol_of(path: Path) -> str:
    """Return a file's name without folder and suffixes, which may hold dots themselves."""
    name = re.sub(r"(\.[ct]sv(\.\w+)?|\.parquet|\.pq|\.txt)$", "", path.name, flags=re.IGNORECASE)
    return re.sub(r" Historical Data( \(\d+\))?$| Stock Price History( \(\d+\))?$", "", name)


@dataclass
class Sheet:
    """A table in a file.

    Attributes
    ----------
    path
        The file.
    table
        Cells, in columns that are numbered from 0; the index counts rows.
    headers
        Rows of names, one or two, with a name a column.
    text
        The file of text; None for Parquet.
    form
        How its days are written, once they were read.
    """

    path: Path
    table: pd.DataFrame
    headers: list[list[str]]
    text: TextFile | None
    form: str = ""

    @property
    def names(self) -> list[str]:
        """The columns' names."""
        return self.headers[0]

    @property
    def written(self) -> str:
        """How the file is written, in words."""
        days = f"days as {self.form}"
        if self.text is None:
            return f"Parquet, {days}"
        decimal = "" if self.text.decimal == "." else ", decimal commas"
        return f"cells between {SEPARATORS[self.text.separator]}, {days}{decimal}"

    def place(self, row: int) -> str:
        """Name a row as a person finds it: by its line in a text file, else by its number."""
        if self.text is None:
            return f"row {row + 1} of {self.path}"
        return f"line {self.text.line(row)} of {self.path}"

    def numbers(self, at: int) -> pd.Series:
        """Return a column as float64, NaN where a cell is empty."""
        column = self.table[at]
        read = numbers(column, self._decimal(column))
        bad = read.isna() & column.notna()
        if bad.any():
            row = _first(bad)
            raise InputError(
                f"The column {self._title(at)} in {self.place(row)} holds "
                f"'{brief(column[row])}' where a number belongs: correct it."
            )
        return read

    def _decimal(self, column: pd.Series) -> str:
        """Return what decimals follow, which a column itself tells where the file does not."""
        if self.text is not None and self.text.told:
            return self.text.decimal
        if is_numeric_dtype(column):
            return "."
        told = decimal_of(column.dropna().astype("str").unique())
        if told.unclear:
            raise unclear(told.unclear, self.path)
        return told.mark

    def days(self, at: int, *, empty_allowed: bool = False) -> pd.Series:
        """Return a column as days (datetime64, midnight, without time zone)."""
        column = self.table[at]
        read = days(column)
        self.form = read.form
        if read.unclear:
            raise InputError(
                f"It cannot be told whether '{brief(column.dropna().iloc[0])}' in the column "
                f"{self._title(at)} of {self.path} has the day or the month first: write dates "
                f"as {ISO}."
            )
        bad = read.days.isna() & (column.notna() | (not empty_allowed))
        if bad.any():
            row = _first(bad)
            shown = brief(column[row])
            held = "no date" if pd.isna(column[row]) else f"'{shown}', which is no date"
            like = "" if read.form == ISO else f" (others are {read.form})"
            raise InputError(f"{self.place(row)} has {held}{like}: write dates as {ISO}.")
        return read.days

    def symbols(self, at: int) -> pd.Series:
        """Return a column as symbols, none of them empty."""
        column = self.table[at]
        if is_float_dtype(column) and (column.dropna() % 1 == 0).all():
            column = column.astype("Int64")  # 700.0 is 700
        text = column.astype("str").str.strip()
        empty = self.table[at].isna() | (text == "")
        if empty.any():
            raise InputError(
                f"{self.place(_first(empty))} has no symbol: name its firm or remove the row."
            )
        return text

    def _title(self, at: int) -> str:
        return brief(" ".join(dict.fromkeys(header[at] for header in self.headers)))


def open_sheet(path: Path, holds: str) -> Sheet:
    """Read a table as it is.

    Parameters
    ----------
    path
        A file of text or Parquet.
    holds
        What its rows should be, for the sentence where there are none.

    Raises
    ------
    InputError
        If the file cannot be read, has no rows, or has columns of one name or of none.
    """
    kind = "Parquet" if path.suffix.lower() in PARQUET else "CSV"
    try:
        if path.stat().st_size == 0:
            raise InputError(f"{path} is empty: give a file with a header and rows.")
        sheet = _parquet(path) if kind == "Parquet" else _text(path)
    except FileNotFoundError as error:
        raise InputError(f"{path} does not exist: check the path.") from error
    except UnicodeError as error:
        raise InputError(
            f"{path} cannot be read as {kind} (it is not written in UTF-8): save it as CSV in "
            "UTF-8."
        ) from error
    except PermissionError as error:
        raise InputError(
            f"{path} cannot be read ({error.strerror}): check its permissions."
        ) from error
    except csv.Error as error:
        raise InputError(
            f"{path} is no table: a cell of it has more than {csv.field_size_limit():,} "
            "characters; check what the file holds."
        ) from error
    except _UNREADABLE as error:
        cause = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
        if kind == "Parquet" and isinstance(error, ValueError):  # in its library's own words
            cause = "it is damaged, cut short or of another kind"
        raise InputError(
            f"{path} cannot be read as {kind} ({cause}): write it again or give another file."
        ) from error
    if sheet.table.empty:
        raise InputError(f"{path} has a header but no rows: give a file with {holds}.")
    return _named(sheet)


def framed(table: pd.DataFrame, path: Path) -> Sheet:
    """Lay out a DataFrame as the table of a file is.

    Parameters
    ----------
    table
        Cells under names of columns; dates may be the index, alone or beside the symbols.
    path
        What the table is called in sentences.

    Raises
    ------
    InputError
        If it has no rows, or columns of one name or of none.
    """
    if table.empty:
        raise InputError(f"{path} has no rows: give one with prices.")
    return _named(_framed(table, path))


def _first(marked: pd.Series) -> int:
    """Return the first row that is marked."""
    return int(marked.index[marked.to_numpy()][0])


def _text(path: Path) -> Sheet:
    text = TextFile(path)
    return Sheet(path, text.read(), text.headers, text)


def _parquet(path: Path) -> Sheet:
    """Read Parquet."""
    return _framed(pd.read_parquet(path), path)


def _framed(table: pd.DataFrame, path: Path) -> Sheet:
    """Lay out a DataFrame; dates may be the index, alone or beside the symbols."""
    if isinstance(table.columns, pd.MultiIndex):
        if table.columns.nlevels != 2:
            raise InputError(
                f"{path} has names of {table.columns.nlevels} levels a column: leave the price "
                "and the symbol."
            )
        fields, symbols = (list(map(str, table.columns.get_level_values(at))) for at in (0, 1))
        if any(TERMS.get(plain(field)) is None for field in fields):
            fields, symbols = symbols, fields
        headers = [["date", *fields], ["", *symbols]]
        table = table.reset_index()
    else:
        if "date" not in {TERMS.get(plain(name)) for name in table.columns}:
            if isinstance(table.index, pd.DatetimeIndex):
                table = table.rename_axis("date").reset_index()
            elif any(TERMS.get(plain(name)) == "date" for name in table.index.names if name):
                table = table.reset_index()
            elif table.index.names == [None] and not isinstance(table.index, pd.RangeIndex):
                table = table.rename_axis("").reset_index()
        headers = [[str(name) for name in table.columns]]
    return Sheet(
        path, table.set_axis(range(table.shape[1]), axis=1).reset_index(drop=True), headers, None
    )


def _named(sheet: Sheet) -> Sheet:
    """See that each column has a name of its own; what has none and is empty is left out."""
    names = sheet.names
    if names[0] == "Unnamed: 0":  # what pandas calls a column without a name
        names[0] = ""
    if names[0] in ("", "Price") and not any(TERMS.get(plain(name)) == "date" for name in names):
        names[0] = "date"  # an index that was written along
    if len(sheet.headers) == 2:
        names[0] = "date"
        return sheet
    seen: set[str] = set()
    for at, name in enumerate(names):
        if name in seen:
            raise InputError(
                f"{sheet.path} has two columns named {brief(name)}: rename or remove one of them."
            )
        if name:
            seen.add(name)
        elif at > 0 and sheet.table[at].notna().any():
            raise InputError(
                f"Column {at + 1} of {sheet.path} ({shown_names(names)}) has no name: name or "
                "remove it."
            )
    kept = [at for at, name in enumerate(names) if name]
    table = sheet.table[kept].set_axis(range(len(kept)), axis=1)
    return Sheet(sheet.path, table, [[names[at] for at in kept]], sheet.text)
