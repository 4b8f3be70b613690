"""Where the mean of the newest days stands among the means of as many days before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from pipeline.evaluation.student import Values

LEAST_WINDOWS = 8
"""Windows that the reference must have room for: fewer say nothing of how windows differ."""


@dataclass(frozen=True)
class Placement:
    """A window beside those of the reference; NaN where it cannot be judged."""

    recent: float
    """Mean of the newest days."""
    reference: float
    """Centre of the reference's windows."""
    low: float
    high: float
    """Ends of what the reference makes one expect of a new window."""
    share: float
    """Share of the reference's windows that are at or below the recent one."""
    days: int
    """Days of the reference that have a value."""

    @property
    def side(self) -> int:
        """1 if the recent window is above what is expected, −1 if below, else 0."""
        return int(self.recent > self.high) - int(self.recent < self.low)


def place(
    recent: Values, reference: Values, level: float, rooted: bool = False, least: float = 0.0
) -> Placement:
    r"""Place the mean of a window of days among the windows of the same length before it.

    With W the means of all windows of m days within the n days of the reference, which overlap,
    K = n/m and s² their mean squared deviation, times K/(K − 1),

    .. math::

        \bar W \pm t_{1.5 (K - 1)}(1 - \text{level})\; s \sqrt{1 + 1/K}

    is expected of a new window (overlapping means: Meketon and Schmeiser, Winter Simulation
    Conference 1984, who give their degrees of freedom as 1.5 times those of separate windows).
    These ends are moved out to the lowest and the highest window of the reference, so that
    nothing counts as new that was there before.

    A window is one observation here, whatever the number of firms and however its days depend on
    one another. The empirical share alone cannot be the test: of K separate windows and a new
    one, each is the highest with a chance of 1/(K + 1), far more often than the level.

    Parameters
    ----------
    recent
        m values of the newest days, in date order; gaps are NaN.
    reference
        n values of the days before, likewise.
    level
        Chance that a new window of the same kind is beyond one of the ends.
    rooted
        Whether the ends are computed on square roots: for shares and sizes, which are not
        negative and vary more where they are larger.
    least
        How far from the reference the ends are at least.

    Returns
    -------
    Placement
        `recent` is NaN if fewer than half of the newest days have a value, all but the days are
        NaN if the reference has less than `LEAST_WINDOWS` times as many days as the window.
    """
    size = len(recent)
    known = int(np.isfinite(reference).sum())
    means = _means(np.concatenate([reference, recent]), size)
    newest, windows = float(means[-1]), means[size - 1 : len(reference)]
    windows = np.sort(windows[np.isfinite(windows)])
    count = known / size
    if count < LEAST_WINDOWS or not len(windows):
        return Placement(newest, *(float("nan"),) * 4, days=known)
    scaled = np.sqrt(windows) if rooted else windows
    spread = np.sqrt(scaled.var() * count / (count - 1.0) * (1.0 + 1.0 / count))
    half = stats.t.isf(level, 1.5 * (count - 1.0)) * spread
    ends = scaled.mean() + np.array([0.0, -half, half])
    centre, low, high = np.square(np.maximum(ends, 0.0)) if rooted else ends
    return Placement(
        recent=newest,
        reference=float(centre),
        low=float(min(low, centre - least, windows[0])),
        high=float(max(high, centre + least, windows[-1])),
        share=float((windows <= newest).mean()) if np.isfinite(newest) else float("nan"),
        days=known,
    )


def _means(values: Values, size: int) -> Values:
    """Return the mean of the window that ends with each value; NaN if half of it is missing."""
    rolled = pd.Series(values).rolling(size, min_periods=size // 2 + size % 2)
    return np.asarray(rolled.mean().to_numpy(), dtype=np.float64)
