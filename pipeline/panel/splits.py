"""Splits by date, with a purge between their parts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import InputError
from pipeline.outputs import Fold
from pipeline.settings.window import Window


def split(section: Window, dates: NDArray[np.datetime64]) -> Fold:
    """Split the days into training, validation and test by date.

    Parameters
    ----------
    section
        Shares or end dates, lookback and horizon.
    dates
        T sessions in date order.

    Returns
    -------
    Fold
        Origins of each part. The first training origin has `lookback` days behind it.

    Raises
    ------
    InputError
        If a part would be left without a day to forecast.
    """
    last_train, last_valid = _last_targets(section, dates)
    horizon = section.horizon
    first = section.lookback - 1
    if section.train_days is not None:
        first = max(first, last_train - section.train_days)
    train = (first, last_train - horizon + 1)
    valid = (last_train, last_valid - horizon + 1)
    test = (last_valid, _last_test(section, dates) - horizon + 1)
    for name, (first, stop) in (("training", train), ("validation", valid), ("test", test)):
        if stop <= first:
            raise InputError(
                f"The dates {dates[0]} to {dates[-1]} ({len(dates)} sessions) leave no {name} "
                f"days with a lookback of {section.lookback} and a horizon of {horizon}: use a "
                "longer date range, or change window.lookback, the shares or the end dates."
            )
    return Fold(train, valid, test, horizon, section.lookback)


def _last_test(section: Window, dates: NDArray[np.datetime64]) -> int:
    """Return the position of the last test target."""
    if section.test_end is None:
        return len(dates) - 1
    end = np.datetime64(section.test_end, "D")
    return int(np.searchsorted(dates.astype("datetime64[D]"), end, side="right")) - 1


def _last_targets(section: Window, dates: NDArray[np.datetime64]) -> tuple[int, int]:
    """Return the positions of the last training and the last validation target."""
    if section.train_end is not None and section.valid_end is not None:
        ends = np.array([section.train_end, section.valid_end], dtype="datetime64[D]")
        train, valid = np.searchsorted(dates.astype("datetime64[D]"), ends, side="right") - 1
        return int(train), int(valid)
    days = len(dates)
    train_stop = int(days * section.train_share)
    valid_stop = int(days * (section.train_share + section.valid_share))
    return train_stop - 1, valid_stop - 1
