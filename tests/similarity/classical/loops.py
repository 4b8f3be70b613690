"""Panels with gaps, and similarities by loops that need no cleverness."""

import numpy as np


def gappy(seed, days=80, firms=6, share=0.3):
    """Growth that shares a market, with gaps at random."""
    random = np.random.default_rng(seed)
    growth = random.normal(size=(days, firms)) + random.normal(size=(days, 1))
    growth[random.random(growth.shape) < share] = np.nan
    return growth


def over_pairs(growth, compare, min_common=20):
    """Compare each pair over its common days by a function of two series."""
    firms = growth.shape[1]
    found = np.full((firms, firms), np.nan)
    for i in range(firms):
        for j in range(firms):
            both = np.isfinite(growth[:, i]) & np.isfinite(growth[:, j])
            if both.sum() >= min_common:
                found[i, j] = compare(growth[both, i], growth[both, j])
    return found


def correlations(growth, min_common=20):
    return over_pairs(growth, lambda x, y: np.corrcoef(x, y)[0, 1], min_common)


def residuals(growth):
    left = np.full(growth.shape, np.nan)
    for i in range(growth.shape[1]):
        others = np.delete(growth, i, axis=1)
        days = np.isfinite(growth[:, i]) & np.isfinite(others).any(axis=1)
        market, own = np.nanmean(others[days], axis=1), growth[days, i]
        left[days, i] = own - (own @ market) / (market @ market) * market
    return left
