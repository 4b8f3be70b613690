"""The training step: its loss and penalty, its gradient, and how often clipping acts."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats
from universe import windowed

import models
from pipeline.settings.train import Train
from pipeline.settings.window import Window
from pipeline.training.batches import Sequences
from pipeline.training.trainer import Trainer, location_variance, weighted_loss

PANEL = windowed(Window(lookback=10), firms=6, days=300)
FOLD = PANEL.fold
QUICK = Train(sequence=40, batch_size=8, sequences_per_epoch=32, burn_in=4)


def fresh() -> keras.Model:
    keras.utils.set_random_seed(3)
    return models.build("elman", features=PANEL.features.shape[2], units=4)


def test_a_gap_has_no_weight_and_no_gradient() -> None:
    target = np.array([[1.0, np.nan], [np.nan, -1.0]], np.float32)
    forecasts = tf.Variable(np.tile(np.float32([0.1, 1.2, 4.0]), (2, 2, 1)))
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


@pytest.mark.parametrize(
    ("clip", "factor", "steps", "penalty"),
    [
        ("clipnorm", 0.98, 0, 20.0),
        ("clipnorm", 1.02, 0, 20.0),
        ("global_clipnorm", 0.98, 10**9, 20.0),  # so many steps are compiled
        ("global_clipnorm", 0.98, 0, 0.0),
        ("global_clipnorm", 1.02, 0, 20.0),
    ],
)
def test_the_gradient_norm_and_the_clipped_share(
    clip: str, factor: float, steps: int, penalty: float
) -> None:
    section = QUICK.model_copy(
        update={"clipnorm": None, "global_clipnorm": None, "location_penalty": penalty}
    )
    batch = Sequences(PANEL, FOLD, section)[0]
    network = fresh()
    with tf.GradientTape() as tape:
        made = network(batch[0], training=True)
        loss, _ = weighted_loss(batch[1], made)
        known = np.isfinite(batch[1])
        ratio = (made[..., 0] / tf.stop_gradient(made[..., 1]))[known]
        whole_loss = loss + penalty * tf.math.reduce_variance(ratio)
    variables = network.trainable_variables
    gradients = [g.numpy().ravel() for g in tape.gradient(whole_loss, variables)]
    whole = float(np.linalg.norm(np.concatenate(gradients)))
    acts_at = whole if clip == "global_clipnorm" else max(np.linalg.norm(g) for g in gradients)
    limited = section.model_copy(update={clip: float(acts_at) * factor})
    told, targets, norm, clipped = map(float, Trainer(fresh(), limited, steps).step(*batch))
    assert norm == pytest.approx(whole, rel=1e-4)
    assert clipped == (1.0 if factor < 1.0 else 0.0)
    assert told == pytest.approx(float(loss), rel=1e-5)
    assert targets == np.isfinite(batch[1]).sum()
