import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scoringrules
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats
from scipy.special import stdtr

from pipeline.evaluation.columns import BY_KEY
from pipeline.evaluation.earned import marked
from pipeline.evaluation.entry import Entry
from pipeline.evaluation.evaluate import beside_baselines
from pipeline.evaluation.forecasts import FirmDays
from pipeline.evaluation.marks import Marks
from pipeline.evaluation.scores import coverage, crps, direction, log_score, qlike
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


def test_crps_with_two_degrees_of_freedom_by_hand() -> None:
    # At its own centre the closed form for ν = 2 is σ·(2·f(0)·2 − 2√2·B(½, 3/2)/B(½, 1)²) with
    # f(0) = 1/√8, B(½, 3/2) = π/2 and B(½, 1) = 2: σ·(√2 − √2·π/4).
    value = crps(student([1.0], [3.0], [2.0]), np.array([1.0]))
    assert value == pytest.approx(3.0 * np.sqrt(2.0) * (1.0 - np.pi / 4.0))


@settings(max_examples=50, deadline=None)
@given(st.floats(1.5, 40.0), st.floats(0.2, 5.0), st.floats(-30.0, 30.0))
def test_crps_is_the_integral_that_defines_it(df: float, scale: float, z: float) -> None:
    # σ·(∫ up to z of F² + ∫ from z on of (1 − F)²) in units of the scale, split at the centre.
    def below(x: float) -> float:
        return float(stdtr(df, x) ** 2)

    def above(x: float) -> float:
        return float(stdtr(df, -x) ** 2)

    left, right = min(z, 0.0), max(z, 0.0)
    value = integrate.quad(below, -np.inf, left)[0] + integrate.quad(above, right, np.inf)[0]
    value += integrate.quad(below if z > 0.0 else above, left, right)[0]
    found = crps(student([0.5], [scale], [df]), np.array([0.5 + scale * z]))
    assert found == pytest.approx(scale * value, rel=1e-4)


@settings(max_examples=40, deadline=None)
@given(st.floats(1.5, 40.0), st.floats(-0.8, 0.8), st.floats(-15.0, 15.0))
def test_crps_of_two_pieces_is_the_integral_that_defines_it(
    df: float, skew: float, z: float
) -> None:
    forecast = StudentT(*(np.array([part]) for part in (0.5, 2.0, df, skew)))

    def below(y: float) -> float:
        return float(forecast.cdf(np.array([y]))[0] ** 2)

    def above(y: float) -> float:
        return float((1.0 - forecast.cdf(np.array([y]))[0]) ** 2)

    at = 0.5 + 2.0 * z
    left, right = min(at, 0.5), max(at, 0.5)
    value = integrate.quad(below, -np.inf, left)[0] + integrate.quad(above, right, np.inf)[0]
    value += integrate.quad(below if z > 0.0 else above, left, right)[0]
    assert crps(forecast, np.array([at])) == pytest.approx(value, rel=1e-4)


def test_crps_of_two_pieces_without_skew_is_that_of_scoringrules() -> None:
    random = np.random.default_rng(7)
    location, growth = random.normal(size=(2, 200))
    scale, df = random.uniform(0.5, 3.0, size=200), random.uniform(1.5, 500.0, size=200)
    # One skewed forecast among them makes all be scored by the formula of two pieces.
    skew = np.zeros(200)
    skew[0] = 0.1
    found = crps(StudentT(location, scale, df, skew), growth)
    assert found[1:] == pytest.approx(scoringrules.crps_t(growth, df, location, scale)[1:])


@pytest.mark.parametrize("df", [1e3, 1e5, 1e8])
def test_many_degrees_of_freedom_are_the_normal_distribution(df: float) -> None:
    growth = np.linspace(-4.0, 4.0, 9)
    forecast = student([0.3] * 9, [1.7] * 9, [df] * 9)
    normal = scoringrules.crps_normal(growth, 0.3, 1.7)
    assert crps(forecast, growth) == pytest.approx(normal, rel=2.0 / df + 1e-6)
    density = -stats.norm.logpdf(growth, 0.3, 1.7)
    assert log_score(forecast, growth) == pytest.approx(density, abs=30.0 / df + 1e-6)


def test_log_score_is_minus_the_log_density_and_that_of_scoringrules() -> None:
    random = np.random.default_rng(0)
    growth = 3.0 * random.standard_t(4, size=50)
    location, scale = random.normal(size=50), random.uniform(0.5, 3.0, size=50)
    df = random.uniform(2.1, 30.0, size=50)
    value = log_score(symmetric(location, scale, df), growth)
    assert value == pytest.approx(-stats.t.logpdf(growth, df, location, scale))
    assert value == pytest.approx(scoringrules.logs_t(growth, df, location, scale))


@given(st.floats(0.1, 10.0), st.floats(-5.0, 5.0), st.floats(-20.0, 20.0), st.floats(2.1, 50.0))
def test_scores_follow_shift_and_unit(unit: float, shift: float, growth: float, df: float) -> None:
    plain = student([1.0], [2.0], [df])
    moved = student([shift + unit], [2.0 * unit], [df])
    at, moved_at = np.array([growth]), np.array([shift + unit * growth])
    assert crps(moved, moved_at) == pytest.approx(unit * crps(plain, at), rel=1e-6, abs=1e-9)
    assert log_score(moved, moved_at) == pytest.approx(
        log_score(plain, at) + np.log(unit), rel=1e-6, abs=1e-9
    )


@pytest.mark.parametrize("skew", [0.0, 0.3])
def test_proper_scores_prefer_the_truth(skew: float) -> None:
    random = np.random.default_rng(1)
    growth = 2.0 * np.abs(random.standard_t(5, size=20_000))
    rises = random.random(len(growth)) < np.exp(skew) / (2.0 * np.cosh(skew))
    growth *= np.where(rises, np.exp(skew), -np.exp(-skew))
    ones = np.ones_like(growth)

    def mean_scores(
        location: float, scale: float, df: float, skew: float = skew
    ) -> tuple[float, float]:
        forecast = StudentT(location * ones, scale * ones, df * ones, skew * ones)
        return float(crps(forecast, growth).mean()), float(log_score(forecast, growth).mean())

    truth = mean_scores(0.0, 2.0, 5.0)
    others = [(0.5, 2.0, 5.0), (0.0, 1.4, 5.0), (0.0, 2.8, 5.0), (0.0, 2.0, 5.0, skew - 0.2)]
    for other in others:
        wrong = mean_scores(*other)
        assert truth[0] < wrong[0]
        assert truth[1] < wrong[1]


def test_qlike_by_hand() -> None:
    # ν = 4 and σ = 3: variance 18, and with a location of 2 squared growth of 22 is expected.
    forecast = symmetric(np.array([2.0]), np.array([3.0]), np.array([4.0]))
    assert qlike(forecast, np.array([-11.0])) == pytest.approx(np.log(22.0) + 121.0 / 22.0)
    assert qlike(forecast, np.array([0.0])) == pytest.approx(np.log(22.0))


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
