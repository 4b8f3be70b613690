"""Similarity of trajectories, day by day, summed over blocks of days.

A firm's states averaged over time keep its volatility and lose its co-movement: two firms
that are equally nervous, but on different days, would look alike. So the firms are compared
day by day instead. With h_it the state of firm i after day t, and P_t the firms present:

    c_it = h_it − mean of h_jt over j in P_t        (what sets the firm apart that day)
    u_it = c_it / ‖c_it‖
    s_ij = mean of u_it · u_jt over the days on which both were present

A state carries slow things along, above all how nervous the firm is; its change since the day
before, h_it − h_i,t−1, is the network's answer to the day alone. Either may be compared.

Sums over blocks of days are kept as running sums, so that any range of whole blocks is the
difference of two of them, whatever its length.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

MIN_COMMON = 20
"""Days that two firms must have in common before anything is said about them."""

_NOISE = 1e-6
"""A centred state this small beside the day's states is rounding of float32, not a direction."""


def bounds(first: int, stop: int, block_days: int) -> NDArray[np.int64]:
    """Cut the days ``first`` … ``stop − 1`` into blocks.

    Parameters
    ----------
    first, stop : int
        Half-open range of positions along the dates.
    block_days : int
        Days a block; the last block may be shorter.

    Returns
    -------
    (B, 2) int64
        Half-open range of positions of each block.
    """
    starts = np.arange(first, stop, block_days)
    return np.column_stack([starts, np.minimum(starts + block_days, stop)])


def directions(
    states: NDArray[np.float32], present: NDArray[np.bool_]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Centre states across the firms of each day, and scale each to unit length.

    Parameters
    ----------
    states : (N, D, U)
        Hidden states; a state that is not finite counts as absent.
    present : (N, D)
        Whether the firm was observed that day.

    Returns
    -------
    (N, D, U) float32
        Unit vectors u, zero where a firm has no direction that day.
    (N, D) bool
        Where a firm has one: it is present and its centred state is not zero.
    """
    units = np.zeros(states.shape, dtype=np.float32)
    live = np.zeros(present.shape, dtype=np.bool_)
    # One day at a time: it fits the processor's cache, and needs no large copy in float64.
    for day in range(states.shape[1]):
        here = np.flatnonzero(present[:, day] & np.isfinite(states[:, day]).all(axis=1))
        found, known = _unit(states[here, day].astype(np.float64))
        units[here[known], day] = found[known]
        live[here[known], day] = True
    return units, live


def _unit(states: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return unit vectors of one day's centred states (N, U), and where there are any (N)."""
    if not len(states):
        return states, np.zeros(0, dtype=np.bool_)
    largest = np.einsum("nu,nu->n", states, states).max()
    centred = states - states.mean(axis=0)
    square = np.einsum("nu,nu->n", centred, centred)
    known = square > _NOISE**2 * largest
    return centred / np.sqrt(np.where(known, square, 1.0))[:, None], known


def running_sums(
    states: NDArray[np.float32],
    present: NDArray[np.bool_],
    ranges: NDArray[np.int64],
    *,
    changes: bool = False,
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.uint16]]]:
    """Sum the firms' daily cosines over blocks of days, one block after another.

    Each block is one matrix product, (N × D·U) with its own transpose. Beside the states, memory
    holds a few N × N matrices and the states of one block, whatever the number of days.

    Parameters
    ----------
    states : (N, T, U)
        Trajectories; may be a memory map.
    present : (N, T)
        Whether the firm is compared that day.
    ranges : (B, 2)
        Half-open range of positions of each block, of at most 65,535 days in all.
    changes : bool
        Compare the states' changes since the day before, in place of the states; then the first
        day must be 1 or later.

    Yields
    ------
    (N, N) float64
        Sum of cosines over the blocks so far; the first is zero. Overwritten by the next.
    (N, N) uint16
        The days that were summed. Overwritten by the next.
    """
    firms = len(states)
    products = np.zeros((firms, firms))
    common = np.zeros((firms, firms), dtype=np.uint16)
    yield products, common
    for first, stop in ranges:
        compared = states[:, first:stop]
        if changes:
            compared = compared - states[:, first - 1 : stop - 1]
        units, live = directions(compared, present[:, first:stop])
        flat = units.reshape(firms, -1)
        days = live.astype(np.float32)
        # A matrix times its own transpose: BLAS does half the work, and the result is symmetric.
        products += flat @ flat.T
        common += (days @ days.T).astype(np.uint16)
        yield products, common


def scores(
    products: NDArray[np.floating], common: NDArray[np.integer], min_common: int = MIN_COMMON
) -> NDArray[np.float32]:
    """Turn sums over days into mean cosines.

    Parameters
    ----------
    products, common : any one shape
        Sums of daily cosines, and the days that were summed.
    min_common : int
        Days below which a score is not known.

    Returns
    -------
    float32, the same shape
        Scores in [−1, 1]; NaN where firms have fewer than ``min_common`` common days.
    """
    known = common >= max(min_common, 1)
    mean = np.divide(products, common, out=np.full(products.shape, np.nan), where=known)
    score: NDArray[np.float32] = np.clip(mean, -1.0, 1.0).astype(np.float32)
    return score
