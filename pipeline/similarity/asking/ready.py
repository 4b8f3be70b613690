"""Peers that answer many questions: what a range of days needs for all firms is made once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from threading import RLock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.outputs import Embedded
from pipeline.similarity.asking.calendar import Calendar, Range
from pipeline.similarity.asking.learned import Learned
from pipeline.similarity.asking.peers import Peers
from pipeline.similarity.asking.ranks import Score
from pipeline.similarity.asking.scores import Scores

ROOM = 256 * 2**20
"""Bytes that are kept: for 1,000 firms the scores of some sixty ranges and measures."""

MOST = 2000
"""Firms beyond which scores are made for those alone that are asked about."""


class Kept:
    """Arrays that took long to make; those not asked for the longest make room for others."""

    def __init__(self, room: int = ROOM) -> None:
        self._room, self._held = room, 0
        self._arrays: OrderedDict[Hashable, NDArray[Any]] = OrderedDict()
        self._lock = RLock()

    def get(self, key: Hashable, make: Callable[[], NDArray[Any]]) -> NDArray[Any]:
        """Return what is kept under a key, or make it; what was made belongs to nobody else."""
        with self._lock:
            if key in self._arrays:
                self._arrays.move_to_end(key)
                return self._arrays[key]
            made = self._arrays[key] = make()
            made.flags.writeable = False
            self._held += made.nbytes
            while self._held > self._room and len(self._arrays) > 1:
                self._held -= self._arrays.popitem(last=False)[1].nbytes
            return made


class KeptScores(Scores):
    """Scores of firms that are made for all firms at once, and kept."""

    def __init__(
        self, embedded: Embedded, learned: Learned, calendar: Calendar, kept: Kept
    ) -> None:
        super().__init__(embedded, learned, calendar)
        self._kept = kept

    def rows(
        self, measure: str, blocks: Range, firms: NDArray[np.intp], network: int | None = None
    ) -> Score:
        """As `Scores.rows`."""
        if self._firms > MOST:
            return super().rows(measure, blocks, firms, network)
        every = np.arange(self._firms)

        def make() -> NDArray[np.float32]:
            return super(KeptScores, self).rows(measure, blocks, every, network).astype("f4")

        whole = self._kept.get(("rows", measure, blocks, network), make)
        found: Score = whole[firms].astype(np.float64)
        return found

    def all_pairs(self, measure: str, blocks: Range) -> NDArray[np.floating]:
        """As `Scores.all_pairs`."""
        return self._kept.get(
            ("pairs", measure, blocks), lambda: super(KeptScores, self).all_pairs(measure, blocks)
        )

    def chance(self, measure: str, blocks: Range, basket: NDArray[np.intp]) -> NDArray[np.float64]:
        """As `Scores.chance`."""
        return self._kept.get(
            ("chance", measure, blocks, *basket.tolist()),
            lambda: super(KeptScores, self).chance(measure, blocks, basket),
        )


class ReadyPeers(Peers):
    """Peers that may be asked by several threads, and answer soon what was asked before.

    Parameters
    ----------
    embedded, run_id, published, record
        As those of `Peers`.
    room : int
        Bytes that are kept of what was made.
    """

    def __init__(
        self,
        embedded: Embedded,
        run_id: str = "",
        published: str = "",
        record: Mapping[str, Any] | None = None,
        room: int = ROOM,
    ) -> None:
        super().__init__(embedded, run_id, published, record)
        self.scores = KeptScores(embedded, self.learned, self.calendar, Kept(room))
