"""The nearest and the farthest firms of every firm, from a matrix of similarities."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def nearest(similarity: NDArray[np.floating], k: int) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Find the k most similar firms of every firm.

    Parameters
    ----------
    similarity : (N, N)
        Scores; NaN where unknown. The diagonal is ignored.
    k : int
        Peers of each firm.

    Returns
    -------
    (N, k) int
        Positions of the peers, most similar first; equal ones in the firms' order.
    (N, k) bool
        Where there is such a peer: a firm may have fewer than k known scores.
    """
    score = without_diagonal(similarity)
    order = _first(np.where(np.isfinite(score), -score, np.inf), min(k, len(score)))
    near = np.zeros((len(score), k), dtype=np.intp)
    near[:, : order.shape[1]] = order
    known = np.isfinite(np.take_along_axis(score, near, axis=1))
    known[:, order.shape[1] :] = False
    return near, known


def _first(values: NDArray[np.float64], k: int) -> NDArray[np.intp]:
    """Find the places of the k smallest values of each row, equal ones in order: (N, k)."""
    places = np.sort(np.argpartition(values, k - 1, axis=1)[:, :k], axis=1)
    chosen = np.take_along_axis(values, places, axis=1)
    order = np.take_along_axis(places, np.argsort(chosen, axis=1, kind="stable"), axis=1)
    # Where others are as small as the k-th, a partition takes any of them.
    tied = (values <= chosen.max(axis=1, keepdims=True)).sum(axis=1) > k
    order[tied] = np.argsort(values[tied], axis=1, kind="stable")[:, :k]
    return order


def farthest(
    similarity: NDArray[np.floating], k: int
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Find the k least similar firms of every firm; as `nearest`, least similar first."""
    return nearest(-np.asarray(similarity, dtype=np.float64), k)


def without_diagonal(similarity: NDArray[np.floating]) -> NDArray[np.float64]:
    """Copy a matrix with NaN on its diagonal: a firm is no peer of its own."""
    score = np.array(similarity, dtype=np.float64)
    np.fill_diagonal(score, np.nan)
    return score


def among(similarity: NDArray[np.floating], kept: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Copy a matrix with NaN for every pair that has a firm which is not kept."""
    return np.where(kept[:, None] & kept, similarity, np.nan)


def known_firms(similarity: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Tell which firms have a known score with any other: (N,)."""
    return np.asarray(np.isfinite(without_diagonal(similarity)).any(axis=1))


def mean_over_peers(values: NDArray[np.floating], known: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Average (N, k) values over the peers that are known: (N,), NaN for a firm without any."""
    count = known.sum(axis=1)
    total = np.where(known, values, 0.0).sum(axis=1)
    return quotient(total, count, count > 0)


def quotient(
    total: NDArray[np.floating], count: NDArray[np.generic], where: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Divide where that makes sense; NaN elsewhere."""
    out: NDArray[np.float64] = np.full(total.shape, np.nan)
    np.divide(total, count, out=out, where=where)
    return out


def known_mean(values: NDArray[np.floating]) -> float:
    """Average what is not NaN; NaN if nothing is."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")
