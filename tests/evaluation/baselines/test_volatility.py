import numpy as np
import pytest

from pipeline.evaluation.baselines.volatility import volatility


def test_volatility_is_that_of_training_days() -> None:
    random = np.random.default_rng(0)
    growth = random.normal(size=(100, 2)) * [1.0, 5.0]
    growth[50:] *= 100.0
    growth[3, 1] = np.nan
    sigma = volatility(growth, slice(0, 50))
    np.testing.assert_allclose(sigma, np.nanstd(growth[:50], axis=0, ddof=1))


def test_a_firm_listed_after_training_gets_the_typical_volatility() -> None:
    growth = np.random.default_rng(0).normal(size=(100, 3))
    growth[:45, 2] = np.nan
    sigma = volatility(growth, slice(0, 50))
    assert sigma[2] == pytest.approx(np.median(sigma[:2]))


def test_a_firm_whose_growth_never_moves_gets_the_typical_volatility() -> None:
    growth = np.random.default_rng(0).normal(size=(60, 3))
    growth[:, 1] = 0.0
    sigma = volatility(growth, slice(0, 60))
    assert sigma[1] == pytest.approx(np.median(sigma[[0, 2]]))
    assert volatility(np.zeros((60, 2)), slice(0, 60)).tolist() == [1.0, 1.0]
