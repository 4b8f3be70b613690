import json
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from pipeline.daily.drift.drift import FIGURES, drift
from pipeline.errors import InputError
from pipeline.evaluation.forecasts import firm_days, forecast_table
from pipeline.evaluation.student import symmetric
from pipeline.features.units import decayed
from pipeline.outputs import Baselined, Evaluated, Fold, Grown, Json
from pipeline.panel.windows import window
from pipeline.settings.daily import Drift
from pipeline.settings.window import Window

Change = Callable[[np.ndarray], None]
NAMES = [figure.name for figure in FIGURES]


def world(seed: int = 0, firms: int = 20, days: int = 1000) -> pd.DataFrame:
    """Growth of one kind on all days: volatility that lasts, a market, fat tails."""
    random = np.random.default_rng(seed)
    shocks = np.clip(0.1 * random.normal(size=days), -0.3, 0.3)
    calm = np.exp(pd.Series(shocks).ewm(alpha=0.05).mean().to_numpy() * 6.0)[:, None]
    market, own = random.standard_t(8, size=(days, 1)), random.standard_t(6, size=(days, firms))
    return pd.DataFrame(
        2.5 * calm * (0.5 * market + own),
        index=pd.bdate_range("2015-01-02", periods=days, name="date"),
        columns=[f"F{number:02d}" for number in range(firms)],
    )


def table(growth: pd.DataFrame, fold: Fold, volatility: np.ndarray) -> pd.DataFrame:
    """Forecasts of the test days, with a scale that follows a running volatility (T × N)."""
    values = growth.to_numpy()
    days = firm_days(values, range(*fold.test), fold.horizon, fold.lookback)
    size = days.of(volatility)
    forecast = symmetric(np.zeros(len(size)), 0.8 * size, np.full(len(size), 6.0))
    return forecast_table(forecast, days, growth).assign(growth=days.growth)


def judged(
    growth: pd.DataFrame,
    champion: Callable[[pd.DataFrame], pd.DataFrame] = lambda forecasts: forecasts,
    horizon: int = 1,
    days: int = 21,
    train: float = 0.5,
) -> Json:
    """What is said of a world and a champion that forecasts with the running volatility."""
    section = Window(
        features=("growth",), lookback=20, horizon=horizon, train_share=train, valid_share=0.2
    )
    grown = Grown(growth, {"risk_free": 0.0})
    windowed = window(section, grown)
    fold = windowed.fold
    own = table(growth, fold, windowed.unit.T.astype(np.float64))
    other = table(growth, fold, 1.25 * decayed(growth.abs().to_numpy(), 30.0))
    evaluated = Evaluated(champion(own), {}, pd.DataFrame())
    baselined = Baselined(other.assign(baseline="garch"), {})
    found = drift(Drift(days=days), evaluated, baselined, grown, windowed)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert "\n" not in found["sentence"]
    assert [check["name"] for check in found["checks"]] == NAMES
    return found


def alarms(found: Json) -> set[str]:
    return {check["name"] for check in found["checks"] if check["alarm"]}


def check(found: Json, name: str) -> Json:
    return next(check for check in found["checks"] if check["name"] == name)


def late(change: Callable[[pd.DataFrame], pd.DataFrame], days: int = 21) -> Callable[..., object]:
    """A champion that is changed on the newest days alone."""

    def changed(forecasts: pd.DataFrame) -> pd.DataFrame:
        new = forecasts["date"] > forecasts["date"].drop_duplicates().iloc[-days - 1]
        return pd.concat([forecasts[~new], change(forecasts[new])])

    return changed


def test_a_world_that_stays_as_it_is_calls_for_nothing() -> None:
    found = judged(world())
    assert (found["call"], alarms(found)) == ("none", set())
    crps, held = check(found, "crps"), check(found, "coverage_90")
    assert crps["low"] is None
    assert crps["recent"] < crps["high"]
    assert crps["days"] == 300 - 21  # test days before the newest
    assert held["low"] < 0.9 < held["high"]
    assert check(found, "size")["days"] == 700 - 20  # training and validation, after the lookback
    assert found["sentence"].startswith("No drift in the last 21 sessions: CRPS is ")
    assert (
        f"CRPS is {crps['recent']:.3f} of GARCH's (reference {crps['reference']:.3f})"
        in (found["sentence"])
    )


