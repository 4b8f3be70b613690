"""What firms' days are beside the others'."""

import numpy as np
import pytest
import universe
from numpy.testing import assert_allclose, assert_array_equal

from pipeline.similarity.classical import scaled_residuals
from pipeline.similarity.embedding.days import CUT, Days, standard


def test_days_are_scaled_residuals_where_they_are_known():
    growth = universe.growth_panel().to_numpy()
    found, expected = Days.of(growth), scaled_residuals(growth)
    assert_array_equal(found.present, np.isfinite(expected))
    assert_allclose(found.plain, np.nan_to_num(expected), atol=1e-6)
    assert_allclose(found.standard, standard(expected, found.present), atol=1e-5)
    assert found.plain.dtype == found.standard.dtype == np.float32
    assert not found.present[0].any()


def test_firms_that_may_not_be_compared_are_not_present():
    growth = universe.growth_panel().to_numpy()
    compared = np.ones(growth.shape, dtype=bool)
    compared[:, 3] = False
    found = Days.of(growth, compared)
    assert not found.present[:, 3].any() and not found.standard[:, 3].any()
    assert found.present[:, 4].any()


def test_the_days_before_one_know_nothing_of_it():
    growth = universe.growth_panel().to_numpy()
    found = Days.of(growth).before(200)
    assert found.plain.shape == found.standard.shape == found.present.shape == (200, 12)


@pytest.fixture(scope="module")
def answers():
    random = np.random.default_rng(1)
    values = random.standard_t(2, size=(200, 15)) + random.normal(scale=5.0, size=(200, 1))
    return values, random.random((200, 15)) > 0.2


def test_each_day_has_a_mean_square_of_one_and_absent_firms_are_zero(answers):
    values, present = answers
    found = standard(values, present)
    assert found.dtype == np.float32
    assert_array_equal(found[~present], 0.0)
    assert_allclose((found**2).sum(axis=1) / present.sum(axis=1), 1.0, atol=1e-5)


def test_the_mean_is_zero_where_nothing_was_cut_and_the_cut_is_by_hand(answers):
    values, present = answers
    found, cut = standard(values, present), 0
    for day in range(len(values)):
        here = present[day]
        own = values[day, here] - values[day, here].mean()
        own /= np.sqrt((own**2).mean())
        if (np.abs(own) <= CUT).all():
            assert abs(found[day].mean()) < 1e-6
        else:
            cut += 1
        own = np.clip(own, -CUT, CUT)
        assert_allclose(found[day, here], own / np.sqrt((own**2).mean()), atol=1e-5)
    assert 20 < cut < 180


def test_a_wild_number_loses_weight_beside_the_others():
    values = np.random.default_rng(0).normal(size=(1, 20))
    values[0, 3] = 6.0
    centred = values[0] - values[0].mean()
    share = centred[3] ** 2 / (centred**2).sum()
    found = standard(values, np.ones((1, 20), dtype=bool))[0]
    assert found[3] == found.max()
    assert found[3] ** 2 / 20.0 < 0.6 * share


def test_days_on_which_nothing_tells_firms_apart_are_zero():
    present = np.ones((3, 4), dtype=bool)
    present[1, 1:] = False
    values = np.array([[7.1] * 4, [1.0, 2.0, 3.0, 4.0], [np.nan] * 4])
    assert_array_equal(standard(values, present), 0.0)
    present[1, 2] = True
    assert_allclose(standard(values, present)[1], [-1.0, 0.0, 1.0, 0.0])
