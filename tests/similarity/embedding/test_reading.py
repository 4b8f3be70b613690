"""Readings of states, and their scale."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from similarity.embedding.test_portfolios import grouped

from models.comovement import initial
from pipeline.similarity.embedding.days import Days
from pipeline.similarity.embedding.lessons import lessons
from pipeline.similarity.embedding.reading import (
    PARTS,
    SAY,
    SIZES,
    Reading,
    Scale,
    nearness,
    scaled_to,
)
from pipeline.similarity.embedding.readings import mean_score, readings

GROWTH = grouped(500).plain.astype(float)


@pytest.fixture(scope="module")
def taught():
    return list(lessons(GROWTH, Days.of(GROWTH), 4, 0))


@pytest.fixture(scope="module")
def reading(taught):
    return scaled_to(initial(SIZES, 0), taught)


def test_a_scale_by_hand():
    scale = Scale(1.0, (0.0, 1.0, 3.0), (0.0, 0.2, 0.4))
    said = np.array([-1.0, 0.0, 0.5, 2.0, 3.0, 4.0, 99.0, -99.0])
    assert_allclose(scale(said), [-0.2, 0.0, 0.1, 0.3, 0.4, 0.5, 1.0, -1.0])


def test_scores_rise_with_what_is_said(reading):
    said = np.linspace(-3.0, 20.0, 200)
    found = reading.scale(said)
    inside = np.abs(found) < 1.0
    assert (np.diff(found)[inside[1:] & inside[:-1]] > 0.0).all()


def test_scores_are_the_correlations_that_came_on_average(reading, taught):
    expected, came = [], []
    for lesson in taught:
        vectors = reading.vectors(lesson.known)
        near = nearness(lesson.known.lasting, lesson.known.lasting)
        known = np.isfinite(lesson.later)
        expected.append(reading.score(vectors, vectors, near)[known])
        came.append(lesson.later[known])
    expected, came = np.concatenate(expected), np.concatenate(came)
    assert expected.mean() == pytest.approx(came.mean(), abs=0.03)
    high = expected > np.quantile(expected, 0.9)
    assert expected[high].mean() == pytest.approx(came[high].mean(), abs=0.05)


def test_a_pair_is_near_in_deviations_from_all_pairs():
    random = np.random.default_rng(0)
    rows = random.normal(size=(9, 4))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    rows[8] = 0.0
    found = nearness(rows[:8], rows)
    pairs = (rows @ rows.T)[:8, :8][~np.eye(8, dtype=bool)]
    assert_allclose(found[:, 8], (0.0 - pairs.mean()) / pairs.std())
    assert found[:, :8][~np.eye(8, dtype=bool)].std() == pytest.approx(1.0)
    assert_allclose(nearness(np.ones((1, 2)), np.zeros((3, 2))), 0.0)


@settings(max_examples=10)
@given(st.integers(0, 2**31))
def test_packed_and_unpacked_it_says_the_same(seed):
    weights = initial(SIZES, seed)
    scale = Scale(0.5, tuple(np.arange(10.0)), tuple(np.linspace(-1.0, 1.0, 10)))
    found = Reading.unpacked(Reading(weights, scale).packed())
    assert found.scale.said == scale.said and found.scale.say == 0.5
    assert_allclose(found.scale.expected, scale.expected, atol=1e-6)
    for name, array in weights.items():
        assert_array_equal(found.weights[name], array)


def test_the_parts_sum_to_the_score(reading, taught):
    states = taught[0].known
    vectors = reading.vectors(states)
    near = nearness(states.lasting, states.lasting)
    score = reading.score(vectors, vectors, near)
    for one, other in ((0, 3), (1, 2), (4, 7)):
        pair = type(vectors)(*(part[[one, other]] for part in vectors))
        parts = reading.parts(pair, float(near[one, other]))
        assert len(parts) == len(PARTS)
        assert sum(parts) == pytest.approx(score[one, other], abs=1e-5)
    assert SAY > 0.0


def test_without_lessons_training_changes_nothing():
    growth = GROWTH[:3]
    trained, fresh = readings(growth, Days.of(growth), 2, [0, 1])
    for one, other in zip(trained, fresh, strict=True):
        assert_array_equal(one.packed(), other.packed())


def test_scores_are_symmetric_and_bounded(reading, taught):
    found = mean_score([reading, reading], taught[0].known, taught[0].known)
    assert_allclose(found, found.T, atol=1e-6)
    assert np.abs(found).max() <= 1.0
    assert_allclose(found, mean_score([reading], taught[0].known, taught[0].known), atol=1e-6)
