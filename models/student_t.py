"""The Student-t head: a forecast is a distribution with fat tails, not a number."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops

SMALLEST_SCALE = 1e-3
SMALLEST_DF = 2.01
RAW = ("location", "raw_scale", "raw_df")
"""Names of the three dense maps a, b, c."""


def student_t(hidden: Any, horizon: int = 1) -> Any:
    r"""Put a Student-t distribution for each day ahead on hidden states.

    Three dense maps a, b, c of the state h_t give, for each day ahead,

    .. math:: m = a, \qquad s = 10^{-3} + \ln(1 + e^b), \qquad ν = 2.01 + \ln(1 + e^c)

    location, scale and degrees of freedom: s > 0, and ν > 2, so that the variance s² ν / (ν − 2)
    exists. Parameters: 3·H·(h + 1). All layers are Keras's own, so that whoever has Keras can
    load a network without having firmament.

    Parameters
    ----------
    hidden
        (batch, days, h), or (batch, h) of a network that forecasts at its window's end only.
    horizon
        H, days ahead.

    Returns
    -------
    tensor
        (batch, days, H, 3) or (batch, H, 3): location, scale, degrees of freedom.

    Examples
    --------
    >>> student_t(keras.Input((None, 32)), horizon=5).shape
    (None, None, 5, 3)
    """
    dense = keras.layers.Dense
    return distribution(*(dense(horizon, name=name)(hidden) for name in RAW))


def distribution(location: Any, raw_scale: Any, raw_df: Any) -> Any:
    """Return the distribution that three raw outputs a, b, c stand for; it has no parameters.

    Parameters
    ----------
    location, raw_scale, raw_df
        a, b and c of `student_t`, each (…, H).

    Returns
    -------
    tensor
        (…, H, 3): location, scale, degrees of freedom.
    """
    layers = keras.layers
    scale = layers.Activation("softplus", name="softplus_scale")(raw_scale)
    scale = layers.Rescaling(1.0, SMALLEST_SCALE, name="scale")(scale)
    df = layers.Activation("softplus", name="softplus_df")(raw_df)
    df = layers.Rescaling(1.0, SMALLEST_DF, name="df")(df)
    horizon = location.shape[-1]
    column = (-1, horizon, 1) if len(location.shape) == 3 else (horizon, 1)
    columns = [
        layers.Reshape(column, name=f"{name}_by_day_ahead")(values)
        for name, values in (("location", location), ("scale", scale), ("df", df))
    ]
    return layers.Concatenate(axis=-1, name="student_t")(columns)


def negative_log_likelihood(target: Any, forecast: Any) -> Any:
    r"""Return −ln f(y) of a Student-t distribution.

    .. math::

        -\ln f(y) = \ln s + \tfrac12 \ln(νπ)
            - \ln\frac{Γ((ν+1)/2)}{Γ(ν/2)} + \tfrac{ν+1}{2} \ln(1 + z²/ν),
        \qquad z = (y - m)/s

    Parameters
    ----------
    target
        y, of any shape (…).
    forecast
        (…, 3): location m, scale s, degrees of freedom ν > 2.

    Returns
    -------
    tensor
        (…), in nats; to be averaged with zero weight where the target is a gap.
    """
    location, scale, df = forecast[..., 0], forecast[..., 1], forecast[..., 2]
    z = (target - location) / scale
    return (
        ops.log(scale)
        + 0.5 * ops.log(math.pi * df)
        - log_gamma_step(0.5 * df)
        + 0.5 * (df + 1.0) * ops.log1p(z * z / df)
    )


def log_gamma_step(x: Any) -> Any:
    r"""Return ln Γ(x + ½) − ln Γ(x) for x ≥ 1, to 1e-7.

    The difference of two log-gammas loses every digit in float32 when x is large. The recurrence
    Γ(x + 1) = x Γ(x), used three times, and the difference's own asymptotic series (the logarithm
    of DLMF 5.11.13 with a = ½, b = 0) do not:

    .. math::

        \ln\frac{Γ(x+½)}{Γ(x)} ≈ \tfrac12 \ln x - \frac1{8x} + \frac1{192x³}
            - \frac1{640x⁵} + \frac{17}{14336x⁷}
    """
    start = ops.log1p(0.5 / x) + ops.log1p(0.5 / (x + 1.0)) + ops.log1p(0.5 / (x + 2.0))
    far = x + 3.0
    inverse = 1.0 / far
    square = inverse * inverse
    series = (
        -1.0 / 8.0 + square * (1.0 / 192.0 + square * (-1.0 / 640.0 + square * 17.0 / 14336.0))
    ) * inverse
    return 0.5 * ops.log(far) + series - start
