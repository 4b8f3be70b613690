"""What firms have in common besides how they move."""

import numpy as np
import pandas as pd
import universe
from numpy.testing import assert_allclose, assert_array_equal

from pipeline.similarity import classical
from pipeline.similarity.study import traits


def test_likeness_by_hand():
    assert_array_equal(traits.same(["a", "a", "b", None])[0], [1, 1, 0, np.nan])
    assert_array_equal(traits.near(np.array([1.0, 3.0, np.nan]))[0], [0, -2, np.nan])
    table = pd.DataFrame(
        {"sector": ["a", "b"], "industry": [None, "c"], "market_cap": [1.0, np.e]},
    )
    growth = np.random.default_rng(0).normal(size=(50, 2)) * [1.0, np.e]
    found = traits.likenesses(table, growth)
    assert tuple(found) == traits.TRAITS
    assert found["same_sector"][0, 1] == 0.0 and np.isnan(found["same_industry"][0, 1])
    assert_allclose(found["capitalisation"][0, 1], -1.0)
    ratio = np.std(growth[:, 1]) / np.std(growth[:, 0])
    assert_allclose(found["volatility"][0, 1], -np.log(ratio))


def test_a_capitalisation_that_is_not_positive_is_unknown():
    firms = pd.DataFrame({"sector": ["a"] * 3, "industry": ["b"] * 3, "market_cap": [1.0, 0, None]})
    found = traits.likenesses(firms, np.random.default_rng(0).normal(size=(50, 3)))
    assert np.isnan(found["capitalisation"]).sum() == 8


def test_beta_is_a_regression_on_the_market_of_the_others():
    growth = universe.growth_panel(firms=6, days=200).to_numpy()
    found = traits.betas(growth)
    for firm in range(6):
        days = np.isfinite(growth[:, firm])
        market = np.nanmean(np.delete(growth[days], firm, axis=1), axis=1)
        assert_allclose(found[firm], np.polyfit(market, growth[days, firm], 1)[0])
    assert (
        np.isnan(traits.betas(growth[:19])).all()
        and np.isnan(traits.volatilities(growth[:19])).all()
    )


def test_beta_is_near_that_of_market_residuals():
    # These are of a slope through the origin, which differs by the mean growth alone.
    growth = universe.growth_panel(firms=6, days=600, gaps=False).to_numpy()
    market = (growth.sum(axis=1, keepdims=True) - growth) / 5.0
    slope = ((growth - classical.market_residuals(growth)) / market)[0]
    assert_allclose(traits.betas(growth), slope, atol=0.01)
