"""What portfolios' days come to together: sums over firms of what is held of them.

They are linear in what is held. So what they are over a range of days follows from what they were
at its start and end, and no firm needs to be looked at.
"""

from __future__ import annotations

from functools import reduce
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.cores import in_parts
from pipeline.similarity.embedding.exposures import ALL, BESIDE, LONG, OWN, Array, kept

Sums = NDArray[np.floating]


class Acted(NamedTuple):
    """Sums over firms."""

    squares: Sums
    """Of each portfolio's days, by half-life: (H, K)."""
    long: Sums
    """Eᵀ Y of recent days: (K, K)."""
    all: Sums
    """Eᵀ Y of all days alike: (K, K)."""

    @classmethod
    def of(cls, held: Array, portfolios: Array) -> Acted:
        """Sum up what is held, (H, N, K + 2), over any days beside E, (N, K)."""

        def some(firms: slice) -> tuple[Sums, ...]:
            own, their = held[:, firms], portfolios[firms]
            squares = np.einsum("nk,hnk->hk", their, own[..., :-BESIDE])
            squares += np.einsum("nk,hn->hk", their**2, own[..., -1]) * (1.0 - OWN)
            return squares, *(their.T @ own[part, :, :-BESIDE] for part in (LONG, ALL))

        parts = in_parts(some, held.shape[1])
        return cls(*(reduce(np.add, sums) for sums in zip(*parts, strict=True)))

    def since(self, before: Acted, days: int) -> Acted:
        """Return the sums over the last days, so many, by what they were before them."""
        left = kept(days)
        return Acted(
            self.squares - left[:, None] * before.squares,
            self.long - left[LONG] * before.long,
            self.all - left[ALL] * before.all,
        )
