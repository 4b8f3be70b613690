r"""The shape of a trained network's forecasts: how wide, how fat and how skewed all of them are.

A network that was fitted to growth without what the firms of a day share (`day_factors`) forecasts
days on which they share nothing: its tails are too thin, the more so the fewer firms there are. And
no network that forecasts a symmetric distribution can know that falls are larger than rises. So
last, a few numbers that all forecasts have in common are fitted to growth as it came: a factor γ
on scales, one δ on degrees of freedom above 2.01 and, if that is better on validation days, a skew
κ with a shift β of the location (`models.student_t.Shape`). Source of the principle: T. Gneiting,
A. Raftery, A. Westveld and T. Goldman, "Calibrated probabilistic forecasting using ensemble model
output statistics and minimum CRPS estimation", Monthly Weather Review 133 (2005), there of normal
distributions.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf
from keras import ops
from numpy.typing import NDArray
from scipy.optimize import minimize

from models import Shape, negative_log_likelihood
from models.student_t import SMALLEST_DF
from pipeline.outputs import Fold
from pipeline.training.hindsight import Hindsight

Values = NDArray[np.float64]

BOUNDS = ((-1.0, 1.0), (-3.0, 3.0), (-0.5, 0.5), (-1.0, 1.0))
"""Of ln γ, ln δ, κ and β."""
SYMMETRIC = (*BOUNDS[:2], (0.0, 0.0), (0.0, 0.0))
"""The same without skew."""


def fit_shape(seen: Hindsight, *, skewed: bool) -> Shape:
    """Return the shape under which what came was most likely.

    Firms of a day share much, but that leaves the most likely shape what it is, and only makes it
    less certain than the number of firm-days suggests.

    Parameters
    ----------
    seen
        What a network whose shape was not changed said, and what came.
    skewed
        Whether the distributions may have a skew; else κ = β = 0.
    """
    bounds = BOUNDS if skewed else SYMMETRIC
    parts = (_likeliest(*part, bounds) for part in _by_day_ahead(seen))
    scale, tail, skew, shift = np.transpose(list(parts)).tolist()
    return Shape(np.exp(scale).tolist(), np.exp(tail).tolist(), skew, shift)


def skew_helps(seen: Hindsight, fold: Fold) -> bool:
    """Say whether a skew that training days show makes validation days more likely.

    Parameters
    ----------
    seen
        What a network that was fitted to training days alone said of them and of validation days.
    fold
        Which are which.
    """
    trained, valid = seen.of(fold.train), seen.of(fold.valid)
    losses = [_losses(valid, fit_shape(trained, skewed=skewed)) for skewed in (False, True)]
    return bool(losses[1] < losses[0])


def _losses(seen: Hindsight, shape: Shape) -> float:
    """Return the mean loss under a shape over the days ahead."""
    each = zip(np.log(shape.scale), np.log(shape.tail), shape.skew, shape.shift, strict=True)
    parts = zip(each, _by_day_ahead(seen), strict=True)
    return float(np.mean([float(_loss(tf.constant(at), *part)) for at, part in parts]))


def _by_day_ahead(seen: Hindsight) -> list[tuple[Any, Any]]:
    """Return what came and the forecasts of each day ahead, known ones alone."""
    answer = []
    for ahead in range(seen.came.shape[-1]):
        known = np.isfinite(seen.came[..., ahead])
        came, said = seen.came[..., ahead][known], seen.forecasts[..., ahead, :][known]
        answer.append((tf.constant(came, tf.float64), tf.constant(said, tf.float64)))
    return answer


def _likeliest(came: Any, said: Any, bounds: Any) -> Values:
    """Return ln γ, ln δ, κ and β of the highest likelihood."""

    def loss(at: Values) -> tuple[float, Values]:
        value, slope = _traced(tf.constant(at), came, said)
        return float(value), np.asarray(slope)

    found = minimize(loss, np.zeros(len(bounds)), jac=True, method="L-BFGS-B", bounds=bounds)
    return np.asarray(found.x)


def _and_slope(at: Any, came: Any, said: Any) -> tuple[Any, Any]:
    """Return the loss and its gradient."""
    with tf.GradientTape() as tape:
        tape.watch(at)
        value = _loss(at, came, said)
    return value, tape.gradient(value, at)


_traced = tf.function(
    _and_slope,
    autograph=False,
    input_signature=[tf.TensorSpec(shape, tf.float64) for shape in ((4,), (None,), (None, 4))],
)
"""The same, traced once: it is asked some dozens of times, whatever the number of firm-days."""


def _loss(at: Any, came: Any, said: Any) -> Any:
    """Return the mean negative log-likelihood of what came under (ln γ, ln δ, κ, β)."""
    location, scale, df, _ = (said[..., part] for part in range(4))
    scale = scale * ops.exp(at[0])
    df = SMALLEST_DF + ops.exp(at[1]) * (df - SMALLEST_DF)
    shaped = [location + at[3] * scale, scale, df, at[2] * ops.ones_like(scale)]
    return ops.mean(negative_log_likelihood(came, ops.stack(shaped, axis=-1)))
