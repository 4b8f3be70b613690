"""Adam steps as in its paper, each member by itself."""

import numpy as np
import pytest

from pipeline.studies.populations.adam import Adam


def test_the_first_step_is_the_rate_whatever_the_gradient():
    stepped = Adam(0.1).step(np.zeros((2, 1)), np.array([[0.5], [-1e-3]]))
    assert stepped == pytest.approx(np.array([[-0.1], [0.1]]), rel=1e-3)


def test_a_long_gradient_is_clipped_alone():
    long, short = np.array([[30.0, 40.0]]), np.array([[0.3, 0.4]])
    both, clipped = Adam(0.1), Adam(0.1)
    for _ in range(2):
        one = both.step(np.zeros((2, 2)), np.concatenate([long, short]))
        other = clipped.step(np.zeros((2, 2)), np.concatenate([0.02 * long, short]))
    assert one == pytest.approx(other)


def test_a_gradient_whose_square_is_beyond_float32_is_clipped_as_any():
    way = np.array([[3.0, 4.0], [3.0, 4.0]], np.float32)
    far, near = Adam(0.1), Adam(0.1)
    with np.errstate(over="raise", invalid="raise"):
        for size in (1e25, 1.0):
            one = far.step(np.zeros((2, 2)), way * np.float32([[size], [1.0]]))
            other = near.step(np.zeros((2, 2)), way)
    assert one == pytest.approx(other, rel=1e-6)


def test_a_gradient_that_is_not_finite_moves_nothing():
    stepped = Adam(0.1).step(np.ones((2, 2)), np.array([[np.nan, 1.0], [1.0, 1.0]]))
    assert (stepped[0] == 1.0).all()
    assert (stepped[1] < 1.0).all()
