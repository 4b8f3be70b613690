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

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.comovement import States
from pipeline.similarity.embedding.days import Days

Array = NDArray[np.float32]

HALF_LIVES = (20.0, 60.0, 180.0, 500.0, np.inf)
"""τ, in sessions."""

LONG, ALL = 3, 4
"""Which of them directions are read over, and which counts all days alike."""

LEADING = 5 / 8
"""Share of the directions that lead; near pairs are told by all of them and by these."""

BESIDE = 2
"""Numbers that are held beside the K exposures: the mean of the others, and days."""

OWN = 0.5
"""Share of a firm's product with itself that is kept."""

FIRM, PORTFOLIO = 3 * len(HALF_LIVES) + 1, len(HALF_LIVES)
"""Numbers that a network is told of a firm, and of a portfolio."""

YEARS = 500.0
"""Days of history in units of which it is told how much is known of a firm."""

_FLOOR = 1e-3
"""Eigenvalues of Eᵀ Y below this share of the largest are taken as that: over few days some
directions are not seen, and would be noise blown up."""

ENOUGH = 2048
"""Firms from which on a mean over all of them, or all pairs, is taken of every so many."""

_SPREAD = 4.0
"""Standard deviations at which a number of a firm is cut off."""


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
    held: Array = np.multiply(before, -shrunk)
    held += after
    return held


