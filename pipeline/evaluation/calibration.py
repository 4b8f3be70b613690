"""Whether forecast distributions mean what they say."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from pipeline.evaluation.student import Values

BINS = 20
"""Bins of the histogram: 5 % each, so that the 50 % and the 90 % interval end at their edges."""


def histogram(pits: Mapping[str, Values], bins: int = BINS) -> pd.DataFrame:
    """Count the probability integral transforms of each model in equal bins.

    Forecasts whose distributions are right give a flat histogram (Dawid 1984; Diebold, Gunther
    and Tay 1998). A hump in the middle means intervals that are too wide, a hollow ones that
    are too narrow, a slope a location that is off.

    Parameters
    ----------
    pits
        Model → its transforms F(growth), between 0 and 1.
    bins
        Number of bins, even.

    Returns
    -------
    DataFrame
        `model left right count`, a row a model and bin.
    """
    edges = np.linspace(0.0, 1.0, bins + 1)
    tables = [
        pd.DataFrame(
            {
                "model": model,
                "left": edges[:-1],
                "right": edges[1:],
                "count": np.histogram(pit, edges)[0],
            }
        )
        for model, pit in pits.items()
    ]
    return pd.concat(tables, ignore_index=True)


def coverage_curve(calibration: pd.DataFrame) -> pd.DataFrame:
    """Return how often central intervals held what happened, beside how often they should.

    Parameters
    ----------
    calibration
        A table as `histogram` gives it.

    Returns
    -------
    DataFrame
        `model nominal coverage`: the nominal level of each central interval whose ends are bin
        edges, from 0 to 1, and the share of growth rates in it.
    """
    curves = []
    for model, bins in calibration.groupby("model", sort=False):
        half = len(bins) // 2
        below = bins["count"].to_numpy()[:half][::-1]
        above = bins["count"].to_numpy()[half:]
        inside = np.concatenate([[0], np.cumsum(below + above)])
        curve = {"model": model, "nominal": np.arange(half + 1) / half}
        curves.append(pd.DataFrame({**curve, "coverage": inside / inside[-1]}))
    return pd.concat(curves, ignore_index=True)
