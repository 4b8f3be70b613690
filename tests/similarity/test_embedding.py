"""Vectors whose cosines are the similarities."""

import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from pipeline.similarity.embedding import vectors


def gram(rank, firms=7, seed=0):
    unit = np.random.default_rng(seed).normal(size=(firms, rank))
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    return unit @ unit.T


def test_cosines_give_back_a_similarity_of_that_rank():
    found = vectors(gram(3), components=3)
    assert_allclose(found @ found.T, gram(3), atol=1e-9)


def test_two_firms_by_hand():
    # S = [[1, .6], [.6, 1]] has eigenvalues 1.6 on (1, 1)/√2 and 0.4 on (1, −1)/√2, so the
    # coordinates are √.8 and ±√.2.
    found = vectors(np.array([[1.0, 0.6], [0.6, 1.0]]), components=2)
    assert_allclose(np.abs(found), np.sqrt([[0.8, 0.2], [0.8, 0.2]]), atol=1e-12)
    assert_allclose(found[0] @ found[1], 0.6, atol=1e-12)


def test_there_are_no_more_components_than_firms_or_positive_eigenvalues():
    assert vectors(gram(7), components=50).shape == (7, 7)
    assert vectors(gram(2), components=50).shape == (7, 2)


def test_rows_have_unit_length_and_signs_are_fixed():
    found = vectors(gram(4), components=2)
    assert_allclose(np.linalg.norm(found, axis=1), 1.0, atol=1e-12)
    assert_array_equal(found, vectors(gram(4), components=2))
    coordinates = np.linalg.eigh(gram(4))[1][:, ::-1][:, :2]
    heaviest = np.abs(coordinates).argmax(axis=0)
    assert (found[heaviest, [0, 1]] > 0).all()


def test_a_firm_that_was_never_compared_has_no_vector():
    similarity = gram(3)
    similarity[2] = similarity[:, 2] = np.nan
    found = vectors(similarity, components=3)
    assert_array_equal(np.isnan(found).all(axis=1), np.arange(7) == 2)
    assert not np.isnan(np.delete(found, 2, axis=0)).any()
