"""Portfolios by similarity: weights worked by hand, and nothing of the later days in them."""

import numpy as np
import pandas as pd
import pytest
import universe
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from pipeline.errors import InputError
from pipeline.similarity import classical
from pipeline.similarity.asking.clusters import chords
from pipeline.similarity.study import portfolio
from pipeline.similarity.study.risk_parity import inverse_variance, risk_parity


def daily(firms=6, days=300, seed=0):
    """Simple returns of a day with volatilities of 1 % to 2 %."""
    random = np.random.default_rng(seed)
    market = random.normal(size=(days, 1))
    own = random.normal(size=(days, firms))
    return 0.007 * np.linspace(1.0, 2.0, firms) * (market + own)


def parts():
    """Growth of a planted universe in two parts, and a similarity of the first."""
    growth = universe.growth_panel(firms=9, days=600, gaps=False).to_numpy(copy=True)
    return growth[:400], growth[400:], classical.residual(growth[:400])


@pytest.mark.parametrize("firms", [2, 3])
def test_few_uncorrelated_firms_get_inverse_variances(firms):
    # Orthogonal columns: halves have the variance 1 / Σ 1/σ², so that 1/σ² is what comes out.
    random = np.random.default_rng(0)
    columns, _ = np.linalg.qr(random.normal(size=(50, firms + 1)))
    centred = columns - columns.mean(axis=0)
    orthogonal, _ = np.linalg.qr(centred[:, :firms])
    returns = orthogonal * np.arange(1.0, firms + 1.0)
    expected = 1.0 / np.arange(1.0, firms + 1.0) ** 2
    distance = 1.0 - np.eye(firms)
    assert_allclose(risk_parity(returns, distance), expected / expected.sum(), atol=1e-9)
    assert_allclose(inverse_variance(returns), expected / expected.sum(), atol=1e-9)


def test_two_firms_get_inverse_variances_whatever_their_distance():
    returns = daily(2)
    for apart in (0.1, 1.5):
        weights = risk_parity(returns, apart * (1.0 - np.eye(2)))
        assert_allclose(weights, inverse_variance(returns), atol=1e-9)


def test_the_distance_orders_firms_and_nothing_else():
    # Four firms in two pairs by distance: weight is shared between the pairs by the variance of
    # their inverse-variance portfolios, then within each pair by inverse variances.
    returns = daily(4)
    distance = np.array([[0, 9, 1, 9], [9, 0, 9, 1], [1, 9, 0, 9], [9, 1, 9, 0]]) / 9.0
    covariance = np.cov(returns.T)
    pairs = ([0, 2], [1, 3])
    within = [inverse_variance(returns[:, pair]) for pair in pairs]
    risk = [w @ covariance[np.ix_(pair, pair)] @ w for w, pair in zip(within, pairs, strict=True)]
    expected = np.empty(4)
    expected[pairs[0]] = within[0] * risk[1] / sum(risk)
    expected[pairs[1]] = within[1] * risk[0] / sum(risk)
    assert_allclose(risk_parity(returns, distance), expected, atol=1e-9)


def test_weights_are_those_of_the_library_with_its_own_distance():
    from skfolio.distance import PearsonDistance
    from skfolio.optimization import HierarchicalRiskParity

    returns = daily(8)
    theirs = HierarchicalRiskParity(distance_estimator=PearsonDistance()).fit(returns).weights_
    ours = risk_parity(returns, chords(np.corrcoef(returns.T)))
    assert_allclose(ours, theirs, atol=1e-9)


@settings(max_examples=15)
@given(st.integers(2, 7), st.integers(0, 1000))
def test_weights_are_positive_and_sum_to_one(firms, seed):
    random = np.random.default_rng(seed)
    distance = np.abs(random.normal(size=(firms, firms)))
    distance = distance + distance.T
    np.fill_diagonal(distance, 0.0)
    weights = risk_parity(daily(firms, 60, seed), distance)
    assert weights.sum() == pytest.approx(1.0) and (weights > 0.0).all()


