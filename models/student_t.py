"""The Student-t head: a forecast is a distribution with fat tails, not a number."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops

SMALLEST_SCALE = 1e-3
SMALLEST_DF = 2.01


@keras.saving.register_keras_serializable(package="firmament")
class StudentT(keras.layers.Layer):  # type: ignore[misc]
    r"""Map a hidden state to a Student-t distribution for each day ahead.

    One dense map gives three raw outputs a day ahead (a, b, c), and

    .. math:: m = a, \qquad s = 10^{-3} + \ln(1 + e^b), \qquad ν = 2.01 + \ln(1 + e^c)

    are location, scale and degrees of freedom: s > 0, and ν > 2, so that the variance
    s² ν / (ν − 2) exists. Parameters: 3·H·(h + 1) with h inputs.

    Parameters
    ----------
    horizon
        H, days ahead.

    Examples
    --------
    >>> StudentT(horizon=5)(keras.ops.zeros((2, 10, 32))).shape  # batch, days, ahead, (m, s, ν)
    TensorShape([2, 10, 5, 3])
    """

    def __init__(self, horizon: int = 1, **options: Any) -> None:
        super().__init__(**options)
        self.horizon = horizon
        self.raw = keras.layers.Dense(3 * horizon, name="raw")

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Create the dense map from (…, h) states."""
        self.raw.build(input_shape)
        super().build(input_shape)

    def call(self, states: Any) -> Any:
        """Return (…, H, 3): location, scale and degrees of freedom."""
        raw = self.raw(states)
        raw = ops.reshape(raw, (*ops.shape(raw)[:-1], self.horizon, 3))
        return ops.stack(
            [
                raw[..., 0],
                SMALLEST_SCALE + ops.softplus(raw[..., 1]),
                SMALLEST_DF + ops.softplus(raw[..., 2]),
            ],
            axis=-1,
        )

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of `call`'s answer."""
        return (*input_shape[:-1], self.horizon, 3)

    def get_config(self) -> dict[str, Any]:
        """Return what the layer is made from."""
        return {**super().get_config(), "horizon": self.horizon}


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
