import numpy as np
import pytest
import scoringrules
from hmmlearn.hmm import GaussianHMM
from scipy import stats
from universe import features

from pipeline.evaluation.baselines import BASELINES, Given
from pipeline.evaluation.baselines.hmm import MOST_REGIMES, Regimes, filtered, fit_hmm, student_of
from pipeline.evaluation.forecasts import firm_days
from pipeline.outputs import Fold
from pipeline.settings.evaluate import Evaluate

TWO = Regimes(
    np.array([[0.5, 0.5]]),
    np.array([[[0.97, 0.03], [0.06, 0.94]]]),
    np.array([[0.1, -0.3]]),
    np.array([[0.5, 4.0]]),
)


def simulated(days: int, seed: int = 0) -> np.ndarray:
    random = np.random.default_rng(seed)
    regime, rates = 0, np.empty(days)
    for day in range(days):
        rates[day] = random.normal(TWO.mean[0, regime], np.sqrt(TWO.variance[0, regime]))
        regime = random.choice(2, p=TWO.moves[0, regime])
    return rates


def test_the_filter_is_that_of_hmmlearn() -> None:
    rates = simulated(60)
    model = GaussianHMM(2, covariance_type="diag")
    model.startprob_, model.transmat_ = TWO.start[0], TWO.moves[0]
    model.means_, model.covars_ = TWO.mean[0][:, None], TWO.variance[0][:, None]
    found = filtered(TWO, rates[:, None])[:, 0]
    for day in (0, 7, 59):
        theirs = model.predict_proba(rates[: day + 1, None])[-1]
        assert found[day] == pytest.approx(theirs)


def test_a_gap_moves_the_regimes_on_and_a_late_listing_does_not() -> None:
    rates = np.array([[np.nan], [3.0], [np.nan], [0.1]])
    found = filtered(TWO, rates)[:, 0]
    assert found[0].tolist() == [0.5, 0.5]
    assert found[1] == pytest.approx(filtered(TWO, rates[1:])[0, 0])
    assert found[2] == pytest.approx(found[1] @ TWO.moves[0])


def test_extreme_growth_leaves_probabilities() -> None:
    found = filtered(TWO, np.array([[0.0], [500.0], [0.0]]))
    assert np.isfinite(found).all()
    assert found.sum(axis=-1) == pytest.approx(1.0)


def test_planted_regimes_are_found_and_none_where_there_are_none() -> None:
    found = fit_hmm(simulated(3000))
    assert found is not None
    assert len(found.start) == 2
    calm = found.variance.argmin()
    assert np.sqrt(found.variance[[calm, 1 - calm]]) == pytest.approx(np.sqrt([0.5, 4.0]), rel=0.1)
    assert found.moves[calm, calm] == pytest.approx(0.97, abs=0.02)
    plain = fit_hmm(np.random.default_rng(1).normal(size=1500))
    assert plain is not None
    assert len(plain.start) == 1


def test_the_distribution_is_the_mixtures_k_days_ahead() -> None:
    growth = 4.0 * simulated(900)[:, None]
    fold = Fold((19, 500), (502, 600), (602, 897), 3, 20)
    given = Given(growth, fold, Evaluate(), features(growth, ("growth",)))
    days = firm_days(growth, range(*fold.test), 3, 20)
    found = BASELINES["hmm"](given, days).forecast
    unit = growth[given.fitting].std()
    own = fit_hmm(growth[given.fitting, 0] / unit)
    assert own is not None
    one = Regimes(*(part[None] for part in own))
    now = filtered(one, growth / unit)[days.origin, 0]
    moves = np.stack([np.linalg.matrix_power(own.moves, ahead) for ahead in days.horizon])
    weights = np.einsum("ri,rij->rj", now, moves)
    assert found.location == pytest.approx(unit * weights @ own.mean)
    second = weights @ (own.variance + own.mean**2)
    variance = unit**2 * (second - (weights @ own.mean) ** 2)
    assert found.scale**2 * found.df / (found.df - 2.0) == pytest.approx(variance)


def test_the_student_has_the_mixtures_moments_and_nearly_its_score() -> None:
    random = np.random.default_rng(2)
    weights = random.dirichlet([2.0, 1.0, 0.5], size=400)
    mean = 0.1 * random.normal(size=(400, 3))
    variance = np.array([0.5, 1.2, 4.0]) * np.ones((400, 1))
    found = student_of(weights, mean, variance)
    assert found.location == pytest.approx((weights * mean).sum(axis=1))
    draws = random.normal(mean[0], np.sqrt(variance[0]), size=(400_000, 3))
    drawn = draws[np.arange(400_000), random.choice(3, size=400_000, p=weights[0])]
    first = stats.t(found.df[0], found.location[0], found.scale[0])
    assert first.std() == pytest.approx(drawn.std(), rel=0.01)
    away = np.abs(drawn - found.location[0]).mean()
    assert first.expect(lambda x: abs(x - found.location[0])) == pytest.approx(away, rel=0.01)
    regime = np.array([random.choice(3, p=row) for row in weights])
    growth = random.normal(mean[np.arange(400), regime], np.sqrt(variance[0, regime]))
    mixture = scoringrules.crps_mixnorm(growth, mean, np.sqrt(variance), weights, backend="numpy")
    student = scoringrules.crps_t(growth, found.df, found.location, found.scale, backend="numpy")
    assert student.mean() == pytest.approx(mixture.mean(), rel=0.005)


def test_one_regime_is_the_normal() -> None:
    found = student_of(np.ones((1, 1)), np.array([[0.3]]), np.array([[4.0]]))
    assert (found.location[0], found.scale[0]) == pytest.approx((0.3, 2.0), rel=2e-3)
    assert found.df[0] > 500.0
    assert MOST_REGIMES == 3
