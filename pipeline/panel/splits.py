"""Splits by date, with a purge between their parts."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import InputError
from pipeline.sections import Window

Origins = tuple[int, int]
"""A half-open range of origins: positions of the days at whose end a forecast is made."""


@dataclass(frozen=True)
class Fold:
    """One train / validation / test split of the days.

    The origin t forecasts the days t + 1 … t + horizon. No day is a target in two parts: between
    the last origin of a part and the first of the next, horizon − 1 origins are purged.
    """

    train: Origins
    valid: Origins
    test: Origins
    horizon: int
    lookback: int

    @property
    def training_days(self) -> slice:
        """Days whose data may scale, select or fit: what the training origins see and target."""
        return slice(self.train[0] - self.lookback + 1, self.train[1] + self.horizon)

    @property
    def purge(self) -> int:
        """Origins that are left out between two parts."""
        return self.horizon - 1

    def spans(self, dates: NDArray[np.datetime64]) -> dict[str, tuple[str, str]]:
        """Return the first and the last day (ISO) that each part forecasts.

        Parameters
        ----------
        dates
            T sessions, which the origins count positions in.
        """
        days = dates.astype("datetime64[D]")
        parts = {"training": self.train, "validation": self.valid, "test": self.test}
        return {
            name: (str(days[first + 1]), str(days[stop - 1 + self.horizon]))
            for name, (first, stop) in parts.items()
        }

    def as_json(self) -> dict[str, Any]:
        """Return the fold as plain numbers and lists."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Fold:
        """Return the fold that `as_json` wrote."""
        parts: dict[str, Any] = {name: tuple(plain[name]) for name in ("train", "valid", "test")}
        return cls(**parts, horizon=plain["horizon"], lookback=plain["lookback"])


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
