"""Growth of firms as sequences for small networks: scaled, without batches of Keras.

What is forecast at the end of day t is growth of day t + 1 in units of the firm's running
volatility at the end of day t. Only origins of the part that is asked for have answers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.outputs import Origins, Windowed

Array = NDArray[Any]


def scaled(windowed: Windowed) -> NDArray[np.float32]:
    """Return what is forecast at the end of each day (N × T); NaN on the last and in gaps."""
    found = np.full_like(windowed.growth, np.nan)
    found[:, :-1] = windowed.growth[:, 1:] / windowed.unit[:, :-1]
    return found


def whole(windowed: Windowed, origins: Origins, before: int) -> tuple[Array, Array]:
    """Return all firms' days of a part, and some days before them.

    Parameters
    ----------
    windowed
        The panel.
    origins
        Of the part.
    before
        Days that a network sees before the first origin.

    Returns
    -------
    tuple of ndarray
        Features (1, N, before + origins, F), and answers (origins, 1, N).
    """
    first, stop = origins
    shown = windowed.features[:, max(first - before, 0) : stop]
    return np.asarray(shown)[None], scaled(windowed)[:, first:stop].T[:, None]


def drawn(
    windowed: Windowed, number: int, days: int, before: int, random: np.random.Generator
) -> tuple[Array, Array]:
    """Draw sequences of the training days.

    Parameters
    ----------
    windowed
        The panel.
    number
        Sequences, each of a firm and a first day at random.
    days
        Answers of each.
    before
        Days that a network sees before the first.
    random
        Where chance comes from.

    Returns
    -------
    tuple of ndarray
        Features (number, before + days, F), and answers (days, number).
    """
    low, stop = windowed.fold.train
    firms = random.integers(len(windowed.growth), size=number)
    starts = random.integers(max(low, before), stop - days + 1, number)
    at = starts[:, None] + np.arange(-before, days)
    answers = scaled(windowed)[firms[:, None], at[:, before:]]
    return np.asarray(windowed.features[firms[:, None], at]), answers.T


def runs(
    windowed: Windowed, number: int, days: int, random: np.random.Generator
) -> NDArray[np.float64]:
    """Draw runs (number, days) of scaled growth alone, of the training days and without gaps."""
    low, stop = windowed.fold.train
    series = scaled(windowed)[:, low:stop].astype(np.float64)
    whole = np.lib.stride_tricks.sliding_window_view(series, days, axis=1)
    firms, starts = np.nonzero(np.isfinite(whole).all(axis=2))
    chosen = random.integers(len(firms), size=number)
    return np.asarray(whole[firms[chosen], starts[chosen]])
