import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from pipeline.errors import InputError
from pipeline.evaluation.student import LEAST_DF, MOST_DF, StudentT, fit, symmetric


def student(location: float, scale: float, df: float) -> StudentT:
    return symmetric(np.array([location]), np.array([scale]), np.array([df]))


def test_density_of_the_cauchy_distribution_by_hand() -> None:
    # With one degree of freedom f(y) = 1/(πσ(1 + z²)); z = (5 − 1)/2 = 2, so f = 1/(10π).
    assert student(1.0, 2.0, 1.0).log_density(np.array([5.0])) == pytest.approx(
        -np.log(10.0 * np.pi)
    )


def test_cdf_and_quantile_with_two_degrees_of_freedom_by_hand() -> None:
    # For ν = 2: F(z) = 1/2 + z/(2√(2 + z²)); F(1) = 1/2 + 1/(2√3).
    forecast = student(3.0, 2.0, 2.0)
    assert forecast.cdf(np.array([5.0])) == pytest.approx(0.5 + 0.5 / np.sqrt(3.0))
    assert forecast.quantile(0.5 + 0.5 / np.sqrt(3.0)) == pytest.approx(5.0)
    assert forecast.quantile(0.5) == pytest.approx(3.0)


@given(st.floats(-50, 50), st.floats(0.01, 100), st.floats(1.01, 1e6), st.floats(-500, 500))
def test_density_and_cdf_are_those_of_scipy(
    location: float, scale: float, df: float, growth: float
) -> None:
    forecast, reference = student(location, scale, df), stats.t(df, location, scale)
    at = np.array([growth])
    assert forecast.log_density(at) == pytest.approx(reference.logpdf(at), rel=1e-7, abs=1e-7)
    assert forecast.cdf(at) == pytest.approx(reference.cdf(at), rel=1e-7, abs=1e-12)


def test_log_density_is_finite_where_the_density_underflows() -> None:
    value = student(0.0, 1.0, 1e9).log_density(np.array([60.0]))
    assert value == pytest.approx(stats.norm.logpdf(60.0), rel=1e-5)


@given(st.floats(1.5, 1e5), st.floats(0.001, 0.999))
def test_quantile_inverts_cdf(df: float, level: float) -> None:
    forecast = student(-1.0, 3.0, df)
    assert forecast.cdf(forecast.quantile(level)) == pytest.approx(level, abs=1e-6)


def two_piece(location: float, scale: float, df: float, skew: float) -> StudentT:
    return StudentT(*(np.array([part]) for part in (location, scale, df, skew)))


def test_two_pieces_by_hand() -> None:
    # e^κ = 2: of 4 + 1 parts 4 are above the location. At z = 4 the right half is at x = 2, where
    # the Cauchy density is 1/(5π), its tail ½ − arctan(2)/π, and cosh κ = (2 + ½)/2 = 5/4.
    forecast, at = two_piece(1.0, 0.5, 1.0, np.log(2.0)), np.array([3.0])
    assert forecast.cdf(np.array([1.0])) == pytest.approx(0.2)
    assert forecast.log_density(at) == pytest.approx(-np.log(5.0 * np.pi * 0.5 * 1.25))
    beyond = 2.0 * 0.8 * (0.5 - np.arctan(2.0) / np.pi)
    assert forecast.cdf(at) == pytest.approx(1.0 - beyond)
    assert forecast.quantile(1.0 - beyond) == pytest.approx(3.0)
    # The left half at z = −½ is at x = −1: its tail is ¼ of 2 · ½ · 0.2.
    assert forecast.cdf(np.array([0.75])) == pytest.approx(0.1)
    assert forecast.quantile(0.1) == pytest.approx(0.75)


