import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from similarity.classical.loops import correlations, gappy

from pipeline.similarity.classical import pearson


def test_by_hand():
    # Over all three days r = 0.5; over the two that firms 0 and 2 share, one rises, one falls.
    growth = np.array([[1.0, 1.0, 5.0], [2.0, 3.0, np.nan], [3.0, 2.0, 4.0]])
    assert_allclose(pearson(growth, [0], min_common=2), [[1.0, 0.5, -1.0]], atol=1e-12)


def test_without_gaps_it_is_numpy_corrcoef():
    growth = gappy(0, share=0.0)
    assert_allclose(pearson(growth), np.corrcoef(growth.T), atol=1e-12)


def test_with_gaps_it_is_pandas_corr():
    growth = gappy(1)
    expected = pd.DataFrame(growth).corr(min_periods=20)
    assert_allclose(pearson(growth), expected, atol=1e-12)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20)
def test_with_gaps_it_is_a_double_loop_over_pairs(seed):
    growth = gappy(seed)
    assert_allclose(pearson(growth), correlations(growth), atol=1e-10)


def test_the_same_growth_twice_correlates_fully():
    growth = gappy(5, firms=9)
    growth[:, 1] = growth[:, 0]
    assert_allclose(pearson(growth)[0, 1], 1.0, atol=1e-9)


def test_too_few_common_days_or_no_movement_give_no_correlation():
    growth = gappy(6, days=40, firms=4, share=0.0)
    growth[19:, 0] = np.nan
    growth[:, 1] = 0.1
    known = np.isfinite(pearson(growth))
    assert_array_equal(known, np.outer([False, False, True, True], [False, False, True, True]))


def test_a_firm_that_moves_on_other_days_only_gives_no_correlation():
    growth = gappy(8, days=80, firms=2, share=0.0)
    growth[:40, 0] = np.nan
    growth[40:, 1] = 0.1
    assert np.isnan(pearson(growth)[0, 1])
    assert np.isfinite(np.diagonal(pearson(growth))).all()


def test_a_mean_far_from_zero_costs_no_digits():
    growth = gappy(7)
    assert_allclose(pearson(growth + 1e6), pearson(growth), atol=1e-7)
