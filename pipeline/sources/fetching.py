"""How many firms are fetched: in batches, at the pace that Yahoo bears, from where it stopped."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from pipeline.errors import SourceError
from pipeline.settings.yahoo import Yahoo
from pipeline.sources.asked import Answered, Asked
from pipeline.sources.cache import Cache
from pipeline.sources.chart import NoAnswerError
from pipeline.sources.line import Line
from pipeline.sources.refresh import Refresh
from pipeline.watch import Watch
from pipeline.words import plural

ELSEWHERE = "use --source sample or --source files:PATH instead"
TASK = "fetch from Yahoo"
MINUTE = 60.0


class Fetching:
    """Brings the cache up to date for many firms.

    Firms that are asked for from the same day on share one call of yfinance, `yahoo.batch` at
    most; who is not answered in it, or has another history now, is asked for alone. What was
    answered is remembered until the fetch has ended.

    Parameters
    ----------
    cache : Cache
        Where prices are kept.
    yahoo : Yahoo
        How to ask.
    line : Line
        What requests go through.
    """

    def __init__(self, cache: Cache, yahoo: Yahoo, line: Line) -> None:
        self.noted: dict[str, dict[str, str]] = {}
        """What is to be said of firms, by symbol and kind."""
        self._cache = cache
        self._yahoo = yahoo
        self._line = line
        self._refresh = Refresh(cache, yahoo, line)
        self._asked = Asked(cache)
        self._given_up = ""

    def bring(self, symbols: Sequence[str], watch: Watch) -> dict[str, str]:
        """Bring firms up to date and return how each of them ended.

        Once all tries for a firm were in vain no other is asked for: it would only wait as long
        for the same.

        Returns
        -------
        dict
            ok, gone, empty, rate-limited or network, by symbol.

        Raises
        ------
        SourceError
            If Yahoo cannot be reached.
        """
        starts, before = {}, self._asked.lasting(symbols)
        for symbol in symbols:
            kept = self._cache.read(symbol)
            if symbol in before and kept is not None and self._refresh.goes_back(kept):
                self.noted[symbol] = before[symbol].noted
            else:
                starts[symbol] = self._refresh.start(kept)
        outcomes = {symbol: "ok" for symbol in symbols if symbol not in starts}
        progress = _Progress(len(outcomes), len(symbols), watch)
        for batch, start in _batches(starts, self._yahoo.batch):
            if len(batch) > 1 and not self._given_up:
                self._look_ahead(batch, start, watch)
            answers: dict[str, Answered] = {}
            for symbol in batch:
                outcomes[symbol] = self._ask(symbol, answers, watch)
                progress.step(len(outcomes))
            self._asked.add(answers)
        return outcomes

    def end(self, symbols: Sequence[str]) -> None:
        """Let the next fetch ask for all firms, unless this one left some unasked."""
        if not self._given_up:
            self._asked.forget(symbols)

    def _look_ahead(self, batch: Sequence[str], start: date, watch: Watch) -> None:
        """Ask for a batch, and again for those of it that met a rate limit."""
        while batch:
            self._refresh.look_ahead(batch, start)
            batch = [symbol for symbol in batch if symbol in self._line.limited]
            if batch and not self._wait_out(plural(len(batch), "firm"), watch):
                self._given_up = "rate-limited"
                return

    def _ask(self, symbol: str, answers: dict[str, Answered], watch: Watch) -> str:
        """Bring one firm up to date, and return the outcome."""
        if self._given_up and not self._refresh.ahead(symbol):
            return self._given_up
        kept = self._cache.read(symbol)
        faults = 0
        while True:
            try:
                answers[symbol] = self._refresh.bring(symbol, kept)
            except NoAnswerError as answer:
                self._check_reached(answer)
                self.noted[symbol] = self._refresh.noted
                faults += answer.outcome == "network"
                if answer.outcome != "empty" and self._wait(symbol, answer.outcome, faults, watch):
                    continue
                watch.note(f"Yahoo gave no prices for {symbol} ({answer}).")
                if answer.outcome == "empty":
                    return "empty" if kept is None else "gone"
                self._given_up = answer.outcome
                return answer.outcome
            self.noted[symbol] = self._refresh.noted
            return "ok"

    def _wait(self, symbol: str, outcome: str, faults: int, watch: Watch) -> bool:
        """Wait before a further try, or say that there is none."""
        if outcome == "rate-limited":
            return self._wait_out(symbol, watch)
        if faults > self._yahoo.retries:
            return False
        wait = self._yahoo.backoff * 2 ** (faults - 1)
        watch.note(f"Yahoo: {symbol} {outcome}, next try in {wait:g} s.")
        self._line.pace.rest(wait)
        return True

    def _wait_out(self, whom: str, watch: Watch) -> bool:
        """Wait until a rate limit is over, or say that it is not worth it."""
        wait = self._line.pace.patience()
        if wait is None:
            watch.note(f"Yahoo: {whom} rate-limited, and no further try is worth the wait.")
            return False
        watch.note(f"Yahoo: {whom} rate-limited, next try in {wait:.3g} s.")
        self._line.pace.rest(wait)
        return True

    def _check_reached(self, answer: NoAnswerError) -> None:
        if not (self._line.reached or answer.connected):
            raise SourceError(
                "Yahoo could not be reached from this machine: check its connection, or "
                f"{ELSEWHERE}."
            ) from answer


class _Progress:
    """Shows how many firms are done, and says once a minute how long it will still take."""

    def __init__(self, before: int, total: int, watch: Watch) -> None:
        self._before, self._total, self._watch = before, total, watch
        self._since = self._told = time.monotonic()
        if before:
            watch.note(
                f"Yahoo: {before} of {plural(total, 'firm')} were answered before the last fetch "
                "was interrupted."
            )
            watch.step(TASK, before, total)

    def step(self, done: int) -> None:
        self._watch.step(TASK, done, self._total)
        now = time.monotonic()
        if now - self._told < MINUTE or done == self._total:
            return
        self._told = now
        left = (now - self._since) / (done - self._before) * (self._total - done)
        self._watch.note(
            f"Yahoo: {done:,} of {plural(self._total, 'firm')}, some {left:.0f} s left."
        )


def _batches(starts: Mapping[str, date], most: int) -> Iterator[tuple[list[str], date]]:
    """Put firms that are asked for from the same day on together.

    The first firm comes alone: it tells whether Yahoo can be reached at all, and fetches the
    cookie that all others use.
    """
    together: dict[date, list[str]] = {}
    for number, (symbol, start) in enumerate(starts.items()):
        if number == 0:
            yield [symbol], start
        else:
            together.setdefault(start, []).append(symbol)
    for start, symbols in together.items():
        for first in range(0, len(symbols), most):
            yield symbols[first : first + most], start
