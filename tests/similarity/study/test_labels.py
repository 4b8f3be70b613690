"""Precision of peers by label, votes of neighbours, and clusters."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from sklearn.metrics import f1_score
from worlds import symmetric

from pipeline.errors import InputError
from pipeline.similarity.study import labels
from pipeline.similarity.study.labels import precision_at

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


def test_precision_of_each_firm():
    # As above at k = 1: 0 → 1 and 1 → 0 share a label, 2 → 0 and 3 → 1 do not.
    assert_array_equal(labels.precisions(SIMILARITY, list("aabb"), 1), [1, 1, 0, 0])
    found = labels.precisions(SIMILARITY, ["a", "a", None, "a"], 1)
    assert_array_equal(found, [1, 1, np.nan, 1])
    assert np.isnan(labels.precisions(SIMILARITY, list("aabb"), 4)).all()


def test_macro_counts_labels_alike():
    # a: (1 + 0 + 0) / 3, b: 1; the firm without a label and the one without a value are left out.
    values = np.array([1.0, 0.0, 0.0, 1.0, 5.0, np.nan])
    assert labels.macro(values, ["a", "a", "a", "b", None, "b"]) == pytest.approx((1 / 3 + 1) / 2)


def test_votes_by_hand_with_ties_to_the_nearest():
    # Two voters: 0 hears 1 (a), 2 (b): a tie, and 1 is nearer; 1 hears 0 (a), 3 (b) → a;
    # 2 hears 0 (a), 3 (b) → a; 3 hears 1 (a), 2 (b) → a.
    guesses = labels.votes(SIMILARITY, list("aabb"), 2)
    assert_array_equal(guesses, [0, 0, 0, 0])
    assert_array_equal(labels.hits(guesses, list("aabb")), [1, 1, 0, 0])
    # Three voters: firm 0 hears a, b, b; the others hear two of the other label, too.
    guesses = labels.votes(SIMILARITY, list("aabb"), 3)
    assert_array_equal(labels.hits(guesses, list("aabb")), [0, 0, 0, 0])


def test_a_firm_without_a_label_neither_votes_nor_is_guessed():
    assert_array_equal(labels.votes(SIMILARITY, [None, "a", "b", "a"], 1), [-1, 0, 0, 0])
    assert (labels.votes(SIMILARITY, [None, "a", "b", "a"], 3) == -1).all()


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=30)
def test_votes_are_the_first_of_value_counts(seed):
    random = np.random.default_rng(seed)
    similarity, named = symmetric(random, 14), random.choice(list("abcd"), size=14)
    order = np.argsort(-(similarity - 9 * np.eye(14)), axis=1)[:, :5]
    expected = [pd.Series(named[peers]).value_counts().index[0] for peers in order]
    codes = labels.codes(named)
    guessed = labels.votes(similarity, named)
    assert [named[list(codes).index(code)] for code in guessed] == expected
    expected_f1 = f1_score(named, expected, average="macro", labels=np.unique(named))
    assert labels.macro_f1(guessed, named) == pytest.approx(expected_f1)


def test_macro_f1_by_hand():
    # a: 2 right, guessed 3 times, there are 2 → 4/5; b: 1 right, guessed once, there are 2 → 2/3.
    guesses = np.array([0, 0, 0, 1, -1])
    assert labels.macro_f1(guesses, ["a", "a", "b", "b", "b"]) == pytest.approx((4 / 5 + 2 / 3) / 2)
    assert np.isnan(labels.macro_f1(np.full(2, -1), ["a", "b"]))


def test_the_majority_is_the_commonest_label():
    guesses = labels.majority(["b", "a", "a", None])
    assert_array_equal(guesses, [1, 1, 1, -1])
    # F1 of a: 2·2 / (3 + 2); of b: 0.
    assert labels.macro_f1(guesses, ["b", "a", "a", None]) == pytest.approx(0.4)
    assert labels.majority([None, None]).tolist() == [-1, -1]


def test_labels_of_one_firm_are_taken_away():
    assert labels.shared(["a", "b", "a", np.nan]) == ["a", None, "a", None]
    assert labels.count(["a", "b", None, "a"]) == 2 and labels.count([None]) == 0


def test_clusters_that_are_the_labels_have_an_index_of_one():
    similarity = np.kron(np.eye(3), np.ones((4, 4)))
    assert labels.adjusted_rand(similarity, list("aaaabbbbcccc")) == 1.0
    # A firm that is never compared is not clustered, and one without a label not compared.
    similarity[0, 1:] = similarity[1:, 0] = np.nan
    assert labels.adjusted_rand(similarity, ["c", None, *"aabbbbcccc"]) == 1.0
    assert np.isnan(labels.adjusted_rand(similarity, ["a"] * 12))


def test_clusters_that_have_nothing_to_do_with_labels_have_an_index_about_zero():
    random = np.random.default_rng(0)
    found = [
        labels.adjusted_rand(symmetric(random, 30), random.choice(list("abc"), size=30))
        for _ in range(40)
    ]
    assert abs(np.mean(found)) < 4 * np.std(found) / np.sqrt(40)
