from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from universe import features, growth_panel, traded

from pipeline.errors import InputError
from pipeline.evaluation.baselines import BASELINES, Baseline, Given, Moments, shaped
from pipeline.evaluation.baselines.ewma_volatility import ewma_volatility
from pipeline.evaluation.baselines.historical_mean import historical_mean
from pipeline.evaluation.baselines.volatility import volatility
from pipeline.evaluation.baselines.zero_growth import zero_growth
from pipeline.evaluation.forecasts import FirmDays, firm_days
from pipeline.evaluation.proper import crps
from pipeline.evaluation.scores import coverage
from pipeline.evaluation.student import StudentT
from pipeline.outputs import Fold
from pipeline.settings.evaluate import Evaluate

SECTION = Evaluate(ewma_decay=0.75)
FOLD = Fold(train=(19, 280), valid=(280, 340), test=(340, 399), horizon=1, lookback=20)
GAP = np.nan
RUNNING = {"historical_mean", "unit", "ar", "ridge", "log_har", "log_har_firms"}
"""What has the running volatility of all days so far."""
SLOW = {"garch_refitted", "skew_garch", "egarch"}
"""What differs from `garch` in what is tested beside `arch`."""


def panel(firms: int = 5, gaps: bool = True) -> np.ndarray:
    return np.array(growth_panel(firms=firms, gaps=gaps), order="C")


def given(growth: np.ndarray, fold: Fold, section: Evaluate = SECTION) -> Given:
    ranges = traded(pd.DataFrame(growth))["ranges"].to_numpy()
    return Given(growth, fold, section, features(growth), ranges)


def forecast(baseline: Baseline, found: Given, days: FirmDays) -> StudentT:
    return baseline(found, days).forecast


def moments(course: object, growth: np.ndarray, training: int) -> Moments:
    """Moments one day ahead, with so many training days."""
    fold = Fold((1, training - 1), (training, training), (training, training), 1, 2)
    assert fold.training_days == slice(0, training)
    return next(course(given(growth, fold)))


def test_zero_growth_has_the_training_volatility() -> None:
    growth = np.random.default_rng(0).normal(size=(60, 2)) * [1.0, 4.0]
    found = moments(zero_growth, growth, 40)
    assert (found.location == 0.0).all()
    assert (found.volatility == growth[:40].std(axis=0, ddof=1)).all()


def test_historical_mean_by_hand() -> None:
    growth = np.array([[1.0, GAP], [3.0, 4.0], [GAP, 8.0], [5.0, GAP]])
    location = moments(historical_mean, growth, 4).location
    assert location[:, 0].tolist() == [1.0, 2.0, 2.0, 3.0]
    assert location[1:, 1].tolist() == [4.0, 6.0, 6.0]


def test_ewma_by_hand() -> None:
    # Training variance v: then 3/4·v + 1/4·2², a gap that changes nothing, 3/4·(…) + 1/4·4².
    growth = np.concatenate([np.random.default_rng(1).normal(size=30), [2.0, GAP, 4.0]])[:, None]
    training = slice(0, 30)
    sigma = moments(ewma_volatility, growth, 30).volatility
    before = sigma[29, 0] ** 2
    assert sigma[30, 0] ** 2 == pytest.approx(0.75 * before + 1.0)
    assert sigma[31, 0] == sigma[30, 0]
    assert sigma[32, 0] ** 2 == pytest.approx(0.75 * sigma[30, 0] ** 2 + 4.0)
    variance = volatility(growth, training)[0] ** 2
    for rate in growth[:30, 0]:
        variance = 0.75 * variance + 0.25 * rate**2
    assert before == pytest.approx(variance)


@cache
def disturbed(day: int, horizon: int) -> tuple[Given, Given, FirmDays]:
    """What all baselines forecast from as it is, and with other growth after a day."""
    growth = panel(firms=3)
    stop = 400 - horizon
    fold = Fold((19, 280), (279 + horizon, 340), (339 + horizon, stop), horizon, 20)
    changed = growth.copy()
    changed[day + 1 :] = np.random.default_rng(9).normal(50.0, 90.0, changed[day + 1 :].shape)
    days = firm_days(growth, range(fold.test[0], stop), horizon, 20)
    # `given` draws ranges by growth, so they change with it.
    return given(growth, fold), given(changed, fold), days


@pytest.mark.parametrize(
    ("name", "day", "horizon"),
    [
        *((name, day, horizon) for name in BASELINES for day, horizon in ((365, 1), (342, 3))),
        ("ewma_volatility", 398, 1),
    ],
)
def test_nothing_after_the_origin_moves_a_forecast(name: str, day: int, horizon: int) -> None:
    *both, days = disturbed(day, horizon)
    known = days.origin <= day
    before, after = (forecast(BASELINES[name], found, days) for found in both)
    for part in ("location", "scale", "df", "skew"):
        assert (getattr(before, part)[known] == getattr(after, part)[known]).all()
    if (~known).any() and name != "zero_growth":
        assert (before.location != after.location).any() or (before.scale != after.scale).any()


def test_training_and_validation_days_shape_the_tail_and_test_days_do_not() -> None:
    growth = panel()
    days = firm_days(growth, range(280, 281), 1, 20)

    def scale(factor: float, since: int) -> float:
        changed = growth.copy()
        changed[since:] *= factor
        return float(forecast(BASELINES["zero_growth"], given(changed, FOLD), days).scale[0])

    assert scale(7.0, FOLD.test[0] + 1) == scale(1.0, 0) < scale(7.0, FOLD.test[0] + 1 - 40)


