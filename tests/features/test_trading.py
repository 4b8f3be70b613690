"""Features of ranges and volumes by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
import universe

from pipeline.features.features import feature_panel
from pipeline.features.trading import FEATURES, day_range
from pipeline.features.units import CUT, OF_NORMAL, decayed
from pipeline.features.view import EVENT, View, abnormal

GAP = np.nan
PARKINSON = math.sqrt(4.0 * math.log(2.0))


def view(
    growth: np.ndarray, ranges: np.ndarray | None = None, volumes: np.ndarray | None = None
) -> View:
    dates = universe.SESSIONS[: len(growth)].to_numpy().astype("datetime64[D]")
    return View(np.ascontiguousarray(growth), dates, None, ranges, volumes)


def steady(days: int, firms: int) -> np.ndarray:
    """Growth that is 1 or −1 every day: its unit is √(π/2)."""
    return np.where(np.arange(days)[:, None] % 2 == np.arange(firms) % 2, 1.0, -1.0)


def test_the_range_of_a_normal_random_walk_tells_its_volatility() -> None:
    random = np.random.default_rng(0)
    steps = random.normal(scale=2.0 / math.sqrt(2000), size=(2000, 1500))
    paths = np.vstack([np.zeros(1500), steps.cumsum(axis=0)])
    ranges = (paths.max(axis=0) - paths.min(axis=0))[:, None]
    found = view(steady(1500, 1), ranges).range_volatility
    # Root mean square; a walk in steps misses a little of the highs and lows.
    assert math.sqrt(np.square(found).mean()) == pytest.approx(2.0, rel=0.04)


def test_a_day_of_one_price_or_without_trade_tells_nothing() -> None:
    nothing = np.array([[0.0], [GAP], [3.0]])
    found = view(steady(3, 1), nothing, nothing)
    np.testing.assert_allclose(found.volume[:, 0], [GAP, GAP, 3.0])
    np.testing.assert_allclose(found.range_volatility[:, 0], [GAP, GAP, 3.0 / PARKINSON])


def test_range_volatility_is_relative_to_the_unit_and_cut_as_it_is() -> None:
    ranges = np.full((100, 2), PARKINSON * OF_NORMAL * 2.0)
    ranges[-1, 1] = 1e9
    found = FEATURES["range_volatility_10"](view(steady(100, 2), ranges))
    assert found[:, 0] == pytest.approx(math.log(2.0))
    sizes = np.append(np.full(99, 2.0), CUT)[:, None]
    assert found[-1, 1] == pytest.approx(math.log(decayed(sizes, 10.0)[-1, 0]))


def test_the_days_range_is_in_units_and_remembers_no_day_before() -> None:
    ranges = np.full((60, 2), PARKINSON * OF_NORMAL * 2.0)
    ranges[-2:] = PARKINSON * OF_NORMAL * np.array([[3.0, 5e9], [0.5, 0.5]])
    found = day_range(view(steady(60, 2), ranges))
    assert found[:-2] == pytest.approx(math.log(2.0))
    assert found[-2] == pytest.approx(np.log([3.0, CUT]))
    assert found[-1] == pytest.approx(math.log(0.5))


def test_market_range_is_the_mean_over_firms_that_are_known() -> None:
    ranges = PARKINSON * OF_NORMAL * np.tile([1.0, 4.0, GAP], (50, 1))
    found = FEATURES["market_range_20"](view(steady(50, 3), ranges))
    np.testing.assert_allclose(np.broadcast_to(found, (50, 1)), math.log(2.0), atol=1e-9)


def test_volume_is_relative_to_its_own_past() -> None:
    volumes = np.full((200, 2), 1000.0)
    volumes[-1, 0] = 3000.0
    found = view(steady(200, 2), volumes=volumes)
    past = {span: decayed(volumes, span)[-1, 0] for span in (5.0, 20.0, 60.0)}
    ratio = math.log(3000.0 / past[60.0])
    for name, first, second in (
        ("volume", math.log(3000.0 / past[20.0]), 0.0),
        ("volume_trend", math.log(past[5.0] / past[60.0]), 0.0),
        ("market_volume", ratio / 2.0, ratio / 2.0),
    ):
        feature = np.broadcast_to(FEATURES[name](found), (200, 2))
        assert feature[:-1] == pytest.approx(0.0, abs=1e-9)
        assert feature[-1] == pytest.approx([first, second])


def test_abnormal_is_beside_the_firms_own_past_and_the_others_day() -> None:
    volumes = np.full((60, 4), 10.0)
    volumes[50] *= 5.0  # a busy day of the market
    volumes[55, 0] *= math.e
    found = abnormal(volumes)
    assert found[:50] == pytest.approx(0.0, abs=1e-12)
    assert found[50] == pytest.approx(0.0, abs=1e-12)
    assert found[55] == pytest.approx([0.75, -0.25, -0.25, -0.25])
    volumes[55, 0] = 1e9
    assert abnormal(volumes)[55].tolist() == [2.0, -1.0, -1.0, -1.0]  # its bounds


def announced(day: int, days: int = 900) -> View:
    """Five firms, of which the third is traded on a day as on no other."""
    ranges, volumes = np.ones((days, 5)), np.full((days, 5), 1e6)
    ranges[day, 2], volumes[day, 2] = 4.0, 6e6
    return view(steady(days, 5), ranges, volumes)


def test_an_event_is_a_day_that_stands_out() -> None:
    found = announced(300).event
    assert np.argwhere(found > 0.0).tolist() == [[300, 2]]
    # Logs 1.8 and 1.4, of which a fifth is the mean over the firms; growth was as usual.
    wanted = 0.8 * (math.log(6.0) + 0.5 * math.log(4.0)) - EVENT
    surprise = 0.3 * float(announced(300).surprise[300, 2])
    assert found[300, 2] == pytest.approx(wanted + surprise)


@pytest.mark.parametrize(
    ("name", "later"),
    [
        ("event_quarter", 13 * 5 - 1),
        ("event_quarters", 39 * 5 - 1),
        ("event_earlier_quarters", 65 * 5 - 1),
        ("event_quarters_before", 26 * 5),
        ("event_quarters_after", 26 * 5 - 2),
        ("event_year", 52 * 5 - 1),
        ("event_years", 104 * 5 - 1),
        ("event_years_before", 52 * 5),
        ("event_years_after", 104 * 5 - 2),
        ("event_weeks_beside", 40 * 5 - 1),
        ("event_recent_5", 0),
    ],
)
def test_an_event_is_heard_again(name: str, later: int) -> None:
    found = FEATURES[name](announced(300))
    assert found[300 + later, 2] > 0.2
    assert (found[:300] == 0.0).all()
    assert (np.delete(found, 2, axis=1) == 0.0).all()


def test_recent_events_fade_by_their_halflife() -> None:
    for halflife in (5, 15, 40):
        found = FEATURES[f"event_recent_{halflife}"](announced(300))[:, 2]
        assert found[300] > 0.0
        # The weight of all days hardly grows any more.
        assert found[300 + halflife] / found[300] == pytest.approx(0.5, abs=0.02)


def test_without_ranges_and_volumes_all_are_zero() -> None:
    panel = feature_panel(view(steady(300, 3)), tuple(FEATURES))
    assert (panel[..., :-1] == 0.0).all()
