"""The minimum spanning tree joins the strongest pairs, and is drawn without crossings."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from pipeline.similarity.asking import spanning


def symmetric(firms, scores):
    similarity = np.eye(firms)
    similarity[np.triu_indices(firms, 1)] = scores
    return np.maximum(similarity, similarity.T) + np.minimum(similarity, similarity.T) * (
        1.0 - np.eye(firms)
    )


def test_a_tree_of_four_firms_by_hand():
    # 0–1 0.9, 1–2 0.8; 0–2 (0.7) would close a ring, so 2–3 (0.3) follows.
    similarity = symmetric(4, [0.9, 0.7, 0.1, 0.8, 0.2, 0.3])
    assert_array_equal(spanning.edges(similarity), [[0, 1], [1, 2], [2, 3]])
    assert_array_equal(spanning.degrees(spanning.edges(similarity), 4), [1, 2, 2, 1])


def test_a_star():
    similarity = symmetric(4, [0.5, 0.5, 0.5, 0.1, 0.1, 0.1])
    joined = spanning.edges(similarity)
    assert_array_equal(joined, [[0, 1], [0, 2], [0, 3]])
    place = spanning.layout(joined, 4)
    assert_allclose(np.linalg.norm(place[1:] - place[0], axis=1), 1.0, atol=0.2)


@settings(max_examples=40)
@given(
    st.integers(2, 5).flatmap(
        lambda n: st.tuples(
            st.just(n),
            st.lists(st.floats(-1.0, 1.0), min_size=n * (n - 1) // 2, max_size=n * (n - 1) // 2),
        )
    )
)
def test_no_other_tree_is_shorter(drawn):
    firms, scores = drawn
    similarity = symmetric(firms, scores)
    length = np.sqrt(2.0 * (1.0 - similarity))
    joined = spanning.edges(similarity)
    assert connected(joined, firms)
    pairs = list(itertools.combinations(range(firms), 2))
    shortest = min(
        sum(length[pair] for pair in chosen)
        for chosen in itertools.combinations(pairs, firms - 1)
        if connected(np.array(chosen), firms)
    )
    assert length[joined[:, 0], joined[:, 1]].sum() == pytest.approx(shortest, abs=1e-9)


def connected(joined, firms):
    reached = {0}
    for _ in range(firms):
        reached |= {node for pair in joined.tolist() if reached & set(pair) for node in pair}
    return len(reached) == firms


def test_edges_stay_within_planted_groups():
    random = np.random.default_rng(0)
    group = np.arange(30) % 3
    noise = random.normal(scale=0.05, size=(30, 30))
    similarity = 0.6 * (group[:, None] == group) + (noise + noise.T) / 2.0
    joined = spanning.edges(similarity)
    across = group[joined[:, 0]] != group[joined[:, 1]]
    assert len(joined) == 29 and across.sum() == 2


@pytest.mark.parametrize("similarity", [np.ones((5, 5)), np.full((5, 5), np.nan), np.eye(5)])
def test_firms_that_are_all_alike_are_joined_too(similarity):
    joined = spanning.edges(similarity)
    assert len(joined) == 4 and connected(joined, 5)
    assert np.isfinite(spanning.layout(joined, 5)).all()


def test_one_two_and_three_firms():
    assert spanning.edges(np.eye(1)).shape == (0, 2)
    assert_array_equal(spanning.layout(np.empty((0, 2), int), 1), [[0.0, 0.0]])
    assert_array_equal(spanning.edges(np.eye(2)), [[0, 1]])
    place = spanning.layout(np.array([[0, 1]]), 2)
    assert np.linalg.norm(place[0] - place[1]) == pytest.approx(1.0)
    # A chain of three is a straight line from left to right.
    place = spanning.layout(np.array([[0, 1], [1, 2]]), 3)
    assert_allclose(place[:, 1], 0.0, atol=0.05)
    assert abs(place[0, 0] - place[2, 0]) == pytest.approx(2.0, abs=0.05)


@pytest.mark.parametrize("most", [0, 1000])
def test_a_drawing_is_the_same_each_time_and_edges_rarely_cross(monkeypatch, most):
    monkeypatch.setattr(spanning, "_STRESS_FIRMS", most)
    random = np.random.default_rng(1)
    joined = np.array([[int(random.integers(firm)), firm] for firm in range(1, 80)])
    place = spanning.layout(joined, 80)
    assert_array_equal(place, spanning.layout(joined, 80))
    length = np.linalg.norm(place[joined[:, 0]] - place[joined[:, 1]], axis=1)
    assert length.min() > 0.1
    crossings = sum(
        crosses(place[one], place[other])
        for one, other in itertools.combinations(joined, 2)
        if not set(one) & set(other)
    )
    # Drawn by angles alone, none can cross; the refinement may trade a few for length.
    assert crossings == 0 if not most else crossings < 8


def crosses(one, other):
    def side(a, b, c):
        return np.sign((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))

    (a, b), (c, d) = one, other
    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0


def test_the_refinement_lowers_the_stress():
    joined = np.array([[firm // 2, firm + 1] for firm in range(30)])
    hops = spanning._hops(joined, 31)
    place = spanning._equal_angles(joined, 0, 31)

    def stress(place):
        gap = np.linalg.norm(place[:, None] - place, axis=2)
        upper = np.triu_indices(31, 1)
        return (((gap - hops)[upper] / hops[upper]) ** 2).sum()

    assert stress(spanning._fitted(place, hops)) < stress(place)
