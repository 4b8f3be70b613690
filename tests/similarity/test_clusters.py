"""Groups that were planted are found and shown together."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from pipeline.similarity import clusters


def grouped(firms=12, groups=3, seed=0):
    """Similarity about 0.8 inside a group and 0 between them; group is number % groups."""
    random = np.random.default_rng(seed)
    group = np.arange(firms) % groups
    noise = random.normal(scale=0.05, size=(firms, firms))
    similarity = 0.8 * (group[:, None] == group) + (noise + noise.T) / 2
    np.fill_diagonal(similarity, 1.0)
    return similarity, group


def test_clusters_are_the_planted_groups():
    similarity, group = grouped()
    found = clusters.labels(similarity, 3)
    assert_array_equal(found[:, None] == found, group[:, None] == group)
    assert set(found) == {0, 1, 2}


def test_the_order_keeps_groups_together_and_numbers_clusters_along_it():
    similarity, group = grouped()
    order = clusters.order(similarity)
    assert sorted(order) == list(range(12))
    assert (np.diff(group[order]) != 0).sum() == 2
    assert_array_equal(clusters.labels(similarity, 3)[order], np.repeat([0, 1, 2], 4))


def test_neighbours_in_the_order_are_the_most_alike():
    # Three firms along a line, 0.9 between neighbours: the middle one must stand in the middle.
    similarity = np.array([[1.0, 0.1, 0.9], [0.1, 1.0, 0.9], [0.9, 0.9, 1.0]])
    assert clusters.order(similarity)[1] == 2


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
    assert_array_equal(clusters.order(one), [0])
    assert_array_equal(clusters.labels(one, 3), [0])
    assert_array_equal(clusters.map_2d(one), [[0.0, 0.0]])
    assert np.isfinite(clusters.map_2d(np.ones((3, 3)))).all()
    assert np.isfinite(clusters.map_2d(np.ones((60, 60)))).all()
