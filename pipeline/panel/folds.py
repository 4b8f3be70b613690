"""Walk-forward folds: train on the past, validate after it, test after that, and move on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import ConfigError
from pipeline.panel.splits import split
from pipeline.sections import Window


def walk_forward(section: Window, dates: NDArray[np.datetime64], folds: int) -> list[Window]:
    """Cut the test days of a split into consecutive folds.

    Fold k is tested on the k-th piece of the test days, validated on as many days before it as
    the split validates on, and trained on all days before those, or on the last
    `window.train_days` of them.

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
        K sections, each with its own `train_end`, `valid_end` and `test_end`.

    Raises
    ------
    ConfigError
        If there are fewer test days than folds would need.
    """
    whole = split(section, dates)
    test = whole.test[1] - whole.test[0] + whole.horizon - 1
    valid = whole.valid[1] - whole.valid[0] + whole.horizon - 1
    size = test // folds
    if size < whole.horizon:
        raise ConfigError(
            f"{folds} folds cannot be cut from {test} test days with a horizon of "
            f"{whole.horizon}: ask for 1 to {test // whole.horizon}, or move the split."
        )
    last = whole.test[0] + test
    ends = [last - size * (folds - 1 - fold) for fold in range(folds)]
    return [_fold(section, dates, end - size, valid, end) for end in ends]


def _fold(
    section: Window, dates: NDArray[np.datetime64], valid_end: int, valid: int, test_end: int
) -> Window:
    """Return the section of one fold from the positions of its ends."""
    days = dates.astype("datetime64[D]")
    ends = {"train_end": valid_end - valid, "valid_end": valid_end, "test_end": test_end}
    return section.model_copy(update={name: days[at].item() for name, at in ends.items()})
