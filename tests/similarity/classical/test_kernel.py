import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from similarity.classical.loops import gappy, over_pairs

from pipeline.similarity.classical import kernel, pearson


def test_by_hand():
    # z = ±√(3/2) (−1, 0, 1): the mean of (6, 0, 6) is 4, and exp(−4/2) is left.
    growth = np.array([[1.0, 3.0, 10.0], [2.0, 2.0, 20.0], [3.0, 1.0, 30.0]])
    expected = [1.0, np.exp(-2.0), 1.0]
    assert_allclose(kernel(growth, min_common=2)[0], expected, atol=1e-12)


def test_by_hand_with_a_gap():
    # z = √(3/2) (−1, 0, 1) and, over firm 1's own days, (−1, 1, ·): d² = ((√1.5 − 1)² + 1) / 2.
    growth = np.array([[1.0, 1.0], [2.0, 2.0], [3.0, np.nan]])
    apart = ((np.sqrt(1.5) - 1.0) ** 2 + 1.0) / 2.0
    assert_allclose(kernel(growth, min_common=2)[0, 1], np.exp(-apart / 2.0), atol=1e-12)


def test_without_gaps_it_is_a_function_of_pearson():
    growth = gappy(0, share=0.0)
    assert_allclose(kernel(growth), np.exp(pearson(growth) - 1.0), atol=1e-12)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20)
def test_with_gaps_it_is_a_double_loop_over_pairs(seed):
    growth = gappy(seed)
    standard = (growth - np.nanmean(growth, axis=0)) / np.nanstd(growth, axis=0)
    expected = over_pairs(standard, lambda x, y: np.exp(-((x - y) ** 2).mean() / 2.0))
    assert_allclose(kernel(growth), expected, atol=1e-12)
