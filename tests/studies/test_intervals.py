"""Intervals are the textbook's."""

import numpy as np
import pandas as pd
import pytest

from pipeline.studies.intervals import mean, median, over_seeds, share


def test_mean_by_hand():
    # Deviation 1 of 1, 2, 3, error 1/√3, t of two degrees of freedom 4.30265.
    half = 4.30265 / 3**0.5
    assert mean([1.0, 2.0, 3.0]) == pytest.approx((2.0, 2.0 - half, 2.0 + half), abs=1e-5)
    assert mean([5.0]) == (5.0, 5.0, 5.0)
    assert mean([0.1] * 7) == (pytest.approx(0.1),) * 3


def test_share_by_hand():
    # Wilson's interval of 9 of 10 is 0.5958 … 0.9821.
    assert share(9, 10) == pytest.approx((0.9, 0.5958, 0.9821), abs=1e-4)
    assert share(10, 10)[2] == pytest.approx(1.0)
    assert all(low <= middle <= high for middle, low, high in (share(k, 10) for k in range(11)))


def test_mean_covers_the_truth_as_often_as_it_says():
    random = np.random.default_rng(0)
    held = [low <= 0.0 <= high for _, low, high in map(mean, random.normal(size=(2000, 10)))]
    assert np.mean(held) == pytest.approx(0.95, abs=0.015)


def test_median_by_hand():
    # P(at most one of ten below the median) = 11/1024, twice that is 2.1 %; at most two: 10.9 %.
    assert median([10, 1, 2, 3, 4, 5, 6, 7, 8, 99]) == (5.5, 2.0, 10.0)
    assert median([3.0, 1.0, 2.0]) == (2.0, 1.0, 3.0)
    assert median([4.0]) == (4.0, 4.0, 4.0)


def test_median_covers_the_truth_as_often_as_it_says():
    random = np.random.default_rng(0)
    for number in (6, 10, 30):
        draws = random.exponential(size=(2000, number))
        held = [low <= np.log(2.0) <= high for _, low, high in map(median, draws)]
        assert np.mean(held) > 0.94


def test_over_seeds_keeps_the_order_of_conditions():
    rows = pd.DataFrame(
        {"cell": list("bbaa"), "error": [1.0, 3.0, 2.0, 2.0], "solved": [True, False, True, True]}
    )
    found = over_seeds(rows, ["cell"], "error")
    assert found["cell"].tolist() == ["b", "a"]
    assert found["error"].tolist() == [2.0, 2.0]
    assert found["seeds"].tolist() == [2, 2]
    assert over_seeds(rows, ["cell"], "solved")["solved"].tolist() == [0.5, 1.0]
