"""Features by hand, and that none of them looks ahead."""

from __future__ import annotations

import math

import numpy as np
import pytest
import universe

from pipeline.panel import features

NAN = float("nan")
GROWTH = np.array([[1.0, 3.0, NAN], [-1.0, 1.0, 6.0], [2.0, NAN, NAN]])


def test_market_and_dispersion_by_hand() -> None:
    np.testing.assert_allclose(features.market(GROWTH), [2.0, 2.0, 2.0])
    expected = [1.0, math.sqrt((9 + 1 + 16) / 3), 0.0]
    np.testing.assert_allclose(features.dispersion(GROWTH), expected)


def test_volatility_is_that_of_training_days() -> None:
    random = np.random.default_rng(0)
    growth = random.normal(size=(100, 2)) * [1.0, 5.0]
    growth[50:] *= 100.0
    sigma = features.volatility(growth, slice(0, 50))
    np.testing.assert_allclose(sigma, growth[:50].std(axis=0, ddof=1))


def test_a_firm_listed_after_training_gets_the_typical_volatility() -> None:
    growth = np.random.default_rng(0).normal(size=(100, 3))
    growth[:45, 2] = np.nan
    sigma = features.volatility(growth, slice(0, 50))
    assert sigma[2] == pytest.approx(np.median(sigma[:2]))


@pytest.mark.parametrize("name", features.FEATURES)
def test_no_feature_looks_ahead(name: str) -> None:
    growth = np.ascontiguousarray(universe.growth_panel().to_numpy())
    training, day = slice(0, 250), 300
    before = features.FEATURES[name](growth, training)
    changed = growth.copy()
    changed[day + 1 :] = np.random.default_rng(1).normal(size=changed[day + 1 :].shape) * 900.0
    after = features.FEATURES[name](changed, training)
    np.testing.assert_array_equal(before[: day + 1], after[: day + 1])
    assert not np.array_equal(before[day + 1 :], after[day + 1 :], equal_nan=True)
