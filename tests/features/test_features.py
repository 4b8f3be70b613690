"""Features by hand, and that none of them looks ahead."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest
import universe

from pipeline.features.features import FEATURES, LIMIT, OF_MARKET, echo, feature_panel
from pipeline.features.units import CUT, OF_NORMAL, decayed, units
from pipeline.features.view import MARKET, SEASONED, TYPICAL, View

GAP = np.nan
NAMES = tuple(FEATURES)


NOISE = np.random.default_rng(5).lognormal(sigma=0.4, size=(2, 1100, 16))


def view(
    growth: np.ndarray, dates: np.ndarray | None = None, volumes: np.ndarray | None = None
) -> View:
    """A view of growth, with ranges as wide as growth is large but for some noise."""
    if dates is None:
        dates = universe.SESSIONS[: len(growth)].to_numpy()
    days, firms = growth.shape
    ranges = np.abs(growth) * NOISE[0, :days, :firms]
    if volumes is None:
        volumes = 1e6 * NOISE[1, :days, :firms]
    return View(np.ascontiguousarray(growth), dates.astype("datetime64[D]"), None, ranges, volumes)


def planted(**options: int | bool) -> View:
    return view(universe.growth_panel(**options).to_numpy())  # type: ignore[arg-type]


def signs(days: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).choice([-1.0, 1.0], size=days)


def test_market_and_dispersion_by_hand() -> None:
    rows = [[1.0, 3.0, GAP], [-1.0, 1.0, 6.0], [2.0, GAP, GAP], [GAP] * 3]
    found = view(np.array([[*row, GAP] for row in rows]))
    np.testing.assert_allclose(found.market[:, 0], [2.0, 2.0, 2.0, GAP])
    np.testing.assert_allclose(found.dispersion[:, 0], [1.0, (3 + 1 + 4) / 3, 0.0, GAP])


def test_few_firms_are_no_market_to_each_other() -> None:
    growth = np.random.default_rng(3).normal(size=(300, MARKET))
    names = list(FEATURES)
    many = feature_panel(view(growth), names)
    few = feature_panel(view(growth[:, :-1]), names)
    one = feature_panel(view(growth[:, :1]), names)
    told = [position for position, name in enumerate(names) if name in OF_MARKET]
    assert len(told) == len(OF_MARKET)
    assert not few[:, :, told].any()
    # What others do changes nothing then, and nothing of a market changes what is a firm's own.
    np.testing.assert_array_equal(few[0], one[0])
    # All that changes with the other firms is told of the market, or stands beside it.
    moved = feature_panel(view(np.hstack([growth[:, :1], growth[:, 1:] ** 3])), names)
    changed = {name for at, name in enumerate(names) if (many[0, :, at] != moved[0, :, at]).any()}
    beside = {name for name in names if name.startswith(("echo", "event"))}
    assert changed - beside <= OF_MARKET


def test_growth_is_in_the_unit_of_the_day_before() -> None:
    growth = np.array([[2.0], [-4.0], [GAP], [9.0]])
    found = view(growth)
    # Units (over √(π/2)) are 2, 3, 3; the first day has its own.
    wanted = np.array([1.0, -2.0, GAP, 3.0]) / OF_NORMAL
    np.testing.assert_allclose(FEATURES["growth"](found)[:, 0], wanted)
    np.testing.assert_allclose(FEATURES["absolute_growth"](found)[:, 0], np.abs(wanted))


def test_a_firms_first_growth_rate_has_no_unit_to_be_measured_in() -> None:
    growth = np.ones((5, 2))
    growth[:3, 1] = GAP
    panel = feature_panel(view(growth), ["growth"])
    assert panel[1, :, 1].tolist() == [0, 0, 0, 1, 1]
    assert panel[1, :, 0] == pytest.approx([0, 0, 0, 0, 1 / OF_NORMAL])


def test_own_volatility_is_zero_where_nothing_changes_and_rises_first_in_the_shortest() -> None:
    growth = signs(600)[:, None] * np.where(np.arange(600) < 500, 1.0, 2.0)[:, None]
    found = view(growth)
    spans = [4, 10, 40, 120, 250]
    courses = [FEATURES[f"volatility_{span}"](found)[:, 0] for span in spans]
    assert all(course[:500] == pytest.approx(0.0, abs=1e-9) for course in courses)
    after = [course[505] for course in courses]
    assert after == sorted(after, reverse=True)
    assert after[1] > 0.0 > after[2]  # the unit's own halflife lies between 10 and 40


def test_own_volatility_cuts_a_day_as_the_unit_does() -> None:
    growth = np.append(signs(100), 1e6)[:, None]
    keep, last = 0.5 ** (1.0 / 4.0), view(growth).unit[-1, 0]
    weight = (1.0 - keep) / (1.0 - keep**101)  # of the last of 101 days
    # The unit is √(π/2) mean absolute sizes, and so is the cut.
    mean = OF_NORMAL * (1.0 - weight + weight * CUT * OF_NORMAL)
    assert FEATURES["volatility_4"](view(growth))[-1, 0] == pytest.approx(math.log(mean / last))


def test_relative_volatility_is_to_the_mean_over_firms() -> None:
    growth = signs(50)[:, None] * [1.0, 2.0, 4.0]
    found = FEATURES["relative_volatility"](view(growth))
    np.testing.assert_allclose(found, np.tile(np.log([0.5, 1.0, 2.0]), (50, 1)), atol=1e-12)


def test_tail_is_lower_where_growth_came_in_few_days() -> None:
    steady = signs(400)
    jumpy = steady * np.where(np.arange(400) % 20 == 19, 8.0, 0.5)
    found = FEATURES["tail"](view(np.stack([steady, jumpy], axis=1)))
    assert found[-1, 0] == pytest.approx(10.0 * (1.0 - 0.7))
    assert found[-1, 1] < 0.0


def test_market_correlation_is_one_with_the_market_and_minus_one_against_it() -> None:
    growth = signs(100)[:, None] * [1.0, 3.0, 5.0, -2.0]
    found = FEATURES["market_correlation"](view(growth))
    np.testing.assert_allclose(found[10:], np.tile([0.5, 0.5, 0.5, -1.5], (90, 1)), atol=1e-9)


def test_features_of_the_market_by_hand() -> None:
    days = np.arange(300)
    size = np.where(days < 290, 2.0, 6.0)
    growth = (size * signs(300))[:, None] + [1.0, -1.0, 1.0, -1.0]
    found = view(growth)
    market = FEATURES["market_growth"](found)[:, 0]
    assert market[:290] == pytest.approx(signs(300)[:290])
    assert abs(market[290]) == pytest.approx(3.0)  # in the volatility of the day before
    # Growth spreads by the same 1 around the market every day.
    assert FEATURES["market_dispersion"](found)[:, 0] == pytest.approx(0.0, abs=1e-9)
    assert FEATURES["dispersion_trend"](found)[:, 0] == pytest.approx(0.0, abs=1e-9)
    for name, near, far in (("market_volatility_5", 5, 60), ("market_volatility_20", 20, 250)):
        course = FEATURES[name](found)[:, 0]
        assert course[:290] == pytest.approx(0.0, abs=1e-9)
        ratio = decayed(size[:, None] ** 2, near) / decayed(size[:, None] ** 2, far)
        assert course[-1] == pytest.approx(0.5 * math.log(ratio[-1, 0]))
        assert course[-1] > 0.1
    alike = view(3.0 * signs(100)[:, None] * np.ones(4))
    assert FEATURES["market_share"](alike) == pytest.approx(-math.log(OF_NORMAL))


def test_dispersion_is_told_beside_that_of_months() -> None:
    apart = np.where(np.arange(200) < 199, 1.0, 3.0)[:, None]
    found = view(apart * [1.0, -1.0])
    for name, near in (("market_dispersion", apart), ("dispersion_trend", decayed(apart, 5.0))):
        wanted = np.log(near / decayed(apart, 60.0))
        np.testing.assert_allclose(FEATURES[name](found), wanted, atol=1e-9)


def test_surprise_is_own_size_beside_the_usual_of_the_day_before() -> None:
    own = np.ones(60)
    own[50], own[55] = 3.0, 1000.0
    growth = 7.0 + own[:, None] * [1.0, -1.0, 1.0, -1.0]
    found = view(growth).surprise
    assert np.isnan(found[:SEASONED]).all()
    assert found[SEASONED:50] == pytest.approx(1.0 - TYPICAL)
    assert found[50] == pytest.approx(3.0 - TYPICAL)
    assert found[55] == pytest.approx(6.0 - TYPICAL)  # cut: one day tells no more
    growth[45] = GAP
    assert np.isnan(view(growth).surprise[45]).all()


def hearing(surprise: np.ndarray, dates: np.ndarray) -> View:
    """A view whose surprises are given."""
    found = view(np.ones(surprise.shape), dates)
    vars(found)["surprise"] = surprise
    return found


def heard(dates: np.ndarray, at: dict[int, float]) -> View:
    surprise = np.zeros((len(dates), 1))
    for day, size in at.items():
        surprise[day] = size
    return hearing(surprise, dates)


def test_echo_is_the_surprise_of_the_same_weekday_weeks_before_the_next_session() -> None:
    dates = universe.SESSIONS[:200].to_numpy()
    found = echo(heard(dates, {70: 4.0}), weeks=(13,))[:, 0]
    # Thirteen weeks are 65 sessions here; the day before it, day 70 + 65 is the next session.
    assert np.flatnonzero(found).tolist() == [70 + 65 - 1]
    assert found[134] == 4.0
    assert dates[135] - dates[70] == np.timedelta64(91, "D")


def test_echo_is_the_mean_over_weeks_and_neighbours_that_are_known() -> None:
    dates = universe.SESSIONS[:250].to_numpy()
    told = heard(dates, {70: 4.0, 135: 2.0})
    assert echo(told, weeks=(13, 26))[199, 0] == pytest.approx(3.0)
    beside = echo(told, weeks=(13,), beside=(-1, 1))[:, 0]
    assert np.flatnonzero(beside).tolist() == [133, 135, 198, 200]
    assert beside[[133, 200]].tolist() == [2.0, 1.0]
    told.surprise[70] = GAP  # of the two only one is known now
    assert echo(told, weeks=(13, 26))[199, 0] == pytest.approx(2.0)


def test_echo_of_a_missing_session_is_not_that_of_another_day() -> None:
    whole = universe.SESSIONS[:200].to_numpy()
    dates = np.delete(whole, 70)
    surprise = np.arange(1.0, 200.0)[:, None]
    found = echo(hearing(surprise, dates), weeks=(13,))[:, 0]
    # Before the session that comes 13 weeks after the missing one, nothing is known.
    next_session = int(np.searchsorted(dates, whole[135]))
    assert found[next_session - 1] == 0.0
    assert found[next_session - 2] == surprise[69, 0]
    assert found[next_session] == surprise[70, 0]  # day 71 of the whole calendar


def test_echo_looks_back_from_the_session_that_comes_next() -> None:
    whole = universe.SESSIONS[:201].to_numpy()
    dates = np.delete(whole, 135)  # on day 134 the next session is day 136
    number = np.delete(np.arange(201.0), 135)[:, None]
    found = echo(hearing(number, dates), weeks=(13,))[:, 0]
    assert found[134] == 71.0
    # The last day is a Friday: the next weekday, Monday, is taken for the next session.
    assert str(dates[-1])[:10] == "2015-10-09"
    assert found[-1] == 136.0
    assert str(whole[136])[:10] == "2015-07-13"


def test_echo_is_zero_where_nothing_is_known() -> None:
    dates = universe.SESSIONS[:200].to_numpy()
    assert (echo(heard(dates, {70: 4.0}), weeks=(52, 104)) == 0.0).all()
    assert (echo(hearing(np.full((200, 2), GAP), dates), weeks=(13,)) == 0.0).all()
    early = echo(hearing(np.ones((200, 1)), dates), weeks=(13,))[:, 0]
    assert (early[:64] == 0.0).all()
    assert (early[64:] == 1.0).all()


@pytest.mark.parametrize(
    ("name", "later"),
    [
        ("echo_quarters", 13 * 5 - 1),
        ("echo_quarters", 104 * 5 - 1),
        ("echo_years", 52 * 5 - 1),
        ("echo_years", 156 * 5 - 1),
        ("echo_beside", 13 * 5),
        ("echo_beside", 13 * 5 - 2),
        ("echo_later", 12 * 5 - 1),
        ("echo_earlier", 14 * 5 - 1),
    ],
)
def test_an_announcement_is_heard_again(name: str, later: int) -> None:
    growth = universe.growth_panel(firms=8, days=900, gaps=False).to_numpy().copy()
    before = FEATURES[name](view(growth))
    growth[100, 3] = 60.0
    after = FEATURES[name](view(growth))
    assert after[100 + later, 3] > before[100 + later, 3] + 0.3
    assert after[100 + later, 3] == after[100 + later].max()


def test_gaps_are_zero_and_observed_says_so() -> None:
    found = planted(firms=4)
    panel = feature_panel(found, NAMES)
    gap = np.isnan(found.growth.T)
    assert panel.shape == (4, 400, len(NAMES) + 1)
    assert panel.dtype == np.float32
    np.testing.assert_array_equal(panel[..., -1] == 0.0, gap)
    assert (panel[gap] == 0.0).all()
    assert np.abs(panel).max() <= LIMIT


def test_features_stand_in_the_order_they_are_asked_for() -> None:
    found = planted(firms=3)
    whole, part = feature_panel(found, NAMES), feature_panel(found, ("tail", "growth"))
    np.testing.assert_array_equal(part[..., 0], whole[..., NAMES.index("tail")])
    np.testing.assert_array_equal(part[..., 1], whole[..., NAMES.index("growth")])


def test_features_do_not_depend_on_the_unit_of_growth() -> None:
    growth = universe.growth_panel(firms=5, days=700).to_numpy()
    one, other = (feature_panel(view(factor * growth), NAMES) for factor in (1.0, 1 / 252))
    np.testing.assert_allclose(one, other, atol=1e-5)


@cache
def disturbed(day: int) -> tuple[View, View]:
    """A view, and one of other growth and trading after a day."""
    growth = universe.growth_panel(days=1100).to_numpy()
    changed = growth.copy()
    changed[day + 1 :] = np.random.default_rng(1).normal(size=changed[day + 1 :].shape) * 900.0
    volumes = 1e6 * NOISE[1, :, :12]
    volumes[day + 1 :] *= NOISE[0, day + 1 :, :12]
    return view(growth), view(changed, volumes=volumes)


@pytest.mark.parametrize("name", FEATURES)
def test_no_feature_looks_ahead(name: str) -> None:
    day = 500
    before, after = (FEATURES[name](found) for found in disturbed(day))
    np.testing.assert_array_equal(before[: day + 1], after[: day + 1])
    assert not np.array_equal(before[day + 1 :], after[day + 1 :], equal_nan=True)


@pytest.mark.parametrize("days", [1, 2, 45, 333, 649])
def test_features_of_the_first_days_are_those_of_the_whole(days: int) -> None:
    growth = universe.growth_panel(firms=5, days=650).to_numpy()
    part = feature_panel(view(growth[:days]), NAMES)
    np.testing.assert_array_equal(part, feature_panel(view(growth), NAMES)[:, :days])


def test_the_last_days_echo_alone_depends_on_a_calendar_that_is_known_beforehand() -> None:
    growth = universe.growth_panel(firms=3, days=399).to_numpy()
    dates = np.delete(universe.SESSIONS[:400].to_numpy(), 350)
    part = feature_panel(view(growth[:350], dates[:350]), NAMES)
    whole = feature_panel(view(growth, dates), NAMES)[:, :350]
    np.testing.assert_array_equal(part[:, :-1], whole[:, :-1])
    differ = {name for column, name in enumerate(NAMES) if (part != whole)[..., column].any()}
    assert differ <= {name for name in NAMES if name.startswith(("echo", "event"))}


def late() -> np.ndarray:
    growth = universe.growth_panel(firms=4, days=300, gaps=False).to_numpy().copy()
    growth[:290, 2] = GAP
    growth[:, 3] = GAP
    growth[299, 3] = 2.0
    return growth


def stale() -> np.ndarray:
    growth = universe.growth_panel(firms=4, days=300, gaps=False).to_numpy().copy()
    growth[50:, 1] = 0.0
    growth[:280, 2] = 0.0
    return growth


@pytest.mark.parametrize(
    "growth",
    [
        universe.growth_panel(firms=1, days=300).to_numpy(),
        universe.growth_panel(firms=1, days=1, gaps=False).to_numpy(),
        late(),
        stale(),
        np.full((300, 3), 2.5),
        np.zeros((300, 3)),
        np.full((300, 3), GAP),
        1e9 * universe.growth_panel(days=300).to_numpy(),
    ],
    ids=["one firm", "one day", "late", "stale", "constant", "zero", "gaps", "huge"],
)
def test_features_are_finite_whatever_the_panel(growth: np.ndarray) -> None:
    panel = feature_panel(view(growth), NAMES)
    assert np.isfinite(panel).all()
    assert np.abs(panel).max() <= LIMIT
    listed = np.logical_or.accumulate(np.isfinite(growth), axis=0)
    np.testing.assert_array_equal(np.isfinite(units(growth)), listed)