def stale(new: np.ndarray) -> None:
    new[:, :2] = 0.0


def gaps(new: np.ndarray) -> None:
    new[:, 5] = np.nan


def dead(new: np.ndarray) -> None:
    new[-1] = np.nan


def tails(new: np.ndarray) -> None:
    new[::2, ::5] *= 6.0


def doubled(new: np.ndarray) -> None:
    new *= 2.0


def risen(new: np.ndarray) -> None:
    new += 3.0


def together(new: np.ndarray) -> None:
    new[:, 1:] = new[:, :1] + 0.1 * new[:, 1:]


@pytest.mark.parametrize(
    ("change", "name", "words"),
    [
        (stale, "zeros", "10.0 % of growth rates are exactly zero (reference 0.0 %, at most "),
        (gaps, "gaps", "5.0 % of growth rates are missing (reference 0.0 %, at most "),
        (dead, "gaps", "4.8 % of growth rates are missing"),
        (tails, "tails", "are beyond 5 running volatilities from the day's median (reference "),
        (doubled, "size", "running volatilities in size (reference "),
        (risen, "market", "the market's growth is "),
        (together, "dispersion", "running volatilities apart (reference "),
    ],
)
def test_odd_data_call_for_a_look(change: Change, name: str, words: str) -> None:
    growth = world()
    values = growth.to_numpy(copy=True)
    change(values[-21:])
    found = judged(pd.DataFrame(values, index=growth.index, columns=growth.columns))
    assert found["call"] == "look"
    assert name in alarms(found)
    assert found["sentence"].startswith(
        "Look at the data before anything is retrained: in the last 21 sessions "
    )
    assert words in found["sentence"]


def test_firms_that_drift_apart_less_are_told_with_their_direction() -> None:
    growth = world()
    values = growth.to_numpy(copy=True)
    together(values[-21:])
    found = judged(pd.DataFrame(values, index=growth.index, columns=growth.columns))
    apart = check(found, "dispersion")
    assert apart["recent"] < apart["low"] < apart["reference"]
    assert apart["share"] == 0.0
    assert f"at least {apart['low']:.2f} expected" in found["sentence"]


def scaled(factor: float) -> Callable[[pd.DataFrame], pd.DataFrame]:
    return lambda new: new.assign(scale=factor * new["scale"])


def noisy(new: pd.DataFrame) -> pd.DataFrame:
    noise = np.random.default_rng(1).normal(size=len(new))
    return new.assign(location=noise * new["scale"])


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (scaled(0.7), {"spread", "coverage_90"}),
        (scaled(1.3), {"spread"}),
        (noisy, {"crps", "log_score"}),
    ],
    ids=["too sure", "too unsure", "location of noise"],
)
@pytest.mark.parametrize("horizon", [1, 3])
def test_a_champion_that_has_worsened_calls_for_retraining(
    change: Callable[[pd.DataFrame], pd.DataFrame], expected: set[str], horizon: int
) -> None:
    found = judged(world(seed=3), late(change), horizon)
    assert found["call"] == "retrain"
    assert expected <= alarms(found)
    assert found["sentence"].startswith("Retrain the champion: in the last 21 sessions ")
    assert "expected)" in found["sentence"]


def test_a_look_comes_before_retraining_and_both_are_said() -> None:
    growth = world()
    growth.iloc[-21:, 3] = np.nan
    found = judged(growth, late(noisy))
    assert found["call"] == "look"
    assert alarms(found) >= {"gaps", "crps"}
    assert "of growth rates are missing" in found["sentence"]
    assert "of GARCH's" in found["sentence"]


def test_intervals_that_come_nearer_to_what_they_should_hold_are_no_alarm() -> None:
    last = 21 * 20
    found = judged(
        world(),
        lambda forecasts: pd.concat(
            [scaled(1.8)(forecasts.iloc[:-last]), scaled(1.1)(forecasts.iloc[-last:])]
        ),
    )
    held = check(found, "coverage_90")
    assert 0.9 < held["recent"] < 0.93 < 0.97 < held["reference"]
    assert (held["low"], held["alarm"]) == (0.9, False)


