"""What the firms of a day share: the factor by which it moved them all more than was forecast."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize.elementwise import find_root

from pipeline.training.hindsight import Hindsight

Values = NDArray[np.float64]
Index = NDArray[np.intp]

SPREAD = 0.3
"""Standard deviation of a factor's logarithm: that of large American firms."""
BOUND = 8.0
"""Of the logarithm of a factor."""


@dataclass(frozen=True)
class DayFactors:
    """What is taken from growth, by the day at whose end it is forecast (T × H)."""

    factor: NDArray[np.float32]
    """c_t, positive; 1 for days that were not looked at."""
    centre: NDArray[np.float32]
    """m_t, in units."""

    def without(self, growth: NDArray[np.float32], days: Index) -> NDArray[np.float32]:
        """Return growth after given days (…, H), in units, without the factors of the days."""
        factor = self.factor[days]
        # m + (y − m)/c, written so that a factor of 1 leaves growth what it is, bit by bit.
        return np.asarray(growth / factor + self.centre[days] * (1.0 - 1.0 / factor))


def day_factors(seen: Hindsight, days: int) -> DayFactors:
    r"""Return by what factor each day moved all firms more than a network had said.

    A likelihood that takes the firms of a day for independent takes a day on which everything
    moved for evidence of as many cases as there are firms. So training learns days by heart, and
    has to be stopped before it has learnt what tells one firm from another. Growth over the factor
    of its day no longer has what the firms share (a random effect of the day; Laird and Ware,
    "Random-effects models for longitudinal data", Biometrics 38, 1982; on groups' shared errors,
    Moulton, Journal of Econometrics 32, 1986). The model is

    .. math::

        y_{it} = m_{it} + c_t s_{it} ε_{it}, \qquad ε_{it} ∼ t(ν_{it}), \qquad
        \ln c_t ∼ N(0, 0.3^2)

    with location m, scale s and degrees of freedom ν as the network forecasts them; c_t is where
    its posterior is highest. The fewer the firms, the more it is drawn to 1, and the more it
    takes what one of them had alone for shared. Growth without it is m_t + (y_it − m_t)/c_t, with
    m_t the mean location of the day's firms: locations of a day hardly differ.

    Parameters
    ----------
    seen
        What a fitted network said, and what came.
    days
        T, days of the panel.
    """
    horizon = seen.came.shape[-1]
    origins = slice(seen.first, seen.first + seen.came.shape[1])
    factor = np.ones((days, horizon), dtype=np.float32)
    centre = np.zeros((days, horizon), dtype=np.float32)
    for ahead in range(horizon):
        location, scale, df, _ = np.moveaxis(seen.forecasts[:, :, ahead].astype(np.float64), -1, 0)
        errors = (seen.came[..., ahead] - location) / scale
        factor[origins, ahead] = common_factors(errors, df)
        known = np.isfinite(errors)
        total = np.where(known, location, 0.0).sum(axis=0)
        centre[origins, ahead] = total / np.maximum(known.sum(axis=0), 1)
    return DayFactors(factor, centre)


def common_factors(errors: Values, df: Values) -> Values:
    """Return the factor that the errors of each column most likely share.

    The slope of the logarithm of the posterior falls from end to end: it has one zero.

    Parameters
    ----------
    errors
        N × T: in scales; NaN where there is none.
    df
        N × T: degrees of freedom.

    Returns
    -------
    ndarray
        T: positive, between exp(−BOUND) and exp(BOUND); 1 where there is no error.
    """
    known = np.isfinite(errors)
    square = np.where(known, errors, 0.0) ** 2

    def slope(log: Values, column: NDArray[np.intp]) -> Values:
        left = square[:, column] * np.exp(-2.0 * log)
        of_each = (df[:, column] + 1.0) * left / (df[:, column] + left) - 1.0
        total: Values = np.sum(known[:, column] * of_each, axis=0)
        return total - log / SPREAD**2

    columns = np.arange(errors.shape[1])
    zero = find_root(slope, (-BOUND, BOUND), args=(columns,))
    log = np.where(zero.success, zero.x, BOUND * np.sign(slope(np.zeros(len(columns)), columns)))
    return np.exp(log)
