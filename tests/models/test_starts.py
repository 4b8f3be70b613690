"""First weights."""

import re
from typing import Any

import keras
import numpy as np
import pytest
from networks import SMALL, drawn, noise, small, told

import models
from models import ARCHITECTURES, STARTS, start
from models.catalogue import CELLS


def weights(network: Any) -> list[Any]:
    return [keras.ops.convert_to_numpy(weight) for weight in network.trainable_weights]


def layer_weights(network: Any) -> list[Any]:
    return [keras.ops.convert_to_numpy(w) for w in network.get_layer("hidden").trainable_weights]


def logistic(x: Any) -> Any:
    return 1.0 / (1.0 + np.exp(-x))


def wide(name: str, **options: Any) -> Any:
    return models.build(name, features=3, **{**SMALL, "units": 64, **options})


def days_kept(gate: Any) -> float:
    """Return the mean time constant of gates that keep a share of the state each day."""
    return float((1.0 / (1.0 - logistic(gate.astype(float)))).mean())


def test_a_new_jordan_network_feeds_nothing_back_yet() -> None:
    # Its state is then turned by an orthogonal matrix alone, and no gradient explodes.
    network = small("jordan")
    cell = network.get_layer("jordan").cell
    assert not keras.ops.convert_to_numpy(cell.feedback_kernel).any()
    drawn_anew = drawn("jordan")
    start(drawn_anew, "default", seed=1)
    cell = drawn_anew.get_layer("jordan").cell
    assert not keras.ops.convert_to_numpy(cell.feedback_kernel).any()
    assert keras.ops.convert_to_numpy(cell.output_kernel).all()


def test_chrono_gates_of_an_lstm_forget_after_2_days_to_the_longest() -> None:
    # f = u / (1 + u) forgets with 1 / (1 − f) = u + 1 days, u uniform on 1 … 99: 51 in the mean,
    # ± 28.3 / √64 = 3.5. What is not kept is written: i = 1 − f.
    network = wide("lstm")
    start(network, "chrono", longest=100, seed=1)
    i, f, new, o = np.split(layer_weights(network)[2], 4)
    assert abs(days_kept(f) - 51.0) < 10.0
    assert np.exp(f).min() >= 1.0
    assert np.exp(f).max() <= 99.0
    np.testing.assert_allclose(logistic(i), 1.0 - logistic(f), rtol=1e-4)
    assert not new.any()
    assert not o.any()
    start(network, "default", seed=1)
    np.testing.assert_array_equal(layer_weights(network)[2], np.repeat([0.0, 1.0, 0.0, 0.0], 64))


@pytest.mark.parametrize("reset_after", [False, True])
def test_a_chrono_gru_keeps_its_state_over_days(reset_after: bool) -> None:
    # Without inputs and matrices h_20 = z²⁰ h_0, with z = u / (1 + u): of u = 50 days 0.67 are
    # left. With a bias of zero it would be 2⁻²⁰.
    network = wide("gru", reset_after=reset_after)
    start(network, "chrono", longest=100, seed=1)
    layer = network.get_layer("hidden")
    kernel, recurrent, bias = layer_weights(network)
    z, r, new = np.split(bias[0] if reset_after else bias, 3)
    assert abs(days_kept(z) - 51.0) < 10.0
    assert not r.any()
    assert not new.any()
    layer.set_weights([0.0 * kernel, 0.0 * recurrent, bias])
    h = told(layer, np.zeros((1, 20, 3), np.float32), initial_state=keras.ops.ones((1, 64)))
    u = np.exp(z.astype(float))
    np.testing.assert_allclose(h[0, -1], (u / (1.0 + u)) ** 20, rtol=1e-3)
    assert h[0, -1].mean() > 0.4
    layer.set_weights([0.0 * kernel, 0.0 * recurrent, 0.0 * bias])
    h = told(layer, np.zeros((1, 20, 3), np.float32), initial_state=keras.ops.ones((1, 64)))
    np.testing.assert_allclose(h[0, -1], 2.0**-20, rtol=1e-3)