def test_a_champion_that_is_garch_is_no_alarm() -> None:
    growth = world()
    volatility = 1.25 * decayed(growth.abs().to_numpy(), 30.0)

    section = Window(features=("growth",), lookback=20, train_share=0.5, valid_share=0.2)
    fold = window(section, Grown(growth, {})).fold
    found = judged(growth, lambda _: table(growth, fold, volatility))
    assert check(found, "crps")["recent"] == pytest.approx(1.0)
    assert found["call"] == "none"


def test_false_alarms_are_as_rare_as_stated() -> None:
    # One look at each of 20 worlds in which nothing changes: 0.4 alarms are stated.
    found = [judged(world(seed, firms=6, days=700), train=0.4) for seed in range(1000, 1020)]
    assert sum(answer["call"] != "none" for answer in found) <= 1


def test_with_few_days_it_says_from_when_on_it_can_tell() -> None:
    short = judged(world(days=300))
    # 300 days: 90 test days, 69 of them before the newest; 8 · 21 = 168 are needed.
    assert short["call"] == "none"
    assert short["sentence"].startswith("No drift in the last 21 sessions: growth is ")
    assert (
        "the champion can be judged from 99 more sessions on (the reference has 69 of 168 that "
        "are needed)." in short["sentence"]
    )
    crps = check(short, "crps")
    assert crps["recent"] > 0.0
    assert [crps[key] for key in ("reference", "low", "high", "share")] == [None] * 4
    shorter = judged(world(days=150))
    assert shorter["call"] == "none"
    assert shorter["sentence"] == (
        "Drift cannot be told yet; the data can be judged from 83 more sessions on (the reference "
        "has 85 of 168 that are needed); the champion can be judged from 144 more sessions on "
        "(the reference has 24 of 168 that are needed)."
    )


def test_a_champion_without_new_forecasts_is_not_judged() -> None:
    found = judged(world(), lambda forecasts: forecasts.iloc[: -21 * 20])
    assert found["call"] == "none"
    assert check(found, "crps")["recent"] is None
    assert found["sentence"].endswith(
        "; fewer than half of these sessions have growth or forecasts to judge the champion by."
    )


def test_one_firm_has_no_dispersion() -> None:
    found = judged(world(firms=1))
    assert found["call"] == "none"
    assert check(found, "dispersion")["recent"] is None
    assert check(found, "crps")["recent"] > 0.0
    growth = world(firms=1)
    growth.iloc[-10:] = 0.0
    assert alarms(judged(growth)) >= {"zeros"}
    growth.iloc[-10:] = np.nan
    assert judged(growth)["call"] == "look"


def test_one_gap_of_one_firm_is_no_faulty_source() -> None:
    growth = world(firms=1)
    growth.iloc[-5] = np.nan
    found = judged(growth)
    assert check(found, "gaps")["recent"] == pytest.approx(1 / 21)
    assert found["call"] == "none"


def test_gaps_from_before_and_broken_forecasts_are_left_out() -> None:
    growth = world()
    growth.iloc[:400, 7] = np.nan  # listed late: no gap
    growth.iloc[::10, 2] = np.nan
    before = judged(growth)
    after = judged(growth, lambda f: f.assign(location=f["location"].where(f["symbol"] != "F04")))
    assert before["call"] == after["call"] == "none"
    assert check(before, "gaps")["reference"] == pytest.approx(0.1 / 20, rel=0.1)
    assert check(after, "crps")["recent"] != check(before, "crps")["recent"]


def test_forecasts_of_garch_are_needed() -> None:
    grown = Grown(world(days=300), {})
    windowed = window(Window(features=("growth",), lookback=20), grown)
    own = table(grown.growth, windowed.fold, windowed.unit.T.astype(np.float64))
    with pytest.raises(InputError, match=r"no forecasts of garch.*run the baselines again"):
        drift(
            Drift(),
            Evaluated(own, {}, pd.DataFrame()),
            Baselined(own.assign(baseline="har"), {}),
            grown,
            windowed,
        )
