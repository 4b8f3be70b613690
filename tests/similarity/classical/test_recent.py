import numpy as np
from numpy.testing import assert_allclose
from similarity.classical.loops import gappy, over_pairs

from pipeline.similarity.classical import pearson, recent250, recent500, recent500_eigen40, scaled
from pipeline.similarity.classical.eigen import leading_cosine
from pipeline.similarity.classical.recent import recency
from pipeline.similarity.classical.scaled import scaled_residuals


def turned(days=1000, seed=0):
    """Firms 0 and 1 move alike in the first half, 0 and 2 in the second, 3 to 5 always alone."""
    random = np.random.default_rng(seed)
    growth = random.normal(size=(days, 6))
    half = days // 2
    growth[:half, 1] = growth[:half, 0] + 0.5 * growth[:half, 1]
    growth[half:, 2] = growth[half:, 0] + 0.5 * growth[half:, 2]
    return growth


def test_weights_by_hand():
    assert_allclose(recency(3, 1), [0.25, 0.5, 1.0])
    assert_allclose(recency(501, 500)[0], 0.5)
    assert recency(100_000, 1).min() > 0.0


def test_a_weighted_correlation_by_hand():
    # Weighted means 2 and 1, deviations (-1, 0, 1) and (-1, 2, 0): (1 + 0 + 0) / sqrt(2 * 5)
    # with weights 1, 1, 1; the middle day twice moves the means to 2 and 1.5.
    growth = np.array([[1.0, 0.0], [2.0, 3.0], [3.0, 1.0]])
    weights = np.array([1.0, 2.0, 1.0])
    x, y = growth[:, 0] - 2.0, growth[:, 1] - 7.0 / 4.0
    expected = (weights @ (x * y)) / np.sqrt((weights @ x**2) * (weights @ y**2))
    assert_allclose(pearson(growth, [0], min_common=2, weights=weights)[0, 1], expected)
    # A day with twice the weight is a day that is there twice.
    twice = growth[[0, 1, 1, 2]]
    assert_allclose(pearson(twice, min_common=2), pearson(growth, min_common=2, weights=weights))


def test_with_gaps_it_is_that_of_loops_over_pairs():
    growth = gappy(3, days=90)
    values, weights = scaled_residuals(growth), recency(90, 500)
    stacked = np.dstack([values, np.broadcast_to(weights[:, None], values.shape)])

    def correlate(x, y):
        w = x[:, 1]
        one, other = (part - w @ part / w.sum() for part in (x[:, 0], y[:, 0]))
        return (w @ (one * other)) / np.sqrt((w @ one**2) * (w @ other**2))

    found = np.full((6, 6), np.nan)
    for i in range(6):
        for j in range(6):
            both = np.isfinite(values[:, [i, j]]).all(axis=1)
            if both.sum() >= 20:
                found[i, j] = correlate(stacked[both, i], stacked[both, j])
    assert_allclose(recent500(growth), found, atol=1e-12)
    equal = over_pairs(values, lambda x, y: np.corrcoef(x, y)[0, 1])
    assert_allclose(scaled(growth), equal, atol=1e-12)


def test_late_days_count_more():
    growth = turned()
    plain, late, latest = scaled(growth), recent500(growth), recent250(growth)
    assert abs(plain[0, 1] - plain[0, 2]) < 0.1
    assert late[0, 2] - late[0, 1] > 0.2
    assert latest[0, 2] - latest[0, 1] > late[0, 2] - late[0, 1]


def test_eigenvectors_beside_by_hand():
    growth = turned()
    correlation = recent500(growth)
    expected = (correlation + 0.5 * leading_cosine(correlation, 2)) / 1.5
    assert_allclose(recent500_eigen40(growth), expected, atol=1e-12)
    assert_allclose(recent500_eigen40(growth, [2, 0]), expected[[2, 0]], atol=1e-12)
