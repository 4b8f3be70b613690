import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from pipeline.evaluation.columns import BY_KEY
from pipeline.evaluation.earned import marked
from pipeline.evaluation.entry import Entry
from pipeline.evaluation.evaluate import beside_baselines
from pipeline.evaluation.forecasts import FirmDays
from pipeline.evaluation.marks import Marks
from pipeline.evaluation.scores import coverage, direction
from pipeline.evaluation.student import StudentT, symmetric


def student(location: list[float], scale: list[float], df: list[float]) -> StudentT:
    return symmetric(np.array(location), np.array(scale), np.array(df))


def firm_days(growth: np.ndarray, firms: int) -> FirmDays:
    """One day ahead, `firms` firms a day."""
    rows = np.arange(len(growth))
    return FirmDays(rows // firms, np.ones_like(rows), rows % firms, growth)


def marks(forecast: StudentT, days: FirmDays) -> pd.DataFrame:
    """What forecasts of numbered days and firms earned."""
    table = {"date": days.day, "symbol": days.firm, "horizon": days.horizon, "growth": days.growth}
    return marked(pd.DataFrame({**table, **vars(forecast)}))


def summary(rows: pd.DataFrame) -> dict[str, Any]:
    """The scores of a run, beside itself."""
    return beside_baselines({"network": rows, "itself": rows})


def information_coefficient(location: np.ndarray, growth: np.ndarray, day: np.ndarray) -> float:
    table = {"date": day, "seed": 0, "horizon": 1, "location": location, "growth": growth}
    return BY_KEY["information_coefficient"].of(Marks(pd.DataFrame(table)))


def test_direction_by_hand() -> None:
    location = np.array([1.0, -2.0, 0.5, 0.0, 3.0])
    growth = np.array([4.0, -1.0, -2.0, 1.0, 0.0])
    assert direction(location, growth) == pytest.approx([1, 1, 0, np.nan, np.nan], nan_ok=True)


def test_coverage_by_hand() -> None:
    pit = np.array([0.01, 0.3, 0.5, 0.74, 0.8, 0.96])
    assert coverage(pit, 0.5) == 0.5
    assert coverage(pit, 0.9) == pytest.approx(4 / 6)


def test_coverage_of_calibrated_forecasts_is_nominal() -> None:
    random = np.random.default_rng(2)
    size = 40_000
    location, scale = random.normal(size=size), random.uniform(0.5, 4.0, size=size)
    df = random.uniform(2.5, 20.0, size=size)
    growth = location + scale * random.standard_t(df)
    pit = symmetric(location, scale, df).cdf(growth)
    # Four standard errors of a share: 4·√(p(1 − p)/40,000).
    assert coverage(pit, 0.5) == pytest.approx(0.5, abs=0.01)
    assert coverage(pit, 0.9) == pytest.approx(0.9, abs=0.006)
    assert coverage(symmetric(location, 2.0 * scale, df).cdf(growth), 0.9) > 0.95


def test_information_coefficient_by_hand() -> None:
    # Day 0: (1, 2, 3) against (2, 4, 6) is 1. Day 1: (1, 2, 3) against (1, 3, 2) is 1/2.
    # Day 2 has one forecast for all, day 3 two firms only: neither counts. Mean 3/4.
    location = np.array([1.0, 2, 3, 1, 2, 3, 0.1, 0.1, 0.1, 1, 2])
    growth = np.array([2.0, 4, 6, 1, 3, 2, 5, 6, 7, 1, 2])
    across = np.array([0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3])
    assert information_coefficient(location, growth, across) == pytest.approx(0.75)
    order = np.random.default_rng(0).permutation(11)
    assert information_coefficient(location[order], growth[order], across[order]) == pytest.approx(
        0.75
    )


def test_information_coefficient_is_undefined_without_a_usable_day() -> None:
    # The mean of equal numbers is not always that number: rounding must not look like a ranking.
    for firms in range(1, 60):
        flat, day = np.full(firms, 0.1), np.zeros(firms, dtype=np.intp)
        assert np.isnan(information_coefficient(flat, np.arange(float(firms)), day))


def test_information_coefficient_finds_a_planted_signal() -> None:
    # growth = signal + noise of three times its size: the correlation is 1/√10.
    random = np.random.default_rng(3)
    signal = random.normal(size=(300, 200)) + random.normal(size=(300, 1))
    growth = signal + 3.0 * random.normal(size=(300, 200)) + 5.0 * random.normal(size=(300, 1))
    across = np.repeat(np.arange(300), 200)
    assert information_coefficient(signal.ravel(), growth.ravel(), across) == pytest.approx(
        10**-0.5, abs=0.02
    )


def test_summary_by_hand() -> None:
    # Errors 1, −2, 3, −2 with ν = 2, σ = 1: F(z) = 1/2 + z/(2√(2 + z²)).
    growth = np.array([2.0, -1.0, 2.0, -1.0])
    forecast = student([1.0, 1.0, -1.0, 1.0], [1.0] * 4, [2.0] * 4)
    found = summary(marks(forecast, firm_days(growth, firms=2)))
    assert found["mae"] == pytest.approx(2.0)
    assert found["rmse"] == pytest.approx(np.sqrt(18.0 / 4.0))
    assert found["directional_accuracy"] == pytest.approx(0.25)
    assert (found["rises"], found["forecast_rises"]) == (0.5, 0.75)
    assert found["information_coefficient"] is None
    # Half of the mass is within ±√(2/3) = ±0.816, 0.9 of it within ±2.92.
    assert found["coverage_50"] == 0.0
    assert found["coverage_90"] == 0.75
    assert found["log_score"] == pytest.approx(
        -np.mean(stats.t.logpdf([1.0, -2.0, 3.0, -2.0], 2.0))
    )


def test_a_direction_that_is_worse_than_chance_says_so() -> None:
    # Rises are forecast on half of the days, and three quarters of the signs are wrong.
    location = np.tile([1.0, 1.0, -1.0, -1.0], 20)
    wrong = np.tile([-1.0, -1.0, -1.0, 1.0, 1.0, -1.0, -1.0, -1.0], 10)
    dates = pd.date_range("2020-01-01", periods=80)
    table = pd.DataFrame({"location": location, "growth": location * wrong, "date": dates})
    judged = Marks(table.assign(horizon=1))
    assert BY_KEY["direction_excess"].of(judged) == pytest.approx(-0.25)
    assert BY_KEY["direction_p"].of(judged) < 0.01
    always = Marks(judged.table.assign(location=1.0))
    assert BY_KEY["rises"].of(always) == 0.5
    assert BY_KEY["forecast_rises"].of(always) == 1.0


def test_scores_stand_beside_the_baselines_and_nothing_is_nan() -> None:
    random = np.random.default_rng(5)
    growth = random.standard_t(5, size=600)
    days = firm_days(growth, firms=6)
    ones = np.ones_like(growth)
    truth = marks(symmetric(0.1 * growth, ones, 5.0 * ones), days)
    wide = marks(symmetric(0.0 * ones, 3.0 * ones, 5.0 * ones), days)
    wider = marks(symmetric(0.0 * ones, 5.0 * ones, 5.0 * ones), days)
    found = beside_baselines({"network": truth, "wider": wider, "wide": wide})
    assert found["best_baseline"] == "wide"
    assert found["crps_skill"] == pytest.approx(
        1.0 - found["crps"] / found["baselines"]["wide"]["crps"]
    )
    assert found["crps_skill"] > 0.0
    assert found["forecasts"] == 600
    assert found["information_coefficient"] == pytest.approx(1.0)
    assert found["directional_accuracy"] == 1.0
    for score in ("directional_accuracy", "rises", "forecast_rises"):
        assert found["baselines"]["wide"][score] is None
    assert found["baselines"]["wide"]["information_coefficient"] is None
    assert set(found["baselines"]["wide"]) <= set(found)
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_cross_sections_of_two_horizons_stay_apart() -> None:
    # One day ahead the ranks agree, two days ahead they are reversed: the mean is zero.
    growth = np.array([1.0, 2, 3, 1, 2, 3])
    horizon, firm = np.array([1, 1, 1, 2, 2, 2]), np.array([0, 1, 2, 0, 1, 2])
    days = FirmDays(np.array([1, 1, 1, 0, 0, 0]), horizon, firm, growth)
    forecast = student([10.0, 20, 30, 3, 2, 1], [1.0] * 6, [5.0] * 6)
    assert summary(marks(forecast, days))["information_coefficient"] == pytest.approx(0.0)


def test_a_run_and_a_comparison_have_one_information_coefficient() -> None:
    # Day 0 is forecast one and two days ahead (correlations 1 and −1), day 1 one day ahead alone
    # (1/2): the mean over days is (0 + 1/2)/2, that over cross-sections (1 − 1 + 1/2)/3.
    growth = np.array([1.0, 2, 3, 1, 2, 3, 1, 3, 2])
    day, horizon = np.repeat([0, 0, 1], 3), np.repeat([1, 2, 1], 3)
    days = FirmDays(day - horizon, horizon, np.tile([0, 1, 2], 3), growth)
    forecast = student([1.0, 2, 3, 3, 2, 1, 1, 2, 3], [1.0] * 9, [5.0] * 9)
    rows = marks(forecast, days)
    run = summary(rows)["information_coefficient"]
    comparison = Entry.of("gru", "network", rows, {}).scores["information_coefficient"]
    assert run == pytest.approx(0.25)
    assert comparison == pytest.approx(0.25)
