"""Gradient descent for a population: each member steps by itself."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
FIRST, SECOND, SMALL = 0.9, 0.999, 1e-7
"""Decays of the two moments and what keeps the step finite, as in Keras."""


class Adam:
    """Adam (Kingma and Ba, ICLR 2015) with the gradient's norm clipped (Pascanu et al., ICML 2013).

    Parameters
    ----------
    rate
        Learning rate.
    norm
        What the norm of each member's gradient is clipped to.
    """

    def __init__(self, rate: float, norm: float = 1.0) -> None:
        self.rate, self.norm, self.steps = rate, norm, 0
        self.first: Array | float = 0.0
        self.second: Array | float = 0.0

    def step(self, weights: Array, gradient: Array) -> Array:
        """Return the weights (M, P) after a step along the gradients (M, P).

        A member whose gradient is not finite stays where it is.
        """
        size = _norm(gradient)
        gradient = np.where(np.isfinite(size), gradient, 0.0)
        factor = self.norm / np.maximum(np.nan_to_num(size), self.norm)
        gradient = gradient * factor.astype(gradient.dtype)
        self.steps += 1
        self.first = FIRST * self.first + (1.0 - FIRST) * gradient
        self.second = SECOND * self.second + (1.0 - SECOND) * gradient**2
        middle = self.first / (1.0 - FIRST**self.steps)
        spread = np.sqrt(self.second / (1.0 - SECOND**self.steps))
        return (weights - self.rate * middle / (spread + SMALL)).astype(weights.dtype)


def _norm(gradient: Array) -> Array:
    """Return the norm of each member's gradient, (M, 1), even where squares are beyond float32."""
    with np.errstate(over="ignore"):
        size: Array = np.linalg.norm(gradient, axis=1, keepdims=True)
    beyond = np.isinf(size[:, 0])
    size = size.astype(np.float64) if beyond.any() else size
    size[beyond] = np.linalg.norm(gradient[beyond].astype(np.float64), axis=1, keepdims=True)
    return size
