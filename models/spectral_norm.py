r"""A bound on the recurrent matrix, for gradients that neither explode nor must be clipped.

The gradient through k days is a product of k Jacobians, each of which is at most
:math:`\max|σ'| · ‖U‖_2` long, so that

.. math:: ‖∂h_t / ∂h_{t-k}‖_2 ≤ (\max|σ'| · ‖U‖_2)^k

With σ = tanh, whose slope is at most 1, ‖U‖₂ ≤ 1 keeps the gradient of an Elman network from
exploding. (It cannot keep it from vanishing.) Source: R. Pascanu, T. Mikolov and Y. Bengio, "On
the difficulty of training recurrent neural networks", ICML 2013.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("firmament")
class SpectralNorm(keras.constraints.Constraint):  # type: ignore[misc]
    """Scale a recurrent matrix down to ‖U‖₂ ≤ bound after each training step.

    Parameters
    ----------
    bound
        Largest singular value that each matrix may have. The matrices of a gated layer, which
        Keras keeps side by side as (h, gates·h), are bounded one by one.

    Examples
    --------
    >>> import numpy as np
    >>> twice = 2.0 * np.eye(3, dtype="float32")
    >>> print(SpectralNorm(0.5)(twice)[0].numpy())
    [0.5 0.  0. ]
    """

    def __init__(self, bound: float) -> None:
        self.bound = bound

    def __call__(self, kernel: Any) -> Any:
        """Return the kernel (h, gates·h) with each of its h × h matrices within the bound."""
        h, width = kernel.shape
        matrices = ops.transpose(ops.reshape(kernel, (h, width // h, h)), (1, 0, 2))
        largest = ops.max(ops.svd(matrices, compute_uv=False), axis=-1)
        scale = ops.minimum(1.0, self.bound / ops.maximum(largest, 1e-12))
        return kernel * ops.repeat(scale, h)

    def get_config(self) -> dict[str, Any]:
        """Return what `__init__` takes."""
        return {"bound": self.bound}


def bound(spectral_norm: float | None) -> SpectralNorm | None:
    """Return the constraint, or None without a bound."""
    return None if spectral_norm is None else SpectralNorm(spectral_norm)
