import numpy as np
import pytest
from arch.univariate import GARCH, ConstantMean, StudentsT
from universe import features, growth_panel

from pipeline.evaluation.baselines import BASELINES, Given, Outlook
from pipeline.evaluation.baselines.garch import (
    Garch,
    days_ahead,
    fit_garch,
    fit_gjr_garch,
    variances,
)
from pipeline.evaluation.forecasts import FirmDays, firm_days
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


def test_the_number_of_processes_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    growth = growth_panel(firms=4, days=900, gaps=False).to_numpy()
    alone = told(growth, 1)[2].forecast
    monkeypatch.setattr("pipeline.evaluation.baselines.firms.FIRMS_A_PROCESS", 1)
    monkeypatch.setattr("pipeline.cores.count", lambda: 2)
    together = told(growth, 1)[2].forecast
    assert (alone.scale == together.scale).all()
    assert (alone.df == together.df).all()
