import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pipeline.errors import InputError
from pipeline.evaluation.student import LEAST_DF, MOST_DF, StudentT, fit


def student(location: float, scale: float, df: float) -> StudentT:
    return StudentT(np.array([location]), np.array([scale]), np.array([df]))


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
