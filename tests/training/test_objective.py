"""What a training step minimises: gaps count for nothing, and locations are held together."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from pipeline.training.objective import location_variance, weighted_loss


def test_a_gap_has_no_weight_and_no_gradient() -> None:
    target = np.array([[1.0, np.nan], [np.nan, -1.0]], np.float32)
    forecasts = tf.Variable(np.tile(np.float32([0.1, 1.2, 4.0, 0.0]), (2, 2, 1)))
    with tf.GradientTape() as tape:
        loss, weight = weighted_loss(target, forecasts)
    gradient = tape.gradient(loss, forecasts).numpy()
    assert float(weight) == 2.0
    wanted = -stats.t.logpdf([1.0, -1.0], 4.0, 0.1, 1.2).mean()
    assert float(loss) == pytest.approx(wanted, abs=1e-6)
    assert (gradient[np.isnan(target)] == 0.0).all()
    assert (np.abs(gradient[~np.isnan(target)]).sum(axis=-1) > 0).all()
    nothing, none = weighted_loss(np.full((1, 2), np.nan, np.float32), forecasts[:1])
    assert float(nothing) == float(none) == 0.0


def test_the_penalty_is_the_variance_of_locations_in_scales() -> None:
    target = np.array([[1.0, np.nan], [np.nan, -1.0]], np.float32)
    parts = [[[0.6, 2.0, 4.0], [9.0, 1.0, 4.0]], [[7.0, 1.0, 4.0], [-2.0, 4.0, 3.0]]]
    forecasts = tf.Variable(np.array(parts, np.float32))
    with tf.GradientTape() as tape:
        penalty = location_variance(target, forecasts)
    gradient = tape.gradient(penalty, forecasts).numpy()
    # 0.3 and −0.5 lie 0.4 from their mean: 0.4², and for locations the derivatives ±0.4 / s.
    assert float(penalty) == pytest.approx(0.16)
    assert gradient[0, 0, 0] == pytest.approx(0.4 / 2.0)
    assert gradient[1, 1, 0] == pytest.approx(-0.4 / 4.0)
    # Neither a scale nor a tail is moved by it, and a gap counts for nothing.
    assert (gradient[..., 1:] == 0.0).all()
    assert (gradient[np.isnan(target)] == 0.0).all()
    assert float(location_variance(np.full((2, 2), np.nan, np.float32), forecasts)) == 0.0
