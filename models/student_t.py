"""The Student-t head: a forecast is a distribution with fat tails, not a number."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
from keras import ops

PARTS = ("location", "scale", "df", "skew")
"""What a forecast is made of, in this order."""
SMALLEST_SCALE = 1e-3
SMALLEST_DF = 2.01
RAW = ("location", "raw_scale", "raw_df")
"""Names of the three dense maps a, b, c."""


@dataclass(frozen=True)
class Shape:
    """What the distributions of a trained network have in common, a number a day ahead (H).

    They stand in the network's last layers, which have no weights: training does not move them.
    """

    scale: Sequence[float]
    """γ, above 0, that scales are multiplied by."""
    tail: Sequence[float]
    """δ, above 0, that degrees of freedom above 2.01 are multiplied by."""
    skew: Sequence[float]
    """κ: above zero, rises reach farther than falls."""
    shift: Sequence[float]
    """β, in scales, that locations are moved by."""

    @classmethod
    def none(cls, horizon: int) -> Shape:
        """Return the shape that changes nothing."""
        return cls([1.0] * horizon, [1.0] * horizon, [0.0] * horizon, [0.0] * horizon)


def student_t(hidden: Any, horizon: int = 1) -> Any:
    r"""Put a Student-t distribution for each day ahead on hidden states.

    Three dense maps a, b, c of the state h_t give, for each day ahead,

    .. math::

        s = γ (10^{-3} + \ln(1 + e^b)), \qquad m = a + β s, \qquad ν = 2.01 + δ \ln(1 + e^c)

    location m, scale s and degrees of freedom ν: s > 0, and ν > 2, so that the variance exists;
    the skew is κ. γ = δ = 1 and β = κ = 0 unless `set_shape` gives a trained network others.
    Parameters: 3·H·(h + 1). All layers are Keras's own, so that whoever has Keras can load a
    network without having firmament.

    Parameters
    ----------
    hidden
        (batch, days, h), or (batch, h) of a network that forecasts at its window's end only.
    horizon
        H, days ahead.

    Returns
    -------
    tensor
        (batch, days, H, 4) or (batch, H, 4): location, scale, degrees of freedom, skew.

    Examples
    --------
    >>> student_t(keras.Input((None, 32)), horizon=5).shape
    (None, None, 5, 4)
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
        (…, H, 4): location, scale, degrees of freedom, skew.
    """
    layers = keras.layers
    scale = layers.Activation("softplus", name="softplus_scale")(raw_scale)
    scale = layers.Rescaling(1.0, SMALLEST_SCALE, name="scale")(scale)
    df = layers.Activation("softplus", name="softplus_df")(raw_df)
    df = layers.Rescaling(1.0, SMALLEST_DF, name="df")(df)
    shift = layers.Rescaling(0.0, name="shift")(scale)
    skew = layers.Rescaling(0.0, name="skew")(scale)
    values = (layers.Add(name="shifted_location")([location, shift]), scale, df, skew)
    horizon = location.shape[-1]
    column = (-1, horizon, 1) if len(location.shape) == 3 else (horizon, 1)
    columns = [
        layers.Reshape(column, name=f"{name}_by_day_ahead")(part)
        for name, part in zip(PARTS, values, strict=True)
    ]
    return layers.Concatenate(axis=-1, name="student_t")(columns)


def set_shape(network: keras.Model, shape: Shape) -> None:
    """Give a network's distributions a shape, in place; what was compiled of it before keeps its.

    Parameters
    ----------
    network
        Any that `models.build` made.
    shape
        For its H days ahead.
    """
    constants = {
        "scale": (shape.scale, [SMALLEST_SCALE * factor for factor in shape.scale]),
        "df": (shape.tail, SMALLEST_DF),
        "shift": (shape.shift, 0.0),
        "skew": ([0.0] * len(shape.skew), list(shape.skew)),
    }
    for name, (factor, offset) in constants.items():
        layer = network.get_layer(name)
        layer.scale, layer.offset = list(factor), offset
    network.predict_function = None


def shape_of(network: keras.Model) -> Shape:
    """Return the shape of a network's distributions, as `set_shape` took it."""
    horizon = network.output_shape[-2]
    layer = network.get_layer
    given = (layer("scale").scale, layer("df").scale, layer("skew").offset, layer("shift").scale)
    return Shape(*(_each(number, horizon) for number in given))


def _each(number: Any, horizon: int) -> list[float]:
    """Return a number for each day ahead: one that stands for all of them, or their list."""
    return [float(one) for one in number] if isinstance(number, list) else [float(number)] * horizon


def negative_log_likelihood(target: Any, forecast: Any) -> Any:
    r"""Return −ln f(y) of a two-piece Student-t distribution.

    .. math::

        -\ln f(y) = \ln(s \cosh κ) + \tfrac12 \ln(νπ)
            - \ln\frac{Γ((ν+1)/2)}{Γ(ν/2)} + \tfrac{ν+1}{2} \ln(1 + z²/ν),
        \qquad z = e^{-κ \operatorname{sign}(y - m)} (y - m)/s

    Source: B. Hansen, "Autoregressive conditional density estimation", International Economic
    Review 35 (1994), with λ = tanh κ.

    Parameters
    ----------
    target
        y, of any shape (…).
    forecast
        (…, 4): location m, scale s, degrees of freedom ν > 2, skew κ.

    Returns
    -------
    tensor
        (…), in nats; to be averaged with zero weight where the target is a gap.
    """
    location, scale, df, skew = (forecast[..., part] for part in range(len(PARTS)))
    z = (target - location) / scale
    z = z * ops.exp(-skew * ops.sign(z))
    return (
        ops.log(scale)
        + ops.log(ops.cosh(skew))
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
