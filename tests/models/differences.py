"""Gradients of a layer, and central differences to hold them against, on any backend."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

# Keras brings float64 down to float32 on JAX: there the differences have fewer digits.
JAX = keras.backend.backend() == "jax"
DTYPE, STEP = ("float32", 3e-3) if JAX else ("float64", 1e-5)
CLOSE = {"rel": 5e-3, "abs": 5e-3} if JAX else {"rel": 1e-6, "abs": 1e-7}


def weigh(answer: Any) -> Any:
    """Return one number of all that a layer gives."""
    total = 0.0
    for part in keras.tree.flatten(answer):
        probe = np.random.default_rng(5).normal(size=part.shape)
        total = total + keras.ops.sum(part * keras.ops.array(probe, part.dtype))
    return total


def gradients(layer: Any, inputs: Any, *others: Any, **options: Any) -> list[Any]:
    """Return the gradient of `weigh` by each trainable weight, then by the inputs."""
    if JAX:
        import jax

        fixed = [weight.value for weight in layer.non_trainable_variables]

        def answer(trained: list[Any], inputs: Any) -> Any:
            return weigh(layer.stateless_call(trained, fixed, inputs, *others, **options)[0])

        trained = [weight.value for weight in layer.trainable_variables]
        by_weight, by_input = jax.grad(answer, argnums=(0, 1))(trained, inputs)
        return [*by_weight, by_input]
    import tensorflow as tf

    with tf.GradientTape() as tape:
        tape.watch(inputs)
        total = weigh(layer(inputs, *others, **options))
    sources = [weight.value for weight in layer.trainable_variables]
    return list(tape.gradient(total, [*sources, inputs]))


def hold(layer: Any, inputs: Any, *others: Any, **options: Any) -> None:
    """Assert that a layer's gradients are those of central differences."""
    found = gradients(layer, keras.ops.array(inputs, DTYPE), *others, **options)
    assert len(found) == len(layer.trainable_variables) + 1
    random = np.random.default_rng(7)

    def total(change: Any) -> float:
        return float(weigh(layer(inputs + change, *others, **options)))

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
