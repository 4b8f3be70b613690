"""Ranks of firms by their scores."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Score = NDArray[np.float64]
"""Scores of firms, NaN where they are not known."""


def best_first(score: NDArray[np.floating]) -> NDArray[np.intp]:
    """Positions of the known scores, highest first; equal ones in the firms' order."""
    order = np.argsort(-score, kind="stable")
    return order[: int(np.isfinite(score).sum())]


def ranked(score: NDArray[np.floating]) -> pd.Series[int]:
    """Rank of each known score, 1 for the highest; equal ones share the better rank."""
    ranks = pd.Series(score).rank(ascending=False, method="min")
    return ranks.astype("Int64")


def rank_spread(scores: Sequence[Score]) -> tuple[Score, Score, Score]:
    """Lowest, median and highest rank of each firm by several scores, NaN where never ranked."""
    ranks = pd.DataFrame(np.array(scores)).rank(axis=1, ascending=False, method="min")
    return ranks.min().to_numpy(), ranks.median().to_numpy(), ranks.max().to_numpy()