@cache
def calm() -> tuple[Given, FirmDays]:
    """Growth of a distribution that stays as it is."""
    growth = 3.0 * np.random.default_rng(7).standard_t(4, size=(1500, 6))
    fold = Fold((19, 800), (800, 900), (900, 1499), 1, 20)
    return given(growth, fold, Evaluate()), firm_days(growth, range(*fold.test), 1, 20)


@pytest.mark.parametrize("name", [name for name in BASELINES if name not in SLOW])
def test_baselines_are_calibrated_where_nothing_changes(name: str) -> None:
    found, days = calm()
    pit = forecast(BASELINES[name], found, days).cdf(days.growth)
    assert coverage(pit, 0.5) == pytest.approx(0.5, abs=0.03)
    assert coverage(pit, 0.9) == pytest.approx(0.9, abs=0.02)


@pytest.mark.parametrize("name", [name for name in BASELINES if name not in RUNNING | SLOW])
def test_days_before_the_training_days_are_not_fitted_on(name: str) -> None:
    growth = panel(firms=3, gaps=False)
    fold = Fold((99, 330), (330, 340), (340, 399), 1, 20)
    assert given(growth, fold).fitting == slice(80, 341)
    changed = growth.copy()
    changed[:40] *= 5.0
    days = firm_days(growth, range(*fold.test), 1, 20)
    found = given(growth, fold)
    before = forecast(BASELINES[name], found, days)
    # Features may remember days from before the training days, but nothing is fitted to them.
    after = forecast(BASELINES[name], replace(found, growth=changed), days)
    assert before.df == pytest.approx(after.df, rel=1e-6)
    # What runs through all days starts from them, and forgets them in time.
    assert before.scale == pytest.approx(after.scale, rel=1e-3)


def test_static_baselines_find_the_planted_distribution() -> None:
    growth = 3.0 * np.random.default_rng(8).standard_t(4, size=(3000, 8))
    fold = Fold((19, 2000), (2000, 2500), (2500, 2999), 1, 20)
    days = firm_days(growth, range(*fold.test), 1, 20)
    found = forecast(BASELINES["zero_growth"], given(growth, fold), days)
    assert found.df[0] == pytest.approx(4.0, rel=0.15)
    assert np.median(found.scale) == pytest.approx(3.0, rel=0.05)


def test_ewma_wins_where_volatility_clusters_and_loses_where_it_does_not() -> None:
    random = np.random.default_rng(6)
    calm = np.exp(1.2 * np.sin(np.arange(1200) / 40.0))[:, None]
    fold = Fold((19, 700), (700, 800), (800, 1199), 1, 20)
    noise = random.standard_t(6, size=(1200, 10))

    def mean_crps(growth: np.ndarray, name: str) -> float:
        days = firm_days(growth, range(*fold.test), 1, 20)
        found = forecast(BASELINES[name], given(growth, fold, Evaluate()), days)
        return float(crps(found, days.growth).mean())

    assert mean_crps(calm * noise, "ewma_volatility") < mean_crps(calm * noise, "zero_growth")
    assert mean_crps(noise, "zero_growth") < mean_crps(noise, "ewma_volatility")


def test_a_late_firm_is_forecast_with_the_typical_volatility() -> None:
    growth = panel(gaps=False)
    growth[:300, 4] = GAP
    days = firm_days(growth, range(*FOLD.test), 1, 20)
    found = forecast(BASELINES["zero_growth"], given(growth, FOLD), days)
    late = found.scale[days.firm == 4]
    typical = np.median([found.scale[days.firm == firm][0] for firm in range(4)])
    assert len(late) == 59
    assert late == pytest.approx(typical)


def test_too_little_training_is_refused() -> None:
    growth = panel(firms=3, gaps=False)
    fold = Fold((19, 21), (21, 22), (22, 399), 1, 20)
    days = firm_days(growth, range(*fold.test), 1, 20)
    with pytest.raises(InputError, match="Only 9 growth rates of the training and validation days"):
        forecast(BASELINES["zero_growth"], given(growth, fold), days)


def test_each_day_ahead_has_the_shape_of_its_own_training_errors() -> None:
    # A baseline that knows the days ahead up to a planted error: half its volatility one day
    # ahead and twice two days ahead, with a tail of its own.
    growth = np.random.default_rng(2).normal(size=(1200, 10))
    fold = Fold((19, 1000), (1001, 1100), (1101, 1198), 2, 20)
    days = firm_days(growth, range(*fold.test), 2, 20)

    def knowing(given: Given) -> Iterator[Moments]:
        random = np.random.default_rng(3)
        for ahead, scale, df in [(1, 0.5, 4.0), (2, 2.0, 8.0)]:
            error = scale * random.standard_t(df, size=given.growth.shape)
            later = np.roll(given.growth, -ahead, axis=0)
            yield Moments(later + error, np.ones_like(error))

    found = forecast(shaped(knowing), given(growth, fold), days)
    for ahead, scale, df in [(1, 0.5, 4.0), (2, 2.0, 8.0)]:
        rows = days.horizon == ahead
        assert found.scale[rows] == pytest.approx(scale, rel=0.05)
        assert found.df[rows] == pytest.approx(df, rel=0.25)
    errors = (days.growth - found.location) / found.scale
    assert np.median(np.abs(errors)) < 1.0
