"""Walk-forward folds: train on the past, validate after it, test after that, and move on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import ConfigError
from pipeline.panel.splits import split
from pipeline.settings.window import Window


def walk_forward(section: Window, dates: NDArray[np.datetime64], folds: int) -> list[Window]:
    """Cut the test days of a split into consecutive folds.

    Fold k is tested on the k-th piece of the test days, validated on as many days before it as
    the split validates on, and trained on all days before those, or on the last
    `window.train_days` of them. The purge between the parts of each fold is that of `split`.

    Parameters
    ----------
    section
        Shares or end dates of the one split.
    dates
        T sessions in date order.
    folds
        K, 1 or more.

    Returns
    -------
    list
        K sections, each with its own `train_end`, `valid_end` and `test_end`; the section itself
        for one fold, which is the split.

    Raises
    ------
    ConfigError
        If there are fewer test days than folds would need.
    """
    from sklearn.model_selection import TimeSeriesSplit

    whole = split(section, dates)
    if folds == 1:
        return [section]
    test = whole.test[1] - whole.test[0] + whole.horizon - 1
    valid = whole.valid[1] - whole.valid[0] + whole.horizon - 1
    size = test // folds
    if size < whole.horizon:
        raise ConfigError(
            f"{folds} folds cannot be cut from {test} test days with a horizon of "
            f"{whole.horizon}: ask for 1 to {test // whole.horizon}, or move the split."
        )
    days = dates[: whole.test[0] + test + 1].astype("datetime64[D]")
    pieces = TimeSeriesSplit(folds, test_size=size).split(days)
    return [_fold(section, days, past[:-valid], past, test) for past, test in pieces]


def _fold(section: Window, days: NDArray[np.datetime64], *parts: NDArray[np.intp]) -> Window:
    """Return the section of a fold whose parts end with these positions."""
    ends = zip(("train_end", "valid_end", "test_end"), parts, strict=True)
    return section.model_copy(update={name: days[part[-1]].item() for name, part in ends})
