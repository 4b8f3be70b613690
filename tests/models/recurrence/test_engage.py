"""Keras's own layers, run by the engine and by Keras: what they give, and their gradients."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import pytest
from differences import DTYPE, JAX, gradients, hold
from networks import noise, shaken

from models.recurrence import engage
from models.recurrence.kinds import ACTIVATIONS, SLOPES

LAYERS = keras.layers
KINDS: dict[str, tuple[Any, dict[str, Any]]] = {
    "elman": (LAYERS.SimpleRNN, {}),
    "lstm": (LAYERS.LSTM, {}),
    "gru": (LAYERS.GRU, {"reset_after": False}),
    "reset after": (LAYERS.GRU, {"reset_after": True}),
}
INPUTS = noise(3, 4, 3)
THERE = np.array([[1, 0, 1, 1], [0, 1, 0, 1], [1, 0, 1, 0]]) > 0
"""Also sequences that begin or end with days that are not there."""
ALL: dict[str, Any] = {"return_sequences": True}
OPTIONS: dict[str, dict[str, Any]] = {
    "states": ALL | {"return_state": True},
    "last day, no bias": {"use_bias": False},
    "backwards": ALL | {"go_backwards": True, "return_state": True, "activation": "softsign"},
    "dropout": ALL | {"dropout": 0.4, "recurrent_dropout": 0.3},
}
MASKED: dict[str, dict[str, Any]] = {
    "backwards": OPTIONS["backwards"],
    "last day backwards": {"go_backwards": True, "return_state": True},
    "dropout, zeros": OPTIONS["dropout"] | {"zero_output_for_mask": True},
}


class Alone(LAYERS.Layer):  # type: ignore[misc]
    """A layer in a network of its own, with first states that are no zeros if asked for."""

    def __init__(self, kind: str, started: bool = False, **options: Any) -> None:
        super().__init__()
        self.supports_masking = True
        layer, own = KINDS[kind]
        self.inner, self.started = layer(4, **own, **options), started
        self.layers = [self.inner]
        self.inner.build((None, None, 3))
        self.built = True

    def call(self, inputs: Any, mask: Any = None, training: bool = False) -> Any:
        first = None
        if self.started:
            states = 2 if isinstance(self.inner, LAYERS.LSTM) else 1
            first = [
                keras.ops.array(noise(len(inputs), 4, seed=k + 1), inputs.dtype)
                for k in range(states)
            ]
        return self.inner(inputs, mask=mask, initial_state=first, training=training)

    def compute_output_shape(self, shape: Any) -> Any:
        return self.inner.compute_output_shape(shape)


def pair(kind: str, **options: Any) -> tuple[Alone, Alone]:
    """Return a layer that Keras runs, and the same run by the engine."""
    keras.utils.set_random_seed(3)
    plain = shaken(Alone(kind, **options))
    keras.utils.set_random_seed(3)
    engaged = engage(shaken(Alone(kind, **options)))
    assert "inner_loop" in vars(engaged.inner)
    assert "inner_loop" not in vars(plain.inner)
    return plain, engaged


def compare(plain: Any, engaged: Any, inputs: Any, **options: Any) -> None:
    answers = [
        keras.tree.flatten(gradients(layer, keras.ops.array(inputs), **options))
        for layer in (plain, engaged)
    ]
    for wanted, told in zip(*answers, strict=True):
        wanted, told = map(keras.ops.convert_to_numpy, (wanted, told))
        np.testing.assert_allclose(
            told, wanted, rtol=1e-5, atol=1e-5 * (1.0 + np.abs(wanted).max())
        )


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
@pytest.mark.parametrize("kind", KINDS)
def test_the_engine_does_what_keras_does(kind: str, options: dict[str, Any]) -> None:
    compare(*pair(kind, **options), INPUTS, training=True)


@pytest.mark.parametrize("options", MASKED.values(), ids=MASKED)
@pytest.mark.parametrize("kind", KINDS)
def test_days_that_are_not_there_leave_the_states(kind: str, options: dict[str, Any]) -> None:
    # Before the first day that is there Keras gives zero, but on JAX the first state.
    there = THERE | (np.isin(np.arange(4), (0, 3)) if JAX else False)
    layers = pair(kind, started=True, **options)
    compare(*layers, INPUTS, mask=keras.ops.array(there), training=True)


@pytest.fixture
def _digits() -> Iterator[None]:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(DTYPE)
    yield
    keras.config.set_dtype_policy(before)


@pytest.mark.usefixtures("_digits")
@pytest.mark.parametrize("kind", KINDS)
def test_gradients_are_those_of_central_differences(kind: str) -> None:
    """In training what they need is kept, outside it is computed again."""
    layer = engage(shaken(Alone(kind, started=True, **OPTIONS["states"])))
    inputs = INPUTS[:2, :3].astype(DTYPE)
    hold(layer, inputs, training=True, mask=keras.ops.array(THERE[:2, :3]))
    hold(layer, inputs, training=False)


@pytest.mark.parametrize("name", SLOPES)
def test_a_slope_is_told_by_the_value(name: str) -> None:
    # Not 0, where relu has none.
    x = np.array([-2.0, -0.7, -0.1, 0.1, 0.4, 3.0])
    low, at, high = (
        ACTIVATIONS[name](keras.ops.array(x + h, "float32")) for h in (-1e-2, 0.0, 1e-2)
    )
    slope = keras.ops.convert_to_numpy((high - low) / 2e-2)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(SLOPES[name](at)), slope, atol=1e-4)


def test_both_directions_are_run() -> None:
    network = keras.Sequential(
        [keras.Input((None, 3)), LAYERS.Bidirectional(LAYERS.GRU(2)), LAYERS.Dense(1)]
    )
    both = engage(network).layers[0]
    assert "inner_loop" in vars(both.forward_layer)
    assert "inner_loop" in vars(both.backward_layer)


@pytest.mark.parametrize(
    "layer",
    [
        LAYERS.GRU(2, activation="gelu"),
        LAYERS.LSTM(2, recurrent_activation="hard_sigmoid"),
        LAYERS.SimpleRNN(2, dtype="mixed_float16"),
        LAYERS.RNN(LAYERS.GRUCell(2)),
    ],
    ids=["activation", "gate", "precision", "cell"],
)
def test_what_the_engine_does_not_know_is_left_to_keras(layer: Any) -> None:
    network = engage(keras.Sequential([keras.Input((None, 3)), layer]))
    assert "inner_loop" not in vars(network.layers[0])
