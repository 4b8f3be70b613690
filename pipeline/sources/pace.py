"""How fast a service may be asked: learned from its rate limits, and known to all processes."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from pipeline.settings.yahoo import Yahoo
from pipeline.store.claims import Claims
from pipeline.store.disk import told

SLOWEST = 30.0
"""Seconds between two requests beyond which a rate limit makes them no rarer."""

RECOVERY = 0.98
"""What an answer shortens a pause by that a rate limit made longer: 35 answers halve it."""

FAR = 3600.0
"""Seconds ahead beyond which a time was written by a clock that went wrong."""


class LimitedError(Exception):
    """The service limits requests: none was sent."""


@dataclass
class _State:
    """What is known of the service; times are in seconds since 1970."""

    pause: float = 0.0
    """Seconds between two requests."""
    next: float = 0.0
    """When the next request may be sent."""
    until: float = 0.0
    """When the rate limit is over, as far as is known."""
    limits: int = 0
    """Rate limits since the last answer."""


class Pace:
    """Turns to send requests, one `yahoo.pause` after the other, of all processes of this machine.

    A rate limit doubles the pause, and stops all requests for `yahoo.backoff` seconds, twice as
    long for each further one in a row; answers shorten the pause little by little. All of it lies
    in `pace.json`, which is replaced whole, by whoever has its lock; the system lets go of the
    lock if its holder dies.

    Parameters
    ----------
    cache : Path or str
        The cache of the answers. The file lies in its folder `pace`; of a cache at an address, in
        the folder for temporary files, since a service limits machines.
    yahoo : Yahoo
        `pause`, `backoff` and `retries`.
    """

    def __init__(self, cache: Path | str, yahoo: Yahoo) -> None:
        self._folder = _folder(cache)
        self._claims = Claims(self._folder)
        self._yahoo = yahoo
        self._limited = False

    def turn(self) -> None:
        """Wait for the next turn to send a request.

        Raises
        ------
        LimitedError
            At once, while the service limits requests; no turn is used up.
        """
        with self._state() as state:
            _refuse(state)
            at = max(time.time(), state.next)
            state.next = at + state.pause
        self.rest(at - time.time())
        # Another thread or process may have met a limit meanwhile.
        _refuse(self._read())

    def limited(self, wait: float = 0.0) -> None:
        """Tell that a request met a rate limit; `wait` are the seconds that the service named."""
        with self._state() as state:
            self._limited = True
            if state.until > time.time():
                return  # it was sent before the limit was known
            backoff = self._yahoo.backoff * 2 ** min(state.limits, self._yahoo.retries)
            state.until = time.time() + min(max(backoff, wait), FAR)
            state.pause = min(2.0 * state.pause, SLOWEST)
            state.limits += 1

    def answered(self) -> None:
        """Tell that a request was answered."""
        with self._state() as state:
            state.limits = 0
            state.pause *= RECOVERY

    def patience(self) -> float | None:
        """Return the seconds until requests may be sent again, or None if that is not worth it.

        It is not after `yahoo.retries` further tries in vain, nor if it takes longer than these.
        A limit that another process met is waited out, and tried once.
        """
        state = self._read()
        wait = max(state.until - time.time(), 0.0)
        in_vain = self._limited and state.limits > self._yahoo.retries
        too_long = wait > self._yahoo.backoff * 2**self._yahoo.retries
        return None if in_vain or too_long else wait

    def rest(self, seconds: float) -> None:
        """Let time pass."""
        if seconds > 0.0:
            time.sleep(seconds)

    @contextmanager
    def _state(self) -> Iterator[_State]:
        """Give the state to change, to nobody else at the same time."""
        held = self._claims.claim("turn")
        try:
            state = self._read()
            yield state
            draft = self._folder / "pace.part"
            with told(self._folder):
                draft.write_text(json.dumps(asdict(state)), encoding="utf-8")
                draft.replace(self._folder / "pace.json")
        finally:
            self._claims.release(held)

    def _read(self) -> _State:
        """Read the state; what is damaged is worth no more than a new beginning."""
        try:
            kept = json.loads((self._folder / "pace.json").read_text(encoding="utf-8"))
            state = _State(**{key: type(kept[key])(kept[key]) for key in asdict(_State())})
            usable = max(state.next, state.until) <= time.time() + FAR
        except (OSError, ValueError, TypeError, KeyError):
            usable = False
        if not usable:
            state = _State()
        state.pause = max(state.pause, self._yahoo.pause)
        return state


def _refuse(state: _State) -> None:
    if state.until > time.time():
        raise LimitedError


def _folder(cache: Path | str) -> Path:
    if "://" not in str(cache):
        return Path(cache) / "pace"
    mark = hashlib.sha256(str(cache).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"firmament-{os.getuid()}" / mark
