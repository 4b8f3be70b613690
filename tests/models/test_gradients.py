"""Gradients of the layers that are not Keras's own, against central differences."""

from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import pytest
from networks import noise, shaken

from models.attention import Attention
from models.jordan import JordanCell
from models.memory import MemoryCell
from models.seq2seq import Decoder

# Keras brings float64 down to float32 on JAX: there the differences have fewer digits.
JAX = keras.backend.backend() == "jax"
DTYPE, STEP = ("float32", 3e-3) if JAX else ("float64", 1e-5)
CLOSE = {"rel": 5e-3, "abs": 5e-3} if JAX else {"rel": 1e-6, "abs": 1e-7}
TARGET = noise(2, 4, 3, seed=9).astype(DTYPE)
TARGET[0, 1, 0] = np.nan

LAYERS: dict[str, tuple[Callable[[], Any], tuple[Any, ...]]] = {
    "jordan": (lambda: keras.layers.RNN(JordanCell(3, 2, 4), return_sequences=True), ()),
    "memory": (lambda: keras.layers.RNN(MemoryCell(3, 3, 2), return_sequences=True), ()),
    "memory, reset after": (
        lambda: keras.layers.RNN(MemoryCell(3, 3, 2, reset_after=True), return_sequences=True),
        (),
    ),
    "memory, reset before": (
        lambda: keras.layers.RNN(MemoryCell(3, 3, 2, reset_after=False), return_sequences=True),
        (),
    ),
    "causal attention": (lambda: Attention(4, span=3), ()),
    "full attention": (lambda: Attention(4), ()),
    "decoder": (lambda: Decoder(3, 3), ()),
    "taught decoder": (lambda: Decoder(3, 3, teacher_forcing=1.0), (TARGET,)),
}


@pytest.fixture(autouse=True)
def _digits() -> Iterator[None]:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(DTYPE)
    yield
    keras.config.set_dtype_policy(before)


def weigh(answer: Any) -> Any:
    """Return one number of all that a layer gives."""
    total = 0.0
    for part in keras.tree.flatten(answer):
        probe = np.random.default_rng(5).normal(size=part.shape)
        total = total + keras.ops.sum(part * keras.ops.array(probe, DTYPE))
    return total


def gradients(layer: Any, inputs: Any, others: tuple[Any, ...]) -> list[Any]:
    """Return the gradient of `weigh` by each trainable weight, then by the inputs."""
    if JAX:
        import jax

        fixed = [weight.value for weight in layer.non_trainable_variables]

        def answer(trained: list[Any], inputs: Any) -> Any:
            return weigh(layer.stateless_call(trained, fixed, inputs, *others)[0])

        trained = [weight.value for weight in layer.trainable_variables]
        by_weight, by_input = jax.grad(answer, argnums=(0, 1))(trained, inputs)
        return [*by_weight, by_input]
    import tensorflow as tf

    with tf.GradientTape() as tape:
        tape.watch(inputs)
        total = weigh(layer(inputs, *others))
    sources = [weight.value for weight in layer.trainable_variables]
    return list(tape.gradient(total, [*sources, inputs]))


@pytest.mark.parametrize("name", LAYERS)
def test_gradients_are_those_of_central_differences(name: str) -> None:
    make, others = LAYERS[name]
    layer, inputs = make(), noise(2, 4, 3).astype(DTYPE)
    layer(inputs, *others)
    shaken(layer)
    found = gradients(layer, keras.ops.array(inputs, DTYPE), others)
    assert len(found) == len(layer.trainable_variables) + 1
    random = np.random.default_rng(7)

    def total(change: Any) -> float:
        return float(weigh(layer(inputs + change, *others)))

    for weight, gradient in zip(layer.trainable_variables, found[:-1], strict=True):
        start, way = keras.ops.convert_to_numpy(weight).copy(), random.normal(size=weight.shape)
        ends = []
        for sign in (1.0, -1.0):
            weight.assign(start + sign * STEP * way)
            ends.append(total(0.0))
        weight.assign(start)
        slope = (ends[0] - ends[1]) / (2.0 * STEP)
        told = float(np.sum(keras.ops.convert_to_numpy(gradient) * way))
        assert told == pytest.approx(slope, **CLOSE), weight.path
    way = random.normal(size=inputs.shape)
    slope = (total(STEP * way) - total(-STEP * way)) / (2.0 * STEP)
    told = float(np.sum(keras.ops.convert_to_numpy(found[-1]) * way))
    assert told == pytest.approx(slope, **CLOSE)
