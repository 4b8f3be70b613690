"""Paired differences over firms, and whether their intervals hold what they should."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from pipeline.similarity.study.differences import paired_difference


def test_by_hand():
    found = paired_difference(np.array([1.0, 2.0, np.nan]), np.array([0.0, 4.0, 1.0]), "high")
    assert (found.learned, found.classical, found.difference, found.firms) == (1.5, 2.0, -0.5, 2)
    assert found.winner == "neither" and np.isnan(found.low)
    nothing = paired_difference(np.full(3, np.nan), np.zeros(3), "high")
    assert nothing.firms == 0 and nothing.winner == "neither"


def test_a_difference_that_is_the_same_for_all_firms_is_sure():
    # Firms differ by far more than the measures: unpaired, nothing could be said.
    classical = np.linspace(0.0, 100.0, 50)
    found = paired_difference(classical + 0.1, classical, "high")
    assert (found.low, found.high) == (pytest.approx(0.1), pytest.approx(0.1))


@pytest.mark.parametrize(
    ("shift", "better", "winner"),
    [
        (1.0, "high", "learned"),
        (1.0, "low", "classical"),
        (-1.0, "high", "classical"),
        (-1.0, "low", "learned"),
        (0.0, "high", "neither"),
    ],
)
def test_who_wins(shift, better, winner):
    noise = np.random.default_rng(0).normal(size=100)
    noise -= noise.mean()
    found = paired_difference(noise + shift, np.zeros(100), better, draws=500)
    assert found.winner == winner
    assert found.low < found.difference < found.high


def test_the_interval_covers():
    random = np.random.default_rng(1)
    panels, held = 400, 0
    for panel in range(panels):
        gap = random.exponential(size=80)
        found = paired_difference(gap, np.zeros(80), "high", draws=400, seed=panel)
        held += found.low <= 1.0 <= found.high
    # The percentile bootstrap of 80 skewed values covers a little less than 95 %.
    assert binom.ppf(0.0005, panels, 0.93) <= held <= binom.ppf(0.9995, panels, 0.95)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20)
def test_exchanging_the_sides_turns_the_interval_round(seed):
    random = np.random.default_rng(seed)
    one, other = random.normal(size=(2, 20))
    there = paired_difference(one, other, "high", draws=100)
    back = paired_difference(other, one, "high", draws=100)
    assert (back.low, back.high) == (pytest.approx(-there.high), pytest.approx(-there.low))
    turned = {"learned": "classical", "classical": "learned", "neither": "neither"}
    assert back.winner == turned[there.winner]
