"""Running exposures: what leaky integrators hold of firms' days beside portfolios of the others.

With r_t the days of all firms and E the portfolios (N × K), each day adds

    r_t (r_tᵀ E) − ½ diag(r_t²) E                                                   (N × K)

to what is held, half of a firm's product with itself taken away since that says nothing of
others; and what was held before shrinks by 2^(−1/τ), for each of H half-lives τ. Two numbers a
firm are held beside: its day times the mean day of the others, and 1 for a day it was present.

What is held over a range of days, from nothing on, is what is held at its end less what was held
at its start, shrunk as much: so any range follows from two of the stored sums. No range needs an
array of firms × firms.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.cores import in_parts
from pipeline.similarity.embedding.days import Days

Array = NDArray[np.float32]

HALF_LIVES = (20.0, 60.0, 180.0, 500.0, np.inf)
"""τ, in sessions."""

LONG, ALL = 3, 4
"""Which of them directions are read over, and which counts all days alike."""

BESIDE = 2
"""Numbers that are held beside the K exposures: the mean of the others, and days."""

OWN = 0.5
"""Share of a firm's product with itself that is kept."""


def blocks(first: int, stop: int, block_days: int) -> NDArray[np.int64]:
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


def kept(days: int) -> NDArray[np.float64]:
    """Return what is left of what was held so many days ago, by half-life: (H,)."""
    left: NDArray[np.float64] = 0.5 ** (days / np.array(HALF_LIVES))
    return left


def over(days: Days, portfolios: Array, first: int, stop: int) -> Array:
    """Hold the days ``first`` … ``stop − 1``, from nothing on: (H, N, K + 2)."""
    standard, plain = days.standard[first:stop], days.plain[first:stop]
    present = days.present[first:stop].astype(np.float32)
    others = np.maximum(present.sum(axis=1, keepdims=True) - present, 1.0)
    market = (plain.sum(axis=1, keepdims=True) - plain) / others
    growth = standard @ portfolios
    back = np.arange(stop - first)[::-1]
    held = np.empty((len(HALF_LIVES), *portfolios.shape[:1], portfolios.shape[1] + BESIDE), "f4")
    for number, half_life in enumerate(HALF_LIVES):
        weights = (0.5 ** (back / half_life)).astype(np.float32)[:, None]
        weighted = standard * weights
        own = np.einsum("tn,tn->n", weighted, standard)
        held[number, :, :-BESIDE] = weighted.T @ growth - (1.0 - OWN) * own[:, None] * portfolios
        held[number, :, -2] = np.einsum("tn,tn->n", plain * weights, market)
        held[number, :, -1] = (present * weights).sum(axis=0)
    return held


def running(days: Days, portfolios: Array, ranges: NDArray[np.int64]) -> Array:
    """Hold all days before each of some blocks, and before the end of the last.

    Parameters
    ----------
    days : Days
        Of N firms.
    portfolios : (N, K)
        E.
    ranges : (B, 2)
        Half-open range of positions of each block, one after another.

    Returns
    -------
    (B + 1, H, N, K + 2) float32
        Nothing before the first block.
    """
    shape = (len(HALF_LIVES), portfolios.shape[0], portfolios.shape[1] + BESIDE)
    stored = np.zeros((len(ranges) + 1, *shape), dtype=np.float32)
    total = np.zeros(shape)
    for block, (first, stop) in enumerate(ranges):
        total *= kept(stop - first)[:, None, None]
        total += over(days, portfolios, first, stop)
        stored[block + 1] = total
    return stored


def between(before: Array, after: Array, days: int) -> Array:
    """Hold a range of so many days, from nothing on, by what is held at its start and end."""
    shrunk = kept(days).astype(np.float32)[:, None, None]
    held = np.empty(before.shape, dtype=np.float32)

    def fill(firms: slice) -> None:
        part = held[:, firms]
        np.multiply(before[:, firms], -shrunk, out=part)
        np.add(part, after[:, firms], out=part)

    in_parts(fill, before.shape[1])
    return held
