"""Whom an unfinished fetch has asked already, so that the next one goes on where it stopped."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field

from pipeline.sources.cache import Cache

LASTS = 3 * 3600.0
"""Seconds that an answer is not asked for again, unless a session ends before."""

NAME = "asked"


@dataclass(frozen=True)
class Answered:
    """That a firm's prices were brought up to date.

    Attributes
    ----------
    until : float
        When it has to be asked for again (seconds since 1970).
    noted : dict
        What is to be said of it, by kind.
    """

    until: float
    noted: dict[str, str] = field(default_factory=dict)


def answered(session_end: float | None, noted: Mapping[str, str]) -> Answered:
    """Say of an answer of now, whose session ends at a time, how long it lasts."""
    now = time.time()
    ends = session_end if session_end is not None and session_end > now else now + LASTS
    return Answered(min(ends, now + LASTS), dict(noted))


class Asked:
    """What was answered in a fetch that has not ended, kept beside the prices as `asked.json`.

    Of two processes that write it at once, the entries of one may be lost: these firms are then
    asked for again.
    """

    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    def lasting(self, symbols: Iterable[str]) -> dict[str, Answered]:
        """Return what was answered and need not be asked for again."""
        now = time.time()
        kept = self._read()
        found = {symbol: kept[symbol] for symbol in symbols if symbol in kept}
        # An answer that lasts longer than any was written by a clock that went wrong.
        return {s: answer for s, answer in found.items() if now < answer.until <= now + LASTS}

    def add(self, answers: Mapping[str, Answered]) -> None:
        """Keep further answers."""
        self._write({**self._read(), **answers})

    def forget(self, symbols: Iterable[str]) -> None:
        """Ask for these symbols again next time: their fetch has ended."""
        kept, gone = self._read(), set(symbols)
        if gone.intersection(kept):
            self._write({symbol: a for symbol, a in kept.items() if symbol not in gone})

    def _read(self) -> dict[str, Answered]:
        kept = self._cache.record(NAME)
        try:
            return {symbol: Answered(**answer) for symbol, answer in kept.items()}
        except TypeError:
            return {}

    def _write(self, answers: Mapping[str, Answered]) -> None:
        self._cache.keep(NAME, {symbol: asdict(answer) for symbol, answer in answers.items()})
