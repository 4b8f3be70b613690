"""Forward passes against the recursions of `recursions.py`, weights drawn at random."""

from typing import Any

import keras
import numpy as np
import pytest
import recursions
from networks import IDS, LAYERS, SMALL, VARIANTS, drawn, gappy, noise, shaken, sizes, told

import models
from models.cells import Cell

CLOSE = {"rtol": 1e-5, "atol": 1e-5}
MORE: list[tuple[str, dict[str, Any]]] = [
    ("jordan", {"state_units": 2, "features": 1, "horizon": 3}),
    ("lstm", {"units": 6, "features": 5}),
    ("bidirectional", {"cell": "lstm", "layers": 2}),
    ("bidirectional", {"cell": "memory"}),
    ("stacked", {"cell": "elman", "layers": 3}),
    ("stacked", {"cell": "jordan"}),
    ("stacked", {"cell": "memory"}),
    ("attention", {"cell": "lstm", "layers": 2, "attention_days": 9}),
    ("attention", {"cell": "memory", "attention": "full"}),
    ("seq2seq", {"cell": "jordan", "horizon": 4, "layers": 2}),
    ("hybrid", {"kernel_days": 3, "convolutions": 3, "cell": "elman"}),
    ("feedforward", {"window_days": 9, "features": 1}),
    ("memory", {"slots": 1, "slot_width": 3, "reset_after": True}),
]


@pytest.mark.parametrize(("name", "options"), [*VARIANTS, *MORE])
def test_a_network_computes_its_equations(name: str, options: dict[str, Any]) -> None:
    shape = sizes(name, **options)
    for seed, days in ((1, 5), (2, 2)):
        network = drawn(name, seed, **options)
        both = noise(2, days, shape.features), gappy(2, days, shape.features)
        inputs = np.concatenate(both)
        expected = recursions.forecast(network, inputs.astype(np.float64), shape)
        np.testing.assert_allclose(told(network, inputs), expected, **CLOSE)


@pytest.mark.parametrize("reset_after", [False, True])
@pytest.mark.parametrize("name", LAYERS)
def test_a_masked_day_leaves_the_state_as_it_was(name: str, reset_after: bool) -> None:
    if reset_after and name not in ("gru", "memory"):
        pytest.skip("has no reset gate")
    layer = Cell(name).layer(sizes(name, reset_after=reset_after))
    inputs = noise(3, 5, 3)
    layer.build(inputs.shape)
    shaken(layer)
    mask = np.array([[0, 0, 1, 1, 0], [1, 1, 0, 0, 1], [1, 0, 1, 1, 1]]) > 0
    answer = told(layer, inputs, mask=keras.ops.array(mask))
    expected = recursions.CELLS[name](layer, inputs.astype(np.float64), mask)
    np.testing.assert_allclose(answer, expected, **CLOSE)


def test_a_taught_decoder_is_told_what_came_where_it_is_known() -> None:
    options = {"horizon": 3, "teacher_forcing": 1.0}
    network = drawn("seq2seq", **options)
    inputs, target = noise(2, 3, 3), noise(2, 3, 3, seed=1)
    target[np.random.default_rng(2).uniform(size=target.shape) >= 0.5] = np.nan
    answer = told(models.in_training(network), inputs, target)
    shape = sizes("seq2seq", **options)
    expected = recursions.seq2seq(network, inputs.astype(np.float64), shape, target)
    np.testing.assert_allclose(answer, expected, **CLOSE)


def test_a_share_of_the_days_is_taught() -> None:
    network = drawn("seq2seq", horizon=2, teacher_forcing=0.5)
    inputs, target = np.ones((200, 2, 3), np.float32), np.full((200, 2, 2), 3.0, np.float32)
    free, taught = told(network, inputs), told(models.in_training(network), inputs, target)
    share = (np.abs(free - taught)[:, :, 1] > 1e-4).any(axis=-1).mean()
    assert 0.4 < share < 0.6
    never = drawn("seq2seq", horizon=2, teacher_forcing=0.0)
    np.testing.assert_allclose(told(models.in_training(never), inputs, target), free, rtol=1e-6)


@pytest.mark.parametrize("causal", [True, False])
def test_attention_weights_are_those_of_the_equations(causal: bool) -> None:
    options = {} if causal else {"attention": "full"}
    network, inputs = drawn("attention", **options), noise(2, 5, 3)
    alpha = told(models.attention_weights(network), inputs)
    np.testing.assert_allclose(alpha.sum(axis=-1), 1.0, rtol=1e-6)
    shape = sizes("attention", **options)
    last = "hidden" if causal else "encoder"
    h = recursions.encoder(network, inputs.astype(np.float64), shape, last)
    layer = network.get_layer("attention")
    span = SMALL["attention_days"]
    expected = recursions.attention_alpha(layer, h, span if causal else None)
    if not causal:
        np.testing.assert_allclose(alpha, expected, **CLOSE)
        return
    for t in range(5):
        for ago in range(span):
            weight = expected[:, t, t - ago] if ago <= t else 0.0
            np.testing.assert_allclose(alpha[:, t, ago], weight, **CLOSE)


def test_causal_attention_over_the_whole_window_ends_as_full_attention_does() -> None:
    causal, full = drawn("attention"), drawn("attention", attention="full")
    full.set_weights(causal.get_weights())
    inputs = noise(2, SMALL["attention_days"], 3)
    np.testing.assert_allclose(told(causal, inputs)[:, -1], told(full, inputs), rtol=1e-5)
    recent = told(models.attention_weights(causal), inputs)[:, -1]
    everywhere = told(models.attention_weights(full), inputs)[:, -1]
    np.testing.assert_allclose(recent[:, ::-1], everywhere, rtol=1e-5)


def test_attention_worked_by_hand() -> None:
    # One unit, W_q = 0, W_k = 1, v = 1: a(i) = tanh(h_i). With h = (0, ∞) and two days, the second
    # day scores 1 (tanh of a large number) against 0: α = e / (e + 1) on itself.
    layer = models.attention.Attention(1, span=2)
    layer.build((None, None, 1))
    layer.set_weights([np.zeros((1, 1)), np.ones((1, 1)), np.zeros(1), np.ones((1, 1))])
    context, alpha = layer(np.array([[[0.0], [50.0]]], np.float32))
    share = np.e / (np.e + 1.0)
    np.testing.assert_allclose(alpha[0], [[1.0, 0.0], [share, 1.0 - share]], rtol=1e-6)
    np.testing.assert_allclose(context[0, :, 0], [0.0, 50.0 * share], rtol=1e-6)


@pytest.mark.parametrize(("name", "options"), VARIANTS, ids=IDS)
def test_shapes_of_forecasts_and_states(name: str, options: dict[str, Any]) -> None:
    network, shape = drawn(name, **options), sizes(name, **options)
    over = (None, None) if models.ARCHITECTURES[name].causal(shape) else (None,)
    width = {"bidirectional": 8, "memory": 6, "linear": 3}.get(name, 4)
    assert network.output_shape == (*over, 2, 4)
    assert models.states(network).output_shape == (*over, width)
