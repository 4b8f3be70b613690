"""Peers that answer many questions: what questions have in common is made once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from threading import RLock
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from pipeline.outputs import Embedded
from pipeline.similarity.asking.calendar import Calendar, Range
from pipeline.similarity.asking.learned import LEARNED, Learned
from pipeline.similarity.asking.peers import Peers
from pipeline.similarity.asking.ranks import Score
from pipeline.similarity.asking.scores import Scores
from pipeline.similarity.classical.market import Market

ROOM = 192 * 2**20
"""Bytes that are kept of ranges: of 1,000 firms, some 130, more than the views of one ask for."""

SCORES = 96 * 2**20
"""Bytes of scores that are kept: of 1,000 firms, some twenty classical measures and ranges."""

MOST = 2000
"""Firms beyond which classical scores are made for those alone that are asked about."""


Made = TypeVar("Made", bound="Sized")


class Sized(Protocol):
    """What says how many bytes it takes."""

    @property
    def nbytes(self) -> int:
        """Bytes that it takes."""


class Kept:
    """What took long to make; that which was not asked for the longest makes room for others."""

    def __init__(self, room: int = SCORES) -> None:
        self._room, self._held = room, 0
        self._things: OrderedDict[Hashable, Sized] = OrderedDict()
        self._making: dict[Hashable, RLock] = {}
        self._lock = RLock()

    def get(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """Return what is kept under a key, or make it, once; who asks for others does not wait.

        It is given to all who ask: none may change it.
        """
        with self._lock:
            if (found := self._found(key)) is None:
                making = self._making.setdefault(key, RLock())
        if found is None:
            with making:
                try:
                    if (found := self._found(key)) is None:
                        found = make()
                        if isinstance(found, np.ndarray):
                            found.flags.writeable = False
                        self._keep(key, found)
                finally:
                    self._making.pop(key, None)
        made: Made = found
        return made

    def _found(self, key: Hashable) -> Any:
        """Return what is kept under a key, if anything is."""
        with self._lock:
            if (found := self._things.get(key)) is not None:
                self._things.move_to_end(key)
            return found

    def _keep(self, key: Hashable, made: Sized) -> None:
        """Keep what was made, in place of what was not asked for the longest."""
        with self._lock:
            self._things[key] = made
            self._held += made.nbytes
            while self._held > self._room and len(self._things) > 1:
                self._held -= self._things.popitem(last=False)[1].nbytes


class KeptScores(Scores):
    """Scores of firms; those of classical measures are made for all firms at once, and kept."""

    def __init__(
        self, embedded: Embedded, learned: Learned, calendar: Calendar, kept: Kept
    ) -> None:
        super().__init__(embedded, learned, calendar)
        self._kept = kept

    def rows(
        self, measure: str, blocks: Range, firms: NDArray[np.intp], network: int | None = None
    ) -> Score:
        """As `Scores.rows`."""
        if measure == LEARNED or self._firms > MOST:
            return super().rows(measure, blocks, firms, network)
        every = np.arange(self._firms)

        def make() -> NDArray[np.float32]:
            return super(KeptScores, self).rows(measure, blocks, every).astype(np.float32)

        found: Score = self._kept.get((measure, blocks), make)[firms].astype(np.float64)
        return found

    def all_pairs(self, measure: str, blocks: Range) -> NDArray[np.floating]:
        """As `Scores.all_pairs`."""
        return self._kept.get(
            ("pairs", measure, blocks), lambda: super(KeptScores, self).all_pairs(measure, blocks)
        )

    def market(self, blocks: Range) -> Market:
        """As `Scores.market`."""
        return self._kept.get(("market", blocks), lambda: super(KeptScores, self).market(blocks))

    def chance(
        self, measure: str, blocks: Range, basket: NDArray[np.intp], firms: NDArray[np.intp]
    ) -> NDArray[np.float64]:
        """As `Scores.chance`."""
        if measure != LEARNED:
            return super().chance(measure, blocks, basket, firms)
        known = self._kept.get(("unrelated", blocks), lambda: self.learned.unrelated(blocks))
        return self.learned.chance(blocks, basket, firms, known)


class ReadyPeers(Peers):
    """Peers that may be asked by several threads, and answer soon what is asked of days again.

    Parameters
    ----------
    embedded, run_id, published, record, room
        As those of `Peers`.
    scores : int
        Bytes that are kept of scores.
    """

    def __init__(
        self,
        embedded: Embedded,
        run_id: str = "",
        published: str = "",
        record: Mapping[str, Any] | None = None,
        room: int = ROOM,
        scores: int = SCORES,
    ) -> None:
        super().__init__(embedded, run_id, published, record, room)
        self.scores = KeptScores(embedded, self.learned, self.calendar, Kept(scores))
