"""Populations compute the equations, and their gradients are finite differences."""

import numpy as np
import pytest

from pipeline.studies.populations.losses import Squared, mean
from pipeline.studies.populations.recurrent import GRU, KINDS, Elman, joined


def test_elman_by_hand():
    network = Elman(features=1, units=1, outputs=1)
    # U 0.5, W 2, b 0.1; V 3, c −1.
    weights = np.array([[0.5, 2.0, 0.1, 3.0, -1.0]])
    seen = network.run(weights, np.array([[[[1.0], [-1.0]]]]))
    first = np.tanh(2.1)
    second = np.tanh(0.5 * first - 1.9)
    assert seen[1:, 0, 0, 0] == pytest.approx([first, second])
    assert network.read(weights, seen, 1)[0, 0, 0, 0] == pytest.approx(3.0 * second - 1.0)


def test_gru_by_hand():
    network = GRU(features=1, units=1, outputs=1)
    # Columns are update, reset, candidate; rows are state, feature, one.
    maps = np.array([[[0.3, -0.2, 0.5], [1.0, 2.0, -1.0], [0.1, 0.0, 0.2]]])
    weights = joined(maps, np.array([[[2.0], [0.0]]]))
    state = 0.0
    for shown in (1.0, -0.5):
        update = 1 / (1 + np.exp(-(0.3 * state + shown + 0.1)))
        reset = 1 / (1 + np.exp(-(-0.2 * state + 2.0 * shown)))
        candidate = np.tanh(0.5 * reset * state - shown + 0.2)
        state = update * state + (1 - update) * candidate
    seen = network.run(weights, np.array([[[[1.0], [-0.5]]]]))
    assert network.read(weights, seen, 1)[0, 0, 0, 0] == pytest.approx(2.0 * state)


@pytest.mark.parametrize("kind", KINDS.values())
def test_gradients_are_finite_differences(kind):
    random = np.random.default_rng(0)
    network, loss = kind(features=2, units=3, outputs=1), Squared()
    shown, answers = random.normal(size=(2, 4, 6, 2)), random.normal(size=(3, 4, 4))
    answers[:, 1], answers[:, 3] = answers[:, 0], answers[:, 2]
    weights = network.first(4, random) + random.normal(scale=0.3, size=(4, network.parameters))

    def value(at):
        return mean(loss, network.read(at, network.run(at, shown), 3), answers)

    seen = network.run(weights, shown)
    slope = loss.slope(network.read(weights, seen, 3), answers)
    found = network.gradient(weights, seen, slope, 3)
    step = 1e-6 * np.eye(network.parameters)
    numeric = [(value(weights + one) - value(weights - one)) / 2e-6 for one in step]
    assert found == pytest.approx(np.transpose(numeric), abs=1e-7)


def test_members_see_their_own_sequences():
    random = np.random.default_rng(1)
    network = Elman(1, 2, 1)
    shown = random.normal(size=(2, 3, 5, 1))
    weights = np.repeat(network.first(1, random), 4, axis=0)
    last = network.run(weights, shown)[-1, ..., :2]
    assert np.array_equal(last[0], last[1])
    assert np.array_equal(last[2], network.run(weights[:1], shown[1:])[-1, 0, :, :2])
    read = network.read(weights, network.run(weights, shown), 2)
    assert network.outputs_of(weights, shown, 2) == pytest.approx(read, abs=1e-12)


def test_first_weights_keep_the_length_of_a_state():
    network = GRU(2, 4, 1)
    maps, readout = network.split(network.first(3, np.random.default_rng(0)))
    for gate in range(3):
        turn = maps[1, :4, 4 * gate : 4 * gate + 4]
        assert turn @ turn.T == pytest.approx(np.eye(4), abs=1e-12)
    assert (maps[:, -1] == 0.0).all()
    assert np.abs(readout).max() <= np.sqrt(6.0 / 5.0)
