import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from similarity.classical.loops import gappy

from pipeline.errors import InputError
from pipeline.similarity.classical import eigen, eigen10, eigen20, eigen30, scaled
from pipeline.similarity.classical.eigen import leading_cosine


def planted(groups=3, firms=12, days=300, seed=0):
    random = np.random.default_rng(seed)
    factors = random.normal(size=(days, groups))
    return factors[:, np.arange(firms) % groups] + random.normal(size=(days, firms))


def test_two_pairs_by_hand():
    # Eigenvalues 1.6, 1.4, 0.6, 0.4: the two leading ones are (1, 1) on either pair.
    correlation = np.eye(4)
    correlation[0, 1] = correlation[1, 0] = 0.6
    correlation[2, 3] = correlation[3, 2] = 0.4
    expected = np.kron(np.eye(2), np.ones((2, 2)))
    assert_allclose(leading_cosine(correlation, 2), expected, atol=1e-12)


def test_by_hand_with_unequal_loadings():
    # Eigenvalues 1 + 0.7 √2, 1 and 1 − 0.7 √2, leading vector (1, √2, 1) / 2, then (1, 0, −1) / √2.
    correlation = np.array([[1.0, 0.7, 0.0], [0.7, 1.0, 0.7], [0.0, 0.7, 1.0]])
    first = 1.0 + 0.7 * np.sqrt(2.0)
    own, across = first / 4.0 + 0.5, first / 4.0 - 0.5
    expected = [1.0, np.sqrt(first / 4.0 / own), across / own]
    assert_allclose(leading_cosine(correlation, 2)[0], expected, atol=1e-12)


def test_all_eigenvectors_give_the_correlations_back():
    correlation = np.corrcoef(gappy(0, share=0.0).T)
    assert_allclose(leading_cosine(correlation, 6), correlation, atol=1e-12)


def test_a_firm_outside_all_leading_eigenvectors_is_not_known():
    correlation = np.eye(3)
    correlation[0, 1] = correlation[1, 0] = 0.5
    found = leading_cosine(correlation, 1)
    assert_allclose(found[:2, :2], 1.0, atol=1e-12)
    assert np.isnan(found[2]).all()


def test_negative_eigenvalues_count_as_zero():
    correlation = np.array([[1.0, 0.9, 0.9], [0.9, 1.0, -0.9], [0.9, -0.9, 1.0]])
    found = leading_cosine(correlation, 3)
    assert np.linalg.eigvalsh(correlation)[0] < 0.0
    assert_allclose(np.diagonal(found), 1.0, atol=1e-12)


def test_it_is_of_the_scaled_correlations():
    growth = planted()
    values, vectors = np.linalg.eigh(scaled(growth))
    loadings = vectors[:, -3:] * np.sqrt(values[-3:])
    loadings /= np.linalg.norm(loadings, axis=1, keepdims=True)
    assert_allclose(eigen(growth, 3), loadings @ loadings.T, atol=1e-12)


def test_it_finds_the_planted_groups():
    found = eigen(planted(), 2)
    same = np.arange(12)[:, None] % 3 == np.arange(12) % 3
    assert found[same].min() > 0.9
    assert found[~same].max() < 0.0


def test_pairs_without_common_days_have_none_and_hurt_no_other():
    growth = planted()
    expected = eigen(growth, 2)
    growth[:150, 0] = growth[150:, 3] = np.nan
    found = eigen(growth, 2)
    assert np.isnan(found[0, 3])
    assert np.isfinite(found).sum() == found.size - 2
    assert_array_equal(found[1:3, 4:] > 0.5, expected[1:3, 4:] > 0.5)
    assert (found[0, [6, 9]] > 0.7).all()


def test_a_firm_that_was_hardly_listed_is_left_out():
    growth = planted()
    growth[15:, 5] = np.nan
    found = eigen(growth, 2)
    kept = np.arange(12) != 5
    assert np.isnan(found[5]).all()
    assert np.isfinite(found[np.ix_(kept, kept)]).all()


def test_too_few_firms_are_refused():
    with pytest.raises(InputError, match=r"more than 12 firms, but there are 12"):
        eigen(planted(), 4)
    with pytest.raises(InputError, match="choose fewer eigenvectors or more firms"):
        eigen(planted(), 0)


def test_too_few_firms_with_correlations_are_not_compared():
    growth = planted()
    growth[15:, :3] = np.nan
    assert np.isnan(eigen(growth, 3)).all()


@pytest.mark.parametrize(("measure", "components"), [(eigen10, 10), (eigen20, 20), (eigen30, 30)])
def test_named_measures_are_of_so_many_eigenvectors(measure, components):
    growth = planted(firms=3 * components + 1, days=120)
    assert_array_equal(measure(growth), eigen(growth, components))
    with pytest.raises(InputError):
        measure(growth[:, 1:])
