from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from arch.univariate import EGARCH, GARCH, ConstantMean, SkewStudent, StudentsT
from scipy import stats
from universe import features, growth_panel

from pipeline.evaluation.baselines import BASELINES, Given, Outlook
from pipeline.evaluation.baselines.egarch import Egarch, fit_egarch, log_variances
from pipeline.evaluation.baselines.garch import (
    Garch,
    days_ahead,
    fit_garch,
    fit_gjr_garch,
    fit_skew_garch,
    normal_log_likelihood,
    variances,
)
from pipeline.evaluation.forecasts import FirmDays, firm_days
from pipeline.evaluation.student import of_moments
from pipeline.outputs import Fold
from pipeline.settings.evaluate import Evaluate


def simulated(days: int = 900, gamma: float = 0.0, seed: int = 0) -> np.ndarray:
    """GARCH(1,1) of alpha 0.08, beta 0.88 − gamma/2 and six degrees of freedom."""
    random = np.random.default_rng(seed)
    shocks = random.standard_t(6, size=days) / np.sqrt(1.5)
    rates, variance = np.empty(days), 1.0
    for day, shock in enumerate(shocks):
        rates[day] = np.sqrt(variance) * shock
        alpha = 0.08 + gamma * (shock < 0)
        variance = 0.04 + alpha * rates[day] ** 2 + (0.88 - gamma / 2) * variance
    return rates


def told(growth: np.ndarray, horizon: int, name: str = "garch") -> tuple[Given, FirmDays, Outlook]:
    days = len(growth)
    fold = Fold((19, 500), (499 + horizon, 600), (599 + horizon, days - horizon), horizon, 20)
    given = Given(growth, fold, Evaluate(), features(growth, ("growth",)))
    judged = firm_days(growth, range(*fold.test), horizon, 20)
    return given, judged, BASELINES[name](given, judged)


@pytest.mark.parametrize("name", ["garch", "gjr_garch"])
def test_forecasts_are_those_of_arch_with_the_parameters_held(name: str) -> None:
    growth = 5.0 * simulated(gamma=0.08)[:, None]
    given, days, found = told(growth, 3, name)
    known = growth[given.fitting, 0]
    unit = known.std()
    fit = fit_garch if name == "garch" else fit_gjr_garch
    own = fit(known / unit)
    assert own is not None
    values = [own.mean, own.omega, own.alpha, own.gamma, own.beta, own.df]
    if name == "garch":
        values.pop(3)
    volatility = GARCH(1, int(name != "garch"), 1)
    model = ConstantMean(
        growth[:, 0] / unit, volatility=volatility, distribution=StudentsT(), rescale=False
    )
    theirs = model.fix(values).forecast(horizon=3, start=given.fold.test[0], align="origin")
    variance = theirs.variance.to_numpy()[days.origin - given.fold.test[0], days.horizon - 1]
    scale = unit * np.sqrt(variance * (own.df - 2.0) / own.df)
    # The optimiser stops a little elsewhere if the last bit of the unit differs.
    np.testing.assert_allclose(found.forecast.scale, scale, rtol=2e-5)
    np.testing.assert_allclose(found.forecast.location, unit * own.mean, rtol=1e-3)
    np.testing.assert_allclose(found.forecast.df, own.df, rtol=1e-3)
    assert found.fallbacks == 0


def test_variances_by_hand() -> None:
    # Start 2, persistence 0.1 + 0.2/2 + 0.7 = 0.9: before the first day 0.1 + 0.9·2 = 1.9, held
    # until the firm is listed. Then a rise of 1, a gap, a fall of 2.
    firm = Garch(*(np.array([value]) for value in (0.0, 0.1, 0.1, 0.2, 0.7, 5.0, 2.0)))
    growth = np.array([[np.nan], [1.0], [np.nan], [-2.0]])
    found = variances(firm, growth)[:, 0]
    rise = 0.1 + 0.1 * 1.0 + 0.7 * 1.9
    gap = 0.1 + 0.9 * rise
    fall = 0.1 + 0.3 * 4.0 + 0.7 * gap
    assert found == pytest.approx([1.9, rise, gap, fall])


