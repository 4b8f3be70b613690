"""Ranks of firms by their scores."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from pipeline.similarity.asking.ranks import rank_spread, ranked, ranks

scores = st.lists(
    st.lists(st.sampled_from([0.1, 0.2, 0.2, 0.5, -1.0, np.nan]), min_size=6, max_size=6),
    min_size=1,
    max_size=5,
).map(np.array)


def test_equal_scores_share_the_better_rank() -> None:
    score = np.array([0.5, 0.2, np.nan, 0.5, 0.7])
    found = ranked(score, np.array([4, 3, 0, 1, 2]))
    assert found.tolist() == [1, 2, 2, 4, pd.NA]


@given(scores)
def test_the_spread_of_ranks_is_that_of_the_whole_table(score: np.ndarray) -> None:
    whole = pd.DataFrame(score).rank(axis=1, ascending=False, method="min")
    firms = np.array([5, 0, 3])
    assert_array_equal(ranks(score[0], firms), whole.iloc[0, firms])
    for found, wanted in zip(
        rank_spread(list(score), firms), (whole.min(), whole.median(), whole.max()), strict=True
    ):
        assert_array_equal(found, wanted[firms])
