"""Tables of the terminal, which leave out what they have no room for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.words import number

DASH = "–"
WRAPPED = 24
"""Characters that a column must have room for whose cells may take several lines."""
Row = Mapping[Any, Any]
Write = Callable[[Row], str | Text]
"""Writes the cell of a row."""


@dataclass(frozen=True)
class Column:
    """A column of a table: its heading, and how a row's cell is written."""

    heading: str
    write: Write
    justify: Literal["left", "right"] = "right"
    need: int = 0
    """In a narrow terminal, columns of a higher number are left out first."""
    wraps: bool = False
    """Whether its cells may take several lines."""


def wide_console() -> Console:
    """Return standard output: as wide as the terminal, or wide enough for any table elsewhere."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 200
    return console


def origin(record: Mapping[str, Any]) -> Text:
    """Say which run an answer is from: how its id begins, source, model, and last day."""
    told = {"run_id": "run {:.8}", "source": "{}", "model": "{}", "date": "to {}"}
    known = [form.format(record[key]) for key, form in told.items() if record.get(key)]
    return Text(" · ".join(known), style="dim")


def fitting(
    console: Console, rows: pd.DataFrame | Sequence[Row], columns: Sequence[Column]
) -> Table:
    """Return a table with the columns that the terminal is wide enough for.

    Parameters
    ----------
    console
        Where it is printed.
    rows
        What the cells are written from; those with a `kind` of network are set off.
    columns
        From the left; those that are needed least are left out first.
    """
    return laid_out(rows, chosen(console, rows, columns))


def chosen(
    console: Console, rows: pd.DataFrame | Sequence[Row], columns: Sequence[Column]
) -> list[Column]:
    """Leave out columns, the least needed first, until the table fits."""
    unbounded = console.options.update(max_width=10_000)
    kept = list(columns)

    def width() -> int:
        table = laid_out(rows, kept)
        for column, told in zip(kept, table.columns, strict=True):
            told.max_width = WRAPPED if column.wraps else None
        return console.measure(table, options=unbounded).maximum

    while width() > console.width:
        least = max(range(len(kept)), key=lambda place: (kept[place].need, place))
        if kept[least].need == 0:
            break
        del kept[least]
    return kept


def laid_out(rows: pd.DataFrame | Sequence[Row], columns: Iterable[Column]) -> Table:
    """Return a table with all of some columns."""
    told = rows.to_dict("records") if isinstance(rows, pd.DataFrame) else rows
    columns = list(columns)
    table = Table(box=None, pad_edge=False)
    for column in columns:
        heading = Text(column.heading)
        table.add_column(heading, justify=column.justify, no_wrap=not column.wraps)
    for row in told:
        cells = [column.write(row) for column in columns]
        style = "bold" if row.get("kind") == "network" else ""
        table.add_row(*(Text(c) if isinstance(c, str) else c for c in cells), style=style)
    return table


def section(
    console: Console, title: str, rows: pd.DataFrame | Sequence[Row], columns: Sequence[Column]
) -> None:
    """Print a table under a heading; one without rows is not printed."""
    if len(rows):
        console.print(Text(f"\n{title}"), style="bold")
        console.print(fitting(console, rows, columns))


def text(key: str, need: int = 0, heading: str | None = None) -> Column:
    """Declare a column of words."""
    return Column(key if heading is None else heading, lambda row: word(row[key]), "left", need)


def plain(key: str, form: str = "", heading: str | None = None, need: int = 0) -> Column:
    """Declare a column whose cells are written as Python writes them."""

    def write(row: Row) -> str:
        return DASH if missing(row[key]) else format(row[key], form)

    return Column(key if heading is None else heading, write, need=need)


def figure(key: str, style: str, heading: str | None = None, need: int = 0) -> Column:
    """Declare a column of numbers as sentences write them."""
    return Column(
        key if heading is None else heading, lambda row: written(row[key], style), need=need
    )


def missing(value: Any) -> bool:
    """Say whether a value is not known: None, NaN or NA."""
    return bool(pd.isna(value))


def word(value: Any) -> str:
    """Write a word, or a dash where there is none."""
    return DASH if missing(value) else str(value)


def whole(value: Any) -> str:
    """Write a whole number, or a dash where there is none."""
    return DASH if missing(value) else str(int(value))


def written(value: Any, style: str) -> str:
    """Write a number as `words.number` does, NA included."""
    return number(None if missing(value) else value, style)
