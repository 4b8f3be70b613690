import numpy as np
import sklearn.covariance
from numpy.testing import assert_allclose, assert_array_equal
from similarity.classical.loops import gappy

from pipeline.similarity.classical import ledoit_wolf, pearson


def nervous(seed, **shape):
    """Growth of firms whose volatility rises with their number."""
    growth = gappy(seed, **shape)
    return growth * 1.5 ** np.arange(growth.shape[1])


def correlated(covariance):
    deviation = np.sqrt(np.diagonal(covariance))
    return covariance / np.outer(deviation, deviation)


def test_without_gaps_it_is_the_correlation_of_scikit_learn():
    growth = nervous(0, share=0.0)
    covariance, shrinkage = sklearn.covariance.ledoit_wolf(growth)
    assert shrinkage > 0.01
    assert_allclose(ledoit_wolf(growth), correlated(covariance), atol=1e-12)


def test_by_hand():
    # Variances 1 and 4, of mean 2.5, and covariance √2; δ is scikit-learn's.
    growth = np.tile([[1.0, 2.0], [1.0, 0.0], [-1.0, 0.0], [-1.0, -2.0]], (6, 1)) * [1.0, 2**0.5]
    covariance = growth.T @ growth / len(growth)
    assert_allclose(covariance, [[1.0, 2**0.5], [2**0.5, 4.0]], atol=1e-12)
    delta = sklearn.covariance.ledoit_wolf_shrinkage(growth)
    own = np.array([1.0, 4.0]) * (1.0 - delta) + 2.5 * delta
    expected = (1.0 - delta) * 2**0.5 / np.sqrt(own.prod())
    assert_allclose(ledoit_wolf(growth)[0, 1], expected, atol=1e-12)


def test_a_covariance_without_noise_is_left_as_it_is():
    # Every day's products are the covariance itself: (±1)·(±2) = 2, whichever way firms went.
    growth = np.tile([[1.0, 2.0], [-1.0, -2.0]], (12, 1))
    assert sklearn.covariance.ledoit_wolf_shrinkage(growth) == 0.0
    assert_array_equal(ledoit_wolf(growth), np.ones((2, 2)))


def test_shrunk_towards_firms_of_equal_volatility_the_order_is_that_of_pearson():
    growth = gappy(1, share=0.0)
    growth = (growth - growth.mean(axis=0)) / growth.std(axis=0)
    kept = 1.0 - sklearn.covariance.ledoit_wolf_shrinkage(growth)
    apart = ~np.eye(6, dtype=bool)
    assert_allclose(ledoit_wolf(growth)[apart], kept * pearson(growth)[apart], atol=1e-12)


def test_calm_firms_lose_more_than_nervous_ones():
    growth = nervous(2, share=0.0)
    kept = (ledoit_wolf(growth) / pearson(growth))[0, 1:]
    assert_array_equal(np.argsort(kept), np.arange(5))


def test_a_gap_does_not_pull_a_pair_together_or_apart():
    # With its gaps at its mean, the firm would lose three tenths of all its correlations.
    random = np.random.default_rng(3)
    growth = random.normal(size=(4000, 6)) + 1.5 * random.normal(size=(4000, 1))
    whole = ledoit_wolf(growth)
    growth[:2000, 0] = np.nan
    assert_allclose(ledoit_wolf(growth)[0], whole[0], atol=0.03)


def test_firms_without_enough_days_or_movement_have_no_part():
    growth = nervous(4, share=0.0)
    rest = ledoit_wolf(growth[:, 2:])
    growth[15:, 0] = np.nan
    growth[:, 1] = 0.1
    assert np.isnan(ledoit_wolf(growth)[:2]).all()
    assert_allclose(ledoit_wolf(growth)[2:, 2:], rest, atol=1e-12)
