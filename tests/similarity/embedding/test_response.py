"""The response head against least squares by hand."""

import numpy as np
import planted
import pytest
import universe
from numpy.testing import assert_allclose, assert_array_equal

from pipeline.similarity.classical import market_residuals
from pipeline.similarity.embedding import response

FIRMS, DAYS, UNITS, FIRST, STOP = 9, 90, 3, 5, 70


def world(seed=0):
    """Random states and target with gaps."""
    random = np.random.default_rng(seed)
    states = random.normal(size=(FIRMS, DAYS, UNITS)).astype(np.float32)
    states[-1, :30] = np.nan
    present = random.random((FIRMS, DAYS)) > 0.1
    present[-1, :35] = False
    target = random.normal(size=(FIRMS, DAYS))
    target[0, 10:20] = np.nan
    return states, present, target


def fitted(states, present, target, at_once=4, stop=STOP):
    return response.fit(planted.passes(states, at_once)(), target[:, :stop], present, FIRST)


def test_the_head_is_the_ridge_solution_on_features_centred_each_day():
    states, present, target = world()
    rows, answers = [], []
    for day in range(FIRST, STOP):
        here = [firm for firm in range(FIRMS) if present[firm, day]]
        here = [firm for firm in here if np.isfinite(target[firm, day])]
        seen = np.array(
            [np.r_[states[f, day] - states[f, day - 1], states[f, day]] for f in here], dtype=float
        )
        rows.extend(seen - seen.mean(axis=0))
        answers.extend(target[here, day])
    features, aims = np.array(rows), np.array(answers)
    square = features.T @ features
    ridge = response.RIDGE * np.trace(square) / len(square) * np.eye(2 * UNITS)
    expected = np.linalg.solve(square + ridge, features.T @ aims)
    assert_allclose(fitted(states, present, target).weights, expected, atol=1e-6)


def test_two_firms_by_hand():
    # One unit. The states' difference between the firms is 2 on odd days and −2 on even ones, its
    # change ±4; a target of 3 for the one and −3 for the other on odd days, and the reverse on
    # even ones, is answered by any weights with ±(4 a + 2 b) = ±6: the shortest is (6/5, 3/5).
    sign = np.where(np.arange(12) % 2, 1.0, -1.0)
    states = np.stack([5.0 + sign, 5.0 - sign])[..., None].astype(np.float32)
    target = np.stack([3.0 * sign, -3.0 * sign])
    present = np.ones((2, 12), dtype=bool)
    head = response.fit(planted.passes(states)(), target, present, 1)
    assert_allclose(head.weights, [1.2, 0.6], rtol=1e-3)
    answers = response.respond(head, planted.passes(states)(), present, 1)
    assert_array_equal(answers[0], 0.0)
    assert_allclose(answers[1:], target.T[1:] / 3.0, atol=1e-6)


def test_how_many_firms_are_passed_at_a_time_changes_nothing():
    states, present, target = world()
    whole = fitted(states, present, target, at_once=FIRMS)
    for at_once in (1, 2, 4):
        parts = fitted(states, present, target, at_once)
        assert_allclose(parts.weights, whole.weights, atol=1e-6)
    once = response.respond(whole, planted.passes(states, FIRMS)(), present, FIRST)
    split = response.respond(whole, planted.passes(states, 2)(), present, FIRST)
    assert_allclose(split, once, atol=1e-6)


def test_days_after_the_fitted_ones_change_no_weight():
    states, present, target = world()
    other, gone = states.copy(), present.copy()
    other[:, STOP:] += 100.0
    gone[:, STOP:] = False
    assert_array_equal(fitted(other, gone, target).weights, fitted(states, present, target).weights)
    before = states.copy()
    before[:, STOP - 1] += 1.0
    assert (
        fitted(before, present, target).weights != fitted(states, present, target).weights
    ).any()