@settings(max_examples=25)
@given(st.floats(2.5, 40.0), st.floats(-1.0, 1.0), st.floats(0.01, 0.99))
def test_two_pieces_are_one_distribution(df: float, skew: float, level: float) -> None:
    forecast = two_piece(0.5, 2.0, df, skew)

    def density(growth: float) -> float:
        return float(np.exp(forecast.log_density(np.array([growth])))[0])

    def moment(power: int, *ends: float) -> float:
        return float(integrate.quad(lambda y: y**power * density(y), *ends, limit=200)[0])

    below, above = (-np.inf, 0.5), (0.5, np.inf)
    assert moment(0, *below) + moment(0, *above) == pytest.approx(1.0, rel=1e-6)
    assert moment(0, *below) == pytest.approx(float(forecast.cdf(np.array([0.5]))[0]), rel=1e-6)
    mean = moment(1, *below) + moment(1, *above)
    assert mean == pytest.approx(float(forecast.mean[0]), rel=1e-5, abs=1e-6)
    if df > 4.0:
        square = moment(2, *below) + moment(2, *above)
        assert square - mean**2 == pytest.approx(float(forecast.variance[0]), rel=1e-4)
    assert forecast.cdf(forecast.quantile(level)) == pytest.approx(level, abs=1e-8)


@given(st.floats(1.5, 50.0), st.floats(-1.5, 1.5), st.floats(-30.0, 30.0))
def test_a_mirrored_skew_mirrors_the_distribution(df: float, skew: float, growth: float) -> None:
    one, other = two_piece(0.0, 1.0, df, skew), two_piece(0.0, 1.0, df, -skew)
    at = np.array([growth])
    assert one.log_density(at) == pytest.approx(other.log_density(-at))
    assert one.cdf(at) == pytest.approx(1.0 - other.cdf(-at), abs=1e-12)


def test_a_variance_without_an_end_is_infinite() -> None:
    assert two_piece(0.0, 1.0, 2.0, 0.1).variance.tolist() == [np.inf]
    assert two_piece(0.0, 3.0, 4.0, 0.0).variance.tolist() == [18.0]


@pytest.mark.parametrize(("scale", "df"), [(0.7, 3.0), (1.0, 5.0), (2.5, 12.0)])
def test_fit_finds_what_was_planted(scale: float, df: float) -> None:
    errors = scale * np.random.default_rng(3).standard_t(df, size=40_000)
    found_scale, found_df = fit(errors)
    assert found_scale == pytest.approx(scale, rel=0.02)
    assert found_df == pytest.approx(df, rel=0.1)


def test_fit_is_the_most_likely_one() -> None:
    errors = np.random.default_rng(4).standard_t(4.0, size=2000)
    scale, df = fit(errors)
    best = stats.t.logpdf(errors, df, 0.0, scale).sum()
    assert best >= stats.t.logpdf(errors, df * 1.05, 0.0, scale).sum()
    assert best >= stats.t.logpdf(errors, df / 1.05, 0.0, scale).sum()
    assert best >= stats.t.logpdf(errors, df, 0.0, scale * 1.02).sum()
    assert best >= stats.t.logpdf(errors, df, 0.0, scale / 1.02).sum()
    assert best >= stats.t.logpdf(errors, *_scipy_fit(errors)).sum() - 1e-3


def _scipy_fit(errors: np.ndarray) -> tuple[float, float, float]:
    df, location, scale = stats.t.fit(errors, floc=0.0)
    return df, location, scale


def test_fit_stays_within_its_bounds() -> None:
    random = np.random.default_rng(5)
    scale, df = fit(random.uniform(-1.0, 1.0, size=5000))
    assert df == pytest.approx(MOST_DF, rel=1e-6)
    assert scale == pytest.approx(np.sqrt(1.0 / 3.0), rel=0.02)
    assert fit(random.standard_cauchy(5000))[1] == pytest.approx(LEAST_DF, rel=1e-6)


def test_too_few_values_are_refused() -> None:
    with pytest.raises(InputError, match=r"Only 3 growth rates .* window\.lookback"):
        fit(np.array([0.1, -0.2, 0.3]))
