"""Precision of peers by label."""

import numpy as np
import pytest

from pipeline.errors import InputError
from pipeline.similarity.validation import precision_at

SIMILARITY = np.array(
    [
        [1.0, 0.9, 0.5, 0.1],
        [0.9, 1.0, 0.2, 0.4],
        [0.5, 0.2, 1.0, 0.3],
        [0.1, 0.4, 0.3, 1.0],
    ]
)


def test_precision_by_hand():
    # Nearest: 0 → 1, 1 → 0, 2 → 0, 3 → 1; of these a → a, a → a, b → a, b → a.
    assert precision_at(SIMILARITY, ["a", "a", "b", "b"], 1) == 0.5
    # Two nearest: 0 → 1, 2; 1 → 0, 3; 2 → 0, 3; 3 → 1, 2: each has one of its own.
    assert precision_at(SIMILARITY, ["a", "a", "b", "b"], 2) == 0.5
    assert precision_at(SIMILARITY, ["a", "a", "a", "b"], 1) == 0.75


def test_firms_without_a_label_are_left_out():
    # Without firm 0: 1 → 3, 2 → 3, 3 → 1.
    assert precision_at(SIMILARITY, [None, "a", "b", "a"], 1) == pytest.approx(2 / 3)


def test_unknown_scores_are_no_peers():
    similarity = SIMILARITY.copy()
    similarity[0, 1] = similarity[1, 0] = np.nan
    # 0 → 2, 3; 1 → 3, 2; 2 → 0, 3; 3 → 1, 2, and firm 0 has only two peers at k = 3.
    assert precision_at(similarity, ["a", "a", "b", "b"], 3) == pytest.approx((0 + 0 + 2 / 3) / 4)
    similarity[0, 1:] = similarity[1:, 0] = np.nan
    assert precision_at(similarity, ["a", "a", "a", "b"], 1) == pytest.approx(0.0)


def test_the_diagonal_says_nothing():
    assert precision_at(SIMILARITY - 5 * np.eye(4), ["a", "a", "b", "b"], 1) == 0.5


def test_labels_are_not_numbers_to_compare():
    names = np.array(["a", "a", "b", "b"])
    assert precision_at(SIMILARITY, names, 1) == precision_at(SIMILARITY, [7, 7, 1.5, 1.5], 1)


@pytest.mark.parametrize("k", [0, 4])
def test_k_out_of_bounds_is_refused(k):
    with pytest.raises(InputError, match="between 1 and 3"):
        precision_at(SIMILARITY, list("aabb"), k)


def test_no_known_score_is_refused():
    with pytest.raises(InputError, match="No pair"):
        precision_at(np.full((3, 3), np.nan), list("aab"), 1)
