import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from similarity.classical import loops

from pipeline.similarity.classical import market_residuals, residual
from pipeline.similarity.classical.market import Market, beta, market


def test_by_hand():
    # Firm 0's market is (1, 2), β = (2·1 + 2·2) / (1 + 4) = 6/5, residual (4/5, −2/5).
    growth = np.array([[2.0, 1.0, 1.0], [2.0, 3.0, 1.0]])
    assert_array_equal(market(growth)[:, 0], [1.0, 2.0])
    assert_allclose(beta(growth, market(growth))[0], 1.2, atol=1e-12)
    assert_allclose(market_residuals(growth)[:, 0], [0.8, -0.4], atol=1e-12)


def test_the_market_is_of_those_that_traded():
    growth = np.array([[1.0, np.nan, 4.0, 6.0]])
    assert_allclose(market(growth), [[5.0, 11.0 / 3.0, 3.5, 2.5]], atol=1e-12)


def test_some_firms_have_the_market_that_they_have_among_all():
    growth = np.random.default_rng(0).normal(size=(40, 6))
    growth[3, 2] = growth[7] = np.nan
    some, whole = growth[:, [4, 2]], Market.of(growth)
    others = whole.others(some)
    assert_array_equal(others, market(growth)[:, [4, 2]])
    assert_array_equal(market_residuals(some, others), market_residuals(growth)[:, [4, 2]])
    assert_array_equal(
        whole.mean(), [*np.nanmean(growth[:7], axis=1), np.nan, *growth[8:].mean(axis=1)]
    )


def test_a_day_without_other_firms_has_no_market():
    growth = np.array([[1.0, 2.0, 3.0], [5.0, np.nan, np.nan], [2.0, 1.0, 1.0]])
    assert_array_equal(np.isnan(market_residuals(growth)[1]), [True, True, True])
    assert_array_equal(np.isnan(market(growth)[1]), [True, False, False])


def test_a_gap_stays_a_gap():
    growth = loops.gappy(2)
    growth[3, 2] = np.inf
    assert_array_equal(np.isnan(market_residuals(growth)), ~np.isfinite(growth))


def test_a_market_that_never_moves_explains_nothing():
    growth = np.array([[1.0, 0.0], [2.0, 0.0]])
    assert_array_equal(market_residuals(growth)[:, 0], growth[:, 0])


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20)
def test_residuals_are_a_regression_on_the_market_of_the_others(seed):
    growth = loops.gappy(seed)
    expected = loops.residuals(growth)
    assert_allclose(market_residuals(growth), expected, atol=1e-10)
    assert_allclose(residual(growth), loops.correlations(expected), atol=1e-10)
