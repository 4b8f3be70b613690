"""Baselines that daily ranges tell of: their EWMA and a GARCH with them."""

import numpy as np
import pytest
from arch.univariate import GARCH, ConstantMean, StudentsT
from scipy.optimize import check_grad
from universe import features

from pipeline.evaluation.baselines import BASELINES, Given
from pipeline.evaluation.baselines.garch import Garch
from pipeline.evaluation.baselines.garch_range import (
    START,
    GarchRange,
    _loss,
    fit_garch_range,
    variances,
)
from pipeline.evaluation.baselines.range_ewma import range_ewma
from pipeline.evaluation.forecasts import firm_days
from pipeline.outputs import Fold
from pipeline.settings.evaluate import Evaluate

PARKINSON = np.sqrt(4.0 * np.log(2.0))


def given(growth: np.ndarray, ranges: np.ndarray | None) -> Given:
    days = len(growth)
    fold = Fold((19, days - 300), (days - 299, days - 200), (days - 199, days - 2), 2, 20)
    return Given(growth, fold, Evaluate(), features(growth, ("growth",)), ranges)


def simulated(days: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Growth of ω 0.05, α 0.05, β 0.7, δ 0.2 and ν 6, and volatilities by range around its own."""
    random = np.random.default_rng(seed)
    shocks = random.standard_t(6, size=days) / np.sqrt(1.5)
    noise = np.exp(0.3 * random.standard_normal(days) - 0.09)  # E noise² = 1
    rates, moves, variance = np.empty(days), np.empty(days), 1.0
    for day, shock in enumerate(shocks):
        rates[day] = np.sqrt(variance) * shock
        moves[day] = np.sqrt(variance) * noise[day]
        variance = 0.05 + 0.05 * rates[day] ** 2 + 0.7 * variance + 0.2 * moves[day] ** 2
    return rates, moves


def test_ewma_of_ranges_by_hand() -> None:
    # Half-life 5: a day weighs 2^(−1/5) of the next. A day without a range changes nothing.
    growth = np.random.default_rng(1).normal(size=(600, 2))
    ranges = np.full((600, 2), np.nan)
    ranges[1:4, 0] = PARKINSON * np.array([1.0, 0.0, 3.0])  # zero: a day of a single price
    found = next(range_ewma(given(growth, ranges)))
    older = 2.0 ** (-2 / 5)
    assert found.volatility[1:3, 0].tolist() == pytest.approx([1.0, 1.0])
    assert found.volatility[3, 0] == pytest.approx((older + 3.0) / (older + 1.0))
    assert (found.location == 0.0).all()
    # Without any range the running volatility stands in.
    assert (found.volatility[:, 1] == given(growth, ranges).unit[:, 1]).all()


def test_baselines_of_ranges_are_usable_only_where_there_are_some() -> None:
    growth = np.ones((600, 1))
    needy = {name for name, row in BASELINES.items() if not row.usable(given(growth, None))}
    assert needy == {"range_ewma", "garch_range"}
    assert all(BASELINES[name].usable(given(growth, growth)) for name in needy)


def test_variances_with_ranges_by_hand() -> None:
    # ω 0.1, α 0.2, β 0.5, δ 0.1, ratio 2: expected 0.9 of the start, 2. Then a day with a range of
    # volatility 3, one without, a gap.
    garch = Garch(*(np.array([value]) for value in (0.0, 0.1, 0.2, 0.0, 0.5, 5.0, 2.0)))
    growth = np.array([[np.nan], [1.0], [2.0], [np.nan]])
    ranges = np.array([[np.nan], [3.0], [np.nan], [np.nan]])
    found = variances(GarchRange(garch, np.array([0.1]), np.array([2.0])), growth, ranges)[:, 0]
    before = 0.1 + 0.9 * 2.0
    one = 0.1 + 0.2 * 1.0 + 0.5 * before + 0.1 * 9.0
    two = 0.1 + 0.2 * 4.0 + 0.5 * one + 0.1 * 2.0 * 4.0
    assert found == pytest.approx([before, one, two, 0.1 + 0.9 * two])


def test_the_gradient_is_that_of_the_likelihood() -> None:
    rates, moves = simulated(300)
    for seed in range(3):
        at = np.array(START) + 0.3 * np.random.default_rng(seed).normal(size=6)
        error = check_grad(
            lambda x: _loss(x, rates, moves**2, 1.3)[0],
            lambda x: _loss(x, rates, moves**2, 1.3)[1],
            at,
        )
        assert error < 1e-6


def test_without_a_part_of_the_range_the_likelihood_is_that_of_arch() -> None:
    rates, moves = simulated(500)
    at = np.array([0.1, 0.2, 2.0, -1.0, -60.0, 1.0])
    share = 1.0 / (1.0 + np.exp(1.0))
    persistence = 1.0 / (1.0 + np.exp(-2.0))
    alpha, beta = persistence * share, persistence * (1.0 - share)
    values = [0.1, (1.0 - persistence) * np.exp(0.2), alpha, beta, 2.0 + np.exp(1.0)]
    model = ConstantMean(rates, volatility=GARCH(1, 0, 1), distribution=StudentsT(), rescale=False)
    theirs = model.fix(values).loglikelihood
    # `arch` starts from errors around the parameter of the mean.
    weights = 0.94 ** np.arange(75)
    start = float(weights @ np.square(rates[:75] - 0.1) / weights.sum())
    mine = _loss(at, rates, moves**2, start)[0]
    assert -len(rates) * mine == pytest.approx(theirs, rel=1e-3)


def test_planted_parameters_of_ranges_are_found() -> None:
    found = fit_garch_range(*simulated(6000))
    assert found is not None
    assert found.moved == pytest.approx(0.2, abs=0.05)
    assert found.garch.alpha == pytest.approx(0.05, abs=0.03)
    assert found.garch.beta == pytest.approx(0.7, abs=0.08)
    assert found.garch.df == pytest.approx(6.0, rel=0.2)
    assert found.ratio == pytest.approx(1.0, rel=0.1)
    assert fit_garch_range(np.ones(300), np.full(300, np.nan)) is None


def test_garch_with_ranges_forecasts_days_ahead() -> None:
    rates, moves = simulated(900)
    known = given(5.0 * rates[:, None], 5.0 * PARKINSON * moves[:, None])
    days = firm_days(known.growth, range(*known.fold.test), 2, 20)
    found = BASELINES["garch_range"](known, days)
    assert found.fallbacks == 0
    unit = known.growth[known.fitting].std()
    own = fit_garch_range(
        known.growth[known.fitting, 0] / unit, known.range_volatility[known.fitting, 0] / unit
    )
    assert own is not None
    after = variances(own, known.growth / unit, known.range_volatility / unit)[:, 0]
    rest = own.garch.persistence + own.moved * own.ratio
    two = own.garch.omega + rest * after
    expected = np.where(days.horizon == 1, after[days.origin], two[days.origin])
    assert found.forecast.variance == pytest.approx(unit**2 * expected, rel=1e-3)
