"""Running sums against loops over days and pairs."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from pipeline.similarity.embedding import sums

DAYS, FIRMS, COMPONENTS = 130, 7, 3


@pytest.fixture(scope="module")
def world():
    """Responses with gaps, and directions."""
    random = np.random.default_rng(0)
    present = random.random((DAYS, FIRMS)) > 0.2
    present[:100, -1] = False
    responses = np.where(present, random.normal(size=(2, DAYS, FIRMS)), 0.0).astype(np.float32)
    return responses, present, random.normal(size=(FIRMS, COMPONENTS)).astype(np.float32)


def test_bounds_cover_every_day_once():
    found = sums.bounds(20, 90, 21)
    assert_array_equal(found, [[20, 41], [41, 62], [62, 83], [83, 90]])
    assert_array_equal(sums.bounds(3, 5, 10), [[3, 5]])
    assert sums.bounds(5, 5, 10).shape == (0, 2)


def test_correlations_by_loops_over_common_days(world):
    responses, present, _ = world
    found = sums.correlations(responses, present)
    for i in range(FIRMS):
        for j in range(FIRMS):
            both = present[:, i] & present[:, j]
            expected = 0.0
            if both.sum() >= sums.MIN_COMMON:
                pairs = responses[:, both][..., [i, j]].astype(float)
                expected = np.mean(
                    [(a * b).sum() / np.sqrt((a**2).sum() * (b**2).sum()) for a, b in
                     (pair.T for pair in pairs)]
                )  # fmt: skip
            assert found[i, j] == pytest.approx(expected, abs=1e-5)
    assert_array_equal(found, found.T)


def test_correlations_need_enough_common_days_and_something_said(world):
    responses, present, _ = world
    few = slice(0, sums.MIN_COMMON - 1)
    assert_array_equal(sums.correlations(responses[:, few], present[few]), 0.0)
    silent = responses.copy()
    silent[..., 2] = 0.0
    found = sums.correlations(silent, present)
    assert_array_equal(found[2], 0.0)
    assert (found[0, [1, 3, 4, 5]] != 0.0).all()
    same = sums.correlations(np.repeat(responses[..., :1], 3, axis=2), present[:, [0, 0, 0]])
    assert same.max() <= 1.0 and same.min() > 0.9999


def test_y_is_the_gram_matrix_with_half_its_diagonal_acting_on_the_directions(world):
    (response, _), _, directions = world
    gram = np.zeros((FIRMS, FIRMS))
    for day in response.astype(float):
        gram += np.outer(day, day)
    gram[np.diag_indices(FIRMS)] *= 0.5
    assert_allclose(sums.over(response, directions), gram @ directions, atol=1e-4)


def test_the_difference_of_two_running_sums_is_what_those_days_alone_give(world):
    (response, _), _, directions = world
    ranges = sums.bounds(10, DAYS, 21)
    running = sums.running(response, directions, ranges)
    assert running.shape == (len(ranges) + 1, FIRMS, COMPONENTS) and running.dtype == np.float32
    assert_array_equal(running[0], 0.0)
    for first in range(len(ranges)):
        for stop in range(first + 1, len(ranges) + 1):
            days = response[ranges[first, 0] : ranges[stop - 1, 1]]
            scratch = sums.over(days, directions)
            assert_allclose(running[stop] - running[first], scratch, atol=1e-4)


def test_later_days_change_no_earlier_sum(world):
    (response, other), _, directions = world
    ranges = sums.bounds(10, DAYS, 21)
    changed = np.concatenate([response[:73], other[73:]])
    found, kept = (sums.running(one, directions, ranges) for one in (changed, response))
    # Days 10 … 72 are three blocks.
    assert_array_equal(found[:4], kept[:4])
    assert (found[4] != kept[4]).any()


@pytest.mark.parametrize("seed", range(3))
def test_vectors_reproduce_a_matrix_of_the_directions_rank(seed):
    random = np.random.default_rng(seed)
    loadings = random.normal(size=(20, 4))
    gram = loadings @ loadings.T
    directions = loadings + 0.3 * random.normal(size=(20, 4))
    found = sums.vectors(gram @ directions, directions).astype(float)
    size = np.sqrt(np.diag(gram))
    assert_allclose(found @ found.T, gram / np.outer(size, size), atol=1e-4)
    assert_allclose(np.linalg.norm(found, axis=1), 1.0, atol=1e-6)


def test_the_length_of_directions_does_not_matter_and_neither_does_their_basis():
    random = np.random.default_rng(5)
    loadings, directions = random.normal(size=(15, 6)), random.normal(size=(15, 3))
    gram, mixed = loadings @ loadings.T, directions @ random.normal(size=(3, 3))
    first = sums.vectors(gram @ directions, directions)
    other = sums.vectors(gram @ mixed, mixed)
    assert_allclose(other @ other.T, first @ first.T, atol=1e-3)


def test_firms_that_were_not_compared_have_no_vector():
    random = np.random.default_rng(1)
    loadings = random.normal(size=(8, 2))
    loadings[3] = 0.0
    directions = random.normal(size=(8, 2))
    found = sums.vectors(loadings @ (loadings.T @ directions), directions)
    assert np.isnan(found[3]).all()
    assert np.isfinite(np.delete(found, 3, axis=0)).all()


def test_without_days_there_are_no_vectors():
    directions = np.ones((4, 2), dtype=np.float32)
    assert np.isnan(sums.vectors(np.zeros((4, 2)), directions)).all()
    assert sums.vectors(np.zeros((4, 2)), directions).shape == (4, 2)


@pytest.mark.parametrize("seen", [1e-6, 0.0, -0.2])
def test_a_direction_that_was_hardly_seen_is_not_blown_up(seen):
    # The second firm's own direction holds next to nothing of the first's, yet the third firm
    # has 0.1 along it. Divided by √0.001 rather than by √seen that is √10, beside 1.
    directions = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
    summed = np.array([[1.0, 0.0], [0.0, seen], [1.0, 0.1]])
    found = sums.vectors(summed, directions)
    assert found[0] @ found[2] == pytest.approx(1.0 / np.sqrt(11.0), abs=1e-5)
