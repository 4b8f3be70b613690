"""Portfolios: principal factors of firms' correlations."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from pipeline.similarity.embedding import portfolios as module
from pipeline.similarity.embedding.days import Days, standard
from pipeline.similarity.embedding.portfolios import portfolios, principal, signed


def planted_correlation(firms=30, groups=3, within=0.4, noise=0.08, seed=0):
    """Correlations about `within` inside a group and 0 between them; group is number % groups."""
    random = np.random.default_rng(seed)
    group = np.arange(firms) % groups
    blur = random.normal(scale=noise / np.sqrt(2.0), size=(firms, firms))
    found = within * (group[:, None] == group) + blur + blur.T
    np.fill_diagonal(found, 0.0)
    return found.astype(np.float32)


def grouped(days=600, firms=12, groups=3, seed=0, change=None):
    """Days of firms in groups, which from a day on are others."""
    random = np.random.default_rng(seed)
    factor, own = random.normal(size=(days, groups)), random.normal(size=(days, firms))
    member = np.arange(firms) % groups
    values = factor[:, member] + own
    if change is not None:
        values[change:] = factor[change:, np.arange(firms) * groups // firms] + own[change:]
    present = np.ones(values.shape, dtype=bool)
    return Days(values.astype(np.float32), standard(values, present), present)


def alike(vectors):
    size = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = vectors / np.where(size > 0.0, size, 1.0)
    return unit @ unit.T


def test_planted_groups_are_found():
    found = alike(portfolios(grouped(), 4))
    same = np.arange(12)[:, None] % 3 == np.arange(12) % 3
    assert found[same].min() > found[~same].max() + 0.5


def test_late_days_count_more():
    # Groups change after 1,000 of 1,600 days: of the days since, more is left.
    found = alike(portfolios(grouped(1600, change=1000), 3))
    late = np.arange(12)[:, None] * 3 // 12 == np.arange(12) * 3 // 12
    early = np.arange(12)[:, None] % 3 == np.arange(12) % 3
    off = ~np.eye(12, dtype=bool)
    assert found[late & off & ~early].mean() > found[early & off & ~late].mean() + 0.1


def test_a_firm_without_days_has_no_weight_and_disturbs_no_other():
    days = grouped()
    parts = [np.insert(part, 5, 0, axis=1) for part in (days.plain, days.standard, days.present)]
    found = portfolios(Days(*parts), 4)
    assert_array_equal(found[5], 0.0)
    assert_allclose(np.delete(found, 5, axis=0), portfolios(days, 4), atol=1e-5)


@pytest.mark.parametrize("firms", [1, 2, 3, 5])
def test_few_firms_have_half_as_many_portfolios_at_most(firms):
    found = portfolios(grouped(firms=firms, groups=1), 64)
    assert found.shape[0] == firms and 1 <= found.shape[1] <= max(1, firms // 2)
    assert np.isfinite(found).all()


def test_without_days_there_is_nothing():
    nothing = np.zeros((50, 4), dtype=np.float32)
    found = portfolios(Days(nothing, nothing, nothing > 0), 2)
    assert_array_equal(found, np.zeros((4, 2)))


def test_both_ways_to_eigenvectors_give_the_same(monkeypatch):
    correlation = planted_correlation(60, 4)
    exact = principal(correlation.copy(), 4)
    monkeypatch.setattr(module, "_WHOLE", 10)
    assert_allclose(principal(correlation.copy(), 4), exact, atol=1e-4)


def test_they_are_the_leading_eigenvectors_when_firms_share_everything():
    # Firms of a group are one and the same: what each shares with others is all of it.
    group = np.repeat([0, 1, 2], [20, 15, 10])
    everything = (group[:, None] == group).astype(np.float32)
    values, columns = np.linalg.eigh(everything)
    expected = signed(columns[:, :-4:-1]) * np.sqrt(values[:-4:-1])
    found = principal(everything - np.eye(45, dtype=np.float32), 3)
    assert_allclose(found, expected, atol=1e-3)


def test_what_a_firm_shares_with_no_other_is_taken_away():
    # One factor: products of the loadings are the correlations, their squares the communalities.
    loadings = np.linspace(0.3, 0.9, 40)
    correlation = np.outer(loadings, loadings).astype(np.float32)
    np.fill_diagonal(correlation, 0.0)
    assert_allclose(principal(correlation, 1)[:, 0], loadings, atol=1e-3)


def test_there_are_none_of_negative_eigenvalues():
    # All firms alike: one positive eigenvalue, the others are −c.
    correlation = np.full((8, 8), 0.5, dtype=np.float32)
    np.fill_diagonal(correlation, 0.0)
    assert principal(correlation, 4).shape == (8, 1)


def test_signs_are_fixed_by_the_largest_entry():
    columns = np.array([[-0.8, 0.1], [0.6, -0.5]])
    assert_array_equal(signed(columns), [[0.8, -0.1], [-0.6, 0.5]])
    assert_array_equal(signed(-columns), signed(columns))
