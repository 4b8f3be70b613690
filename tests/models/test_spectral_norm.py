"""The bound on the recurrent matrices."""

from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import LAYERS, noise, small

from models.spectral_norm import SpectralNorm


def norms(kernel: Any) -> list[float]:
    matrix = keras.ops.convert_to_numpy(kernel)
    blocks = np.split(matrix, matrix.shape[1] // matrix.shape[0], axis=1)
    return [float(np.linalg.norm(block, 2)) for block in blocks]


@pytest.mark.parametrize("name", [*LAYERS, "seq2seq"])
def test_training_keeps_the_recurrent_matrices_within_the_bound(name: str) -> None:
    network = small(name, spectral_norm=0.5)
    network.compile(keras.optimizers.SGD(5.0), "mse", run_eagerly=keras.backend.backend() != "jax")
    for seed in range(2):
        network.train_on_batch(noise(4, 2, 3), noise(4, 2, 2, 4, seed=seed))
    kernels = [w for w in network.trainable_weights if w.name == "recurrent_kernel"]
    assert len(kernels) == (2 if name == "seq2seq" else 1)
    for kernel in kernels:
        assert max(norms(kernel)) <= 0.5 * (1.0 + 1e-4)
        assert len(norms(kernel)) == {"elman": 1, "jordan": 1, "lstm": 4}.get(name, 3)


@settings(max_examples=25)
@given(
    h=st.integers(1, 4), gates=st.integers(1, 4), bound=st.floats(0.1, 3.0), seed=st.integers(0, 99)
)
def test_a_matrix_within_the_bound_is_left_alone(
    h: int, gates: int, bound: float, seed: int
) -> None:
    kernel = noise(h, gates * h, seed=seed)
    answer = keras.ops.convert_to_numpy(SpectralNorm(bound)(keras.ops.array(kernel)))
    pairs = zip(np.split(kernel, gates, axis=1), np.split(answer, gates, axis=1), strict=True)
    for before, after in pairs:
        largest = np.linalg.norm(before, 2)
        if largest < bound * (1.0 - 1e-5):
            np.testing.assert_array_equal(after, before)
        else:
            np.testing.assert_allclose(after, before * bound / largest, rtol=1e-4, atol=1e-6)


def test_the_constraint_worked_by_hand() -> None:
    # Two gates: diag(3, 1) is scaled by 1/3 to the bound 1; diag(0.5, 0.2) stays.
    kernel = np.array([[3.0, 0.0, 0.5, 0.0], [0.0, 1.0, 0.0, 0.2]], np.float32)
    answer = keras.ops.convert_to_numpy(SpectralNorm(1.0)(keras.ops.array(kernel)))
    expected = [[1.0, 0.0, 0.5, 0.0], [0.0, 1.0 / 3.0, 0.0, 0.2]]
    np.testing.assert_allclose(answer, expected, rtol=1e-6)
