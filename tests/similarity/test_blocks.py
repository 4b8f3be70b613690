"""Sums of daily cosines, by hand and by property."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from pipeline.similarity import blocks

seeds = st.integers(0, 2**32 - 1)


def random_states(seed, firms=5, days=9, units=3):
    random = np.random.default_rng(seed)
    states = random.normal(size=(firms, days, units)).astype(np.float32)
    return states, random.random((firms, days)) < 0.8


def final(states, present, block_days=4):
    ranges = blocks.bounds(0, states.shape[1], block_days)
    *_, (products, common) = blocks.running_sums(states, present, ranges)
    return products, common


def naive(states, present):
    firms, days, _ = states.shape
    products, common = np.zeros((firms, firms)), np.zeros((firms, firms), int)
    for t in range(days):
        who = np.flatnonzero(present[:, t])
        if len(who) < 2:
            continue
        centred = states[who, t].astype(float) - states[who, t].astype(float).mean(axis=0)
        for a, i in enumerate(who):
            for b, j in enumerate(who):
                size = np.linalg.norm(centred[a]) * np.linalg.norm(centred[b])
                products[i, j] += centred[a] @ centred[b] / size
                common[i, j] += 1
    return products, common


def test_three_firms_on_two_days_by_hand():
    # Day 1: (3, 0), (0, 3), (0, 0) have mean (1, 1), so centred (2, −1), (−1, 2), (−1, −1).
    # Cosines: firms 0 and 1: −4/5; firms 0 and 2: −1/√10; firms 1 and 2: −1/√10.
    # Day 2: firm 2 is absent; (4, 0) and (0, 0) have mean (2, 0): opposite, cosine −1.
    states = np.array([[[3, 0], [4, 0]], [[0, 3], [0, 0]], [[0, 0], [9, 9]]], np.float32)
    present = np.array([[True, True], [True, True], [True, False]])
    products, common = final(states, present)
    assert products[0, 1] == pytest.approx(-1.8, abs=1e-6)
    assert products[0, 2] == pytest.approx(-1 / np.sqrt(10), abs=1e-6)
    assert products[1, 2] == pytest.approx(-1 / np.sqrt(10), abs=1e-6)
    assert_array_equal(common, [[2, 2, 1], [2, 2, 1], [1, 1, 1]])
    score = blocks.scores(products, common, min_common=1)
    assert score[0, 1] == pytest.approx(-0.9, abs=1e-6)


def test_blocks_cover_every_day_once_and_the_last_may_be_short():
    assert_array_equal(blocks.bounds(3, 10, 3), [[3, 6], [6, 9], [9, 10]])
    assert_array_equal(blocks.bounds(3, 9, 3), [[3, 6], [6, 9]])


def test_running_sums_begin_with_zero_and_grow_block_by_block():
    states, present = random_states(1)
    found = [
        (p.copy(), c.copy())
        for p, c in blocks.running_sums(states, present, blocks.bounds(0, 9, 4))
    ]
    assert len(found) == 4
    assert not found[0][0].any()
    assert not found[0][1].any()
    middle, days = naive(states[:, 4:8], present[:, 4:8])
    assert_allclose(found[2][0] - found[1][0], middle, atol=1e-5)
    assert_array_equal(found[2][1] - found[1][1], days)


@given(seeds)
@settings(max_examples=30, deadline=None)
def test_sums_equal_a_double_loop_over_firms_and_days(seed):
    states, present = random_states(seed)
    products, common = final(states, present)
    expected, days = naive(states, present)
    assert_allclose(products, expected, atol=1e-4)
    assert_array_equal(common, days)


@given(seeds, st.floats(1e-3, 1e3))
@settings(max_examples=30, deadline=None)
def test_scaling_all_states_leaves_the_sums_unchanged(seed, scale):
    states, present = random_states(seed)
    products, common = final((states * scale).astype(np.float32), present)
    before, days = final(states, present)
    assert_allclose(products, before, atol=1e-4)
    assert_array_equal(common, days)


@given(seeds)
@settings(max_examples=30, deadline=None)
def test_a_vector_common_to_all_firms_of_a_day_leaves_the_sums_unchanged(seed):
    states, present = random_states(seed)
    shift = np.random.default_rng(seed + 1).normal(size=(1, states.shape[1], states.shape[2]))
    products, common = final((states + shift).astype(np.float32), present)
    before, days = final(states, present)
    assert_allclose(products, before, atol=1e-3)
    assert_array_equal(common, days)


@given(seeds, st.permutations(range(5)))
@settings(max_examples=30, deadline=None)
def test_permuting_firms_permutes_the_sums(seed, order):
    states, present = random_states(seed)
    products, common = final(states[order], present[order])
    before, days = final(states, present)
    assert_allclose(products, before[np.ix_(order, order)], atol=1e-5)
    assert_array_equal(common, days[np.ix_(order, order)])


@given(seeds)
@settings(max_examples=30, deadline=None)
def test_scores_are_symmetric_to_the_last_bit_and_between_minus_one_and_one(seed):
    states, present = random_states(seed, firms=7, units=1)
    score = blocks.scores(*final(states, present), min_common=1)
    assert_array_equal(score, score.T)
    assert np.nanmax(np.abs(score)) <= 1.0


def test_a_state_that_is_the_mean_or_not_finite_or_alone_counts_as_no_common_day():
    states = np.array(
        [[[1.0], [1.0], [5.0]], [[3.0], [np.nan], [0.0]], [[2.0], [4.0], [0.0]]], np.float32
    )
    present = np.array([[True, True, True], [True, True, False], [True, True, False]])
    _, live = blocks.directions(states, present)
    # Day 1: firm 2 is the mean; day 2: firm 1 has no state; day 3: firm 0 is alone.
    assert_array_equal(live, [[True, True, False], [True, False, False], [False, True, False]])


def test_equal_states_have_no_direction_however_large_they_are():
    states = np.full((7, 1, 3), 1e3 / 7, np.float32)
    states[0] *= 1 + 1e-7
    units, live = blocks.directions(states, np.ones((7, 1), bool))
    assert not live.any()
    assert not units.any()


def test_what_an_absent_firm_holds_changes_nothing():
    states, present = random_states(3)
    present[2, 4] = False
    before, _ = final(states, present)
    states[2, 4] = 1e6
    after, _ = final(states, present)
    assert_array_equal(before, after)


def test_scores_of_too_few_common_days_are_not_known():
    products, common = np.array([19.0, 20.0, 0.0]), np.array([19, 20, 0], np.uint16)
    assert_array_equal(blocks.scores(products, common), np.float32([np.nan, 1.0, np.nan]))


def test_changes_are_compared_from_the_day_before_a_block_on():
    states, present = random_states(5, days=10)
    ranges = blocks.bounds(1, 10, 4)
    *_, (products, common) = blocks.running_sums(states, present, ranges, changes=True)
    expected, days = naive(np.diff(states, axis=1), present[:, 1:])
    assert_allclose(products, expected, atol=1e-4)
    assert_array_equal(common, days)
