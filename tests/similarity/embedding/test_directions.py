"""Learned directions: slopes by finite differences, planted groups, and small universes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from pipeline.similarity.embedding import directions


def planted_correlation(firms=30, groups=3, within=0.4, noise=0.08, seed=0):
    """Correlations about `within` inside a group and 0 between them; group is number % groups."""
    random = np.random.default_rng(seed)
    group = np.arange(firms) % groups
    blur = random.normal(scale=noise / np.sqrt(2.0), size=(firms, firms))
    found = within * (group[:, None] == group) + blur + blur.T
    np.fill_diagonal(found, 1.0)
    return found.astype(np.float32), group


def cosines(vectors):
    return vectors @ vectors.T / np.outer(*[np.linalg.norm(vectors, axis=1)] * 2)


def contrast(vectors, group):
    """Lowest cosine within groups and highest between them."""
    found, same = cosines(vectors), group[:, None] == group
    return found[same].min(), found[~same].max()


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    firms=st.integers(3, 8),
    components=st.integers(1, 4),
    data=st.data(),
)
def test_slopes_are_those_of_finite_differences(seed, firms, components, data):
    random = np.random.default_rng(seed)
    vectors = random.normal(size=(firms, components))
    gains = random.normal(size=(firms, 1))
    mixed = random.uniform(-1.0, 1.0, size=(firms, firms))
    correlation = (mixed + mixed.T) / 2.0
    np.fill_diagonal(correlation, 1.0)
    chosen = data.draw(st.sets(st.integers(0, firms - 1), min_size=1))
    rows = np.array(sorted(chosen))

    def value():
        return directions.objective(vectors, gains, correlation, rows, 0.7)[0]

    _, slopes = directions.objective(vectors, gains, correlation, rows, 0.7)
    for array, slope in zip((vectors, gains), slopes, strict=True):
        for place in np.ndindex(array.shape):
            kept, step = array[place], 1e-6 * max(1.0, abs(array[place]))
            array[place] = kept + step
            above = value()
            array[place] = kept - step
            below = value()
            array[place] = kept
            assert_allclose(slope[place], (above - below) / (2.0 * step), rtol=1e-4, atol=1e-6)


def test_the_objective_by_hand():
    # Three firms on a line: 0 and 1 point the same way, 2 the opposite one.
    vectors, gains = np.array([[0.5], [2.0], [-1.0]]), np.array([[0.8], [1.0], [1.0]])
    correlation = np.array([[1.0, 0.6, -0.2], [0.6, 1.0, -0.3], [-0.2, -0.3, 1.0]])
    near, far = np.exp(directions.TEMPERATURE), np.exp(-directions.TEMPERATURE)
    w1, w2 = 0.8 * near / (near + far), 0.8 * far / (near + far)
    error = -2.0 * (0.6 * w1 - 0.2 * w2) + w1**2 + w2**2 - 0.6 * w1 * w2
    error += directions.DROPPED * (w1**2 + w2**2)
    missed = (1.0 - 0.6) ** 2 + (-0.5 + 0.2) ** 2
    expected = error + directions.FIT_WEIGHT * missed / 0.4
    found, _ = directions.objective(vectors, gains, correlation, np.array([0]), 0.4)
    assert found == pytest.approx(expected)


def test_a_firm_s_product_with_itself_and_its_own_weight_do_not_count():
    correlation, _ = planted_correlation(8, 2)
    vectors, rows = np.random.default_rng(0).normal(size=(8, 2)), np.arange(8)
    other = correlation.copy()
    found = directions.objective(vectors, np.ones((8, 1)), correlation, rows, 1.0)[0]
    # Only through peers' own variance does the diagonal enter: 1 for each peer.
    np.fill_diagonal(other, 2.0)
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    soft = np.exp(directions.TEMPERATURE * units @ units.T)
    np.fill_diagonal(soft, 0.0)
    soft /= soft.sum(axis=1, keepdims=True)
    more = directions.objective(vectors, np.ones((8, 1)), other, rows, 1.0)[0]
    assert more - found == pytest.approx((soft**2).sum() / 8, rel=1e-5)


def test_planted_groups_are_found():
    correlation, group = planted_correlation()
    vectors = directions.learn(correlation, 8)
    assert vectors.shape == (30, 8) and vectors.dtype == np.float32
    within, between = contrast(vectors, group)
    assert within > between + 0.2


def test_learning_rebuilds_firms_better_than_the_start():
    correlation, _ = planted_correlation()
    known = correlation.copy()
    np.fill_diagonal(known, 0.0)
    begun, learned = directions.start(known, 8), directions.learn(correlation, 8)
    rows, energy = np.arange(30), float((known**2).sum()) / 30

    def best(vectors):
        # The gains that suit the vectors, as nearly as one for all firms can.
        gains = [np.full((30, 1), gain) for gain in np.linspace(0.1, 1.5, 57)]
        return min(directions.objective(vectors, g, correlation, rows, energy)[0] for g in gains)

    assert best(learned) < best(begun) - 0.003


def test_the_same_correlations_give_the_same_directions_and_are_left_as_they_were():
    correlation, _ = planted_correlation()
    kept = correlation.copy()
    first = directions.learn(correlation, 5)
    assert_array_equal(directions.learn(correlation, 5), first)
    assert_array_equal(correlation, kept)


def test_the_diagonal_is_ignored():
    correlation, _ = planted_correlation()
    other = correlation.copy()
    np.fill_diagonal(other, 0.3)
    assert_array_equal(directions.learn(other, 5), directions.learn(correlation, 5))


def test_firms_in_another_order_have_the_same_cosines():
    correlation, _ = planted_correlation()
    order = np.random.default_rng(4).permutation(30)
    found = cosines(directions.learn(correlation, 3))
    turned = cosines(directions.learn(correlation[np.ix_(order, order)], 3))
    assert_allclose(turned, found[np.ix_(order, order)], atol=0.02)


@pytest.mark.parametrize("firms", [1, 2, 3, 5])
def test_few_firms_have_half_as_many_directions_at_most(firms):
    correlation, _ = planted_correlation(firms, 1, within=0.5, noise=0.01)
    vectors = directions.learn(correlation, 64)
    assert vectors.shape == (firms, max(1, firms // 2))
    assert np.isfinite(vectors).all()
    if firms > 1:
        assert cosines(vectors).min() > 0.9


def test_one_firm_has_no_direction_and_two_opposite_ones_point_apart():
    assert_array_equal(directions.learn(np.ones((1, 1)), 4), [[0.0]])
    opposite = np.array([[1.0, -0.5], [-0.5, 1.0]])
    one, other = directions.learn(opposite, 4)[:, 0]
    assert one == pytest.approx(-other) and abs(one) > 0.1


def test_without_correlations_there_are_no_directions():
    assert_array_equal(directions.learn(np.eye(6), 4), np.zeros((6, 1)))


def test_a_firm_without_correlations_has_no_direction_and_disturbs_no_other():
    correlation, group = planted_correlation()
    alone = np.insert(np.insert(correlation, 7, 0.0, axis=0), 7, 0.0, axis=1)
    alone[7, 7] = 1.0
    found = directions.learn(alone, 6)
    assert_array_equal(found[7], 0.0)
    assert_allclose(np.delete(found, 7, axis=0), directions.learn(correlation, 6), atol=1e-5)
    within, between = contrast(np.delete(found, 7, axis=0), group)
    assert within > between + 0.2


def test_firms_that_are_rebuilt_by_turns_are_grouped_too(monkeypatch):
    correlation, group = planted_correlation(60, 4)
    monkeypatch.setattr(directions, "BATCH", 16)
    monkeypatch.setattr(directions, "LEAST", 16)
    vectors = directions.learn(correlation, 6)
    within, between = contrast(vectors, group)
    assert within > between + 0.2
    assert_array_equal(directions.learn(correlation, 6), vectors)
    assert (directions.learn(correlation, 6, seed=1) != vectors).any()


def test_the_start_is_the_same_by_either_way_to_eigenvectors(monkeypatch):
    correlation, _ = planted_correlation(60, 4)
    np.fill_diagonal(correlation, 0.0)
    exact = directions.start(correlation, 4)
    monkeypatch.setattr(directions, "BATCH", 10)
    assert_allclose(directions.start(correlation, 4), exact, atol=1e-4)


def test_the_start_is_the_leading_eigenvectors_when_firms_share_everything():
    # Firms of a group are one and the same: what each shares with others is all of it.
    group = np.repeat([0, 1, 2], [20, 15, 10])
    everything = (group[:, None] == group).astype(np.float32)
    correlation = everything - np.eye(45, dtype=np.float32)
    values, columns = np.linalg.eigh(everything)
    expected = directions.signed(columns[:, :-4:-1]) * np.sqrt(values[:-4:-1])
    assert_allclose(directions.start(correlation, 3), expected, atol=1e-3)


def test_the_start_takes_away_what_a_firm_shares_with_no_other():
    # One factor: products of the loadings are the correlations, their squares the communalities.
    loadings = np.linspace(0.3, 0.9, 40)
    correlation = np.outer(loadings, loadings).astype(np.float32)
    np.fill_diagonal(correlation, 0.0)
    assert_allclose(directions.start(correlation, 1)[:, 0], loadings, atol=1e-3)


def test_the_start_has_no_directions_of_negative_eigenvalues():
    # All firms alike: one positive eigenvalue, the others are −c.
    correlation = np.full((8, 8), 0.5, dtype=np.float32)
    np.fill_diagonal(correlation, 0.0)
    assert directions.start(correlation, 4).shape == (8, 1)


def test_signs_are_fixed_by_the_largest_entry():
    columns = np.array([[-0.8, 0.1], [0.6, -0.5]])
    assert_array_equal(directions.signed(columns), [[0.8, -0.1], [-0.6, 0.5]])
    assert_array_equal(directions.signed(-columns), directions.signed(columns))
