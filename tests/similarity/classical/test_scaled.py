import numpy as np
from numpy.testing import assert_allclose, assert_array_equal
from similarity.classical import loops

from pipeline.similarity.classical import market_residuals, pearson, scaled, scaled_residuals
from pipeline.similarity.classical.scaled import recent_volatility


def test_recent_volatility_by_hand():
    # A day weighs 2^(−1/20) of the next; a gap adds nothing but lets time pass.
    residuals = np.array([[2.0], [np.nan], [1.0], [5.0]])
    weight = 2.0 ** (-2 / 20)
    expected = [np.nan, 2.0, 2.0, np.sqrt((4.0 * weight + 1.0) / (weight + 1.0))]
    assert_allclose(recent_volatility(residuals)[:, 0], expected, atol=1e-12)


def test_without_gaps_it_is_a_sum_over_the_days_before():
    growth = loops.gappy(0, share=0.0)
    left = loops.residuals(growth)
    expected = np.full(left.shape, np.nan)
    for day in range(1, len(left)):
        weight = 0.5 ** (np.arange(day)[::-1] / 20.0)
        volatility = np.sqrt(weight @ left[:day] ** 2 / weight.sum())
        expected[day] = np.clip(left[day] / volatility, -4.0, 4.0)
    assert_allclose(scaled_residuals(growth), expected, atol=1e-10)
    assert_allclose(scaled(growth), np.corrcoef(expected[1:].T), atol=1e-10)


def test_volatility_is_known_the_day_before():
    residuals = loops.gappy(1)
    later = residuals.copy()
    later[40:] *= -7.0
    assert_array_equal(recent_volatility(later)[:41], recent_volatility(residuals)[:41])
    assert not np.allclose(recent_volatility(later)[41], recent_volatility(residuals)[41])


def test_gaps_stay_gaps_and_the_first_day_becomes_one():
    growth = loops.gappy(2)
    seen = np.isfinite(market_residuals(growth))
    seen[seen.argmax(axis=0), np.arange(growth.shape[1])] = False
    assert_array_equal(np.isfinite(scaled_residuals(growth)), seen)


def test_until_a_firm_has_moved_its_volatility_is_not_known():
    growth = loops.gappy(3, firms=3, share=0.0)
    growth[:30] = 0.0
    found = scaled_residuals(growth)
    assert np.isnan(found[:31]).all()
    assert np.isfinite(found[31:]).all()


def test_no_day_counts_for_more_than_four_deviations():
    growth = loops.gappy(4)
    growth[50, 0] = 1e4
    found = scaled_residuals(growth)
    assert np.nanmax(np.abs(found)) == 4.0
    assert found[50, 0] == 4.0


def test_nervous_times_weigh_no_more_than_calm_ones():
    # The pair moves together in calm times and apart in nervous ones, three times as short.
    random = np.random.default_rng(5)
    growth = random.normal(size=(400, 20))
    growth[:300, 1] = growth[:300, 0] + 0.1 * random.normal(size=300)
    growth[300:] *= 10.0
    assert pearson(growth)[0, 1] < 0.2
    assert scaled(growth)[0, 1] > 0.6
