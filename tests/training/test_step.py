"""The training step: its gradient, how often clipping acts, and that it is made once."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from universe import windowed

import models
from pipeline.settings.train import Train
from pipeline.settings.window import Window
from pipeline.training import step
from pipeline.training.batches import Sequences
from pipeline.training.objective import location_variance, weighted_loss
from pipeline.training.step import Kind, lent

PANEL = windowed(Window(lookback=10), firms=6, days=300)
FOLD = PANEL.fold
QUICK = Train(sequence=6, batch_size=8, sequences_per_epoch=16, burn_in=2)


def fresh(**options: float) -> keras.Model:
    keras.utils.set_random_seed(3)
    return models.build("elman", features=PANEL.features.shape[2], units=4, **options)


@pytest.mark.parametrize(("clip", "penalty"), [("clipnorm", 20.0), ("global_clipnorm", 0.0)])
def test_the_gradient_norm_and_the_clipped_share(clip: str, penalty: float) -> None:
    section = QUICK.model_copy(
        update={"clipnorm": None, "global_clipnorm": None, "location_penalty": penalty}
    )
    first, target = Sequences(PANEL, FOLD, section)[0]
    network, losses, norms, acts_at = fresh(), [], [], []
    several, known = (first, np.float32(1.05) * first), np.isfinite(target)
    for features in several:
        with tf.GradientTape() as tape:
            made = network(features, training=True)
            loss, _ = weighted_loss(target, made)
            ratio = (made[..., 0] / tf.stop_gradient(made[..., 1]))[known]
            whole = loss + penalty * tf.math.reduce_variance(ratio)
        each = [np.linalg.norm(g) for g in tape.gradient(whole, network.trainable_variables)]
        losses.append(float(loss))
        norms.append(float(np.linalg.norm(each)))
        acts_at.append(norms[-1] if clip == "global_clipnorm" else float(max(each)))
    assert 0.9 < acts_at[0] / acts_at[1] < 0.99
    # Clipping acts on the second alone.
    limited = section.model_copy(update={clip: sum(acts_at) / 2.0})
    for features, loss, norm, acts in zip(several, losses, norms, (0.0, 1.0), strict=True):
        with lent(fresh(), limited, 0) as taken:
            told, number, measured, clipped = map(float, taken(features, target))
        assert measured == pytest.approx(norm, rel=1e-4)
        assert clipped == acts
        assert told == pytest.approx(loss, rel=1e-5)
        assert number == known.sum()


@pytest.mark.parametrize("steps", [0, 10**9])  # so many are compiled, each part by itself
def test_the_parts_of_a_batch_are_learned_from_together(
    monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    section = QUICK.model_copy(update={"global_clipnorm": None})
    x, y = Sequences(PANEL, FOLD, section)[0]
    y[1, 5:] = np.nan  # parts have different numbers of targets
    halves = [slice(0, 4), slice(4, 8)]
    network = fresh()
    with tf.GradientTape() as tape:
        loss, number = weighted_loss(y, network(x, training=True))
        apart = [location_variance(y[half], network(x[half], training=True)) for half in halves]
        shares = [np.isfinite(y[half]).sum() / float(number) for half in halves]
        whole = loss + section.location_penalty * sum(
            s * v for s, v in zip(shares, apart, strict=True)
        )
    gradients = tape.gradient(whole, network.trainable_variables)
    monkeypatch.setattr(step, "PART", 4)
    learner = fresh()
    with lent(learner, section, steps) as taken:
        told = taken(x, y).numpy()
        taken.hand_over(learner)
    assert told[:2] == pytest.approx([float(loss), float(number)], rel=1e-5)
    assert told[2] == pytest.approx(float(tf.linalg.global_norm(gradients)), rel=1e-4)
    # Adam's first step is the learning rate against the sign of each gradient.
    for before, after, gradient in zip(
        network.get_weights(), learner.get_weights(), gradients, strict=True
    ):
        clear = np.abs(gradient) > 1e-4
        moved = (after - before)[clear] / section.learning_rate
        np.testing.assert_allclose(moved, -np.sign(gradient)[clear], atol=2e-2)


def test_parts_draw_dropout_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """With equal parts, equal masks would give the same loss as one part alone, step by step."""
    section = QUICK.model_copy(update={"learning_rate": 1e-9})
    x, y = Sequences(PANEL, FOLD, section)[0]
    x, y = np.concatenate([x, x]), np.concatenate([y, y])

    def losses(rows: int) -> list[float]:
        own = section.model_copy(update={"batch_size": rows})
        with lent(fresh(dropout=0.5), own, 0) as taken:
            return [float(taken(x[:rows], y[:rows])[0]) for _ in range(3)]

    alone = losses(8)
    assert len(set(alone)) == 3  # each step draws anew
    monkeypatch.setattr(step, "PART", 8)
    together = losses(16)
    assert all(abs(a - b) > 1e-4 for a, b in zip(alone, together, strict=True))


def test_a_batch_is_cut_into_equal_parts() -> None:
    network = fresh()
    for size, parts in ((1, 1), (63, 1), (128, 2), (192, 3), (193, 1)):
        assert Kind.of(network, QUICK.model_copy(update={"batch_size": size}), 0).parts == parts


def test_what_is_learned_does_not_depend_on_forecasts_in_between() -> None:
    batch = Sequences(PANEL, FOLD, QUICK)[0]
    learned = []
    for asked in (0, 3):
        network = fresh(dropout=0.5)
        with lent(network, QUICK, 0) as taken:
            for _ in range(2):
                taken(*batch)
                taken.hand_over(network)
                for _ in range(asked):
                    network.predict_on_batch(batch[0])
        learned.append(network.get_weights())
    for one, other in zip(*learned, strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_was_learned_before_with_a_step_leaves_nothing_behind() -> None:
    batch = Sequences(PANEL, FOLD, QUICK)[0]

    def learned() -> list[np.ndarray]:
        network = fresh(dropout=0.5)
        with lent(network, QUICK, 0) as taken:
            for _ in range(3):
                taken(*batch)
            taken.hand_over(network)
        return network.get_weights()

    once = learned()
    with pytest.raises(KeyError), lent(fresh(dropout=0.5), QUICK, 0) as taken:
        taken(*batch)
        raise KeyError
    for one, other in zip(once, learned(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_step_is_made_once_for_networks_that_compute_the_same() -> None:
    slower = QUICK.model_copy(update={"learning_rate": QUICK.learning_rate / 2.0})
    with lent(fresh(), QUICK, 0) as first, lent(fresh(), QUICK, 0) as second:
        assert first is not second  # of two at a time, each has its own
    other = models.build("elman", features=PANEL.features.shape[2], units=4)
    with lent(other, slower, 0) as again:
        assert again is first
        assert float(again.optimizer.learning_rate) == pytest.approx(slower.learning_rate)
    wider = models.build("elman", features=PANEL.features.shape[2], units=5)
    clipped = QUICK.model_copy(update={"global_clipnorm": 0.5, "clipnorm": None})
    for network, section, steps in ((wider, QUICK, 0), (other, clipped, 0), (other, QUICK, 10**9)):
        with lent(network, section, steps) as apart:
            assert apart not in (first, second)