@pytest.mark.parametrize("name", CELLS)
def test_orthogonal_matrices_keep_lengths_and_the_gain_scales_them(name: str) -> None:
    network = drawn(name)
    start(network, "orthogonal", gain=0.5, seed=2)
    (kernel,) = (w for w in network.trainable_weights if w.name == "recurrent_kernel")
    for matrix in np.split(keras.ops.convert_to_numpy(kernel), kernel.shape[1] // 4, axis=1):
        np.testing.assert_allclose(matrix @ matrix.T, 0.25 * np.eye(4), atol=1e-6)


def test_the_default_draws_as_keras_does() -> None:
    # Glorot: within √(6 / (inputs + outputs)), a convolution's counted for each of its 2 days.
    network = wide("hybrid", cell="lstm")
    start(network, "default", seed=3)
    kernel, recurrent, _ = layer_weights(network)
    np.testing.assert_allclose(recurrent @ recurrent.T, np.eye(64), atol=1e-5)
    convolution = keras.ops.convert_to_numpy(network.get_layer("convolution_2").kernel)
    for matrix, limit in ((kernel, (6 / (64 + 256)) ** 0.5), (convolution, (6 / 256) ** 0.5)):
        assert 0.99 * limit < np.abs(matrix).max() <= limit
        np.testing.assert_allclose(matrix.std(), limit / 3**0.5, rtol=0.05)


def test_an_identity_with_rectified_units_adds_up() -> None:
    network = models.build("elman", features=2, units=2, activation="relu")
    start(network, "identity_relu", seed=1)
    layer = network.get_layer("hidden")
    assert np.abs(layer_weights(network)[0]).max() < 0.005
    layer.set_weights([np.eye(2), *layer_weights(network)[1:]])
    # Sums of (1, 2, 3) and of (4, −5, 1), the second cut at zero.
    h = told(layer, np.array([[[1.0, 4.0], [2.0, -5.0], [3.0, 1.0]]], np.float32))
    np.testing.assert_array_equal(h[0], [[1.0, 4.0], [3.0, 0.0], [6.0, 1.0]])


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_seed_draws_every_matrix_of_a_network_again(name: str) -> None:
    network = drawn(name)
    start(network, "default", seed=1)
    first = weights(network)
    assert np.isfinite(told(network, noise(2, 2, 3))).all()
    start(network, "default", seed=2)
    for one, other in zip(first, weights(network), strict=True):
        # Biases are no draw, nor what feeds a Jordan network's output back, which begins at zero.
        assert (one != other).all() == (one.ndim > 1 and bool(one.any()))
    start(network, "default", seed=1)
    for one, other in zip(first, weights(network), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", ["bidirectional", "stacked", "seq2seq"])
def test_every_layer_over_days_is_begun_and_no_decoder(name: str) -> None:
    network = small(name, cell="lstm", layers=2)
    start(network, "chrono", longest=9, seed=1)
    begun = [w for w in network.trainable_weights if w.name == "bias" and w.shape == (16,)]
    assert len(begun) == (4 if name == "bidirectional" else 2)
    for bias in begun:
        assert keras.ops.convert_to_numpy(bias)[4:8].all()
    if name == "seq2seq":
        assert not keras.ops.convert_to_numpy(network.get_layer("decoder").step.bias).any()


@pytest.mark.parametrize(
    ("name", "begun", "told", "sentence"),
    [
        ("gru", "chronos", {}, "There is no start 'chronos': did you mean chrono?"),
        ("elman", "chrono", {"longest": 9}, "is for lstm, gru, memory: this network has elman"),
        ("gru", "identity_relu", {}, "is for elman: this network has gru layers."),
        ("elman", "identity_relu", {}, "is for the activation relu, not for tanh"),
        ("lstm", "chrono", {}, "a longest memory of 2 days or more: give longest, which is None."),
        ("lstm", "chrono", {"longest": 1}, "give longest, which is 1."),
        ("lstm", "chrono", {"longest": 9, "gain": 2.0}, "has no gain: leave it at 1, not 2.0."),
    ],
)
def test_what_is_not_defined_is_refused_and_changes_nothing(
    name: str, begun: str, told: dict[str, Any], sentence: str
) -> None:
    network = drawn(name)
    before = weights(network)
    with pytest.raises(ValueError, match=re.escape(sentence)):
        start(network, begun, seed=1, **told)
    for one, other in zip(before, weights(network), strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_table_says_for_which_kinds_a_start_is() -> None:
    for row in STARTS.values():
        assert set(row.kinds) <= set(CELLS)
        for name in row.kinds:
            network = drawn(name, **({"activation": row.activation} if row.activation else {}))
            start(network, row.name, longest=9 if row.longest else None, seed=1)
