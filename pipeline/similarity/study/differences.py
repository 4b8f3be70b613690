"""Whether the learned measure is better than a classical one by more than the choice of firms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

DRAWS = 2000
"""Samples of firms that are drawn."""

LEVEL = 0.95
"""Of the interval."""

_LEAST_FIRMS = 10
"""Fewer firms give no interval that could be believed."""

Better = Literal["high", "low"]
Winner = Literal["learned", "classical", "neither"]


@dataclass(frozen=True)
class Difference:
    """Means of two measures over the same firms, and how they differ."""

    learned: float
    classical: float
    difference: float
    """Learned less classical."""
    low: float
    high: float
    """Ends of the interval of the difference (95 %); NaN for too few firms."""
    winner: Winner
    """Who is better; "neither" when the interval holds zero, or there is none."""
    firms: int


def paired_difference(
    learned: NDArray[np.floating],
    classical: NDArray[np.floating],
    better: Better,
    *,
    draws: int = DRAWS,
    seed: int = 0,
) -> Difference:
    """Compare two measures by a figure that each gives for every firm.

    Firms differ far more than measures do, and both measures find the same firms hard. So the
    difference is taken firm by firm, firms are drawn with replacement, and the 2.5 % and 97.5 %
    quantiles of the mean difference are the interval (percentile bootstrap; Efron & Tibshirani
    1993, chapter 13).

    Parameters
    ----------
    learned, classical : (N,)
        A figure of each firm; firms where either is NaN are left out.
    better : str
        Whether ``"high"`` or ``"low"`` values are better.
    draws : int
        Samples of firms.
    seed : int
        Of the draws.

    Returns
    -------
    Difference
        The interval says what other firms might have given, not what other days might: all
        firms share the days.
    """
    both = np.isfinite(learned) & np.isfinite(classical)
    one, other = (np.asarray(v, dtype=np.float64)[both] for v in (learned, classical))
    firms = len(one)
    if not firms:
        return Difference(*(float("nan"),) * 5, winner="neither", firms=0)
    gap = one - other
    low, high = _interval(gap, draws, seed)
    return Difference(
        float(one.mean()), float(other.mean()), float(gap.mean()), low, high,
        winner=_winner(low, high, better), firms=firms,
    )  # fmt: skip


def _interval(gap: NDArray[np.float64], draws: int, seed: int) -> tuple[float, float]:
    """Return the ends of the interval of a mean over firms; NaN for too few firms."""
    if len(gap) < _LEAST_FIRMS:
        return float("nan"), float("nan")
    random = np.random.default_rng(seed)
    # How often each firm is drawn: the mean of a draw is then a product with the values.
    times = random.multinomial(len(gap), np.full(len(gap), 1.0 / len(gap)), size=draws)
    means = times @ gap / len(gap)
    low, high = np.quantile(means, [0.5 - LEVEL / 2, 0.5 + LEVEL / 2])
    return float(low), float(high)


def _winner(low: float, high: float, better: Better) -> Winner:
    """Say which measure is better, if the interval of learned less classical leaves no doubt."""
    if not (low > 0.0 or high < 0.0):
        return "neither"
    return "learned" if (low > 0.0) == (better == "high") else "classical"
