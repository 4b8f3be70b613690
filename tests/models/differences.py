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


def gradients(layer: Any, inputs: Any, *others: Any, **options: Any) -> tuple[Any, list[Any]]:
    """Return what a layer answers, and the gradient of `weigh` by each weight and the inputs."""
    if JAX:
        import jax

        fixed = [weight.value for weight in layer.non_trainable_variables]

        def answer(trained: list[Any], inputs: Any) -> Any:
            answer = layer.stateless_call(trained, fixed, inputs, *others, **options)[0]
            return weigh(answer), answer

        trained = [weight.value for weight in layer.trainable_variables]
        found = jax.grad(answer, argnums=(0, 1), has_aux=True)(trained, inputs)
        (by_weight, by_input), told = found
        return told, [*by_weight, by_input]
    import tensorflow as tf

    with tf.GradientTape() as tape:
        tape.watch(inputs)
        told = layer(inputs, *others, **options)
        total = weigh(told)
    sources = [weight.value for weight in layer.trainable_variables]
    return told, list(tape.gradient(total, [*sources, inputs]))


def hold(layer: Any, inputs: Any, *others: Any, **options: Any) -> None:
    """Assert that a layer's gradients are the slopes of central differences.

    They are taken on a way through all weights and the inputs at once; with fewer digits a small
    one would be lost among the others, and each is gone alone.
    """
    _, found = gradients(layer, keras.ops.array(inputs, DTYPE), *others, **options)
    weights, random = layer.trainable_variables, np.random.default_rng(7)
    starts = [*map(keras.ops.convert_to_numpy, weights), inputs]
    steps = [random.normal(size=start.shape) for start in starts]
    gains = [
        float(np.sum(keras.ops.convert_to_numpy(gradient) * step))
        for gradient, step in zip(found, steps, strict=True)
    ]

    def total(far: float, moved: range) -> float:
        *values, inputs = (
            start + far * step * (place in moved)
            for place, (start, step) in enumerate(zip(starts, steps, strict=True))
        )
        for weight, value in zip(weights, values, strict=True):
            weight.assign(value)
        return float(weigh(layer(inputs, *others, **options)))

    number = len(starts)
    for moved in (range(k, k + 1) for k in range(number)) if JAX else (range(number),):
        slope = (total(STEP, moved) - total(-STEP, moved)) / (2.0 * STEP)
        assert sum(gains[place] for place in moved) == pytest.approx(slope, **CLOSE), moved
    for weight, start in zip(weights, starts[:-1], strict=True):
        weight.assign(start)
