"""The market of the others, and what it leaves of a firm's growth.

Firms correlate because the market moves them all. What tells them apart is the correlation of
what is left once the market is removed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.similarity.classical.gaps import MIN_COMMON, Growth, Values
from pipeline.similarity.classical.pearson import pearson


@dataclass(frozen=True)
class Market:
    """What the firms that traded come to, day by day: any firm's market of the others follows."""

    count: Values
    """Firms that traded: (T, 1)."""
    total: Values
    """Their growth added up: (T, 1)."""

    @classmethod
    def of(cls, growth: Growth) -> Market:
        """Return it, of growth rates (T, N); gaps are NaN."""
        growth = np.asarray(growth, dtype=np.float64)
        traded = np.isfinite(growth)
        total = np.where(traded, growth, 0.0).sum(axis=1, keepdims=True)
        return cls(traded.sum(axis=1, keepdims=True), total)

    @property
    def nbytes(self) -> int:
        """Bytes that it takes."""
        return self.count.nbytes + self.total.nbytes

    def mean(self) -> Values:
        """Return the mean growth of the firms that traded: (T,); NaN where none did."""
        mean: Values = np.full(self.count.shape, np.nan)
        np.divide(self.total, self.count, out=mean, where=self.count > 0)
        return mean[:, 0]

    def others(self, growth: Growth) -> Values:
        """Average, for some of the firms, the growth of all the others that traded that day.

        Leave-one-out: with the firm itself in its market, it would explain part of itself, and
        more of it the fewer the firms.

        Parameters
        ----------
        growth : (T, K)
            Growth rates of the firms asked about; gaps are NaN.

        Returns
        -------
        (T, K) float64
            m_it, in the unit of ``growth``; NaN where no other firm traded.
        """
        growth = np.asarray(growth, dtype=np.float64)
        traded = np.isfinite(growth)
        others = self.count - traded
        mean = (self.total - np.where(traded, growth, 0.0)) / np.maximum(others, 1)
        return np.where(others > 0, mean, np.nan)


def market(growth: Growth) -> Values:
    """Return the market of the others of each of all firms (T, N), as `Market.others` does."""
    return Market.of(growth).others(growth)


def beta(growth: Growth, market: Values) -> Values:
    """Regress each firm's growth on its market, by least squares through the origin.

    Parameters
    ----------
    growth : (T, N)
        Growth rates; gaps are NaN.
    market : (T, N)
        As `market` gives it, in the unit of ``growth``.

    Returns
    -------
    (N,) float64
        β_i = Σ_t μ_it m_it / Σ_t m_it² over the days given, without unit; 0 for a firm whose
        market never moved.
    """
    both = np.isfinite(growth) & np.isfinite(market)
    own, others = np.where(both, growth, 0.0), np.where(both, market, 0.0)
    energy = np.einsum("tn,tn->n", others, others)
    shared = np.einsum("tn,tn->n", own, others)
    slope: Values = np.divide(shared, energy, out=np.zeros_like(energy), where=energy > 0.0)
    return slope


def market_residuals(growth: Growth, others: Values | None = None) -> Values:
    """Remove from each firm's growth its share in the market of all the others.

    The residual is μ_it − β_i m_it, with m_it the mean growth of the firms other than i that
    traded on day t (see `Market.others`), and β_i from all the days given (see `beta`): what is
    said of a range of days looks at no others.

    Parameters
    ----------
    growth : (T, N)
        Growth rates; gaps are NaN.
    others : (T, N), optional
        The market of each; that of the firms given by default.

    Returns
    -------
    (T, N) float64
        Residual growth, in the unit of ``growth``; NaN at gaps and on days without a market.
    """
    growth = np.asarray(growth, dtype=np.float64)
    others = market(growth) if others is None else others
    return np.where(np.isfinite(growth), growth - beta(growth, others) * others, np.nan)


def residual(
    growth: Growth, firms: Sequence[int] | None = None, *, min_common: int = MIN_COMMON
) -> Values:
    """Correlate what is left of growth once the market is removed.

    Parameters
    ----------
    growth : (T, N)
        Growth rates; gaps are NaN.
    firms : sequence of int, optional
        Columns to compare with all the others; all of them by default.
    min_common : int
        Common days below which a correlation is not known.

    Returns
    -------
    (K, N) float64
        `pearson` of the `market_residuals`.

    Notes
    -----
    Residuals of N firms sum to nearly zero each day, so that unrelated firms correlate at about
    −1 / (N − 1) rather than 0: with few firms, compare ranks rather than values.
    """
    return pearson(market_residuals(growth), firms, min_common=min_common)
