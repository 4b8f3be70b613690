import numpy as np
from numpy.testing import assert_allclose
from similarity.classical.loops import gappy

from pipeline.similarity.classical import pearson, profile
from pipeline.similarity.classical.market import market
from pipeline.similarity.classical.profile import characteristics


def test_by_hand():
    # Deviations 1 and 1. Betas (1·0 + 3·2) / (0 + 4) = 3/2 and (0·1 + 2·3) / (1 + 9) = 3/5.
    growth = np.array([[1.0, 0.0], [3.0, 2.0]])
    expected = [[0.0, 1.5, 1.0], [0.0, 0.6, 1.0]]
    assert_allclose(characteristics(growth), expected, atol=1e-12)
    # Beta alone differs, by 2 deviations: exp(−(0 + 2² + 0) / 3 / 2).
    similar = np.exp(-2.0 / 3.0)
    assert_allclose(profile(growth, min_common=2), [[1.0, similar], [similar, 1.0]], atol=1e-12)


def test_characteristics_are_of_a_firms_own_days():
    growth = gappy(0)
    others = market(growth)
    for firm, found in enumerate(characteristics(growth)):
        days = np.isfinite(growth[:, firm]) & np.isfinite(others[:, firm])
        own, moves = growth[days, firm], others[days, firm]
        beta = own @ moves / (moves @ moves)
        correlation = np.corrcoef(own, moves)[0, 1]
        assert_allclose(found, [np.log(own.std()), beta, correlation], atol=1e-10)


def test_the_days_themselves_do_not_matter():
    # Three kinds of firms, of a volatility and exposure each, which hardly move together.
    random = np.random.default_rng(1)
    kind = np.arange(24) % 3
    shared, own = random.normal(size=(4000, 1)), random.normal(size=(4000, 24))
    growth = own * np.array([1.0, 2.0, 4.0])[kind] + shared * np.array([0.1, 0.6, 2.0])[kind]
    similar, apart = profile(growth), ~np.eye(24, dtype=bool)
    same = kind[:, None] == kind
    assert similar[same].min() > 0.8 > 0.7 > similar[~same].max()
    assert np.abs(pearson(growth)[apart]).max() < 0.3


def test_a_firm_without_movement_has_none_and_distorts_no_scale():
    growth = gappy(2, firms=8, share=0.0)
    growth[:, 3] = 0.1
    found = profile(growth)
    kept = np.arange(8) != 3
    assert np.isnan(found[3]).all()
    assert np.isnan(found[:, 3]).all()
    assert np.isfinite(found[np.ix_(kept, kept)]).all()
    assert found[np.ix_(kept, kept)].min() < 0.5


def test_a_single_firm_has_no_market():
    assert np.isnan(profile(gappy(3, firms=1))).all()