@pytest.mark.parametrize("days", [252, 365])
def test_figures_by_hand(days):
    found = portfolio.figures(np.array([0.10, -0.50, 0.20, 0.0]), days)
    returns = np.array([0.10, -0.50, 0.20, 0.0])
    assert found["mean_return"] == pytest.approx(days * -0.05)
    assert found["volatility"] == pytest.approx(np.sqrt(days) * returns.std(ddof=1))
    assert found["sharpe"] == pytest.approx(found["mean_return"] / found["volatility"])
    assert found["drawdown"] == pytest.approx(0.5)
    assert portfolio.figures(np.array([-0.1, 0.0]), days)["drawdown"] == pytest.approx(0.1)
    assert np.isnan(portfolio.figures(np.zeros(3), days)["sharpe"])


def test_weights_drift_with_prices_until_they_are_made_anew():
    # One firm doubles on the first day: of two equal halves, it is two thirds after it.
    later = np.array([[1.0, 0.0], [0.3, 0.0], [0.0, 0.1]])
    half = np.array([0.5, 0.5])
    held, bought = portfolio._walk([half], [0], later)
    assert_allclose(held, [0.5, 0.2, 0.1 / (2.6 + 1.0)])
    assert np.isnan(bought)
    anew, bought = portfolio._walk([half, half], [0, 1], later)
    assert_allclose(anew, [0.5, 0.15, 0.1 / 2.3])
    assert bought == pytest.approx(2.0 / 3.0 - 0.5)


def test_a_table_of_all_portfolios():
    early, later, similarity = parts()
    tested = portfolio.hold(early, later, similarity, {"HRP, other": np.eye(9)}, draws=50)
    table = tested.portfolios
    assert list(table.columns) == ["portfolio", *portfolio.COLUMNS]
    assert list(table["portfolio"]) == [
        portfolio.LEARNED,
        portfolio.CORRELATION,
        "HRP, other",
        portfolio.SHUFFLED,
        portfolio.INVERSE_VARIANCE,
        portfolio.EQUAL,
    ]
    rows = table.set_index("portfolio")
    equal = np.expm1(later / 252.0)
    worth = np.cumprod(1.0 + equal, axis=0).mean(axis=1)
    expected = worth / np.concatenate([[1.0], worth[:-1]]) - 1.0
    assert_allclose(tested.returns[portfolio.EQUAL], expected, rtol=1e-9)
    assert rows.loc[portfolio.EQUAL, "effective_firms"] == pytest.approx(9.0)
    assert_allclose(tested.weights.sum(), 1.0)
    known = rows.drop(portfolio.CORRELATION)
    assert (known["low"] <= known["high"]).all()
    assert rows.loc[portfolio.CORRELATION, ["difference", "low", "high"]].isna().all()
    gap = rows["volatility"] - rows.loc[portfolio.CORRELATION, "volatility"]
    assert_allclose(known["difference"], gap.drop(portfolio.CORRELATION))
    assert (tested.firms, tested.left_out, tested.refits) == (9, 0, 1)
    assert portfolio.hold(early, later, similarity, days_per_year=100, draws=20).refits == 2


def test_growth_is_turned_into_returns_by_the_days_of_its_year():
    # Prices that move alike are told in 365ths of a year, or in 252ths.
    early, later, similarity = parts()
    usual = portfolio.hold(early, later, similarity, draws=20)
    scaled = (365 / 252 * growth for growth in (early, later))
    other = portfolio.hold(*scaled, similarity, days_per_year=365, draws=20)
    assert_allclose(other.returns, usual.returns, rtol=1e-9)
    for figure, factor in {"volatility": np.sqrt(365 / 252), "mean_return": 365 / 252}.items():
        assert_allclose(other.portfolios[figure], factor * usual.portfolios[figure], rtol=1e-9)
    known = {"difference", "low", "high"} & set(portfolio.COLUMNS)
    for figure in known:
        ratio = other.portfolios[figure] / usual.portfolios[figure]
        assert_allclose(ratio.dropna(), np.sqrt(365 / 252), rtol=1e-6)


