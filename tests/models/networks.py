"""Small networks and inputs for them."""

from __future__ import annotations

from functools import cache
from typing import Any

import keras
import numpy as np

import models
from models import ARCHITECTURES

Array = np.ndarray[Any, np.dtype[np.float32]]

SMALL = {"units": 4, "attention_days": 3, "kernel_days": 2, "slots": 3, "slot_width": 2}
VARIANTS: list[tuple[str, dict[str, Any]]] = [
    *((name, {}) for name in ARCHITECTURES),
    ("gru", {"reset_after": True}),
    ("attention", {"attention": "full"}),
    ("feedforward", {"window_days": 3}),
]
"""Every architecture, and the options that change how one computes."""
IDS = ["-".join([name, *map(str, options)]) for name, options in VARIANTS]
OWN: list[tuple[str, dict[str, Any]]] = [
    *((name, {}) for name in ("gru", "jordan", "attention", "seq2seq", "memory")),
    ("attention", {"attention": "full"}),
]
"""Networks with layers that are not Keras's, and one of those without."""
LAYERS = ("elman", "jordan", "lstm", "gru", "memory")
"""The recurrent kinds."""


def sizes(name: str, **options: Any) -> models.Sizes:
    return models.sizes(name, **{"features": 3, "horizon": 2, **SMALL, **options})


def small(name: str, **options: Any) -> keras.Model:
    keras.utils.set_random_seed(1)
    return ARCHITECTURES[name].build(sizes(name, **options))


def shaken(network: Any, seed: int = 0) -> Any:
    """Draw every weight of a network or a layer at random, biases too."""
    random = np.random.default_rng(seed)
    for weight in network.weights:
        if weight.dtype.startswith("float"):
            weight.assign(random.normal(0.0, 0.6, weight.shape))
    return network


def drawn(name: str, seed: int = 0, **options: Any) -> Any:
    """Return a small network, every weight drawn at random: for all who leave it but for these."""
    return shaken(_built(name, frozenset(options.items())), seed)


@cache
def _built(name: str, options: frozenset[tuple[str, Any]]) -> keras.Model:
    """Build a network once a process, which takes longer than to ask it."""
    return small(name, **dict(options))


def noise(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def gappy(*shape: int, seed: int = 0) -> Array:
    """Return inputs whose last feature says which days are there; the others are zero."""
    there = np.random.default_rng(seed).uniform(size=shape[:2]) < 0.7
    inputs = noise(*shape, seed=seed + 1)
    inputs[..., -1] = 1.0
    answer: Array = inputs * there[..., None]
    return answer


def told(network: Any, *inputs: Any, **options: Any) -> Array:
    """Return what a network or a layer answers, as NumPy's."""
    answer = network(*inputs, **options)
    return np.asarray(keras.ops.convert_to_numpy(answer))
