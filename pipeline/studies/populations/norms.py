"""Norms of gradients of many networks, how they are clipped to one, and what of them is kept.

A gradient is one array a variable, each with the S networks as its first axis.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
Gradient = Sequence[Array]
TINY = 1e-30
"""Norm of what is no gradient at all: it is never divided by less."""


def each_norm(gradient: Gradient) -> Array:
    """Return the norm of each variable's gradient: (variables, S)."""
    flat = [way.reshape(len(way), -1) for way in gradient]
    return np.stack([np.sqrt(np.einsum("si,si->s", way, way)) for way in flat])


def whole_norm(gradient: Gradient) -> Array:
    """Return the norm of the gradient of all variables, (S,)."""
    norm: Array = np.sqrt(np.square(each_norm(gradient)).sum(axis=0))
    return norm


def clip_each(gradient: Gradient, norm: float) -> list[Array]:
    """Clip each variable's gradient to a norm, as Keras's `clipnorm` does."""
    return _scaled(gradient, each_norm(gradient), norm)


def clip_whole(gradient: Gradient, norm: float) -> list[Array]:
    """Clip the gradient of all variables to a norm, as Keras's `global_clipnorm` does."""
    return _scaled(gradient, np.stack([whole_norm(gradient)] * len(gradient)), norm)


def cosine(one: Gradient, other: Gradient) -> Array:
    """Return the cosine of the angle between two gradients of each network, (S,); of none, 1."""
    pairs = [
        (a.reshape(len(a), -1).astype(float), b.reshape(len(b), -1))
        for a, b in zip(one, other, strict=True)
    ]
    product = np.sum([np.einsum("si,si->s", a, b) for a, b in pairs], axis=0)
    lengths = whole_norm([a for a, _ in pairs]) * whole_norm([b.astype(float) for _, b in pairs])
    return np.where(lengths > TINY, product / np.maximum(lengths, TINY), 1.0)


def _scaled(gradient: Gradient, norms: Array, norm: float) -> list[Array]:
    """Return gradients scaled down where their norms, (variables, S), are above one."""
    factors = np.minimum(1.0, norm / np.maximum(norms, TINY)).astype(gradient[0].dtype)
    shapes = [(-1, *(1,) * (way.ndim - 1)) for way in gradient]
    return [
        way * factor.reshape(shape)
        for way, factor, shape in zip(gradient, factors, shapes, strict=True)
    ]