def test_what_firms_have_in_common_each_day_teaches_and_answers_nothing():
    states, present, target = world()
    shared = np.random.default_rng(3).normal(scale=3.0, size=(1, DAYS, UNITS))
    shifted = (states + shared).astype(np.float32)
    head, other = fitted(states, present, target), fitted(shifted, present, target)
    assert_allclose(other.weights, head.weights, atol=1e-4)
    answers = response.respond(head, planted.passes(states)(), present, FIRST)
    same = response.respond(head, planted.passes(shifted)(), present, FIRST)
    assert_allclose(same, answers, atol=1e-4)


def test_a_head_that_may_learn_from_no_day_says_nothing():
    states, present, target = world()
    head = fitted(states, np.zeros_like(present), target)
    assert_array_equal(head.weights, 0.0)
    assert_array_equal(response.respond(head, planted.passes(states)(), present, FIRST), 0.0)


def test_the_target_is_cut_scaled_growth_less_its_market():
    windowed = universe.windowed(planted.SECTION)
    stop = 300
    found = response.target(windowed, stop)
    expected = np.full((stop, 12), np.nan)
    for day in range(1, stop):
        for firm in range(12):
            scaled = windowed.growth[firm, day] / windowed.unit[firm, day - 1]
            expected[day, firm] = min(max(scaled, -response.TARGET_CUT), response.TARGET_CUT)
    assert (np.abs(expected[1:]) == response.TARGET_CUT).any()
    assert_allclose(found, market_residuals(expected).T, rtol=1e-6)
    assert np.isnan(found[:, 0]).all() and np.isnan(found[-1, :100]).all()


def test_the_target_does_not_look_beyond_its_last_day():
    windowed = universe.windowed(planted.SECTION)
    kept = response.target(windowed, 300)
    windowed.growth[:, 300:] *= -9.0
    windowed.unit[:, 299:] *= 2.0
    assert_array_equal(response.target(windowed, 300), kept)
    windowed.growth[1, 299] *= -9.0
    assert (response.target(windowed, 300)[:, 299] != kept[:, 299]).any()


@pytest.fixture(scope="module")
def answers():
    random = np.random.default_rng(1)
    values = random.standard_t(2, size=(200, 15)) + random.normal(scale=5.0, size=(200, 1))
    return values, random.random((200, 15)) > 0.2


def test_each_day_has_a_mean_square_of_one_and_absent_firms_are_zero(answers):
    values, present = answers
    found = response.standard(values, present)
    assert found.dtype == np.float32
    assert_array_equal(found[~present], 0.0)
    assert_allclose((found**2).sum(axis=1) / present.sum(axis=1), 1.0, atol=1e-5)


def test_the_mean_is_zero_where_nothing_was_cut_and_the_cut_is_by_hand(answers):
    values, present = answers
    found, cut = response.standard(values, present), 0
    for day in range(len(values)):
        here = present[day]
        own = values[day, here] - values[day, here].mean()
        own /= np.sqrt((own**2).mean())
        if (np.abs(own) <= response.CUT).all():
            assert abs(found[day].mean()) < 1e-6
        else:
            cut += 1
        own = np.clip(own, -response.CUT, response.CUT)
        assert_allclose(found[day, here], own / np.sqrt((own**2).mean()), atol=1e-5)
    assert 20 < cut < 180


def test_a_wild_answer_loses_weight_beside_the_others():
    values = np.random.default_rng(0).normal(size=(1, 20))
    values[0, 3] = 6.0
    present = np.ones((1, 20), dtype=bool)
    centred = values[0] - values[0].mean()
    share = centred[3] ** 2 / (centred**2).sum()
    found = response.standard(values, present)[0]
    assert found[3] == found.max()
    assert found[3] ** 2 / 20.0 < 0.6 * share


def test_days_on_which_nothing_tells_firms_apart_are_zero():
    present = np.ones((3, 4), dtype=bool)
    present[1, 1:] = False
    values = np.array([[7.1] * 4, [1.0, 2.0, 3.0, 4.0], [np.nan] * 4])
    assert_array_equal(response.standard(values, present), 0.0)
    present[1, 2] = True
    assert_allclose(response.standard(values, present)[1], [-1.0, 0.0, 1.0, 0.0])
