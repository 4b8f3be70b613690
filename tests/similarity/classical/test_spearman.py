import numpy as np
import pandas as pd
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import spearmanr
from similarity.classical import loops

from pipeline.similarity.classical import market_residuals, pearson, residual_spearman, spearman
from pipeline.similarity.classical.spearman import ranks


def test_ranks_by_hand():
    # Ties share their mean rank; each firm is ranked among its own days.
    growth = np.array([[5.0, np.nan], [5.0, -1.0], [-2.0, 9.0], [7.0, 0.0]])
    expected = [[2.5, np.nan], [2.5, 1.0], [1.0, 3.0], [4.0, 2.0]]
    assert_array_equal(ranks(growth), expected)


def test_by_hand():
    # Ranks (1, 2, 3) and (1, 3, 2) by 1 − 6 Σ d² / (n (n² − 1)) = 1 − 6 · 2 / 24.
    growth = np.array([[1.0, -9.0], [2.0, 900.0], [30.0, 0.0]])
    assert_allclose(spearman(growth, min_common=2)[0, 1], 0.5, atol=1e-12)


def test_without_gaps_it_is_scipy_and_pandas():
    growth = loops.gappy(0, share=0.0).round(1)
    assert_allclose(spearman(growth), spearmanr(growth).statistic, atol=1e-12)
    assert_allclose(spearman(growth), pd.DataFrame(growth).corr("spearman"), atol=1e-12)


def test_firms_with_the_same_gaps_are_ranked_as_pandas_does():
    growth = loops.gappy(1, share=0.0)
    growth[10:30] = np.nan
    assert_allclose(spearman(growth), pd.DataFrame(growth).corr("spearman"), atol=1e-12)


def test_with_gaps_it_correlates_ranks_among_own_days():
    growth = loops.gappy(2)
    own = pd.DataFrame(growth).rank().to_numpy()
    assert_allclose(spearman(growth), loops.correlations(own), atol=1e-12)
    anew = pd.DataFrame(growth).corr("spearman", min_periods=20)
    assert 0.0 < np.abs(spearman(growth) - anew.to_numpy()).max() < 0.1


def test_one_wild_day_cannot_decide():
    growth = loops.gappy(3, days=250, firms=2, share=0.0)
    wild = growth.copy()
    wild[100] = 1000.0
    assert pearson(wild)[0, 1] > 0.99
    assert abs(spearman(wild)[0, 1] - spearman(growth)[0, 1]) < 0.02


def test_an_increasing_function_of_growth_changes_nothing():
    growth = loops.gappy(4)
    assert_allclose(spearman(np.exp(growth)), spearman(growth), atol=1e-12)


def test_residual_spearman_is_of_market_residuals():
    growth = loops.gappy(5)
    assert_array_equal(residual_spearman(growth), spearman(market_residuals(growth)))
