"""States of firms: what a network is told of them, by what is held, in the frame of all firms.

Nothing of the size firms × firms is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from models.comovement import States
from pipeline.cores import at_once, in_parts
from pipeline.similarity.embedding.acted import Acted
from pipeline.similarity.embedding.exposures import ALL, BESIDE, HALF_LIVES, LONG, Array

LEADING = 5 / 8
"""Share of the directions that lead; near pairs are told by all of them and by these."""

FIRM, PORTFOLIO = 3 * len(HALF_LIVES) + 1, len(HALF_LIVES)
"""Numbers that a network is told of a firm, and of a portfolio."""

YEARS = 500.0
"""Days of history in units of which it is told how much is known of a firm."""

ENOUGH = 2048
"""Firms from which on a mean over all of them, or all pairs, is taken of every so many."""

_ONE = np.float32(1.0)

_FLOOR = 1e-3
"""Eigenvalues of Eᵀ Y below this share of the largest are taken as that: over few days some
directions are not seen, and would be noise blown up."""

_SPREAD = 4.0
"""Standard deviations at which a number of a firm is cut off."""


class Frame:
    """All firms over all days that are known of them, which firms are told apart from.

    Parameters
    ----------
    held : (H, N, K + 2)
        Of all firms, over any days.
    portfolios : (N, K)
        E.
    acted : Acted, optional
        Of what is held, where it is known.
    """

    def __init__(self, held: Array, portfolios: Array, acted: Acted | None = None) -> None:
        acted = acted or Acted.of(held, portfolios)
        self._days = np.maximum(held[..., -1].max(axis=1), 1e-6)
        moved = (acted.squares / self._days[:, None]).astype(np.float64)
        self._unit = np.sqrt(np.maximum(moved[LONG], 1e-12)).astype(np.float32)
        self._portfolio = _spread(moved)
        both = acted.long / self._days[LONG] + acted.all / self._days[ALL]
        self._long, self._lasting = at_once(_factors, (acted.long, both), held.shape[1])
        known = np.flatnonzero(held[ALL, :, -1] > 0.0)
        some = known[:: 1 + len(known) // ENOUGH]
        exposures = self._exposures(held)
        self._squares = at_once(lambda part: _square(part[some]), list(exposures), held.shape[1])
        numbers = self._numbers(exposures, held)
        others = numbers[known] if len(known) else numbers
        self._mean, self._deviation = others.mean(axis=0), np.maximum(others.std(axis=0), 1e-6)
        self.states = self._states(held, exposures, numbers)
        """Of all firms."""

    def read(self, held: Array) -> States:
        """Read states from what is held of the same firms over fewer days: (H, N, K + 2).

        Returns
        -------
        States
            Exposures in units of their portfolios; a firm that was not present has zeros.
        """
        exposures = self._exposures(held)
        return self._states(held, exposures, self._numbers(exposures, held))

    def _exposures(self, held: Array) -> Array:
        """Return mean exposures in units of their portfolios: (H, n, K)."""
        found = np.empty((*held.shape[:2], held.shape[2] - BESIDE), dtype=np.float32)

        def fill(firms: slice) -> None:
            part = found[:, firms]
            np.divide(held[:, firms, :-BESIDE], np.maximum(held[:, firms, -1:], 1e-6), out=part)
            np.divide(part, self._unit, out=part)

        in_parts(fill, held.shape[1])
        return found

    def _numbers(self, exposures: Array, held: Array) -> NDArray[np.float64]:
        """Return what is told of each firm: (n, 3 H)."""

        def told(firms: slice) -> NDArray[np.float64]:
            return _numbers(exposures[:, firms], held[:, firms], self._squares)

        return np.concatenate(in_parts(told, held.shape[1]))

    def _states(self, held: Array, exposures: Array, numbers: NDArray[np.float64]) -> States:
        parts: Sequence[Callable[[], Array]] = (
            lambda: self._lasting_directions(held),
            lambda: _unit(held[LONG, :, :-BESIDE] @ self._long),
            lambda: self._firm(held, numbers),
        )
        lasting, direction, firm = at_once(lambda part: part(), parts, held.shape[1])
        return States(exposures, direction, firm, self._portfolio, lasting)

    def _firm(self, held: Array, numbers: NDArray[np.float64]) -> Array:
        """Return what is told of each firm, in standard deviations, and its history: (n, F)."""
        standard = (numbers - self._mean) / self._deviation
        history = np.log(np.maximum(held[ALL, :, -1:], 1.0) / YEARS)
        firm = np.concatenate([np.clip(standard, -_SPREAD, _SPREAD), history], axis=1)
        return firm.astype(np.float32)

    def _lasting_directions(self, held: Array) -> Array:
        """Return all directions beside those that lead, (n, K').

        Over the leading ones sectors are told best, over all of them industries.
        """
        found = self._late_and_all(held) @ self._lasting
        count = found.shape[1]
        leading = found[:, -max(1, int(LEADING * count)) :]
        joined = np.empty((len(found), count + leading.shape[1]), dtype=np.float32)
        half = np.float32(np.sqrt(0.5))
        _unit(found, half, out=joined[:, :count])
        _unit(leading, half, out=joined[:, count:])
        return joined

    def _late_and_all(self, held: Array) -> Array:
        """Return Y of recent days and of all days alike: (n, K)."""
        late, every = (held[part, :, :-BESIDE] / self._days[part] for part in (LONG, ALL))
        both: Array = late + every
        return both


def some(states: States, firms: NDArray[np.intp]) -> States:
    """Return the states of some firms."""
    return States(
        states.held[:, firms],
        states.direction[firms],
        states.firm[firms],
        states.portfolio,
        states.lasting[firms],
    )


def _factors(middle: NDArray[np.floating]) -> Array:
    """Return (Eᵀ Y)^(−1/2) along its own axes, those that lead last: (K, K).

    The closest matrix of rank K that acts on E as the firms' own, Y (Eᵀ Y)⁻¹ Yᵀ (Nyström;
    Williams & Seeger 2000), has the factor Y (Eᵀ Y)^(−1/2): products of its rows, made of length
    1, are correlations.
    """
    middle = middle.astype(np.float64)
    values, columns = np.linalg.eigh((middle + middle.T) / 2.0)
    largest = float(values[-1]) if len(values) else 0.0
    if not largest > 0.0:
        return np.zeros(middle.shape, dtype=np.float32)
    inverse: Array = (columns / np.sqrt(np.maximum(values, _FLOOR * largest))).astype(np.float32)
    return inverse


def _unit(vectors: Array, size: np.float32 = _ONE, out: Array | None = None) -> Array:
    """Make rows of one length; those of hardly any length become 0."""
    length = np.sqrt(np.einsum("nk,nk->n", vectors, vectors))
    seen = length > 1e-6 * length.max(initial=0.0)
    scale = np.where(seen, size / np.where(seen, length, _ONE), np.float32(0.0))
    unit: Array = np.multiply(vectors, scale[:, None], out=out)
    return unit


def _spread(moved: NDArray[np.float64]) -> Array:
    """Return what is told of each portfolio by the mean squares of its days, (H, K): (K, H)."""
    late = np.log(np.maximum(moved, 1e-12) / np.maximum(moved[LONG], 1e-12))
    size = np.log(np.maximum(moved[LONG], 1e-12))
    spread = (size - size.mean()) / max(float(size.std()), 1e-6)
    portfolio = np.concatenate([np.delete(late, LONG, axis=0), spread[None]]).T
    cut: Array = np.clip(portfolio, -_SPREAD, _SPREAD).astype(np.float32)
    return cut


def _square(exposures: Array) -> Array:
    """Return the mean square of firms' exposures: K × K."""
    square: Array = exposures.T @ exposures
    square /= max(len(exposures), 1)
    return square


def _numbers(exposures: Array, held: Array, squares: Iterable[Array]) -> NDArray[np.float64]:
    """Return what is told of each firm, by half-life: (n, 3 H).

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
