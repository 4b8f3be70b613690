"""Panels with gaps: what was seen, over which days, and in whose units.

A gap is never filled with growth. Where a matrix product needs a number, it is given zero and a
mask beside it, so that the day counts in no sum of the pair.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.panel import overlap

Growth = NDArray[np.floating]
"""Growth rates (T, N), in any one unit; gaps are NaN."""
Values = NDArray[np.float64]

MIN_COMMON = overlap.LEAST
"""Days that two firms must have in common before anything is said about them."""
CONSTANT = 1e-9
"""A variance this small beside the firm's own is rounding: over these days nothing moved."""


def split(values: Values) -> tuple[Values, Values]:
    """Part a panel into numbers and mask, for sums over what was seen.

    Parameters
    ----------
    values : (T, N)
        Gaps are NaN.

    Returns
    -------
    known : (T, N) float64
        The values; 0 at gaps.
    seen : (T, N) float64
        1 where there is a value and 0 at gaps.
    """
    seen = np.isfinite(values)
    return np.where(seen, values, 0.0), seen.astype(np.float64)


def moments(values: Growth, days: NDArray[np.bool_]) -> tuple[Values, Values]:
    """Centre each firm over some of its days and say how far it deviates on them.

    Parameters
    ----------
    values : (T, N)
        Known on all of ``days``.
    days : (T, N) bool
        The days of each firm to count.

    Returns
    -------
    centred : (T, N) float64
        Values less their mean over ``days``; 0 on all other days.
    deviation : (N,) float64
        Standard deviation over ``days``; 0 where it is but rounding of the values.
    """
    known = np.where(days, values, 0.0).astype(np.float64, copy=False)
    count = np.maximum(days.sum(axis=0), 1)
    centred = np.where(days, known - known.sum(axis=0) / count, 0.0)
    deviation = np.sqrt(np.einsum("tn,tn->n", centred, centred) / count)
    moves = deviation > CONSTANT * np.abs(known).max(axis=0, initial=0.0)
    return centred, np.where(moves, deviation, 0.0)


def standardised(growth: Growth) -> Values:
    """Give each firm mean 0 and variance 1 over its own days; one that never moves becomes gaps.

    Correlations do not change, and sums of squares no longer lose digits to large means.

    Parameters
    ----------
    growth : (T, N)
        Gaps are NaN.

    Returns
    -------
    (T, N) float64
        Without unit; NaN at gaps.
    """
    traded = np.isfinite(growth)
    centred, deviation = moments(growth, traded)
    unit = np.where(deviation > 0.0, deviation, np.nan)
    return np.where(traded, centred / unit, np.nan)


def across(values: Values) -> Values:
    """Give each column mean 0 and variance 1 over the firms (rows) that have all of them.

    Parameters
    ----------
    values : (N, F)
        A row a firm; a firm with a NaN has no part in the means.

    Returns
    -------
    (N, F) float64
        Without unit; NaN in the rows that had one. A column that is the same for all becomes 0.
    """
    complete = np.isfinite(values).all(axis=1, keepdims=True)
    centred, deviation = moments(values, np.broadcast_to(complete, values.shape))
    standard = centred / np.where(deviation > 0.0, deviation, np.inf)
    return np.where(complete, standard, np.nan)


def symmetric(scores: Values) -> Values:
    """Make a matrix symmetric to the last bit.

    Rounding differs between (i, j) and (j, i); their mean does not.
    """
    mean: Values = (scores + scores.T) / 2.0
    return mean
