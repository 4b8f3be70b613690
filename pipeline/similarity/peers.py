"""Which firms are similar to one: an analyst's questions, answered from running sums."""

from __future__ import annotations

from datetime import date
from difflib import get_close_matches
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.errors import InputError
from pipeline.outputs import Embedded
from pipeline.similarity import blocks, classical
from pipeline.store import Store

Day = date | str | np.datetime64 | pd.Timestamp

_PERCENTILE_ROWS = 512
"""Firms whose pairs with all others make the percentile: everyone up to here, then every so
many, so that a question about thousands of firms does not read whole matrices."""


class Peers:
    """The firms that are similar to a firm, over any range of whole blocks of days.

    A range is the difference of two of the running sums in `Embedded`. These may be memory maps:
    a question reads the rows that it needs.

    Parameters
    ----------
    embedded : Embedded
        What the embed stage made.
    run_id : str
        The run that it belongs to, for those who show it.

    Examples
    --------
    >>> peers = Peers(embedded)  # doctest: +SKIP
    >>> peers.similar("NVDA", top=3, start="2016-01-01", end="2016-12-31")  # doctest: +SKIP
    """

    def __init__(self, embedded: Embedded, run_id: str = "") -> None:
        self.run_id = run_id
        self.firms = embedded.firms
        self.symbols = [str(symbol) for symbol in embedded.firms["symbol"]]
        self._embedded = embedded
        self._edges = np.asarray(embedded.edges).astype("datetime64[D]")
        self._dates = np.asarray(embedded.dates).astype("datetime64[D]")

    @classmethod
    def load(cls, data_root: str | Path = "data/store", run_id: str = "latest") -> Peers:
        """Open what a finished run left in a store.

        Parameters
        ----------
        data_root : str or Path
            The store's folder.
        run_id : str
            An MLflow run's id; the latest run's by default.

        Raises
        ------
        InputError
            If there is no such run.
        """
        store = Store(data_root)
        record = store.run(run_id)
        embedded = store.read(Embedded, "embed", record["fingerprints"]["embed"])
        return cls(embedded, record["run_id"])

    def named(self, symbol: str) -> str:
        """Return a firm's symbol as the data write it; raise InputError for an unknown one."""
        return self.symbols[self._position(symbol)]

    def largest(self) -> str:
        """Return the firm of the largest market capitalisation, or the first if none is known."""
        worth = pd.to_numeric(self.firms["market_cap"]).to_numpy(dtype=np.float64)
        return self.symbols[int(np.argmax(np.nan_to_num(worth, nan=-1.0)))]

    def span(self, start: Day | None = None, end: Day | None = None) -> tuple[date, date]:
        """First and last day that an answer for ``start`` … ``end`` really covers.

        Parameters
        ----------
        start, end : date, str or timestamp, optional
            First and last day asked for; all that there is by default.

        Returns
        -------
        tuple of date
            The whole blocks that overlap the days asked for.

        Raises
        ------
        InputError
            When the range is reversed, unreadable, or holds no day of the data.
        """
        first, stop = self._blocks(start, end)
        return self._edges[first, 0].item(), self._edges[stop - 1, 1].item()

    def similar(
        self, symbol: str, top: int = 10, start: Day | None = None, end: Day | None = None
    ) -> pd.DataFrame:
        """List the firms most similar to one, with the correlations on the same days beside.

        Parameters
        ----------
        symbol : str
            The firm asked about; upper or lower case.
        top : int
            Peers to list, at least 1.
        start, end : date, str or timestamp, optional
            First and last day to compare on, widened to whole blocks (see `span`).

        Returns
        -------
        DataFrame
            A row a peer, most similar first: `rank`, `symbol`, `name`, `sector`; `score` in
            [−1, 1]; `percentile` (share of all pairs of firms with a lower score, in percent;
            beyond 512 firms, of the pairs of 512 evenly spaced ones); `pearson` and `residual`
            correlation, and the peer's rank by either. Firms with fewer than 20 common days are
            not listed.

        Raises
        ------
        InputError
            When the firm is unknown or has too few days in common with others, ``top`` is below
            1, or the range is not in the data.
        """
        if top < 1:
            raise InputError(f"The number of peers to list is {top}: ask for at least 1.")
        firm = self._position(symbol)
        first, stop = self._blocks(start, end)
        score = self._scores(first, stop, np.array([firm]))[0]
        score[firm] = np.nan
        nearest = _best_first(score)[:top]
        if not len(nearest):
            raise InputError(self._too_few(firm, first, stop))
        growth = self._growth(first, stop)
        listed = self.firms.iloc[nearest][["symbol", "name", "sector"]].reset_index(drop=True)
        listed.insert(0, "rank", np.arange(1, len(nearest) + 1))
        listed["score"] = score[nearest]
        listed["percentile"] = self._percentiles(first, stop, score[nearest])
        for measure in (classical.pearson, classical.residual):
            beside = measure(growth, [firm])[0]
            beside[firm] = np.nan
            listed[measure.__name__] = beside[nearest]
            listed[f"{measure.__name__}_rank"] = _ranks(beside).iloc[nearest].array
        return listed

    def matrix(self, start: Day | None = None, end: Day | None = None) -> pd.DataFrame:
        """Scores of all pairs of firms.

        Parameters
        ----------
        start, end : date, str or timestamp, optional
            First and last day to compare on, widened to whole blocks (see `span`).

        Returns
        -------
        DataFrame
            Symbols × symbols, in [−1, 1], 1 on the diagonal; NaN for fewer than 20 common days.

        Raises
        ------
        InputError
            When the range is not in the data.
        """
        first, stop = self._blocks(start, end)
        score = self._scores(first, stop, np.arange(len(self.symbols)))
        np.fill_diagonal(score, 1.0)
        return pd.DataFrame(score, index=self.symbols, columns=self.symbols)

    def embedding(self) -> pd.DataFrame:
        """Vector of each firm over all days: a row a symbol, columns `e0` ….

        Returns
        -------
        DataFrame
            Rows of unit length; NaN for a firm that was never compared.
        """
        return self._embedded.embedding.set_index("symbol")

    def growth(self, start: Day | None = None, end: Day | None = None) -> pd.DataFrame:
        """Growth rates on the days that an answer covers, for classical similarities beside it.

        Parameters
        ----------
        start, end : date, str or timestamp, optional
            First and last day to compare on, widened to whole blocks (see `span`).

        Returns
        -------
        DataFrame
            Dates × symbols, 1/year; gaps are NaN.

        Raises
        ------
        InputError
            When the range is not in the data.
        """
        first, stop = self._blocks(start, end)
        days = self._days(first, stop)
        return pd.DataFrame(
            self._growth(first, stop), index=pd.Index(self._dates[days]), columns=self.symbols
        )

    def _position(self, symbol: str) -> int:
        """Find a firm by its symbol."""
        if symbol in self.symbols:
            return self.symbols.index(symbol)
        wanted = symbol.strip().upper()
        upper = [known.upper() for known in self.symbols]
        if wanted in upper:
            return upper.index(wanted)
        close = [self.symbols[upper.index(one)] for one in get_close_matches(wanted, upper)]
        named = [
            known
            for known, name in zip(self.symbols, self.firms["name"], strict=True)
            if len(wanted) > 2 and isinstance(name, str) and wanted in name.upper()
        ]
        suggestions = list(dict.fromkeys(named + close))[:5]
        advice = f"did you mean {' or '.join(suggestions)}?" if suggestions else self._examples()
        raise InputError(f"There is no firm {symbol!r} among the {len(upper)} firms; {advice}")

    def _examples(self) -> str:
        """Name a few firms that can be asked about."""
        return f"ask for one of them: {', '.join(self.symbols[:5])}, …"

    def _blocks(self, start: Day | None, end: Day | None) -> tuple[int, int]:
        """Half-open range of the blocks that overlap ``start`` … ``end``."""
        low, high = self._edges[0, 0], self._edges[-1, 1]
        asked = (low if start is None else _day(start), high if end is None else _day(end))
        covered = f"the similarities cover {low} to {high}"
        if start is not None and end is not None and asked[0] > asked[1]:
            raise InputError(
                f"The range from {asked[0]} to {asked[1]} is empty: give the earlier day first."
            )
        if asked[0] > high or asked[1] < low:
            raise InputError(
                f"The range from {asked[0]} to {asked[1]} is outside the data: {covered}."
            )
        first = int(np.searchsorted(self._edges[:, 1], asked[0], side="left"))
        stop = int(np.searchsorted(self._edges[:, 0], asked[1], side="right"))
        if first >= stop:
            raise InputError(
                f"There is no trading day from {asked[0]} to {asked[1]}: widen the range."
            )
        return first, stop

    def _days(self, first: int, stop: int) -> slice:
        """Positions of the dates in blocks ``first`` … ``stop − 1``."""
        return slice(
            int(np.searchsorted(self._dates, self._edges[first, 0], side="left")),
            int(np.searchsorted(self._dates, self._edges[stop - 1, 1], side="right")),
        )

    def _growth(self, first: int, stop: int) -> NDArray[np.float32]:
        """Growth in those blocks: (days, N)."""
        return np.asarray(self._embedded.growth[self._days(first, stop)])

    def _scores(self, first: int, stop: int, rows: NDArray[np.intp]) -> NDArray[np.float32]:
        """Scores of some firms with all, over blocks ``first`` … ``stop − 1``: (rows, N)."""
        products, common = self._embedded.products, self._embedded.common
        return blocks.scores(
            products[stop][rows] - products[first][rows], common[stop][rows] - common[first][rows]
        )

    def _percentiles(
        self, first: int, stop: int, score: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        """Share of all pairs of firms with a lower score than each given one, in percent."""
        count = len(self.symbols)
        rows = np.unique(np.linspace(0, count - 1, min(count, _PERCENTILE_ROWS)).astype(np.intp))
        pairs = self._scores(first, stop, rows)
        pairs[np.arange(len(rows)), rows] = np.nan
        known = np.sort(pairs[np.isfinite(pairs)])
        return 100.0 * np.searchsorted(known, score, side="left") / len(known)

    def _too_few(self, firm: int, first: int, stop: int) -> str:
        """Say why a firm has no peers."""
        low, high = self._edges[first, 0], self._edges[stop - 1, 1]
        return (
            f"{self.symbols[firm]} has fewer than {blocks.MIN_COMMON} days in common with every "
            f"other firm from {low} to {high}: ask for a longer range."
        )


def _day(asked: Day) -> np.datetime64:
    """Read a day."""
    try:
        day = np.datetime64(pd.Timestamp(asked), "D")
    except (TypeError, ValueError) as fault:
        raise InputError(f"{asked!r} is not a day: write it as 2016-01-31.") from fault
    if np.isnat(day):
        raise InputError(f"{asked!r} is not a day: write it as 2016-01-31.")
    return day


def _best_first(score: NDArray[np.floating]) -> NDArray[np.intp]:
    """Positions of the known scores, highest first; equal ones in the firms' order."""
    order = np.argsort(-score, kind="stable")
    return order[: int(np.isfinite(score).sum())]


def _ranks(score: NDArray[np.floating]) -> pd.Series[int]:
    """Rank of each known score, 1 for the highest; equal ones share the better rank."""
    ranks = pd.Series(score).rank(ascending=False, method="min")
    return ranks.astype("Int64")
