"""Weights of firms by hierarchical risk parity with a given distance, and by variances alone.

Hierarchical risk parity (López de Prado, Journal of Portfolio Management 42, 2016) orders firms
by a tree of their distances, halves the order again and again, and shares weight between the two
halves by the inverse of their variances. Which firms are near enters through the order alone;
variances and covariances are those of growth, whatever the distance.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray


def risk_parity(returns: NDArray[np.float64], distance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weigh firms by hierarchical risk parity with a distance that is given.

    Parameters
    ----------
    returns : (T, N)
        Daily simple returns without gaps; N of at least 2.
    distance : (N, N)
        Symmetric, zero on the diagonal.

    Returns
    -------
    (N,) float64
        Weights from 0 to 1 that sum to 1. Ward's linkage orders the firms.
    """
    from skfolio.optimization import HierarchicalRiskParity

    prior, given = _estimators()
    fitted = HierarchicalRiskParity(prior_estimator=prior(), distance_estimator=given(distance))
    return np.asarray(fitted.fit(returns).weights_, dtype=np.float64)


@cache
def _estimators() -> tuple[Any, Any]:
    """Make the library's prior and distance anew; classes, as it may only be loaded on use."""
    from skfolio.distance import BaseDistance
    from skfolio.prior import EmpiricalPrior

    class Moments(EmpiricalPrior):  # type: ignore[misc]
        """Means and covariances of all days, and two days of returns.

        Variances come from the covariance; the library copies the returns for every risk that
        it asks about, which was most of its time and is of no use here.
        """

        def fit(self, X: Any, y: None = None) -> Moments:  # noqa: N803
            """Fit moments, then drop the days."""
            super().fit(X, y)
            whole: Any = self.return_distribution_
            self.return_distribution_: Any = replace(whole, returns=whole.returns[:2])
            return self

    class GivenDistance(BaseDistance):  # type: ignore[misc]
        """A distance that asks nothing of returns."""

        def __init__(self, distance: NDArray[np.float64]) -> None:
            self.distance = distance

        def fit(self, X: Any, y: None = None) -> GivenDistance:  # noqa: ARG002, N803
            """Take the distance as it is."""
            self.distance_ = np.asarray(self.distance, dtype=np.float64)
            self.codependence_ = 1.0 - self.distance_**2 / 2.0
            return self

    return Moments, GivenDistance


def inverse_variance(returns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weigh firms by 1/σ², as if none moved like another: (N,)."""
    weights = 1.0 / returns.var(axis=0)
    return np.asarray(weights / weights.sum(), dtype=np.float64)
