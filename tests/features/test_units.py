"""The running unit and the decayed mean, by hand and whatever the growth."""

from __future__ import annotations

import numpy as np
import pytest
import universe
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pipeline.features.units import HALFLIFE, OF_NORMAL, decayed, units

GAP = np.nan
WEIGHT = 1.0 - 0.5 ** (1.0 / HALFLIFE)
RATES = st.one_of(st.just(GAP), st.just(0.0), st.floats(1e-6, 1e6), st.floats(-1e6, -1e-6))
PANELS = arrays(
    np.float64, st.tuples(st.integers(1, 40), st.integers(1, 4)), elements=RATES, fill=st.just(1.0)
)


def column(*rates: float) -> np.ndarray:
    return np.array(rates)[:, None]


def test_the_first_days_are_a_plain_mean_and_a_gap_carries() -> None:
    # Means of what there is: 2, (2 + 4)/2, a gap, (2 + 4 + 12)/3 as 100 is cut to 4 × 3, then 1.
    found = units(column(2.0, -4.0, GAP, 100.0, 1.0))[:, 0]
    assert found == pytest.approx(OF_NORMAL * np.array([2.0, 3.0, 3.0, 6.0, 4.75]))


def test_later_days_weigh_as_the_halflife_says() -> None:
    found = units(column(*[1.0, -1.0] * 30, 3.0, *[1.0] * HALFLIFE))[:, 0] / OF_NORMAL
    assert found[:60] == pytest.approx(1.0)
    assert found[60] == pytest.approx(1.0 + 2.0 * WEIGHT)
    assert found[-1] - 1.0 == pytest.approx(0.5 * (found[60] - 1.0))


def test_a_day_counts_for_no_more_than_the_cut() -> None:
    found = units(column(*[1.0] * 60, 1e6))[:, 0] / OF_NORMAL
    assert found[-1] == pytest.approx(1.0 - WEIGHT + 4.0 * WEIGHT)


def test_a_unit_of_normal_growth_is_its_standard_deviation() -> None:
    growth = np.random.default_rng(0).normal(0.0, [1.0, 5.0], size=(4000, 2))
    assert np.median(units(growth)[100:], axis=0) == pytest.approx([1.0, 5.0], rel=0.03)


def test_the_floor_is_a_share_of_the_mean_over_firms() -> None:
    growth = np.array([[0.0, 2.0], [0.0, -2.0], [5.0, 2.0], [-5.0, 2.0]])
    # The mean over firms is (0 + 2)/2 until the first firm moves: the floor is 0.1, the cut 0.4.
    third = 0.4 / 3.0
    floor = 0.1 * (third + 2.0) / 2.0
    fourth = 0.75 * third + 0.25 * 4.0 * third
    wanted = [0.1, 0.1, third, fourth]
    assert floor < third
    assert units(growth)[:, 0] == pytest.approx(OF_NORMAL * np.array(wanted))
    assert units(growth)[:, 1] == pytest.approx(OF_NORMAL * 2.0)


def test_a_stale_firm_has_the_floor_and_does_not_stay_there() -> None:
    growth = np.ones((900, 3))
    growth[:500, 0] = 0.0
    found = units(growth)[:, 0] / OF_NORMAL
    assert found[:500] == pytest.approx(0.1 * 2.0 / 3.0)
    assert (np.diff(found[500:]) >= 0.0).all()
    assert found[-1] == pytest.approx(1.0, abs=1e-3)


def test_where_no_price_moves_there_is_still_a_unit() -> None:
    found = units(np.zeros((50, 2)))
    assert (found == found[0]).all()
    assert (found > 0.0).all()
    growth = np.concatenate([np.zeros((50, 2)), np.ones((400, 2))])
    assert units(growth)[-1] == pytest.approx(OF_NORMAL, rel=1e-3)


@settings(max_examples=100)
@given(PANELS)
def test_a_unit_is_positive_and_finite_from_the_first_growth_rate_on(growth: np.ndarray) -> None:
    found = units(growth)
    listed = np.logical_or.accumulate(np.isfinite(growth), axis=0)
    assert np.isnan(found[~listed]).all()
    assert np.isfinite(found[listed]).all()
    assert (found[listed] > 0.0).all()


@settings(max_examples=50)
@given(PANELS, st.data())
def test_a_unit_depends_on_no_later_day(growth: np.ndarray, data: st.DataObject) -> None:
    days = data.draw(st.integers(1, len(growth)))
    np.testing.assert_array_equal(units(growth[:days]), units(growth)[:days])


def test_a_unit_has_the_unit_of_growth() -> None:
    growth = universe.growth_panel().to_numpy()
    np.testing.assert_array_equal(units(4.0 * growth), 4.0 * units(growth))


def test_decayed_by_hand() -> None:
    panel = np.array([[4.0, GAP], [2.0, GAP], [GAP, 5.0], [8.0, 1.0]])
    # Weights halve each day, and those of the days that are there are brought to a sum of one.
    first = [4.0, (2.0 + 2.0) / 1.5, (1.0 + 1.0) / 0.75, (8.0 + 0.5 + 0.5) / (1.0 + 0.25 + 0.125)]
    found = decayed(panel, 1.0)
    assert found[:, 0] == pytest.approx(first)
    assert np.isnan(found[:2, 1]).all()
    assert found[2:, 1] == pytest.approx([5.0, (1.0 + 2.5) / 1.5])


@pytest.mark.parametrize("halflife", [1.0, 20.0, 250.0])
def test_decayed_is_the_weighted_mean_of_what_is_known(halflife: float) -> None:
    panel = universe.growth_panel(firms=3, days=120).to_numpy()
    found = decayed(panel, halflife)
    for day in (0, 7, 40, 119):
        weights = 0.5 ** (np.arange(day, -1, -1) / halflife)[:, None] * np.isfinite(
            panel[: day + 1]
        )
        total = (weights * np.nan_to_num(panel[: day + 1])).sum(axis=0)
        with np.errstate(invalid="ignore"):
            np.testing.assert_allclose(found[day], total / weights.sum(axis=0))