def test_the_same_distance_gives_the_same_portfolio():
    early, later, _ = parts()
    pearson = np.corrcoef(np.expm1(early / 252.0).T)
    returns = portfolio.hold(early, later, pearson, draws=20).returns
    assert_allclose(returns[portfolio.LEARNED], returns[portfolio.CORRELATION], rtol=1e-9)


def test_the_same_inputs_give_the_same_table():
    early, later, similarity = parts()
    one, other = (portfolio.hold(early, later, similarity, refit=60, draws=50) for _ in range(2))
    assert one.portfolios.equals(other.portfolios)
    assert one.refits == 4


def test_weights_know_nothing_of_the_days_on_which_they_are_held():
    early, later, similarity = parts()
    changed = later.copy()
    changed[120:] *= -2.0
    one, other = (
        portfolio.hold(early, days, similarity, refit=60, draws=20) for days in (later, changed)
    )
    assert one.weights.equals(other.weights)
    assert_array_equal(one.returns[:120], other.returns[:120])


def test_firms_with_gaps_are_left_out_and_small_gaps_are_no_change():
    early, later, similarity = parts()
    early[:100, 2] = np.nan
    later[:100, 5] = np.nan
    early[:, 6] = 0.0
    later[7, 0] = np.nan
    tested = portfolio.hold(early, later, similarity, draws=20)
    assert (tested.firms, tested.left_out) == (6, 3)
    assert list(tested.weights.index) == [0, 1, 3, 4, 7, 8]
    filled = later.copy()
    filled[7, 0] = 0.0
    assert tested.returns.equals(portfolio.hold(early, filled, similarity, draws=20).returns)


@pytest.mark.parametrize("similarity", [np.full((9, 9), np.nan), np.ones((9, 9))])
def test_a_similarity_that_knows_nothing_still_gives_weights(similarity):
    early, later, _ = parts()
    returns = portfolio.hold(early, later, similarity, draws=20).returns
    assert np.isfinite(returns.to_numpy()).all()


def test_two_firms_are_enough_and_one_is_not():
    early, later, similarity = parts()
    two = portfolio.hold(early[:, :2], later[:, :2], similarity[:2, :2], draws=20).returns
    assert_allclose(two[portfolio.LEARNED], two[portfolio.INVERSE_VARIANCE], rtol=1e-6)
    with pytest.raises(InputError, match="a portfolio needs two"):
        portfolio.hold(early[:, :1], later[:, :1], similarity[:1, :1])


def test_what_does_not_belong_together_is_refused():
    early, later, similarity = parts()
    with pytest.raises(InputError, match="same firms"):
        portfolio.hold(early, later[:, :5], similarity)
    with pytest.raises(InputError, match="same firms"):
        portfolio.hold(early, later, similarity, {"other": np.eye(3)})
    with pytest.raises(InputError, match="already called"):
        portfolio.hold(early, later, similarity, {portfolio.EQUAL: similarity})
    with pytest.raises(InputError, match="0 later days"):
        portfolio.hold(early, later[:0], similarity)


def test_a_calmer_portfolio_has_an_interval_below_zero():
    random = np.random.default_rng(0)
    common = random.normal(size=600)
    returns = pd.DataFrame(
        {
            "loud": 0.010 * common,
            "calm": 0.008 * common,
            "like": 0.010 * common + 0.0001 * random.normal(size=600),
        }
    )
    found = portfolio.volatility_differences(returns, "loud", 252, draws=200)
    assert found.loc["calm", "high"] < 0.0
    assert found.loc["calm", "difference"] == pytest.approx(-0.002 * np.sqrt(252), rel=0.1)
    assert found.loc["like", "low"] < found.loc["like", "difference"] < found.loc["like", "high"]
    few = portfolio.volatility_differences(returns[:5], "loud", 252, draws=20)
    assert few["low"].isna().all() and np.isfinite(few.loc["calm", "difference"])
