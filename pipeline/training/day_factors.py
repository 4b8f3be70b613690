"""What the firms of a day share: the factor by which it moved them all more than was forecast."""

from __future__ import annotations

from dataclasses import replace

import keras
import numpy as np
from numpy.typing import NDArray
from scipy.optimize.elementwise import find_root

from models import is_causal
from pipeline.outputs import Origins, Windowed
from pipeline.training.batches import targets
from pipeline.training.predict import forecast
from pipeline.watch import Watch

Values = NDArray[np.float64]

SPREAD = 0.3
"""Standard deviation of a factor's logarithm: that of large American firms."""
FIRMS = 500
"""Firms at most that factors are found from: by more they would hardly change."""
FIRMS_IN_WINDOWS = 100
"""The same for a network that is not causal: it is shown a window for each of their days."""
BOUND = 8.0
"""Of the logarithm of a factor."""


def day_factors(
    network: keras.Model, windowed: Windowed, origins: Origins, *, watch: Watch
) -> NDArray[np.float32]:
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
    takes what one of them had alone for shared.

    Parameters
    ----------
    network
        Fitted.
    windowed
        The panel.
    origins
        Half-open range of days at whose end forecasts are made.
    watch
        Told how many firms are done.

    Returns
    -------
    ndarray
        T × H: of the growth h days after each day; 1 for days that are not among the origins.
    """
    sample = _some(windowed, FIRMS if is_causal(network) else FIRMS_IN_WINDOWS)
    said = forecast(network, sample, origins, watch=watch)
    firms, days = np.arange(len(sample.symbols))[:, None], np.arange(*origins)[None]
    came = targets(sample, firms, days, origins)
    found = np.ones((len(windowed.dates), came.shape[-1]), dtype=np.float32)
    for ahead in range(came.shape[-1]):
        location, scale, df = np.moveaxis(said[:, :, ahead].astype(np.float64), -1, 0)
        errors = (came[..., ahead] - location) / scale
        found[slice(*origins), ahead] = common_factors(errors, df)
    return found


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


def _some(windowed: Windowed, most: int) -> Windowed:
    """Return a panel with some firms at most: a view, which reads no more than is run."""
    every = slice(None, None, -(-len(windowed.symbols) // most))
    return replace(
        windowed,
        features=windowed.features[every],
        growth=windowed.growth[every],
        unit=windowed.unit[every],
        symbols=windowed.symbols[every],
    )
