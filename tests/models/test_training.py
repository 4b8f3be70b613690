"""Training: what is compiled and what is dropped, and that every network learns to remember."""

from typing import Any

import keras
import numpy as np
import pytest
from networks import OWN, drawn, noise, shaken, sizes, small, told

from models import ARCHITECTURES, RECURRENT

COMPILED = [("attention", {})]
"""What is compiled in every change; the others take seconds each, and are left to `full`."""

RECALLING = (
    ("gru", "jordan", "attention", "seq2seq", "memory")
    if keras.backend.backend() == "jax"
    else ("gru",)
)
"""What learns to remember in every change: on JAX all layers of firmament's own do."""


def one_step(name: str, options: dict[str, Any], **compiled: bool) -> tuple[Any, Any]:
    """Train a step; return its loss, and the forecasts after it."""
    network = shaken(small(name, **options))
    network.compile(keras.optimizers.SGD(0.01), "mse", **compiled)
    inputs = noise(3, 5, 3)
    loss = network.train_on_batch(inputs, np.zeros_like(told(network, inputs)))
    return loss, told(network, inputs)


@pytest.mark.parametrize(
    ("name", "options"),
    [case if case in COMPILED else pytest.param(*case, marks=pytest.mark.full) for case in OWN],
)
def test_compiled_and_not_they_compute_the_same(name: str, options: dict[str, Any]) -> None:
    compiled = one_step(name, options, jit_compile=True)
    plain = one_step(name, options, jit_compile=False, run_eagerly=True)
    for one, other in zip(compiled, plain, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_dropout_acts_in_training_alone(name: str) -> None:
    inputs = noise(4, 2, 3)
    plain = told(drawn(name), inputs)
    for option in ("dropout", "recurrent_dropout") if name in RECURRENT else ("dropout",):
        network = shaken(small(name, **{option: 0.5}))
        first, second = (told(network, inputs, training=True) for _ in range(2))
        assert np.abs(first - plain).max() > 1e-3, option
        assert np.abs(first - second).max() > 1e-3, option
        outside = told(network, inputs)
        np.testing.assert_allclose(outside, plain, rtol=1e-6, atol=1e-6)
        np.testing.assert_array_equal(told(network, inputs, training=False), outside)


@pytest.mark.parametrize(
    "name",
    [
        name if name in RECALLING else pytest.param(name, marks=pytest.mark.full)
        for name in RECURRENT
    ],
)
def test_every_network_recalls_a_value_of_three_days_ago(name: str) -> None:
    """A guess without memory errs by the variance, 1/3; here it is a tenth of that at most."""
    assert recall(name) < 1.0 / 30.0


def test_a_control_drops_the_same_inputs_on_all_days() -> None:
    inputs = np.ones((50, 6, 3), np.float32)
    network = small("linear", dropout=0.5)
    states = keras.Model(network.inputs, network.get_layer("hidden").output)
    dropped = told(states, inputs, training=True)
    np.testing.assert_array_equal(dropped, np.repeat(dropped[:, :1], 6, axis=1))
    assert set(np.unique(dropped)) == {0.0, 2.0}


def recall(name: str) -> float:
    """Train to tell the value of three days ago; return the mean squared error."""
    shape = {"features": 1, "horizon": 1, "units": 8, "attention_days": 4, "slot_width": 4}
    network = small(name, **shape)
    causal = ARCHITECTURES[name].causal(sizes(name, **shape))
    location = network.output[:, -1, 0, 0] if causal else network.output[:, 0, 0]
    probe = keras.Model(network.inputs, location)
    adam = keras.optimizers.Adam(0.05, global_clipnorm=1.0)
    probe.compile(adam, "mse")
    values = np.random.default_rng(1).uniform(-1.0, 1.0, (64 * 100, 4, 1)).astype(np.float32)
    probe.fit(values, values[:, 0, 0], 64, verbose=0, shuffle=False)
    test = np.random.default_rng(2).uniform(-1.0, 1.0, (500, 4, 1)).astype(np.float32)
    return float(np.mean((told(probe, test) - test[:, 0, 0]) ** 2))
