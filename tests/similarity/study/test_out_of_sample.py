"""What similarity of the first years knows of later ones, against loops and numbers by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.stats import spearmanr
from worlds import symmetric

from pipeline.similarity import classical
from pipeline.similarity.study import out_of_sample as later_days

SIMILARITY = np.array([[1.0, 0.9, 0.1], [0.9, 1.0, 0.4], [0.1, 0.4, 1.0]])
LATER = np.array([[1.0, 0.6, -0.2], [0.6, 1.0, 0.3], [-0.2, 0.3, 1.0]])


def gappy(seed, days=120, firms=8):
    random = np.random.default_rng(seed)
    growth = random.normal(size=(days, firms)) + random.normal(size=(days, 1))
    growth[random.random(growth.shape) < 0.15] = np.nan
    return growth


def test_later_correlation_by_hand():
    # Nearest: 0 → 1, 1 → 0, 2 → 1.
    assert_allclose(later_days.later_correlation(SIMILARITY, LATER, 1), [0.6, 0.6, 0.3])
    assert_allclose(later_days.later_correlation(SIMILARITY, LATER, 2), [0.2, 0.45, 0.05])
    # A peer without a later correlation is left out, and a firm without any such peer has none.
    unknown = LATER.copy()
    unknown[0, 1] = unknown[1, 0] = np.nan
    assert_allclose(later_days.later_correlation(SIMILARITY, unknown, 2), [-0.2, 0.3, 0.05])
    assert_allclose(later_days.later_correlation(SIMILARITY, unknown, 1), [np.nan, np.nan, 0.3])


def test_rank_correlation_by_hand():
    # Pairs 01, 02, 12: similarity 0.9, 0.1, 0.4 and later 0.6, −0.2, 0.3 have the same order.
    assert later_days.rank_correlation(SIMILARITY, LATER) == pytest.approx(1.0)
    # Ranks 3, 1, 2 against 1, 3, 2 are reversed.
    assert later_days.rank_correlation(SIMILARITY, -LATER) == pytest.approx(-1.0)
    assert np.isnan(later_days.rank_correlation(SIMILARITY[:2, :2], LATER[:2, :2]))
    assert np.isnan(later_days.rank_correlation(np.ones((4, 4)), np.eye(4)))


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20)
def test_rank_correlations_are_those_of_scipy(seed):
    random = np.random.default_rng(seed)
    early, later = symmetric(random, 9), symmetric(random, 9).round(1)
    later[2, 5] = later[5, 2] = np.nan
    upper = np.triu_indices(9, 1)
    expected = spearmanr(early[upper], later[upper], nan_policy="omit").statistic
    assert later_days.rank_correlation(early, later) == pytest.approx(expected)
    others = [np.delete(np.arange(9), firm) for firm in range(9)]
    expected = [
        spearmanr(early[i, o], later[i, o], nan_policy="omit").statistic
        for i, o in enumerate(others)
    ]
    assert_allclose(later_days.rank_correlations(early, later), expected)


def test_the_growth_of_peers_is_a_mean_over_those_that_traded():
    growth = np.array([[1.0, 2.0, 6.0], [3.0, np.nan, 5.0], [np.nan, np.nan, 1.0]])
    found = later_days.peer_growth(SIMILARITY, growth, 2)
    assert_allclose(found, [[4.0, 3.5, 1.5], [5.0, 4.0, 3.0], [1.0, 1.0, np.nan]])
    unknown = np.where(np.eye(3) > 0, 1.0, np.nan)
    unknown[1, 0] = unknown[0, 1] = 0.5
    found = later_days.peer_growth(unknown, growth, 2)
    assert_allclose(found[:2], [[2.0, 1.0, np.nan], [np.nan, 3.0, np.nan]])


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=15)
def test_r2_and_hedges_are_regressions_firm_by_firm(seed):
    early, later = gappy(seed), gappy(seed + 1)
    similarity = symmetric(np.random.default_rng(seed), 8)
    r2 = later_days.later_r2(similarity, later, 3)
    hedged = later_days.hedged_variance(similarity, early, later, 3)
    for firm in range(8):
        order = np.argsort(-np.where(np.arange(8) == firm, -9, similarity[firm]))[:3]
        with np.errstate(all="ignore"):
            p1, p2 = (np.nansum(g[:, order], axis=1) / np.isfinite(g[:, order]).sum(axis=1)
                      for g in (early, later))  # fmt: skip
        in1, in2 = (np.isfinite(g[:, firm] * p) for g, p in ((early, p1), (later, p2)))
        slope = np.polyfit(p1[in1], early[in1, firm], 1)[0]
        own, peers = later[in2, firm], p2[in2]
        assert r2[firm] == pytest.approx(np.corrcoef(own, peers)[0, 1] ** 2)
        assert hedged[firm] == pytest.approx(np.var(own - slope * peers) / np.var(own))


def test_a_firm_that_is_its_peer_twice_is_hedged_to_nothing():
    growth = gappy(0, days=60, firms=1)
    pair = np.concatenate([growth, 0.5 * growth], axis=1)
    similarity = np.ones((2, 2))
    assert_allclose(later_days.hedged_variance(similarity, pair, pair, 1), [0, 0], atol=1e-12)
    assert_allclose(later_days.later_r2(similarity, pair, 1), [1, 1])
    # The hedge is of the first days: where the sign turns, it adds what it should take away.
    turned = pair * [1.0, -1.0]
    assert_allclose(later_days.hedged_variance(similarity, pair, turned, 1), [4, 4])


def test_the_hedge_knows_nothing_of_later_days_but_what_it_is_judged_on():
    early, later = gappy(1), gappy(2)
    similarity = symmetric(np.random.default_rng(0), 8)
    twice = later_days.hedged_variance(similarity, early, 2.0 * later)
    assert_allclose(twice, later_days.hedged_variance(similarity, early, later))
    short = later_days.hedged_variance(similarity, early[:19], later)
    assert np.isnan(short).all()


def test_pairs_of_distant_firms_by_hand():
    day = np.tile([1.0, -1.0], 15)
    growth = np.stack([day, day, -day], axis=1)
    # Farthest: 0 → 2 (half each: nothing is left), 1 → 2 (nothing), 2 → 0 (nothing).
    assert_allclose(later_days.distant_pair_volatility(SIMILARITY, growth, 1), 0.0, atol=1e-12)
    # Two farthest: 0 has 2 (nothing) and 1 (volatility 1), 1 the same; 2 has nothing twice.
    assert_allclose(later_days.distant_pair_volatility(SIMILARITY, growth, 2), [0.5, 0.5, 0.0])
    assert np.isnan(later_days.distant_pair_volatility(SIMILARITY, growth[:19], 1)).all()


def test_later_correlations_are_of_market_residuals():
    growth = gappy(3)
    found = later_days.residual_correlations(growth)
    assert_allclose(found, classical.pearson(classical.market_residuals(growth)))


def test_without_days_nothing_is_known():
    nothing = np.empty((0, 3))
    assert np.isnan(later_days.later_r2(SIMILARITY, nothing, 1)).all()
    assert np.isnan(later_days.hedged_variance(SIMILARITY, nothing, nothing, 1)).all()
    assert np.isnan(later_days.distant_pair_volatility(SIMILARITY, nothing, 1)).all()
