"""The learned measure: cosines of firms' vectors over any range of blocks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.outputs import Embedded
from pipeline.similarity.asking.calendar import Calendar, Range
from pipeline.similarity.asking.chance import chance
from pipeline.similarity.classical.gaps import MIN_COMMON
from pipeline.similarity.embedding import sums

LEARNED = "learned"
"""Its name, among those of other measures."""

Scores = NDArray[np.float32]


class Learned:
    """Scores of firms from the running sums that the embed stage left.

    Parameters
    ----------
    embedded : Embedded
        Its arrays may be memory maps: a question reads two of the running sums of each network.
    """

    def __init__(self, embedded: Embedded) -> None:
        self._embedded = embedded
        self._calendar = Calendar(embedded.edges, embedded.dates)
        self._held: tuple[tuple[Range, int | None], Scores] | None = None

    @property
    def networks(self) -> int:
        """S, networks whose sums are averaged."""
        return len(self._embedded.sums)

    def vectors(self, blocks: Range, network: int | None = None) -> Scores:
        """Firms' vectors over a range of blocks, by one network or by the mean of all: (N, K)."""
        if self._held is not None and self._held[0] == (blocks, network):
            return self._held[1]
        kept = self._embedded.sums
        used = kept if network is None else kept[network : network + 1]
        summed = np.subtract(used[:, blocks[1]], used[:, blocks[0]]).mean(axis=0)
        found = sums.vectors(summed, np.asarray(self._embedded.directions))
        self._held = ((blocks, network), found)
        return found

    def rows(self, blocks: Range, firms: NDArray[np.intp], network: int | None = None) -> Scores:
        """Scores of some firms with all: (n, N).

        They lie in [−1, 1]; NaN for fewer than `MIN_COMMON` common days.
        """
        vectors = self.vectors(blocks, network)
        score: Scores = np.clip(vectors[firms] @ vectors.T, -1.0, 1.0)
        score[self.common(blocks, firms) < MIN_COMMON] = np.nan
        return score

    def matrix(self, blocks: Range, network: int | None = None) -> Scores:
        """Scores of all pairs, symmetric to the last bit: (N, N)."""
        count = len(self._embedded.directions)
        score = self.rows(blocks, np.arange(count), network)
        # Rounding differs between (i, j) and (j, i).
        score = (score + score.T) / 2.0
        np.fill_diagonal(score, 1.0)
        return score

    def common(self, blocks: Range, firms: NDArray[np.intp]) -> NDArray[np.int64]:
        """Days on which each of some firms and any other are compared: (n, N)."""
        days = self._calendar.days(blocks)
        first, stop = days.start // 8, -(-days.stop // 8)
        asked = np.zeros(8 * (stop - first), dtype=np.bool_)
        asked[days.start - 8 * first : days.stop - 8 * first] = True
        present = self._embedded.present[:, first:stop] & np.packbits(asked)
        if len(firms) > 16:
            bits = np.unpackbits(present, axis=1).astype(np.float32)
            shared: NDArray[np.float32] = bits[firms] @ bits.T
            return np.rint(shared).astype(np.int64)
        # Eight bytes at a time; those beyond the last are zero.
        words = np.zeros((len(present), -(-present.shape[1] // 8)), dtype=np.uint64)
        words.view(np.uint8)[:, : present.shape[1]] = present
        counts = [
            np.bitwise_count(words & words[firm]).sum(axis=1, dtype=np.int64) for firm in firms
        ]
        return np.array(counts, dtype=np.int64).reshape(len(firms), len(present))

    def chance(self, blocks: Range, basket: NDArray[np.intp]) -> NDArray[np.float64]:
        """Share of unrelated pairs that come as near as each firm and a basket, in percent: (N,).

        NaN for fewer than `MIN_COMMON` common days with one of the basket.
        """
        responses = self._embedded.responses[:, self._calendar.days(blocks)]
        found = chance(responses, basket)
        found[(self.common(blocks, basket) < MIN_COMMON).any(axis=0)] = np.nan
        return found

    def products(self, days: slice, one: int, other: int) -> NDArray[np.float64]:
        """Say what each day adds to the correlation of two firms' responses: (D,).

        r_it r_jt / √(Σ r_i² Σ r_j²) over the days on which both are compared, averaged over
        networks; their sum over days is the correlation.
        """
        pairs = np.asarray(self._embedded.responses[:, days][..., [one, other]], dtype=np.float64)
        both = (pairs != 0.0).all(axis=2)
        pairs = np.where(both[..., None], pairs, 0.0)
        size = np.sqrt((pairs**2).sum(axis=1).prod(axis=1))[:, None]
        product = pairs.prod(axis=2)
        shares = np.divide(product, size, out=np.zeros_like(product), where=size > 0.0)
        mean: NDArray[np.float64] = shares.mean(axis=0)
        return mean
