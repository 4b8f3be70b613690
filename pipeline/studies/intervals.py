"""Means and medians over seeds, and shares of them, with 95 % intervals."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

LEVEL = 0.95


def mean(values: ArrayLike) -> tuple[float, float, float]:
    """Return the mean and the ends of its interval by Student's t; of one value, the value thrice.

    Parameters
    ----------
    values
        (n,): one a seed; none of them may be undefined.
    """
    from scipy.special import stdtrit

    known = np.asarray(values, dtype=float)
    middle = float(known.mean())
    if len(known) < 2 or np.ptp(known) == 0.0:
        return middle, middle, middle
    error = float(known.std(ddof=1) / np.sqrt(len(known)))
    half = float(stdtrit(len(known) - 1, 0.5 + LEVEL / 2)) * error
    return middle, middle - half, middle + half


def median(values: ArrayLike) -> tuple[float, float, float]:
    """Return the median and the ends of its interval, whatever single values are.

    The ends are two of the values: so many from below and above that the median of all that could
    be drawn lies between them with a probability of 95 % or more, by the binomial distribution (of
    ten values, the second and the ninth). Of fewer than six values, they are the outermost.

    Parameters
    ----------
    values
        (n,): one a seed; none of them may be undefined.
    """
    known = np.sort(np.asarray(values, dtype=float))
    beyond = _beyond(len(known))
    return float(np.median(known)), float(known[beyond]), float(known[-1 - beyond])


@cache
def _beyond(number: int) -> int:
    """Return how many of so many values lie beyond each end of the median's interval."""
    from scipy import stats

    return max(int(stats.binom.ppf((1 - LEVEL) / 2, number, 0.5)) - 1, 0)


def share(successes: int, number: int) -> tuple[float, float, float]:
    """Return a share and the ends of its interval after Wilson (1927)."""
    from statsmodels.stats.proportion import proportion_confint

    low, high = proportion_confint(successes, number, alpha=1 - LEVEL, method="wilson")
    middle = successes / number
    # Rounding must not put the share of none, or of all, outside of its interval.
    return middle, min(float(low), middle), max(float(high), middle)


def over_seeds(rows: pd.DataFrame, keys: Sequence[str], value: str) -> pd.DataFrame:
    """Return the mean of a column over the seeds of each condition.

    Parameters
    ----------
    rows
        A row a seed, with the keys and the value as columns.
    keys
        Columns that tell conditions apart.
    value
        A column of numbers, or of truth values, whose mean is the share of successes.

    Returns
    -------
    DataFrame
        A row a condition, in the order of the rows: the keys, `value` by its name, `low`, `high`,
        `seeds`.
    """
    answer = []
    for given, own in rows.groupby(list(keys), sort=False, dropna=False):
        found = own[value]
        interval = share(int(found.sum()), len(found)) if found.dtype == bool else mean(found)
        named = dict(zip(keys, given, strict=True))
        answer.append({**named, **dict(zip((value, "low", "high"), interval, strict=True))})
        answer[-1]["seeds"] = len(found)
    return pd.DataFrame(answer)
