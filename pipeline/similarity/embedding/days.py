"""What each firm's day was, beside the days of the others.

The growth of a day less what the market of the other firms explains, in units of the firm's
volatility as known the evening before: so calm times say as much as nervous ones. Made standard
day by day, across the firms that are present, no day outweighs another, and no firm a day.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.similarity.classical import scaled_residuals
from pipeline.similarity.classical.gaps import Growth

CUT = 2.0
"""Root mean squares of the day at which a firm's day is cut off."""

_DAYS = 256
"""Days that are scaled at once: bounds memory."""


@dataclass(frozen=True)
class Days:
    """Days of firms; zero where a firm is not present."""

    plain: NDArray[np.float32]
    """T × N: scaled residuals of growth, in [−4, 4]."""
    standard: NDArray[np.float32]
    """T × N: the same centred across the firms of a day, cut off, and of mean square 1."""
    present: NDArray[np.bool_]
    """T × N."""

    @classmethod
    def of(cls, growth: Growth, compared: NDArray[np.bool_] | None = None) -> Days:
        """Read days from growth.

        Parameters
        ----------
        growth : (T, N)
            Growth rates; gaps are NaN. The β of the market is of all these days.
        compared : (T, N), optional
            Whether a firm may be compared that day; by default wherever it has a growth rate.

        Returns
        -------
        Days
            A firm is present where it may be compared and its scaled residual is known: not on
            its first day, when its volatility is not.
        """
        values = scaled_residuals(growth)
        present = np.isfinite(values)
        if compared is not None:
            present &= compared
        plain = np.where(present, values, 0.0).astype(np.float32)
        return cls(plain, standard(plain, present), present)

    def of_firms(self, firms: NDArray[np.intp]) -> Days:
        """Return the days of some firms, which stay as they were beside all others."""
        return Days(self.plain[:, firms], self.standard[:, firms], self.present[:, firms])

    def before(self, stop: int) -> Days:
        """Return the days before one."""
        return Days(self.plain[:stop], self.standard[:stop], self.present[:stop])


def standard(answers: NDArray[np.floating], present: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Centre, cut off and scale the numbers of each day.

    Parameters
    ----------
    answers : (T, N)
        Anything where a firm is not present.
    present : (T, N)
        Whether a firm is compared that day.

    Returns
    -------
    (T, N) float32
        Zero where a firm is not present. The mean square over the firms of a day is 1, or 0 where
        fewer than two firms are present.
    """
    found = np.zeros(answers.shape, dtype=np.float32)
    for at in range(0, len(answers), _DAYS):
        days = slice(at, at + _DAYS)
        found[days] = _standard(answers[days].astype(np.float64), present[days])
    return found


def _standard(answers: NDArray[np.float64], present: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Centre, cut off and scale the numbers of some days."""
    here = present & np.isfinite(answers)
    values = np.where(here, answers, 0.0)
    count = np.maximum(here.sum(axis=1, keepdims=True), 1)
    centred = np.where(here, values - values.sum(axis=1, keepdims=True) / count, 0.0)
    scaled = _scaled(centred, values, count)
    # One layout in memory, read from a file or not: sums round the same way every time.
    return np.ascontiguousarray(_scaled(np.clip(scaled, -CUT, CUT), scaled, count))


def _scaled(
    values: NDArray[np.float64], beside: NDArray[np.float64], count: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Divide each day by its root mean square, unless that is rounding of the numbers beside."""
    size = np.sqrt((values**2).sum(axis=1, keepdims=True) / count)
    noise = 1e-6 * np.abs(beside).max(axis=1, keepdims=True, initial=0.0)
    scaled: NDArray[np.float64] = np.zeros_like(values)
    np.divide(values, size, out=scaled, where=size > noise)
    return scaled