@pytest.mark.parametrize("beta", [0.7, 0.9])
def test_days_ahead_by_hand(beta: float) -> None:
    firm = Garch(0.0, 0.2, 0.1, 0.0, beta, 5.0, 1.0)
    two = 0.2 + (0.1 + beta) * 3.0
    three = 0.2 + (0.1 + beta) * two
    found = days_ahead(firm, np.full(3, 3.0), np.array([1, 2, 3]))
    assert found == pytest.approx([3.0, two, three])


def test_planted_parameters_are_found() -> None:
    found = fit_gjr_garch(simulated(8000, gamma=0.1))
    assert found is not None
    assert found.alpha == pytest.approx(0.08, abs=0.03)
    assert found.gamma == pytest.approx(0.1, abs=0.04)
    assert found.beta == pytest.approx(0.83, abs=0.05)
    assert found.df == pytest.approx(6.0, rel=0.2)


def test_firms_that_cannot_be_fitted_are_forecast_by_history_and_counted() -> None:
    growth = np.column_stack([simulated(seed=1), simulated(seed=2), simulated(seed=3)])
    growth[:400, 1] = np.nan  # 200 growth rates to fit on
    growth[:650, 2] = np.nan  # none
    given, days, found = told(growth, 1)
    assert found.fallbacks == 2
    history = BASELINES["historical_mean"](given, days).forecast
    rows = days.firm > 0
    for part in ("location", "scale", "df", "skew"):
        values, others = getattr(found.forecast, part), getattr(history, part)
        assert (values[rows] == others[rows]).all()
        assert np.isfinite(values).all()
    assert (found.forecast.scale[~rows] != history.scale[~rows]).all()


