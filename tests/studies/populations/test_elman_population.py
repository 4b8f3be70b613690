"""A population's gradients are those of central differences, and its networks are apart."""

import numpy as np
import pytest

from pipeline.studies.populations.elman_population import Weights, backward, begin, forward

MEMBERS, DAYS, BATCH, FEATURES, UNITS, CLASSES = 2, 5, 3, 2, 4, 3
STEP = 1e-6


@pytest.fixture
def scene():
    random = np.random.default_rng(0)
    first = begin(MEMBERS, FEATURES, UNITS, CLASSES, random)
    weights = Weights(*(each + 0.1 * random.normal(size=each.shape) for each in first))
    shown = random.normal(size=(MEMBERS, DAYS, BATCH, FEATURES))
    return weights, shown, random.integers(0, CLASSES, (MEMBERS, BATCH))


def test_first_weights_have_the_radius():
    weights = begin(3, 6, 20, 4, np.random.default_rng(1))
    assert np.abs(np.linalg.eigvals(weights.recurrent)).max(axis=1) == pytest.approx(0.95)
    assert all(each.dtype == np.float32 for each in weights)


def test_states_are_those_of_the_recursion(scene):
    weights, shown, _ = scene
    states, logits = forward(weights, shown)
    for member in range(MEMBERS):
        w, u, b, v, c = weights.of(member)
        h = np.zeros((BATCH, UNITS))
        for day in range(DAYS):
            h = np.tanh(shown[member, day] @ w + h @ u + b)
            assert states[member, day + 1] == pytest.approx(h)
        assert logits[member] == pytest.approx(h @ v + c)


def test_gradient_is_that_of_central_differences(scene):
    weights, shown, answers = scene
    found = backward(weights, shown, answers).gradient
    for name in Weights._fields:
        way = np.random.default_rng(2).normal(size=getattr(weights, name).shape)
        ends = [
            backward(
                weights._replace(**{name: getattr(weights, name) + sign * STEP * way}),
                shown,
                answers,
            ).loss
            for sign in (1.0, -1.0)
        ]
        slope = (ends[0] - ends[1]) / (2 * STEP)
        assert (getattr(found, name) * way).sum(axis=(1, 2)) == pytest.approx(slope, rel=1e-6)


def test_constraint_is_derived_by_the_matrix_that_is_written_in_it(scene):
    weights, shown, answers = scene
    found = backward(weights, shown, answers, constrain=True)
    states, logits = forward(weights, shown)
    slopes = 1.0 - states[:, 1:] ** 2
    odds = np.exp(logits) / np.exp(logits).sum(axis=2, keepdims=True)
    back = (odds - np.eye(CLASSES)[answers]) / BATCH @ weights.readout.swapaxes(1, 2)
    deltas = np.zeros_like(slopes)
    for day in reversed(range(DAYS)):
        deltas[:, day] = back * slopes[:, day]
        back = deltas[:, day] @ weights.recurrent.swapaxes(1, 2)

    def constraint(recurrent):
        there = deltas[:, 1:] @ recurrent.swapaxes(1, 2)[:, None] * slopes[:, :-1]
        ratio = np.linalg.norm(there, axis=3) / np.linalg.norm(deltas[:, 1:], axis=3)
        return np.square(ratio - 1.0).mean(axis=(1, 2))

    assert found.constraint == pytest.approx(constraint(weights.recurrent))
    way = np.random.default_rng(3).normal(size=weights.recurrent.shape)
    ends = [constraint(weights.recurrent + sign * STEP * way) for sign in (1.0, -1.0)]
    slope = (ends[0] - ends[1]) / (2 * STEP)
    assert (found.constraint_gradient * way).sum(axis=(1, 2)) == pytest.approx(slope, rel=1e-6)


def test_constraint_by_hand():
    # One unit that stays at 0, so that σ' is 1: δ is multiplied with U = ½ a day, (½ − 1)² = ¼,
    # whose derivative is 2 (½ − 1) = −1.
    weights = Weights(*(np.full((1, 1, 1), each) for each in (0.0, 0.5, 0.0)), *_readout())
    found = backward(weights, np.ones((1, 4, 1, 1)), np.zeros((1, 1)), constrain=True)
    assert found.constraint == pytest.approx(0.25)
    assert found.constraint_gradient == pytest.approx(-1.0)


def test_an_error_that_has_nearly_vanished_from_float32_has_its_part():
    # δ falls to a tenth a day, to 1e−21: its square is still there, products of two are not.
    parts = (np.full((1, 1, 1), each, np.float32) for each in (0.0, 0.1, 0.0))
    weights = Weights(*parts, *(each.astype(np.float32) for each in _readout()))
    shown = np.ones((1, 22, 1, 1), np.float32)
    with np.errstate(over="raise", invalid="raise"):
        found = backward(weights, shown, np.zeros((1, 1), int), constrain=True)
    assert found.constraint == pytest.approx(0.81, rel=1e-2)
    assert found.constraint_gradient == pytest.approx(-1.8, rel=1e-2)


def test_a_vanished_error_has_no_part():
    weights = Weights(*(np.full((1, 1, 1), each) for each in (0.0, 0.0, 0.0)), *_readout())
    found = backward(weights, np.ones((1, 4, 1, 1)), np.zeros((1, 1)), constrain=True)
    assert np.isfinite(found.constraint_gradient).all()


def test_networks_do_not_matter_to_each_other(scene):
    weights, shown, answers = scene
    both = backward(weights, shown, answers, constrain=True)
    alone = backward(weights.of([1]), shown[1:], answers[1:], constrain=True)
    assert alone.loss == pytest.approx(both.loss[1:])
    assert alone.constraint_gradient == pytest.approx(both.constraint_gradient[1:])
    for name in Weights._fields:
        assert getattr(alone.gradient, name) == pytest.approx(getattr(both.gradient, name)[1:])


def _readout():
    return np.array([[[1.0, -1.0]]]), np.zeros((1, 1, 2))
