"""A toy study: do more throws of a die make its mean surer?"""

from __future__ import annotations

import math
import os
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.studies.catalogue import Study
from pipeline.studies.intervals import over_seeds
from pipeline.studies.study import Curve, Figure, Found, Plot

DICE = Study("dice", "Dice", "Do more throws make a mean surer?", "dice")


def design(full: bool) -> list[dict[str, object]]:
    """Throw once, ten times, and with full a hundred times."""
    throws = (1, 10, 100) if full else (1, 10)
    return [{"cell": f"{number} throws", "throws": number} for number in throws]


def measure(cell) -> list[dict[str, object]]:
    """Return the distance of the mean from 3.5, and leave a trace where one is asked for."""
    trace = os.environ.get("DICE_TRACE")
    if trace:
        with Path(trace).open("a") as file:
            file.write(f"{cell['throws']}\n")
    if os.environ.get("DICE_BROKEN") == str(cell["throws"]):
        raise KeyboardInterrupt
    draws = (np.random.default_rng(seed).integers(1, 7, cell["throws"]) for seed in range(10))
    return [
        {"seed": seed, "off": abs(float(thrown.mean()) - 3.5), "even": bool(thrown[0] % 2 == 0)}
        for seed, thrown in enumerate(draws)
    ]


def conclude(rows: pd.DataFrame) -> Found:
    """Compare the distances."""
    found = over_seeds(rows, ["throws"], "off")
    figures = [
        Figure(f"distance, {row.throws} throws", row.off, row.low, row.high, "points")
        for row in found.itertuples()
    ]
    figures.append(Figure("sevens over eights", math.nan, -math.inf, math.inf))
    curve = Curve("mean", found["throws"], found["off"], found["low"], found["high"])
    plot = Plot("distance", "Distance of the mean.", "throws", "points", [curve], log_x=True)
    best = found.loc[found["off"].idxmin(), "throws"]
    return Found(
        f"The mean of {best} throws is the surest.", ["A die is fair."], found, figures, [plot]
    )
