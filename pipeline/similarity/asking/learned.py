"""The learned measure: what networks expect of firms by their states, over any range of blocks."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.comovement import Vectors
from pipeline.cores import at_once, keep_memory, one_each
from pipeline.outputs import Embedded
from pipeline.similarity.asking.calendar import Calendar, Range
from pipeline.similarity.asking.chance import Unrelated, chance
from pipeline.similarity.classical.gaps import MIN_COMMON
from pipeline.similarity.embedding import exposures
from pipeline.similarity.embedding.acted import Acted
from pipeline.similarity.embedding.frame import Frame
from pipeline.similarity.embedding.reading import PARTS, Reading, moments, nearness

LEARNED = "learned"
"""Its name, among those of other measures."""

Scores = NDArray[np.float32]


class _Read(NamedTuple):
    """What is known of firms over a range of blocks."""

    lasting: NDArray[np.float32]
    """Directions by which near pairs are told."""
    vectors: list[Vectors]
    """What each network reads of them."""
    moments: tuple[float, float]
    """Of the pairs' running correlations."""

    @property
    def nbytes(self) -> int:
        """Bytes that it takes."""
        arrays = [self.lasting, *(part for one in self.vectors for part in one)]
        return sum(array.nbytes for array in arrays)


class Learned:
    """Scores of firms from the running exposures that the embed stage left.

    Parameters
    ----------
    embedded : Embedded
        Its arrays may be memory maps: a question reads what is held at two days.
    room : int
        Bytes that are kept of what networks read, of the ranges of blocks asked last: at least
        of one.
    """

    def __init__(self, embedded: Embedded, room: int = 0) -> None:
        self._embedded = embedded
        self._calendar = Calendar(embedded.edges, embedded.dates)
        self.readings = [Reading.unpacked(numbers) for numbers in np.asarray(embedded.readings)]
        self._room, self._lock = room, Lock()
        self._sums: dict[int, Acted] = {}
        keep_memory()
        self._kept: OrderedDict[Range, _Read] = OrderedDict()

    @property
    def portfolios(self) -> NDArray[np.float32]:
        """What firms' days are held beside: (N, K)."""
        return np.asarray(self._embedded.portfolios)

    @property
    def networks(self) -> int:
        """S, networks whose scores are averaged."""
        return len(self.readings)

    def held(self, blocks: Range) -> NDArray[np.float32]:
        """Return what is held over a range of blocks, from nothing on: (H, N, K + 2)."""
        kept, days = self._embedded.held, self._calendar.days(blocks)
        return exposures.between(kept[blocks[0]], kept[blocks[1]], days.stop - days.start)

    def lasting(self, blocks: Range) -> NDArray[np.float32]:
        """Return directions by which near pairs are told: (N, K'); zeros of who was not there."""
        return self._over(blocks).lasting

    def vectors(self, blocks: Range, network: int = 0) -> Vectors:
        """Return what a network reads of each firm over a range of blocks."""
        return self._over(blocks).vectors[network]

    def _over(self, blocks: Range) -> _Read:
        """Return what is read of firms over a range."""
        with self._lock:
            found = self._kept.get(blocks)
            if found is not None:
                self._kept.move_to_end(blocks)
                return found
        with one_each():
            found = self._read(blocks)
        with self._lock:
            self._kept[blocks] = found
            # All are as large as one.
            while len(self._kept) > max(1, self._room // found.nbytes):
                self._kept.popitem(last=False)
        return found

    def _read(self, blocks: Range) -> _Read:
        """Read firms over a range, by all networks at the same time."""
        days, count = self._calendar.days(blocks), len(self.portfolios)
        before, after = map(self._acted, blocks)
        acted = after.since(before, days.stop - days.start)
        states = Frame(self.held(blocks), self.portfolios, acted).states
        vectors = at_once(lambda one: one.vectors(states), self.readings, count)
        return _Read(states.lasting, vectors, moments(states.lasting))

    def _acted(self, edge: int) -> Acted:
        """Return the sums over firms before a block; they are kept, for they are small."""
        found = self._sums.get(edge)
        if found is None:
            found = self._sums[edge] = Acted.of(self._embedded.held[edge], self.portfolios)
        return found

    def rows(self, blocks: Range, firms: NDArray[np.intp], network: int | None = None) -> Scores:
        """Scores of some firms with all, by one network or by the mean of all: (n, N).

        They lie in [−1, 1]; NaN for fewer than `MIN_COMMON` common days.
        """
        chosen = range(self.networks) if network is None else (network,)
        with one_each():
            known = self._over(blocks)
            near = nearness(known.lasting[firms], known.lasting, known.moments)
            score: Scores = np.zeros(near.shape, dtype=np.float32)
            for one in chosen:
                read = known.vectors[one]
                score += self.readings[one].score(_some(read, firms), read, near)
        score /= len(chosen)
        score[self.common(blocks, firms) < MIN_COMMON] = np.nan
        return score

    def parts(self, blocks: Range, one: int, other: int) -> dict[str, float]:
        """Say where the score of two firms comes from: parts of `PARTS`, whose sum is the score.

        A score that was cut off at ±1 is shared out as it was before.
        """
        lasting, firms = self.lasting(blocks), np.array([one, other])
        near = float(nearness(lasting[firms[:1]], lasting)[0, other])
        found = []
        for number, reading in enumerate(self.readings):
            pair = _some(self.vectors(blocks, number), firms)
            found.append(reading.parts(pair, near))
        return dict(zip(PARTS, np.mean(found, axis=0).tolist(), strict=True))

    def matrix(self, blocks: Range, network: int | None = None) -> Scores:
        """Scores of all pairs, symmetric to the last bit: (N, N)."""
        count = len(self._embedded.portfolios)
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

    def chance(
        self,
        blocks: Range,
        basket: NDArray[np.intp],
        firms: NDArray[np.intp],
        unrelated: Unrelated | None = None,
    ) -> NDArray[np.float64]:
        """Share of unrelated pairs that come as near as some firms and a basket, in percent: (n,).

        NaN for fewer than `MIN_COMMON` common days with one of the basket. What is given as
        `unrelated` of these blocks is not made again.
        """
        found = chance(self._days(blocks), basket, firms, unrelated)
        found[(self.common(blocks, basket)[:, firms] < MIN_COMMON).any(axis=0)] = np.nan
        return found

    def unrelated(self, blocks: Range) -> Unrelated:
        """Return what the chance of all firms has in common."""
        return Unrelated.of(self._days(blocks))

    def _days(self, blocks: Range) -> NDArray[np.floating]:
        """Return firms' days in a range of blocks: (D, N)."""
        return self._embedded.days[self._calendar.days(blocks)]

    def products(self, days: slice, one: int, other: int) -> NDArray[np.float64]:
        """Say what each day adds to the correlation of two firms' days: (D,).

        r_it r_jt / √(Σ r_i² Σ r_j²) over the days on which both are compared; their sum over days
        is the correlation.
        """
        pair = np.asarray(self._embedded.days[days][:, [one, other]], dtype=np.float64)
        pair[(pair == 0.0).any(axis=1)] = 0.0
        size = float(np.sqrt((pair**2).sum(axis=0).prod()))
        product: NDArray[np.float64] = pair.prod(axis=1)
        return product / size if size > 0.0 else np.zeros_like(product)


def _some(vectors: Vectors, firms: NDArray[np.intp]) -> Vectors:
    """Return the vectors of some firms."""
    return Vectors(*(part[firms] for part in vectors))