def test_a_fit_that_tells_less_than_a_normal_distribution_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As of one firm of the S&P 500, whose mean ended at a million standard deviations a day."""
    rates = simulated()
    rates /= rates.std()
    assert normal_log_likelihood(rates) == pytest.approx(
        stats.norm(rates.mean(), rates.std()).logpdf(rates).sum()
    )
    assert fit_egarch(rates) is not None
    fit = ConstantMean.fit

    def lost(model: ConstantMean, **options: object) -> object:
        found = fit(model, **options)
        worse = np.array([1e6, *found.params[1:]])
        held = model.fix(worse)
        return SimpleNamespace(
            convergence_flag=0, params=worse, loglikelihood=float(held.loglikelihood)
        )

    monkeypatch.setattr(ConstantMean, "fit", lost)
    assert fit_egarch(rates) is None


def test_the_number_of_processes_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    growth = growth_panel(firms=4, days=900, gaps=False).to_numpy()
    alone = told(growth, 1)[2].forecast
    monkeypatch.setattr("pipeline.evaluation.baselines.firms.FIRMS_A_PROCESS", 1)
    monkeypatch.setattr("pipeline.cores.count", lambda: 2)
    together = told(growth, 1)[2].forecast
    assert (alone.scale == together.scale).all()
    assert (alone.df == together.df).all()


def test_errors_with_skew_have_the_density_of_arch() -> None:
    # λ = 0.3 is κ = artanh 0.3 = ½ ln (1.3/0.7).
    errors = np.linspace(-6.0, 8.0, 29)
    theirs = SkewStudent().loglikelihood(np.array([6.0, 0.3]), errors, 4.0, individual=True)
    ones = np.ones_like(errors)
    skew = 0.5 * np.log(1.3 / 0.7)
    found = of_moments(0.0 * ones, 2.0 * ones, 6.0 * ones, skew * ones)
    assert found.log_density(errors) == pytest.approx(theirs)
    assert found.mean == pytest.approx(0.0, abs=1e-12)
    assert found.variance == pytest.approx(4.0)


def test_skew_is_fitted() -> None:
    # ln of a gamma distribution leans to falls.
    rates = np.log(np.random.default_rng(5).gamma(3.0, size=3000))
    found = fit_skew_garch(rates - rates.mean())
    assert found is not None and found.skew < -0.1
    mirrored = fit_skew_garch(rates.mean() - rates)
    assert mirrored is not None
    assert mirrored.skew == pytest.approx(-found.skew, abs=0.02)


def test_a_refit_is_a_fit_to_all_days_so_far() -> None:
    growth = simulated(days=900)[:, None]
    given, days, _ = told(growth, 1, "har")
    first, stop = given.fold.test
    refitted = replace(given, section=Evaluate(refit_days=200))
    found = BASELINES["garch_refitted"](refitted, days).forecast
    held = BASELINES["garch"](refitted, days).forecast
    early = days.origin < first + 200
    assert (found.scale[early] == held.scale[early]).all()
    fold = replace(given.fold, test=(first + 200, stop))
    later = BASELINES["garch"](replace(given, fold=fold), days).forecast
    assert (found.scale[~early] == later.scale[~early]).all()
    assert (found.scale[~early] != held.scale[~early]).all()
    without = replace(given, section=Evaluate(refit_days=None))
    assert not BASELINES["garch_refitted"].usable(without)


def test_egarch_forecasts_are_those_of_arch_with_the_parameters_held() -> None:
    growth = 5.0 * simulated()[:, None]
    given, days, found = told(growth, 1, "egarch")
    known = growth[given.fitting, 0]
    unit = known.std()
    own = fit_egarch(known / unit)
    assert own is not None
    values = [own.mean, own.omega, own.alpha, own.gamma, own.beta, own.df]
    model = ConstantMean(
        growth[:, 0] / unit, volatility=EGARCH(1, 1, 1), distribution=StudentsT(), rescale=False
    )
    theirs = model.fix(values).forecast(horizon=1, start=given.fold.test[0], align="origin")
    variance = theirs.variance.to_numpy()[days.origin - given.fold.test[0], 0]
    assert found.forecast.variance == pytest.approx(unit**2 * variance, rel=1e-4)
    assert found.forecast.mean == pytest.approx(unit * own.mean, rel=1e-3)
    assert found.fallbacks == 0


def test_log_variances_and_days_ahead_by_hand() -> None:
    # ω 0.1, α 0.2, γ −0.1, β 0.5 from a log variance of 2: 1.1 before the first day. At ν = 4,
    # E|z| is 1/√2: of a t of variance 2 the mean size is 1.
    firm = Egarch(*(np.array([value]) for value in (1.0, 0.1, 0.2, -0.1, 0.5, 4.0, 2.0)))
    assert firm.expected == pytest.approx(0.2 * (np.sqrt(0.5) - np.sqrt(2.0 / np.pi)))
    mean_size = stats.t(4).expect(np.abs)
    assert firm.expected == pytest.approx(0.2 * (mean_size / np.sqrt(2) - np.sqrt(2 / np.pi)))
    found = log_variances(firm, np.array([[np.nan], [-1.0], [np.nan]]))[:, 0]
    z = -2.0 / np.exp(0.5 * 1.1)
    fall = 0.1 + 0.2 * (abs(z) - np.sqrt(2.0 / np.pi)) - 0.1 * z + 0.5 * 1.1
    assert found == pytest.approx([1.1, fall, 0.1 + firm.expected[0] + 0.5 * fall])


def test_later_days_have_the_expected_log_variance() -> None:
    given, days, found = told(simulated()[:, None], 2, "egarch")
    one, two = (found.forecast.variance[days.horizon == ahead] for ahead in (1, 2))
    own = fit_egarch(given.growth[given.fitting, 0] / given.growth[given.fitting, 0].std())
    assert own is not None
    unit = given.growth[given.fitting, 0].std()
    later = own.omega + own.expected + own.beta * np.log(one / unit**2)
    assert np.log(two / unit**2) == pytest.approx(later, rel=1e-2, abs=1e-3)
