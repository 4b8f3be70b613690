"""Which firms are similar to one: an analyst's questions, answered from running sums."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.errors import InputError
from pipeline.outputs import Embedded
from pipeline.similarity.asking import explanation, history, symbols
from pipeline.similarity.asking.calendar import Day, Range
from pipeline.similarity.asking.chance import beyond
from pipeline.similarity.asking.explanation import Explanation
from pipeline.similarity.asking.firms import Firms
from pipeline.similarity.asking.learned import LEARNED
from pipeline.similarity.asking.ranks import best_first, ranked
from pipeline.similarity.classical.gaps import MIN_COMMON
from pipeline.store import Store, made, open_store

if TYPE_CHECKING:
    import plotly.graph_objects as go

_NAMED = 5
"""Firms of a basket that a message names."""


class Peers(Firms):
    """The firms that are similar to a firm, over any range of whole blocks of days.

    Parameters
    ----------
    embedded : Embedded
        What the embed stage made.
    run_id : str
        The run that it belongs to, for those who show it.
    published : str
        The day (ISO) that a schedule has published it for, or nothing.
    record : mapping, optional
        What else the store knows of the run: `source`, `model`, and `date`, its last day.
    room : int
        Bytes that are kept of ranges of days asked last, so that they are answered sooner.

    Examples
    --------
    >>> peers = Peers(embedded)  # doctest: +SKIP
    >>> peers.similar("NVDA", top=3, start="2016-01-01", end="2016-12-31")  # doctest: +SKIP
    """

    def __init__(
        self,
        embedded: Embedded,
        run_id: str = "",
        published: str = "",
        record: Mapping[str, Any] | None = None,
        room: int = 0,
    ) -> None:
        super().__init__(embedded, room)
        self.run_id, self.published = run_id, published
        self.record = {"run_id": run_id, **(record or {})}
        self._places = {symbol: place for place, symbol in enumerate(self.symbols)}

    @classmethod
    def load(
        cls,
        data_root: str | Path = "data/store",
        run_id: str | None = None,
        mirror_root: str | Path = "data/mirror",
    ) -> Peers:
        """Open what a finished run left in a store.

        Parameters
        ----------
        data_root : str or Path
            The store's folder, or its address.
        run_id : str, optional
            An MLflow run's id, or ``latest``; by default what a schedule has published, or else
            the latest run.
        mirror_root : str or Path
            Folder of copies of what is read from an address.

        Raises
        ------
        InputError
            If there is no such run, or it compared no firms.
        StoreError
            If what it left is damaged.
        """
        store = open_store(data_root, mirror_root)
        return cls.of(store, store.run(run_id))

    @classmethod
    def of(cls, store: Store, record: Mapping[str, Any]) -> Peers:
        """Open what the run of a record left in a store; errors as of `load`."""
        embedded = store.read(Embedded, "embed", made(record, "embed", "compare firms"))
        published = record["date"] if "edition" in record else ""
        return cls(embedded, record["run_id"], published, record)

    def similar(
        self,
        symbol: str | Sequence[str],
        top: int = 10,
        start: Day | None = None,
        end: Day | None = None,
        *,
        bottom: int | None = None,
        sector: str | None = None,
        exclude_sector: str | None = None,
        cap: str | None = None,
        measure: str = LEARNED,
        beside: Sequence[str] | None = None,
    ) -> pd.DataFrame:
        """List the firms most similar to one or to a basket, with other measures beside.

        Parameters
        ----------
        symbol : str or sequence of str
            The firm asked about, or the firms of a basket; upper or lower case. The score with a
            basket is the mean of the scores with its firms, which are not listed themselves.
        top : int
            Peers to list, at least 1.
        start, end : date, str or timestamp, optional
            First and last day to compare on, widened to whole blocks (see `span`).
        bottom : int, optional
            List so many of the least similar firms instead, the least similar first.
        sector, exclude_sector : str, optional
            List firms of this sector alone, or none of it; the beginning of its name will do.
        cap : str, optional
            List ``"small"``, ``"mid"`` or ``"large"`` firms alone (below 2 billion, below 10
            billion, and from there on).
        measure : str
            What to rank by: one of `measures`.
        beside : sequence of str, optional
            Measures to show beside it; by default all others that do not take seconds. Fewer
            are quicker.

        Returns
        -------
        DataFrame
            A row a peer: `rank` (among all firms, 1 for the most similar), `symbol`, `name`,
            `sector`, `industry`, `market_cap`; `score` in [−1, 1]; `percentile` (share of all
            pairs of firms with a lower score, in percent; beyond 512 firms, of the pairs of 512
            evenly spaced ones); `chance` (share of unrelated pairs that come as near, in percent;
            see `asking.chance`) and `beyond_chance` (whether so few do that chance brings no firm
            of all others so near), both missing for another measure than the learned one;
            `network_rank_low` and `network_rank_high` (its ranks by single
            networks), `year_rank_median`, `year_rank_low` and `year_rank_high` (its ranks in
            single calendar years); and for every measure beside its value and the peer's rank
            by it. Firms with fewer than 20 common days are not listed.

        Raises
        ------
        InputError
            When a firm, measure, sector or capitalisation is unknown, a firm has too few days in
            common with others, fewer than 1 peer is asked for, no firm is left to list, or the
            range is not in the data.
        """
        count = top if bottom is None else bottom
        _check_count(count)
        basket, blocks = self._basket(symbol), self.calendar.blocks(start, end)
        wanted = symbols.chosen(self.firms, sector, exclude_sector, cap)
        score = self.scores.of(measure, blocks, basket)
        if not np.isfinite(score).any():
            raise InputError(self._too_few(basket, blocks))
        order = best_first(np.where(wanted, score, np.nan))
        if not len(order):
            raise InputError("No firm is left to list: ask for another sector or capitalisation.")
        listed = order[:count] if bottom is None else order[::-1][:count]
        columns = ["symbol", "name", "sector", "industry", "market_cap"]
        known = self.firms[columns].take(listed).reset_index(drop=True)
        chance = pd.Series(self.scores.chance(measure, blocks, basket, listed))
        told: dict[str, Any] = {
            "score": score[listed],
            "percentile": self.scores.percentiles(measure, blocks, score[listed]),
            "chance": chance,
            "beyond_chance": beyond(chance, len(self.symbols)),
            **self.scores.steadiness(measure, blocks, basket, listed),
        }
        for name in self.scores.quick if beside is None else beside:
            if name != measure:
                other = self.scores.of(name, blocks, basket)
                told |= {name: other[listed], f"{name}_rank": ranked(other, listed)}
        return pd.DataFrame({"rank": ranked(score, listed), **known, **told})

    def nearest(
        self, symbol: str, top: int = 10, start: Day | None = None, end: Day | None = None
    ) -> pd.DataFrame:
        """List `symbol` and `score` of the most similar firms, and nothing beside: in milliseconds.

        Parameters and errors as those of `similar`.
        """
        _check_count(top)
        basket, blocks = self._basket(symbol), self.calendar.blocks(start, end)
        score = self.scores.of(LEARNED, blocks, basket)
        if not np.isfinite(score).any():
            raise InputError(self._too_few(basket, blocks))
        order = best_first(score)[:top]
        return pd.DataFrame({"symbol": [self.symbols[k] for k in order], "score": score[order]})

    def days(
        self, symbol: str | Sequence[str], start: Day | None = None, end: Day | None = None
    ) -> int:
        """Return the days on which a firm was compared; of a basket, those of the firm of fewest.

        Parameters and errors as those of `similar`.
        """
        basket, blocks = self._basket(symbol), self.calendar.blocks(start, end)
        own = self.learned.common(blocks, basket)[np.arange(len(basket)), basket]
        return int(own.min())

    def explain(
        self, one: str, other: str, start: Day | None = None, end: Day | None = None
    ) -> Explanation:
        """Say why two firms are, or are not, similar.

        Parameters
        ----------
        one, other : str
            Two firms.
        start, end : date, str or timestamp, optional
            First and last day to compare on, widened to whole blocks (see `span`).

        Returns
        -------
        Explanation
            Score by year, days and months that made it, volatility and beta of each firm,
            correlation before and after the market is removed.

        Raises
        ------
        InputError
            When a firm is unknown, both are the same, they have too few days in common, or the
            range is not in the data.
        """
        return explanation.explain(self, one, other, start, end)

    def plot(
        self,
        symbol: str | Sequence[str],
        top: int = 10,
        start: Day | None = None,
        end: Day | None = None,
    ) -> go.Figure:
        """Draw the scores of the firms most similar to one or to a basket as a plotly figure.

        Parameters and errors as those of `similar`.
        """
        from pipeline.similarity.asking.figures import scored

        found = self.similar(symbol, top, start, end, beside=())
        firms = [symbol] if isinstance(symbol, str) else symbol
        return scored(found, self.title(firms, start, end))

    def history(
        self, symbol: str, top: int = 5, start: Day | None = None, end: Day | None = None
    ) -> pd.DataFrame:
        """List a firm's nearest peers year by year.

        Parameters
        ----------
        symbol : str
            The firm.
        top : int
            Peers a year, at least 1.
        start, end : date, str or timestamp, optional
            First and last day to look at, widened to whole blocks (see `span`).

        Returns
        -------
        DataFrame
            `year rank symbol name sector score`, `rank_before` (the peer's rank in the year
            before; missing where it had none), `new` (whether it was not on the list of the year
            before) and `kept` (share of the year's list that was), both missing in the first year;
            `expected_rank` (the peer's rank by what networks expect at the end of the year, from
            all days of the range so far: one that is far down is not likely to stay); `chance`
            and `beyond_chance` as of `similar`, over the year's days.

        Raises
        ------
        InputError
            When the firm is unknown, ``top`` is below 1, or no year of the range is covered.
        """
        _check_count(top)
        return history.history(self, symbol, top, start, end)

    def _basket(self, symbol: str | Sequence[str]) -> NDArray[np.intp]:
        """Positions of the firms asked about, each once."""
        asked = [symbol] if isinstance(symbol, str) else list(symbol)
        if not asked:
            raise InputError("No firm is asked about: give at least one symbol.")
        places = (self._places.get(one) for one in asked)
        found = dict.fromkeys(
            symbols.position(one, self.firms) if place is None else place
            for one, place in zip(asked, places, strict=True)
        )
        return np.array(list(found), dtype=np.intp)

    def _too_few(self, basket: NDArray[np.intp], blocks: Range) -> str:
        """Say why firms have no peers."""
        low, high = self.calendar.span(blocks)
        if len(basket) == len(self.symbols):
            return (
                f"All {len(basket)} firms are asked about: leave out those that are to be listed."
            )
        named = ", ".join(self.symbols[firm] for firm in basket[:_NAMED])
        if len(basket) > _NAMED:
            named += f" and {len(basket) - _NAMED} more"
        return (
            f"{named} {'has' if len(basket) == 1 else 'have'} fewer than {MIN_COMMON} days in "
            f"common with every other firm from {low} to {high}: ask for a longer range."
        )


def _check_count(count: int) -> None:
    """Refuse to list no peers."""
    if count < 1:
        raise InputError(f"The number of peers to list is {count}: ask for at least 1.")
