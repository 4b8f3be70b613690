"""The unit that a firm's growth is measured in on each day: its own recent volatility.

A unit that is fixed on training days makes every regime look like the one that was trained on.
One that runs with the firm does not: a network then learns how volatility changes, which is much
the same for calm and for rough firms, in calm and in rough years, and for firms it never saw.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Panel = NDArray[np.float64]
"""T days × N firms; gaps are NaN."""

HALFLIFE = 20
"""Sessions after which a day counts half in the unit."""
CUT = 4.0
"""A day counts for no more than so many units: one announcement must not blind for a month."""
FLOOR = 0.1
"""A unit is no less than this share of the mean unit of all firms: stale prices do not vary."""
OF_NORMAL = float(np.sqrt(0.5 * np.pi))
"""Standard deviation over mean absolute value, of a normal distribution."""


def units(growth: Panel) -> Panel:
    r"""Return each firm's running volatility at the end of each day.

    .. math::

        a_t = (1 - w_t)\, a_{t-1} + w_t \min(|μ_t|, 4\, a_{t-1}), \qquad u_t = \sqrt{π/2}\; a_t

    with :math:`w_t = \max(1 - 2^{-1/20}, 1/n_t)` and n_t the firm's growth rates so far: an
    exponentially weighted mean absolute growth whose single days are cut off. A gap changes
    nothing. a_t counts as no less than a tenth of the mean over all firms.

    Parameters
    ----------
    growth
        T × N, 1/year; gaps are NaN.

    Returns
    -------
    ndarray
        T × N, 1/year, positive; NaN before a firm's first growth rate. Row t depends on days ≤ t
        alone.
    """
    size = np.abs(growth)
    known = np.isfinite(size)
    begun = np.logical_or.accumulate(known, axis=0)
    begin = np.diff(begun.sum(axis=1), prepend=0) > 0
    weight = np.maximum(1.0 - 0.5 ** (1.0 / HALFLIFE), 1.0 / np.maximum(known.cumsum(axis=0), 1))
    kept = 1.0 - weight
    found = np.empty_like(growth)
    mean = np.full(growth.shape[1], np.nan)
    for day, today in enumerate(size):
        floor = FLOOR * (_typical(mean) or _typical(today) or 1.0)
        if begin[day]:
            mean = np.where(np.isnan(mean), today, mean)
        moved = weight[day] * np.minimum(today, CUT * np.maximum(mean, floor))
        moved += kept[day] * mean
        mean = np.where(known[day], moved, mean)
        np.maximum(mean, floor, out=found[day])
    return OF_NORMAL * found


def decayed(panel: Panel, halflife: float) -> Panel:
    """Return the exponentially weighted mean of each column up to each day.

    Parameters
    ----------
    panel
        T × N; gaps are NaN, and count for nothing.
    halflife
        Sessions after which a day counts half.

    Returns
    -------
    ndarray
        T × N; NaN before a column's first value.
    """
    from scipy.signal import lfilter

    keep = 0.5 ** (1.0 / halflife)
    known = np.isfinite(panel)
    total = lfilter([1.0], [1.0, -keep], np.where(known, panel, 0.0), axis=0)
    count = lfilter([1.0], [1.0, -keep], known.astype(np.float64), axis=0)
    started = np.logical_or.accumulate(known, axis=0)
    return np.asarray(np.divide(total, count, out=np.full(panel.shape, np.nan), where=started))


def _typical(size: NDArray[np.float64]) -> float:
    """Return the mean over firms of what is known of their absolute growth; 0 if nothing is."""
    if not np.isfinite(total := float(np.add.reduce(size))):
        size = size[np.isfinite(size)]
        total = float(np.add.reduce(size))
    return total / max(size.size, 1)
