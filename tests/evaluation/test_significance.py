import numpy as np
import pandas as pd
import pytest
from scipy import signal, stats
from statsmodels.stats.diagnostic import pesaran_timmermann
from statsmodels.tsa.stattools import diebold_mariano_test

from pipeline.evaluation.columns import BY_KEY
from pipeline.evaluation.marks import Marks
from pipeline.evaluation.significance import (
    daily_mean,
    diebold_mariano,
    directional_accuracy,
    holm,
    information_coefficients,
    mean_test,
)

DAYS, FIRMS = 250, 10


def autocorrelated(random: np.random.Generator, coefficient: float, *shape: int) -> np.ndarray:
    """AR(1) series with fat-tailed shocks along the last axis."""
    shocks = random.standard_t(5, size=(*shape[:-1], shape[-1] + 100))
    return signal.lfilter([1.0], [1.0, -coefficient], shocks)[..., 100:]


def differences(random: np.random.Generator, shift: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Loss differences of firm-days that share a part of the day, and their days."""
    common = autocorrelated(random, 0.4, DAYS)[:, None]
    own = autocorrelated(random, 0.4, FIRMS, DAYS).T
    return (shift + common + own).ravel(), np.repeat(np.arange(DAYS), FIRMS)


def test_daily_mean_by_hand() -> None:
    values = np.array([1.0, 3.0, np.nan, 5.0, np.nan])
    found = daily_mean(values, np.array([7, 7, 7, 2, 9]))
    assert found[:2].tolist() == [5.0, 2.0]
    assert np.isnan(found[2])


def test_mean_test_by_hand() -> None:
    # 1, 2, 1, 2, …: 26 days, mean 3/2, deviations ±1/2 in turn, so γ_l = (−1)^l · (26 − l)/104.
    # Seven lags: V = 1/4 + 2 Σ (1 − l/8)·γ_l.
    series = np.tile([1.0, 2.0], 13)
    found = mean_test(series)
    assert (found.lags, found.days, found.mean) == (7, 26, 1.5)
    lags = np.arange(1, 8)
    variance = 0.25 + 2.0 * np.sum((1 - lags / 8) * (-1.0) ** lags * (26 - lags) / 104)
    assert found.statistic == pytest.approx(1.5 / np.sqrt(variance / 26) * np.sqrt(25 / 26))
    share = 8 / 26
    quantile = 1.96 + 2.9694 * share + 0.4160 * share**2 - 0.5324 * share**3
    half = quantile * 1.5 / found.statistic
    assert (found.low, found.high) == pytest.approx((1.5 - half, 1.5 + half))


def test_the_interval_ends_at_zero_where_the_p_value_is_five_percent() -> None:
    series = autocorrelated(np.random.default_rng(0), 0.3, 400)
    found = mean_test(series)
    shifted = mean_test(series - found.low)
    assert shifted.low == pytest.approx(0.0, abs=1e-12)
    assert shifted.p_value == pytest.approx(0.05, abs=1e-6)


@pytest.mark.parametrize("horizon", [1, 5, 40])
def test_diebold_mariano_is_that_of_statsmodels_on_daily_means(horizon: int) -> None:
    random = np.random.default_rng(3)
    loss, other = random.exponential(size=(2, DAYS * FIRMS))
    day = np.repeat(np.arange(DAYS), FIRMS)
    found = diebold_mariano(loss, other, day, horizon)
    assert found.lags == max(horizon - 1, 21)
    theirs = diebold_mariano_test(
        np.zeros(DAYS),
        loss.reshape(DAYS, FIRMS).mean(axis=1),
        other.reshape(DAYS, FIRMS).mean(axis=1),
        criterion=lambda _, value: value,
        lags=found.lags,
        harvey_adj=True,
        horizon=horizon,
    )
    assert found.statistic == pytest.approx(theirs.statistic)
    # Many lags make the variance uncertain: the p-value is less sure than Student's t.
    assert found.p_value > theirs.pvalue


def test_equally_good_forecasts_are_called_different_at_about_the_level() -> None:
    random = np.random.default_rng(1)
    draws, rejected, naive = 400, 0, 0
    for _ in range(draws):
        difference, day = differences(random)
        rejected += diebold_mariano(difference, np.zeros_like(difference), day).p_value < 0.05
        naive += stats.ttest_1samp(difference, 0.0).pvalue < 0.05
    # Three standard errors of a share of 5 % in 400 draws are 3.3 points.
    assert 0.02 < rejected / draws < 0.085
    assert naive / draws > 0.5


def test_a_planted_difference_is_found() -> None:
    difference, day = differences(np.random.default_rng(2), shift=-1.0)
    found = diebold_mariano(difference, np.zeros_like(difference), day)
    assert found.mean < 0.0
    assert found.high < 0.0
    assert found.p_value < 0.001


def test_what_cannot_be_tested_is_not() -> None:
    assert np.isnan(mean_test(np.arange(19.0)).p_value)
    assert np.isnan(mean_test(np.arange(30.0), horizon=11).p_value)
    assert np.isnan(mean_test(np.empty(0)).mean)
    equal = np.random.default_rng(0).exponential(size=100)
    assert diebold_mariano(equal, equal, np.arange(100)).p_value == 1.0


def test_holm_by_hand() -> None:
    found = holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": np.nan})
    # 3 · 0.01, then 2 · 0.03, then 0.04 may not fall below that.
    assert [found["a"], found["c"], found["b"]] == pytest.approx([0.03, 0.06, 0.06])
    assert np.isnan(found["d"])
    assert holm({}) == {}


def test_directional_accuracy_by_hand() -> None:
    # Half of either sign, and 30 of 40 right: 0.25 above the half that independence gives.
    up = np.tile([1.0, 1.0, -1.0, -1.0], 10)
    right = np.tile([1.0, 1.0, 1.0, -1.0, -1.0, 1.0, 1.0, 1.0], 5)
    found = directional_accuracy(up, up * right, np.arange(40))
    assert found.mean == pytest.approx(0.25)


def test_directional_accuracy_agrees_with_statsmodels_where_days_are_independent() -> None:
    random = np.random.default_rng(5)
    theirs, ours = [], []
    for skill in np.linspace(0.0, 0.2, 9):
        growth = random.normal(size=2000)
        location = skill * growth + random.normal(size=2000) + 0.2
        theirs.append(pesaran_timmermann(growth, location).statistic)
        ours.append(directional_accuracy(location, growth, np.arange(2000)).statistic)
    assert np.corrcoef(theirs, ours)[0, 1] > 0.98
    assert np.mean(ours) == pytest.approx(np.mean(theirs), rel=0.15)


def test_directions_that_are_chance_are_found_at_about_the_level() -> None:
    random = np.random.default_rng(6)
    day = np.repeat(np.arange(DAYS), FIRMS)
    rejected = 0
    for _ in range(300):
        growth = random.normal(size=(DAYS, 1)) + random.normal(size=(DAYS, FIRMS))
        lasting = autocorrelated(random, 0.9, DAYS)[:, None]
        location = lasting + random.normal(size=(DAYS, FIRMS))
        rejected += directional_accuracy(location.ravel(), growth.ravel(), day).p_value < 0.05
    assert 0.015 < rejected / 300 < 0.09
    skill = directional_accuracy((growth + lasting).ravel(), growth.ravel(), day)
    assert skill.p_value < 0.01


def test_one_sided_directions_cannot_be_tested() -> None:
    growth = np.random.default_rng(0).normal(size=100)
    assert np.isnan(directional_accuracy(np.ones(100), growth, np.arange(100)).p_value)
    assert np.isnan(directional_accuracy(np.zeros(100), growth, np.arange(100)).p_value)


@pytest.mark.parametrize("ranks", [False, True])
def test_information_coefficients_are_the_days_correlations(ranks: bool) -> None:
    random = np.random.default_rng(4)
    day = np.sort(random.integers(0, 30, size=200))
    location = random.normal(size=200)
    growth = location + random.normal(size=200)
    location[day == 3] = 0.1
    day[day == 5] = 6
    found = information_coefficients(location, growth, day, ranks)
    correlate = stats.spearmanr if ranks else stats.pearsonr
    for number, value in zip(np.unique(day), found, strict=True):
        rows = day == number
        if number == 3 or rows.sum() < 3:
            assert np.isnan(value)
        else:
            assert value == pytest.approx(correlate(location[rows], growth[rows])[0])
    if not ranks:
        table = {"date": day, "seed": 0, "horizon": 1, "location": location, "growth": growth}
        mean = BY_KEY["information_coefficient"].of(Marks(pd.DataFrame(table)))
        assert np.nanmean(found) == pytest.approx(mean)
    assert mean_test(found).p_value < 0.05


def test_daily_means_follow_the_days_not_the_rows() -> None:
    table = pd.DataFrame({"day": [3, 1, 2, 1], "value": [1.0, 2.0, 3.0, 6.0]})
    assert daily_mean(table["value"].to_numpy(), table["day"].to_numpy()).tolist() == [
        4.0,
        3.0,
        1.0,
    ]
