"""Whether similarity from the first years holds in the later ones.

A measure that is judged on the days it was made from may remember noise. So it is made from the
first years' days alone, and asked what it knows of days that it has not seen. Every figure is
given firm by firm, so that two measures can be compared on the same firms.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.similarity import classical
from pipeline.similarity.classical.gaps import MIN_COMMON
from pipeline.similarity.study.neighbours import (
    farthest,
    mean_over_peers,
    nearest,
    quotient,
    without_diagonal,
)
from pipeline.similarity.study.traits import variances

HEDGE = 5
"""Peers whose equal-weight mean stands in for a firm."""


def residual_correlations(later_growth: NDArray[np.floating]) -> NDArray[np.float64]:
    """Correlate what the later growth has left without the market, pair by pair.

    Parameters
    ----------
    later_growth : (T, N)
        Growth rates of the later years; gaps are NaN.

    Returns
    -------
    (N, N) float64
        Correlations of residuals against the leave-one-out equal-weight market; NaN for too few
        common days.
    """
    return classical.residual(later_growth)


def later_correlation(
    similarity: NDArray[np.floating], later: NDArray[np.floating], k: int
) -> NDArray[np.float64]:
    """Average each firm's later residual correlation with its k nearest peers.

    Parameters
    ----------
    similarity : (N, N)
        Scores from the first years.
    later : (N, N)
        As `residual_correlations` gives it.
    k : int
        Peers of each firm.

    Returns
    -------
    (N,) float64
        NaN for a firm without a peer that has a later correlation.
    """
    near, known = nearest(similarity, k)
    values = np.take_along_axis(np.asarray(later, dtype=np.float64), near, axis=1)
    return mean_over_peers(values, known & np.isfinite(values))


def rank_correlation(similarity: NDArray[np.floating], later: NDArray[np.floating]) -> float:
    """Correlate ranks of similarity with ranks of later residual correlation, over all pairs.

    Parameters
    ----------
    similarity, later : (N, N)
        Scores from the first years, correlations of the later ones; both symmetric.

    Returns
    -------
    float
        Spearman's ρ over the pairs that both know; NaN for fewer than three, or without spread.
    """
    upper = np.triu_indices(len(similarity), 1)
    x, y = (np.asarray(matrix, dtype=np.float64)[upper] for matrix in (similarity, later))
    both = np.isfinite(x) & np.isfinite(y)
    return _spearman(x[both], y[both])


def rank_correlations(
    similarity: NDArray[np.floating], later: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Correlate ranks of similarity with ranks of later residual correlation, firm by firm.

    Parameters
    ----------
    similarity, later : (N, N)
        As `rank_correlation`.

    Returns
    -------
    (N,) float64
        Spearman's ρ over a firm's possible peers; NaN for fewer than three.
    """
    score, other = without_diagonal(similarity), without_diagonal(later)
    both = np.isfinite(score) & np.isfinite(other)
    x, y = (_centred_ranks(values, both) for values in (score, other))
    size = np.sqrt((x * x).sum(axis=1) * (y * y).sum(axis=1))
    return quotient((x * y).sum(axis=1), size, (both.sum(axis=1) >= 3) & (size > 0.0))


def later_r2(
    similarity: NDArray[np.floating], later_growth: NDArray[np.floating], k: int = HEDGE
) -> NDArray[np.float64]:
    """Share of a firm's later variance that the mean growth of its peers explains.

    R² of μ_it = a + b·(mean of μ_jt over the k nearest peers j that traded on day t).

    Parameters
    ----------
    similarity : (N, N)
        Scores from the first years.
    later_growth : (T, N)
        Growth rates of the later years; gaps are NaN.
    k : int
        Peers, with equal weights.

    Returns
    -------
    (N,) float64
        From 0 to 1; NaN for fewer than 20 common days, or without movement.
    """
    peers = peer_growth(similarity, later_growth, k)
    _, r = _regressions(np.asarray(later_growth, dtype=np.float64), peers)
    return r**2


