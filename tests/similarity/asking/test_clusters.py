"""Groups that were planted are found and shown together."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.cluster.hierarchy import linkage
from scipy.spatial.distance import squareform

from pipeline.similarity.asking import clusters


def grouped(firms=12, groups=3, seed=0):
    """Similarity about 0.8 inside a group and 0 between them; group is number % groups."""
    random = np.random.default_rng(seed)
    group = np.arange(firms) % groups
    noise = random.normal(scale=0.05, size=(firms, firms))
    similarity = 0.8 * (group[:, None] == group) + (noise + noise.T) / 2
    np.fill_diagonal(similarity, 1.0)
    return similarity, group


def same_partition(found, group):
    assert_array_equal(found[:, None] == found, group[:, None] == group)


def test_clusters_are_the_planted_groups():
    similarity, group = grouped()
    found = clusters.labels(clusters.tree(similarity), 3)
    same_partition(found, group)
    assert set(found) == {0, 1, 2}


def test_the_order_keeps_groups_together_and_numbers_clusters_along_it():
    similarity, group = grouped()
    joined = clusters.tree(similarity)
    order = clusters.order(joined)
    assert sorted(order) == list(range(12))
    assert (np.diff(group[order]) != 0).sum() == 2
    assert_array_equal(clusters.labels(joined, 3)[order], np.repeat([0, 1, 2], 4))


def test_neighbours_in_the_order_are_the_most_alike():
    # Three firms along a line, 0.9 between neighbours: the middle one must stand in the middle.
    similarity = np.array([[1.0, 0.1, 0.9], [0.1, 1.0, 0.9], [0.9, 0.9, 1.0]])
    assert clusters.order(clusters.tree(similarity))[1] == 2


def test_heights_by_hand():
    # Unit vectors at 0°, 90° and 180°: √2, √2 and 2 apart. The first two are joined at √2; about
    # their mean (½, ½), Ward's height of a third at squared distance 2.5 is √(2·2/3·2.5).
    similarity = np.array([[1.0, 0.0, -1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 1.0]])
    heights = clusters.tree(similarity)[:, 2]
    assert_allclose(heights, [np.sqrt(2.0), np.sqrt(4.0 / 3.0 * 2.5)])


def test_ward_leaves_no_firm_over_where_average_linkage_does():
    # Two groups, and one firm unlike all others.
    similarity, _ = grouped(firms=20, groups=2)
    similarity[0], similarity[:, 0], similarity[0, 0] = -0.3, -0.3, 1.0
    average = linkage(squareform(clusters.chords(similarity)), "average")
    assert np.bincount(clusters.labels(clusters.tree(similarity), 2)).min() > 1
    assert np.bincount(clusters.labels(average, 2)).min() == 1


@pytest.mark.parametrize("groups", [2, 3, 5, 8])
def test_the_number_of_clusters_is_found_without_labels(groups):
    similarity, group = grouped(firms=8 * groups, groups=groups)
    joined = clusters.tree(similarity)
    judged = clusters.silhouettes(similarity, joined)
    assert clusters.best_count(judged) == groups
    same_partition(clusters.labels(joined, groups), group)


def test_silhouette_by_hand():
    # Two pairs: 1 − s is 0.2 within and 1 between, so that every firm has (1 − 0.2) / 1.
    similarity, _ = grouped(firms=4, groups=2)
    similarity = np.where(similarity > 0.5, 0.8, 0.0)
    np.fill_diagonal(similarity, 1.0)
    judged = clusters.silhouettes(similarity, clusters.tree(similarity))
    assert judged[2] == pytest.approx(0.8)
    assert clusters.best_count(judged) == 2


def test_no_more_clusters_are_tried_than_the_root_of_the_firms():
    similarity, _ = grouped(firms=150, groups=3)
    assert list(clusters.silhouettes(similarity, clusters.tree(similarity))) == list(range(2, 13))
    similarity, _ = grouped(firms=6, groups=3)
    assert list(clusters.silhouettes(similarity, clusters.tree(similarity))) == [2, 3, 4, 5]


def test_equal_firms_are_one_cluster():
    for similarity in (np.ones((5, 5)), np.full((5, 5), np.nan), np.eye(5)):
        judged = clusters.silhouettes(similarity, clusters.tree(similarity))
        assert clusters.best_count(judged) == 1
    assert clusters.best_count({}) == 1
    assert clusters.best_count({2: -0.1, 3: -0.2}) == 1


def test_centrality_by_hand():
    similarity = np.eye(4)
    similarity[0, 1] = similarity[1, 0] = 0.6
    similarity[0, 2] = similarity[2, 0] = 0.4
    similarity[1, 2] = similarity[2, 1] = np.nan
    found = clusters.centrality(similarity, np.array([0, 0, 0, 1]))
    assert_allclose(found, [0.5, 0.3, 0.2, np.nan])


def test_chords_are_distances_between_unit_vectors():
    random = np.random.default_rng(0)
    points = random.normal(size=(6, 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    expected = np.linalg.norm(points[:, None] - points, axis=2)
    assert_allclose(clusters.chords(points @ points.T), expected, atol=1e-7)


def test_distances_by_hand():
    similarity = np.array([[np.nan, 0.25, np.nan], [0.25, 1.0, -1.0], [np.nan, -1.0, 0.5]])
    expected = [[0.0, 0.75, 1.0], [0.75, 0.0, 2.0], [1.0, 2.0, 0.0]]
    assert_array_equal(clusters.distances(similarity), expected)


@pytest.mark.parametrize("firms", [12, 60])
def test_the_map_puts_groups_apart_and_is_the_same_each_time(firms):
    similarity, group = grouped(firms)
    place = clusters.map_2d(similarity)
    assert place.shape == (firms, 2)
    gap = np.linalg.norm(place[:, None] - place, axis=2)
    np.fill_diagonal(gap, np.inf)
    assert_array_equal(group[gap.argmin(axis=1)], group)
    assert_array_equal(place, clusters.map_2d(similarity))


def test_the_map_of_a_line_is_the_line():
    # Three unit vectors in a plane, 30° apart: the two outer ones end on opposite sides.
    angle = np.radians([0.0, 30.0, 60.0])
    place = clusters.map_2d(np.cos(angle[:, None] - angle))
    assert place[0, 0] == pytest.approx(-place[2, 0], abs=1e-9)
    assert place[1, 0] == pytest.approx(0.0, abs=1e-9)


def test_one_firm_and_equal_firms_have_a_place():
    one = np.ones((1, 1))
    joined = clusters.tree(one)
    assert joined.shape == (0, 4)
    assert_array_equal(clusters.order(joined), [0])
    assert_array_equal(clusters.labels(joined, 3), [0])
    assert clusters.silhouettes(one, joined) == {}
    assert clusters.silhouettes(np.eye(2), clusters.tree(np.eye(2))) == {}
    assert_array_equal(clusters.map_2d(one), [[0.0, 0.0]])
    assert np.isfinite(clusters.map_2d(np.ones((3, 3)))).all()
    assert np.isfinite(clusters.map_2d(np.ones((60, 60)))).all()
