import numpy as np
import pytest
from scipy import stats
from scipy.signal import lfilter

from pipeline.daily.drift.placement import place

REFERENCE = np.array([1.0, 1.0, 3.0, 3.0] * 4)
"""Windows of two days: 1, 2, 3, 2, 1, 2, …, so four of 1, seven of 2 and four of 3."""


def test_a_window_among_those_of_the_reference() -> None:
    found = place(np.array([1.5, 2.5]), REFERENCE, level=0.01)
    # 16 days are 8 windows of two. The variance of the means is 8/15, times 8/7, times 9/8.
    half = stats.t.ppf(0.99, 10.5) * np.sqrt(24 / 35)
    assert found.reference == 2.0
    assert (found.low, found.high) == pytest.approx((2.0 - half, 2.0 + half))
    assert found.share == pytest.approx(11 / 15)
    assert (found.recent, found.days, found.side) == (2.0, 16, 0)
    assert place(np.array([4.0, 5.0]), REFERENCE, level=0.01).side == 1
    assert place(np.array([-1.0, 0.0]), REFERENCE, level=0.01).side == -1


def test_what_was_there_before_is_not_new() -> None:
    spike = np.zeros(200)
    spike[50:55] = 1.0
    found = place(np.ones(5), spike, level=0.001)
    assert (found.high, found.side) == (1.0, 0)


def test_the_least_departure() -> None:
    flat = np.full(80, 0.5)
    assert place(np.full(5, 0.505), flat, level=0.01).side == 1
    found = place(np.full(5, 0.505), flat, level=0.01, least=0.01)
    assert (found.low, found.high) == pytest.approx((0.49, 0.51))
    assert found.side == 0


def test_roots_keep_shares_above_zero() -> None:
    shares = np.array([0.0, 0.0, 0.04, 0.04] * 4)
    found = place(np.array([0.0, 0.0]), shares, level=0.01, rooted=True)
    # The means are 0, 0.02 and 0.04: four, seven and four times; their roots are averaged.
    roots = np.repeat([0.0, np.sqrt(0.02), 0.2], [4, 7, 4])
    half = stats.t.ppf(0.99, 10.5) * np.sqrt(roots.var() * 9 / 7)
    assert found.reference == pytest.approx(roots.mean() ** 2)
    assert found.high == pytest.approx((roots.mean() + half) ** 2)
    assert (found.low, found.side) == (0.0, 0)


def test_gaps_count_for_nothing() -> None:
    holed = np.where(np.arange(40) % 5 == 0, np.nan, 1.0)
    found = place(np.array([np.nan, 1.0, 1.0, np.nan]), holed, level=0.01)
    assert (found.recent, found.reference, found.days) == (1.0, 1.0, 32)
    assert np.isnan(place(np.array([np.nan, np.nan, np.nan, 1.0]), holed, level=0.01).recent)
    assert place(np.full(4, np.nan), holed, level=0.01).side == 0


def test_a_reference_that_is_too_short() -> None:
    found = place(np.ones(4), np.ones(31), level=0.01)
    assert (found.recent, found.days, found.side) == (1.0, 31, 0)
    assert np.isnan([found.reference, found.low, found.high, found.share]).all()
    assert place(np.ones(4), np.ones(32), level=0.01).reference == 1.0
    assert place(np.ones(4), np.empty(0), level=0.01).days == 0


@pytest.mark.parametrize("coefficient", [0.0, 0.6])
def test_a_new_window_of_the_same_kind_is_outside_about_as_often_as_stated(
    coefficient: float,
) -> None:
    random = np.random.default_rng(0)
    shocks = random.standard_t(5, size=(500, 400))
    series = lfilter([1.0], [1.0, -coefficient], shocks, axis=1)[:, 22:]
    outside = [place(days[357:], days[:357], level=0.025).side != 0 for days in series]
    assert 0.03 < np.mean(outside) < 0.07  # 5 % are stated, both sides together