def hedged_variance(
    similarity: NDArray[np.floating],
    early_growth: NDArray[np.floating],
    later_growth: NDArray[np.floating],
    k: int = HEDGE,
) -> NDArray[np.float64]:
    """Share of a firm's later variance that is left once its peers hedge it.

    For every unit of the firm held, β_i units of the equal-weight mean p of its k nearest peers
    are sold. β_i = cov(μ_i, p) / var(p) is of the first years' days, so that nothing of the
    later ones is known to the hedge: var(μ_i − β_i p) / var(μ_i) over the later days.

    Parameters
    ----------
    similarity : (N, N)
        Scores from the first years.
    early_growth, later_growth : (T1, N), (T2, N)
        Growth rates; gaps are NaN.
    k : int
        Peers, with equal weights.

    Returns
    -------
    (N,) float64
        At least 0; above 1 where the hedge made matters worse. NaN for fewer than 20 common days
        in either part, or without movement.
    """
    early, later = (np.asarray(g, dtype=np.float64) for g in (early_growth, later_growth))
    beta, _ = _regressions(early, peer_growth(similarity, early, k))
    peers = peer_growth(similarity, later, k)
    own = np.where(np.isfinite(peers), later, np.nan)
    left, _ = variances(own - beta * peers)
    alone, days = variances(own)
    usable = (days >= MIN_COMMON) & (alone > 0.0) & np.isfinite(beta)
    return quotient(left, alone, usable)


def distant_pair_volatility(
    similarity: NDArray[np.floating], later_growth: NDArray[np.floating], k: int = HEDGE
) -> NDArray[np.float64]:
    """Average the later volatility of pairs of a firm with the firms least similar to it.

    Who spreads risk wants partners that do not move alike. A pair is half of each; its
    volatility is the standard deviation over the days on which both traded.

    Parameters
    ----------
    similarity : (N, N)
        Scores from the first years.
    later_growth : (T, N)
        Growth rates of the later years; gaps are NaN.
    k : int
        Least similar firms of each.

    Returns
    -------
    (N,) float64
        In the unit of growth; NaN for a firm without a pair of at least 20 common days.
    """
    growth = np.asarray(later_growth, dtype=np.float64)
    far, known = farthest(similarity, k)
    volatility = np.full(far.shape, np.nan)
    for place in range(k):
        square, days = variances((growth + growth[:, far[:, place]]) / 2.0)
        volatility[:, place] = np.where(days >= MIN_COMMON, np.sqrt(square), np.nan)
    return mean_over_peers(volatility, known & np.isfinite(volatility))


def peer_growth(
    similarity: NDArray[np.floating], growth: NDArray[np.floating], k: int
) -> NDArray[np.float64]:
    """Average the growth of each firm's k nearest peers, day by day.

    Parameters
    ----------
    similarity : (N, N)
        Scores.
    growth : (T, N)
        Growth rates; gaps are NaN.
    k : int
        Peers of each firm.

    Returns
    -------
    (T, N) float64
        Mean over the peers that traded that day; NaN where none did.
    """
    near, known = nearest(similarity, k)
    weight = np.zeros(np.shape(similarity))
    firm, place = np.nonzero(known)
    weight[firm, near[firm, place]] = 1.0
    traded = np.isfinite(growth)
    count = traded.astype(np.float64) @ weight.T
    total = np.where(traded, growth, 0.0) @ weight.T
    return quotient(total, count, count > 0.0)


def _regressions(
    own: NDArray[np.float64], peers: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Regress each column of ``own`` on that of ``peers``: slopes, and correlations."""
    both = np.isfinite(own) & np.isfinite(peers)
    days = both.sum(axis=0)
    x, y = (np.where(both, values, 0.0) for values in (peers, own))
    x, y = (np.where(both, v - v.sum(axis=0) / np.maximum(days, 1), 0.0) for v in (x, y))
    xx, yy, xy = (x * x).sum(axis=0), (y * y).sum(axis=0), (x * y).sum(axis=0)
    usable = (days >= MIN_COMMON) & (xx > 0.0) & (yy > 0.0)
    return quotient(xy, xx, usable), quotient(xy, np.sqrt(xx * yy), usable)


def _spearman(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """Correlate the ranks of two series; NaN for fewer than three values or no spread."""
    from scipy.stats import rankdata

    if len(x) < 3:
        return float("nan")
    x, y = rankdata(x), rankdata(y)
    x, y = x - x.mean(), y - y.mean()
    size = np.sqrt((x @ x) * (y @ y))
    return float(x @ y / size) if size > 0.0 else float("nan")


def _centred_ranks(values: NDArray[np.float64], known: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Rank the known values of each row, less their mean; 0 for the others."""
    from scipy.stats import rankdata

    ranks = rankdata(np.where(known, values, np.inf), axis=1)
    mean = (known.sum(axis=1, keepdims=True) + 1.0) / 2.0
    return np.where(known, ranks - mean, 0.0)
