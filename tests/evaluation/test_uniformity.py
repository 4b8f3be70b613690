import numpy as np
import pytest
from scipy import signal, stats

from pipeline.evaluation.uniformity import uniformity

DAYS, FIRMS = 250, 10
DAY = np.repeat(np.arange(DAYS), FIRMS)


def growth(random: np.random.Generator) -> np.ndarray:
    """Standard normal growth of firms that share half of their variance."""
    return (random.normal(size=(DAYS, 1)) + random.normal(size=(DAYS, FIRMS))) / np.sqrt(2.0)


def test_components_by_hand() -> None:
    # u = 3/4 everywhere: x = 1/2, √3·x and √5·(3x² − 1)/2.
    found = uniformity(np.full(100, 0.75), np.arange(100))
    assert found.shapes["location"].mean == pytest.approx(np.sqrt(3.0) / 2.0)
    assert found.shapes["spread"].mean == pytest.approx(-np.sqrt(5.0) / 8.0)


def test_calibrated_forecasts_of_firms_that_move_together_are_refused_at_about_the_level() -> None:
    random = np.random.default_rng(1)
    refused, naive = 0, 0
    for panel in range(300):
        pit = stats.norm.cdf(growth(random)).ravel()
        refused += uniformity(pit, DAY).p_value < 0.05
        naive += panel < 60 and stats.kstest(pit, "uniform").pvalue < 0.05
    assert 0.015 < refused / 300 < 0.09
    assert naive / 60 > 0.3


@pytest.mark.parametrize(
    ("shape", "shift", "scale", "sign"),
    [("location", 0.3, 1.0, 1.0), ("spread", 0.0, 1.3, 1.0), ("spread", 0.0, 0.75, -1.0)],
)
def test_planted_faults_are_found(shape: str, shift: float, scale: float, sign: float) -> None:
    values = shift + scale * growth(np.random.default_rng(2))
    found = uniformity(stats.norm.cdf(values).ravel(), DAY)
    assert found.p_value < 0.01
    assert np.sign(found.shapes[shape].mean) == sign
    assert found.shapes[shape].p_value < 0.01


def test_days_that_depend_on_one_another_are_allowed_for() -> None:
    random = np.random.default_rng(3)
    refused = 0
    for _ in range(200):
        lasting = signal.lfilter([0.8], [1.0, -0.6], random.normal(size=DAYS + 50))[50:]
        refused += uniformity(stats.norm.cdf(lasting), np.arange(DAYS)).p_value < 0.05
    assert refused / 200 < 0.12


def test_few_days_are_not_tested() -> None:
    random = np.random.default_rng(0)
    assert np.isnan(uniformity(random.uniform(size=15), np.arange(15)).p_value)
    sixty = random.uniform(size=60)
    assert np.isnan(uniformity(sixty, np.arange(60), horizon=25).p_value)
    # Three times the days ahead are enough.
    assert np.isfinite(uniformity(sixty, np.arange(60), horizon=20).p_value)
