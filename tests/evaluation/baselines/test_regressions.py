"""AR, ridge and HAR."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from statsmodels.tsa.ar_model import AutoReg, ar_select_order
from universe import features, growth_panel

from pipeline.evaluation.baselines import BASELINES, Given
from pipeline.evaluation.baselines.ar import MOST_LAGS, ar, fit_ar
from pipeline.evaluation.baselines.har import har
from pipeline.evaluation.baselines.ridge import MOST_INPUTS, PENALTIES, ridge
from pipeline.evaluation.baselines.volatility import volatility
from pipeline.evaluation.forecasts import firm_days
from pipeline.outputs import Fold
from pipeline.settings.evaluate import Evaluate

FOLD = Fold((9, 700), (702, 800), (802, 996), 3, 10)


def given(growth: np.ndarray, inputs: np.ndarray | None = None, fold: Fold = FOLD) -> Given:
    return Given(growth, fold, Evaluate(), features(growth) if inputs is None else inputs)


def autoregressive(seed: int = 0, firms: int = 2) -> np.ndarray:
    random = np.random.default_rng(seed)
    rates = 3.0 * random.normal(size=(1000, firms))
    for day in range(2, 1000):
        rates[day] += 1.0 + 0.5 * rates[day - 1] - 0.3 * rates[day - 2]
    return rates


def test_ar_is_that_of_statsmodels() -> None:
    growth = autoregressive()
    training = growth[FOLD.training_days, 0]
    order = ar_select_order(training, MOST_LAGS, ic="bic").ar_lags
    assert order == [1, 2]
    theirs = AutoReg(training, order, hold_back=MOST_LAGS).fit()
    constant, *weights = theirs.params
    course = ar(given(growth))
    one, two = next(course), next(course)
    day = 900
    first = constant + weights @ growth[[day, day - 1], 0]
    second = constant + weights @ np.array([first, growth[day, 0]])
    assert one.location[day, 0] == pytest.approx(first)
    assert two.location[day, 0] == pytest.approx(second)
    assert not one.failed.any()


def test_ar_takes_a_missing_lag_for_the_mean_and_history_where_it_cannot_be_fitted() -> None:
    growth = autoregressive(firms=3)
    growth[900, 0] = np.nan
    growth[:500, 1] = np.nan
    found = next(ar(given(growth)))
    mean, *weights = fit_ar(growth[FOLD.training_days, 0])
    assert found.location[900, 0] == pytest.approx(mean + weights[1] * (growth[899, 0] - mean))
    assert found.failed.tolist() == [False, True, False]
    assert found.location[900, 1] == pytest.approx(growth[500:901, 1].mean())
    days = firm_days(growth, range(*FOLD.test), 3, 10)
    assert BASELINES["ar"](given(growth), days).fallbacks == 1


def test_ridge_is_that_of_scikit_learn_with_the_penalty_of_validation() -> None:
    growth = growth_panel(firms=3, days=1000).to_numpy()
    found = given(growth)
    inputs, unit = found.features, volatility(growth, found.training)
    target = growth / unit
    course = ridge(found)

    def windows(origins: range, ahead: int) -> tuple[np.ndarray, np.ndarray, list]:
        rows = [
            (day, firm)
            for firm in range(3)
            for day in origins
            if np.isfinite(target[day + 1 : day + 4, firm]).all()
            and np.isfinite(growth[: day + 1, firm]).sum() >= 10
        ]
        x = np.array([inputs[firm, day - 9 : day + 1].T.ravel() for day, firm in rows])
        return x, np.array([target[day + ahead, firm] for day, firm in rows]), rows

    for ahead in (1, 2):
        location = next(course).location
        x, y, _ = windows(range(*FOLD.train), ahead)
        models = [Ridge(alpha=penalty).fit(x.astype(float), y) for penalty in PENALTIES]
        seen = [
            inputs[firm, day - 9 : day + 1].T.ravel().astype(float)
            for day in range(*FOLD.valid)
            for firm in range(3)
        ]
        every = np.stack([model.predict(seen) for model in models])
        real = target[FOLD.valid[0] + ahead : FOLD.valid[1] + ahead].ravel()
        best = models[int(np.nansum((real - every) ** 2, axis=1).argmin())]
        test = inputs[1, 900 - 9 : 901].T.reshape(1, -1).astype(float)
        assert location[900, 1] == pytest.approx(unit[1] * best.predict(test)[0], rel=1e-3)


def test_ridge_finds_what_is_planted_in_the_features() -> None:
    random = np.random.default_rng(4)
    growth = 3.0 * random.normal(size=(1000, 4))
    signal = np.roll(growth, -2, axis=0) / 3.0 + random.normal(size=growth.shape)
    inputs = np.stack([signal.T, np.ones_like(signal.T)], axis=-1).astype(np.float32)
    course = ridge(given(growth, inputs))
    later = range(*FOLD.test)
    for ahead in (1, 2, 3):
        moments = next(course)
        skill = np.corrcoef(
            moments.location[later].ravel(), growth[np.array(later) + ahead].ravel()
        )[0, 1]
        # Two days ahead is in the last window's last day, one day ahead in the day before it.
        assert (skill > 0.5) == (ahead < 3)


@pytest.mark.parametrize(("lookback", "used"), [(4, 4), (40, 5)])
def test_ridge_uses_the_last_days_of_a_window_with_too_many_inputs(
    lookback: int, used: int
) -> None:
    random = np.random.default_rng(6)
    growth = random.normal(size=(300, 2))
    inputs = random.normal(size=(2, 300, MOST_INPUTS // 5)).astype(np.float32)
    fold = Fold((lookback - 1, 200), (200, 250), (250, 299), 1, lookback)
    day = 279
    before = next(ridge(given(growth, inputs, fold))).location
    for back in (used - 1, used):
        changed = inputs.copy()
        changed[:, day - back] += 9.0
        after = next(ridge(given(growth, changed, fold))).location
        assert (before[day] == after[day]).all() == (back == used)
        assert (before[day - back] != after[day - back]).all()


def test_har_is_least_squares_on_day_week_and_month() -> None:
    random = np.random.default_rng(5)
    calm = np.exp(0.8 * np.sin(np.arange(1000) / 30.0))[:, None]
    growth = 3.0 * calm * random.standard_t(6, size=(1000, 2))
    size = np.abs(growth[:, 0])
    stop = given(growth).fitting.stop
    course = har(given(growth))
    for ahead in (1, 2):
        found = next(course)
        # The first days have the mean of as many days as there are.
        rows = [
            [1.0, size[d], size[max(0, d - 4) : d + 1].mean(), size[max(0, d - 21) : d + 1].mean()]
            for d in range(1000)
        ]
        x = np.array(rows)
        weights = np.linalg.lstsq(x[: stop - ahead], size[ahead:stop], rcond=None)[0]
        assert found.volatility[900, 0] == pytest.approx(x[900] @ weights)
    assert (found.location == 0.0).all()


def test_har_is_fitted_to_the_days_whose_growth_is_known() -> None:
    growth = 5.0 + autoregressive(firms=1)
    growth[100:400:3] = np.nan
    size = np.abs(growth[:, 0])
    week, month = (
        np.array([np.nanmean(size[max(0, d + 1 - days) : d + 1]) for d in range(1000)])
        for days in (5, 22)
    )
    # A day that was missed counts as its week.
    x = np.stack([np.ones(1000), np.where(np.isfinite(size), size, week), week, month], axis=1)
    stop = given(growth).fitting.stop
    known = np.isfinite(size[1:stop])
    weights = np.linalg.lstsq(x[: stop - 1][known], size[1:stop][known], rcond=None)[0]
    found = next(har(given(growth)))
    assert found.volatility[900, 0] == pytest.approx(x[900] @ weights)


def test_har_knows_gaps_and_late_firms() -> None:
    growth = growth_panel(firms=4, days=1000, gaps=False).to_numpy().copy()
    growth[870:930, 0] = np.nan
    growth[:700, 1] = np.nan
    found = next(har(given(growth)))
    assert found.failed.tolist() == [False, True, False, False]
    assert np.isfinite(found.volatility).all()
    assert (found.volatility > 0.0).all()
    # A month without a growth rate leaves the last forecast standing.
    assert found.volatility[929, 0] == found.volatility[891, 0]