def states(held: Array, portfolios: Array, among: Array | None = None) -> States:
    """Read what a network is told of firms from what is held.

    Parameters
    ----------
    held : (H, N, K + 2)
        Of the firms, over any days.
    portfolios : (N, K)
        E, for the same firms.
    among : (H, N, K + 2), optional
        What is held of all firms over all the days, where ``held`` is over fewer: firms are told
        apart from these.

    Returns
    -------
    States
        Exposures in units of their portfolios; a firm that was not present has zeros.
    """
    among = held if among is None else among
    moved = _moved(among, portfolios)
    unit = np.sqrt(np.maximum(moved[LONG], 1e-12)).astype(np.float32)
    known = np.flatnonzero(among[ALL, :, -1] > 0.0)
    mine = _exposures(held, unit)
    theirs = mine if among is held else _exposures(among, unit)
    some = known[:: 1 + len(known) // ENOUGH]
    squares = [_square(part[some]) for part in theirs]
    numbers = _numbers(mine, held, squares)
    others = numbers if among is held else _numbers(theirs, among, squares)
    others = others[known] if len(known) else others
    standard = (numbers - others.mean(axis=0)) / np.maximum(others.std(axis=0), 1e-6)
    history = np.log(np.maximum(held[ALL, :, -1:], 1.0) / YEARS)
    firm = np.concatenate([np.clip(standard, -_SPREAD, _SPREAD), history], axis=1)
    acted = held[..., :-BESIDE]
    all_acted = acted if among is held else among[..., :-BESIDE]
    most = np.maximum(among[..., -1].max(axis=1), 1e-6)
    return States(
        mine,
        directions(acted[LONG], all_acted[LONG], portfolios),
        firm.astype(np.float32),
        _spread(moved),
        _lasting(acted, all_acted, most, portfolios),
    )


def _spread(moved: NDArray[np.float64]) -> Array:
    """Return what is told of each portfolio by the mean squares of its days: (K, H)."""
    late = np.log(np.maximum(moved, 1e-12) / np.maximum(moved[LONG], 1e-12))
    size = np.log(np.maximum(moved[LONG], 1e-12))
    spread = (size - size.mean()) / max(float(size.std()), 1e-6)
    portfolio = np.concatenate([np.delete(late, LONG, axis=0), spread[None]]).T
    cut: Array = np.clip(portfolio, -_SPREAD, _SPREAD).astype(np.float32)
    return cut


def some(states: States, firms: NDArray[np.intp]) -> States:
    """Return the states of some firms."""
    return States(
        states.held[:, firms],
        states.direction[firms],
        states.firm[firms],
        states.portfolio,
        states.lasting[firms],
    )


def directions(held: Array, among: Array, portfolios: Array) -> Array:
    """Directions of firms in which products are correlations.

    The closest matrix of rank K that acts on E as the firms' own, Y (Eᵀ Y)⁻¹ Yᵀ (Nyström;
    Williams & Seeger 2000), has the factor Y (Eᵀ Y)^(−1/2).

    Parameters
    ----------
    held : (n, K)
        Y of some firms.
    among : (N, K)
        Y of all.
    portfolios : (N, K)
        E.

    Returns
    -------
    (n, K) float32
        Rows of length 1, or 0 of a firm that was not present.
    """
    return _unit(_factor(held, among, portfolios))


def _factor(held: Array, among: Array, portfolios: Array) -> Array:
    """Return Y (Eᵀ Y)^(−1/2) along its own axes, those that lead last."""
    middle = (portfolios.T @ among).astype(np.float64)
    values, columns = np.linalg.eigh((middle + middle.T) / 2.0)
    largest = float(values[-1]) if len(values) else 0.0
    if not largest > 0.0:
        return np.zeros(held.shape, dtype=np.float32)
    inverse = columns / np.sqrt(np.maximum(values, _FLOOR * largest))
    found: Array = held @ inverse.astype(np.float32)
    return found


def _unit(vectors: Array) -> Array:
    """Make rows of length 1; those of hardly any length become 0."""
    length = np.sqrt(np.einsum("nk,nk->n", vectors, vectors))
    seen = length > 1e-6 * length.max(initial=0.0)
    unit: Array = vectors * np.where(seen, 1.0 / np.where(seen, length, 1.0), 0.0)[:, None]
    return unit


def _lasting(held: Array, among: Array, days: Array, portfolios: Array) -> Array:
    """Directions of recent days and of all days alike: all of them, and those that lead, (n, K').

    Over the leading ones sectors are told best, over all of them industries.
    """
    all_ = among[LONG] / days[LONG] + among[ALL] / days[ALL]
    some = all_ if among is held else held[LONG] / days[LONG] + held[ALL] / days[ALL]
    leading, found = max(1, int(LEADING * portfolios.shape[1])), _factor(some, all_, portfolios)
    half = np.float32(np.sqrt(0.5))
    parts = (_unit(found), _unit(found[:, -leading:]))
    joined: Array = np.concatenate(parts, axis=1) * half
    return joined


def _moved(held: Array, portfolios: Array) -> NDArray[np.float64]:
    """Mean square of each portfolio's days, by half-life: (H, K)."""
    own = np.einsum("nk,hn->hk", portfolios**2, held[..., -1]) * (1.0 - OWN)
    acted = np.einsum("nk,hnk->hk", portfolios, held[..., :-BESIDE])
    most = np.maximum(held[..., -1].max(axis=1, keepdims=True), 1e-6)
    mean: NDArray[np.float64] = np.asarray((acted + own) / most, dtype=np.float64)
    return mean


def _exposures(held: Array, unit: Array) -> Array:
    """Return mean exposures in units of their portfolios: (H, N, K)."""
    found: Array = np.divide(held[..., :-BESIDE], np.maximum(held[..., -1:], 1e-6))
    np.divide(found, unit, out=found)
    return found


def _square(exposures: Array) -> Array:
    """Return the mean square of firms' exposures: K × K."""
    square: Array = exposures.T @ exposures
    square /= max(len(exposures), 1)
    return square


def _numbers(exposures: Array, held: Array, squares: Sequence[Array]) -> NDArray[np.float64]:
    """Return what is told of each firm, by half-life: (N, 3 H).

    Its exposure to the mean of the others; the logarithms of the mean square of its products with
    all firms, and of its exposures' square.
    """
    market = held[..., -2] / np.maximum(held[..., -1], 1e-6)
    spread = [
        np.einsum("nk,nk->n", part @ square, part)
        for part, square in zip(exposures, squares, strict=True)
    ]
    size = np.einsum("hnk,hnk->hn", exposures, exposures)
    parts = [market, np.log(np.maximum(spread, 1e-6)), np.log(np.maximum(size, 1e-6))]
    return np.concatenate(parts).T.astype(np.float64)
