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


def ranks(score: Score, firms: NDArray[np.intp]) -> Score:
    """Rank some firms among all known scores, 1 for the highest, NaN where it is not known: (n,).

    Equal scores share the better rank.
    """
    known = np.sort(score[np.isfinite(score)])
    place = 1.0 + len(known) - np.searchsorted(known, score[firms], side="right")
    return np.where(np.isfinite(score[firms]), place, np.nan)


def ranked(score: Score, firms: NDArray[np.intp]) -> pd.Series[int]:
    """Return `ranks` as integers, missing where one is not known."""
    return pd.Series(ranks(score, firms)).astype("Int64")


def rank_spread(scores: Sequence[Score], firms: NDArray[np.intp]) -> tuple[Score, Score, Score]:
    """Lowest, median and highest rank of some firms by several scores, NaN where never ranked."""
    found = np.sort([ranks(score, firms) for score in scores], axis=0)  # unknown ones last
    last = np.maximum(np.isfinite(found).sum(axis=0), 1) - 1
    middle, other, high = (
        np.take_along_axis(found, place[None], axis=0)[0]
        for place in (last // 2, (last + 1) // 2, last)
    )
    return found[0], (middle + other) / 2.0, high
