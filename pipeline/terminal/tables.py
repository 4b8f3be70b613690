"""Tables that fit the terminal."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from rich.console import Console
from rich.table import Table


def wide_console() -> Console:
    """Return standard output: as wide as the terminal, or wide enough for any table elsewhere."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 160
    return console


def fitting(console: Console, rows: pd.DataFrame, columns: Mapping[str, tuple[str, str]]) -> Table:
    """Return a table with as many columns, from the first, as the terminal is wide enough for."""
    unbounded = console.options.update(max_width=10_000)
    for count in range(len(columns), 1, -1):
        table = columns_of(rows, dict(list(columns.items())[:count]))
        if console.measure(table, options=unbounded).maximum <= console.width:
            break
    return table


def columns_of(rows: pd.DataFrame, columns: Mapping[str, tuple[str, str]]) -> Table:
    """Return rows with a `name` and a `kind` as a table: heading → column and its form."""
    table = Table(box=None, pad_edge=False)
    table.add_column("", no_wrap=True)
    for heading in columns:
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows.to_dict("records"):
        cells = ["–" if pd.isna(row[k]) else form.format(row[k]) for k, form in columns.values()]
        style = "bold" if row["kind"] == "network" else ""
        table.add_row(row["name"].replace("_", " "), *cells, style=style)
    return table
