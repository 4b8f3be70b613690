import numpy as np
import pytest
import scoringrules
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats
from scipy.special import stdtr

from pipeline.evaluation.proper import crps, log_score, qlike
from pipeline.evaluation.student import StudentT, symmetric


def student(location: list[float], scale: list[float], df: list[float]) -> StudentT:
    return symmetric(np.array(location), np.array(scale), np.array(df))


def test_crps_with_two_degrees_of_freedom_by_hand() -> None:
    # At its own centre the closed form for ν = 2 is σ·(2·f(0)·2 − 2√2·B(½, 3/2)/B(½, 1)²) with
    # f(0) = 1/√8, B(½, 3/2) = π/2 and B(½, 1) = 2: σ·(√2 − √2·π/4).
    value = crps(student([1.0], [3.0], [2.0]), np.array([1.0]))
    assert value == pytest.approx(3.0 * np.sqrt(2.0) * (1.0 - np.pi / 4.0))


@settings(max_examples=50)
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


@settings(max_examples=40)
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
