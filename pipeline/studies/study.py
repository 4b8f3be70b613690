"""What a study is made of: cells that are measured one by one, and what follows from them all.

A study is a module with three functions:

`design(full)`
    The cells: mappings of names to plain values, from which alone, and from the code, a cell's rows
    follow. Every cell has a `cell`, which names it. With `full`, as many as a paper would have.
`measure(cell)`, or `measure(cell, windowed)` of a study that asks about real growth
    What was found in one cell: rows of plain values. Where chance matters, a row a seed.
`conclude(rows)`
    What follows from the rows of all cells, each with the values of its cell.

Nothing but `measure` loads a network, so that studies are listed and told without Keras.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

Cell = Mapping[str, Any]
"""What is set in one cell of a design."""
Row = dict[str, Any]
"""What was found in it once."""
SEEDS, FULL_SEEDS = 10, 30
"""Trainings of each kind where chance matters."""


@dataclass(frozen=True)
class Figure:
    """A number that a study answers with, and its 95 % interval.

    What is computed and not drawn by chance has itself as both ends.
    """

    name: str
    """What it is, such as `exponent of days, gru`; no two of a study have one name."""
    value: float
    low: float
    high: float
    unit: str = ""


@dataclass(frozen=True)
class Curve:
    """One line or cloud of a plot."""

    name: str
    x: Sequence[Any]
    """Numbers, or names."""
    y: Sequence[float]
    low: Sequence[float] | None = None
    high: Sequence[float] | None = None
    """The 95 % interval of each y."""
    style: str = "line"
    """`line`, `dashes`, `dots` or `bars`."""
    labels: Sequence[str] = ()
    """What stands beside each point."""


@dataclass(frozen=True)
class Plot:
    """A plot, as data: it is drawn on the page and into a file."""

    name: str
    """Of its file: lower case, with underscores."""
    caption: str
    x: str
    """What the horizontal axis shows, with its unit."""
    y: str
    curves: Sequence[Curve]
    log_x: bool = False
    log_y: bool = False


@dataclass(frozen=True)
class Found:
    """What a study found."""

    answer: str
    """One to three plain sentences that answer its question, with the figures that decide."""
    sentences: Sequence[str]
    """What else is to be said, limits among it."""
    rows: pd.DataFrame
    """A row a condition: what was set, then the means and their intervals (`low`, `high`, or
    `…_low`, `…_high`)."""
    figures: Sequence[Figure]
    plots: Sequence[Plot] = field(default=())
