"""Nearest and farthest firms, where scores are unknown and where they tie."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from worlds import symmetric

from pipeline.similarity.study.neighbours import among, farthest, known_firms, nearest

SCORES = np.array([[1.0, 0.9, 0.5, np.nan], [0.9, 1, 0.2, 0.4], [0.5, 0.2, 1, 0.5], [np.nan] * 4])


def test_nearest_and_farthest_by_hand():
    near, known = nearest(SCORES, 2)
    assert_array_equal(near[:3], [[1, 2], [0, 3], [0, 3]])
    assert_array_equal(known, [[True, True]] * 3 + [[False, False]])
    far, known = farthest(SCORES, 1)
    assert_array_equal(far[:3, 0], [2, 2, 1])


def test_more_peers_than_there_are_firms():
    near, known = nearest(SCORES, 6)
    assert near.shape == known.shape == (4, 6)
    assert_array_equal(known.sum(axis=1), [2, 3, 3, 0])


def test_firms_that_are_not_kept_are_unknown():
    kept = np.array([True, True, False, True])
    assert_array_equal(known_firms(among(SCORES, kept)), [True, True, False, False])


@given(st.integers(0, 2**32 - 1), st.integers(1, 8))
@settings(max_examples=30)
def test_no_firm_is_its_own_peer_and_order_is_by_score(seed, k):
    scores = symmetric(np.random.default_rng(seed), 9)
    near, known = nearest(scores, k)
    assert known.all()
    assert not (near == np.arange(9)[:, None]).any()
    found = np.take_along_axis(scores, near, axis=1)
    assert (np.diff(found, axis=1) <= 0.0).all()
    left = np.sort(scores - 9 * np.eye(9), axis=1)[:, ::-1][:, :k]
    assert_array_equal(found, left)


@given(st.integers(0, 2**32 - 1), st.integers(1, 8))
@settings(max_examples=50)
def test_equal_scores_are_taken_in_the_order_of_the_firms(seed, k):
    random = np.random.default_rng(seed)
    scores = random.integers(0, 3, (9, 9)).astype(float)
    scores[random.random((9, 9)) < 0.3] = np.nan
    near, known = nearest(scores, k)
    for firm, row in enumerate(scores):
        others = [one for one in range(9) if one != firm and np.isfinite(row[one])]
        ordered = sorted(others, key=lambda one: -row[one])[:k]
        assert near[firm][known[firm]].tolist() == ordered
