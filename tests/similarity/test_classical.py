"""Correlations with gaps, against loops that need no cleverness."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from pipeline.similarity import classical


def gappy(seed, days=80, firms=6, share=0.3):
    random = np.random.default_rng(seed)
    growth = random.normal(size=(days, firms)) + random.normal(size=(days, 1))
    growth[random.random(growth.shape) < share] = np.nan
    return growth


def naive_pearson(growth, min_common=20):
    firms = growth.shape[1]
    found = np.full((firms, firms), np.nan)
    for i in range(firms):
        for j in range(firms):
            both = np.isfinite(growth[:, i]) & np.isfinite(growth[:, j])
            if both.sum() >= min_common:
                found[i, j] = np.corrcoef(growth[both, i], growth[both, j])[0, 1]
    return found


def naive_residuals(growth):
    left = np.full(growth.shape, np.nan)
    for i in range(growth.shape[1]):
        others = np.delete(growth, i, axis=1)
        days = np.isfinite(growth[:, i]) & np.isfinite(others).any(axis=1)
        market, own = np.nanmean(others[days], axis=1), growth[days, i]
        left[days, i] = own - (own @ market) / (market @ market) * market
    return left


def test_without_gaps_it_is_numpy_corrcoef():
    growth = gappy(0, share=0.0)
    assert_allclose(classical.pearson(growth), np.corrcoef(growth.T), atol=1e-12)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_with_gaps_it_is_a_double_loop_over_pairs(seed):
    growth = gappy(seed)
    assert_allclose(classical.pearson(growth), naive_pearson(growth), atol=1e-10)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_residuals_are_a_regression_on_the_market_of_the_others(seed):
    growth = gappy(seed)
    assert_allclose(classical.market_residuals(growth), naive_residuals(growth), atol=1e-10)
    expected = naive_pearson(naive_residuals(growth))
    assert_allclose(classical.residual(growth), expected, atol=1e-10)


def test_market_residual_by_hand():
    # Firm 0's market is (1, 2), β = (2·1 + 2·2) / (1 + 4) = 6/5, residual (4/5, −2/5).
    growth = np.array([[2.0, 1.0, 1.0], [2.0, 3.0, 1.0]])
    assert_allclose(classical.market_residuals(growth)[:, 0], [0.8, -0.4], atol=1e-12)


def test_a_day_without_other_firms_has_no_market():
    growth = np.array([[1.0, 2.0, 3.0], [5.0, np.nan, np.nan], [2.0, 1.0, 1.0]])
    assert_array_equal(np.isnan(classical.market_residuals(growth)[1]), [True, True, True])


@pytest.mark.parametrize("measure", [classical.pearson, classical.residual])
def test_one_firm_against_all_is_its_row_of_the_matrix(measure):
    growth = gappy(4)
    assert_allclose(measure(growth, [3, 1]), measure(growth)[[3, 1]], atol=1e-12)


@pytest.mark.parametrize("measure", [classical.pearson, classical.residual])
def test_correlations_are_symmetric_to_the_last_bit_and_in_range(measure):
    growth = gappy(5, firms=9)
    growth[:, 1] = growth[:, 0]
    found = measure(growth)
    assert_array_equal(found, found.T)
    assert np.nanmax(np.abs(found)) <= 1.0
    assert found[0, 1] == pytest.approx(1.0, abs=1e-9)


def test_too_few_common_days_or_no_movement_give_no_correlation():
    growth = gappy(6, days=40, firms=4, share=0.0)
    growth[19:, 0] = np.nan
    growth[:, 1] = 0.1
    known = np.isfinite(classical.pearson(growth))
    assert_array_equal(known, np.outer([False, False, True, True], [False, False, True, True]))


def test_a_mean_far_from_zero_costs_no_digits():
    growth = gappy(7)
    assert_allclose(classical.pearson(growth + 1e6), classical.pearson(growth), atol=1e-7)
