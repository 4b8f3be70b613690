"""Jaccard indices of nearest peers."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from worlds import symmetric

from pipeline.similarity.study import stability

ONE = np.array([[1.0, 0.9, 0.5, 0.1], [0.9, 1, 0.2, 0.4], [0.5, 0.2, 1, 0.3], [0.1, 0.4, 0.3, 1]])
OTHER = ONE[::-1, ::-1]  # row 0: 0.3, 0.4, 0.1; row 1: 0.3, 0.2, 0.5; …


def test_overlap_by_hand():
    # Two nearest: 0 → {1, 2} and {2, 1}; 1 → {0, 3} and {3, 0}; 2 → {0, 3} and {1, 3}: 1 of 3;
    # 3 → {1, 2} and {2, 1}.
    other = np.array(
        [[1, 0.4, 0.5, 0.1], [0.4, 1, 0.3, 0.5], [0.5, 0.3, 1, 0.2], [0.1, 0.5, 0.2, 1]]
    )
    assert_allclose(stability.overlap(ONE, other, 2), [1, 1, 1 / 3, 1])
    assert_allclose(stability.overlap(ONE, ONE, 2), 1.0)


def test_a_firm_without_peers_has_no_overlap():
    unknown = ONE.copy()
    unknown[0, 1:] = unknown[1:, 0] = np.nan
    found = stability.overlap(ONE, unknown, 1)
    # Nearest: 1 → 0 and 3, 2 → 0 and 3, 3 → 1 and 1.
    assert_allclose(found, [np.nan, 0, 0, 1])
    # The mean is over the pairs of matrices that know the firm.
    assert_allclose(stability.over_pairs([ONE, unknown, ONE], 1), [1, 1 / 3, 1 / 3, 1])
    assert_allclose(stability.over_adjacent([ONE, unknown, ONE], 1), [np.nan, 0, 0, 1])


def test_one_matrix_has_no_pair():
    assert np.isnan(stability.over_pairs([ONE])).all()
    assert np.isnan(stability.over_adjacent([ONE])).all()


@given(st.integers(0, 2**32 - 1), st.integers(1, 7))
@settings(max_examples=30)
def test_overlap_is_symmetric_and_a_set_s(seed, k):
    random = np.random.default_rng(seed)
    one, other = symmetric(random, 9), symmetric(random, 9)
    found = stability.overlap(one, other, k)
    assert_allclose(found, stability.overlap(other, one, k))
    tops = [np.argsort(-(m - 9 * np.eye(9)), axis=1)[:, :k].tolist() for m in (one, other)]
    expected = [len({*a} & {*b}) / len({*a} | {*b}) for a, b in zip(*tops, strict=True)]
    assert_allclose(found, expected)
