"""The firms that are compared, and what every question about them is answered from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.outputs import Embedded
from pipeline.similarity.asking import symbols
from pipeline.similarity.asking.calendar import Calendar, Day, Range
from pipeline.similarity.asking.learned import LEARNED, Learned
from pipeline.similarity.asking.scores import Scores
from pipeline.similarity.classical import MEASURES
from pipeline.similarity.embedding.reading import joined


class Firms:
    """Firms over any range of whole blocks of days.

    Parameters
    ----------
    embedded : Embedded
        What the embed stage made.
    room : int
        Bytes that are kept of ranges of days asked last, so that they are answered sooner.
    """

    def __init__(self, embedded: Embedded, room: int = 0) -> None:
        self.firms = embedded.firms
        self.symbols = [str(symbol) for symbol in embedded.firms["symbol"]]
        self.calendar = Calendar(embedded.edges, embedded.dates)
        self.learned = Learned(embedded, room)
        self.scores = Scores(embedded, self.learned, self.calendar)
        self._embedded = embedded

    @property
    def days_per_year(self) -> int:
        """1/Δt that the growth rates were taken with."""
        days: int = self._embedded.basis["days_per_year"]
        return days

    @property
    def measures(self) -> list[str]:
        """Names of the measures that firms can be compared by, the learned one first."""
        return self.scores.measures

    @property
    def beside(self) -> list[str]:
        """Names of the measures that are shown beside another: those that take milliseconds."""
        return [name for name in self.measures if name == LEARNED or MEASURES[name].quick]

    def named(self, symbol: str) -> str:
        """Return a firm's symbol as the data write it; raise InputError for an unknown one."""
        return self.symbols[symbols.position(symbol, self.firms)]

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
        return self.calendar.span(self.calendar.blocks(start, end))

    def title(
        self,
        firms: Sequence[str],
        start: Day | None = None,
        end: Day | None = None,
        *,
        least: bool = False,
    ) -> str:
        """Say which firms' peers, the most or the least alike, are told, and over which days."""
        names = list(dict.fromkeys(map(self.named, firms)))
        first, last = self.span(start, end)
        alike = "least like" if least else "like"
        return f"Firms that move {alike} {symbols.basket(names)}, {first} to {last}"

    def matrix(
        self, start: Day | None = None, end: Day | None = None, measure: str = LEARNED
    ) -> pd.DataFrame:
        """Scores of all pairs of firms.

        Parameters
        ----------
        start, end : date, str or timestamp, optional
            First and last day to compare on, widened to whole blocks (see `span`).
        measure : str
            What to compare by: one of `measures`.

        Returns
        -------
        DataFrame
            Symbols × symbols, in [−1, 1], 1 on the diagonal; NaN for fewer than 20 common days.

        Raises
        ------
        InputError
            When the range is not in the data or the measure is unknown.
        """
        blocks = self.calendar.blocks(start, end)
        return pd.DataFrame(self.scores.matrix(measure, blocks), self.symbols, self.symbols)

    def embedding(self, start: Day | None = None, end: Day | None = None) -> pd.DataFrame:
        """Return what the first network reads of each firm: a row a symbol, columns `e0` ….

        Parameters
        ----------
        start, end : date, str or timestamp, optional
            First and last day to compare on, widened to whole blocks (see `span`).

        Returns
        -------
        DataFrame
            Side by side the three vectors of `models.comovement`, from products of which a
            network's scores are made; NaN for a firm that was not compared on those days.
        """
        blocks = self.calendar.blocks(start, end)
        vectors = joined(self.learned.vectors(blocks))
        vectors[~self.learned.lasting(blocks).any(axis=1)] = np.nan
        columns = [f"e{k}" for k in range(vectors.shape[1])]
        return pd.DataFrame(vectors, pd.Index(self.symbols, name="symbol"), columns)

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
        blocks = self.calendar.blocks(start, end)
        dates = pd.DatetimeIndex(self.dates(blocks), name="date")
        return pd.DataFrame(self.scores.growth(blocks), dates, self.symbols)

    def dates(self, blocks: Range) -> NDArray[np.datetime64]:
        """Return the days of a range of blocks."""
        return np.asarray(self._embedded.dates)[self.calendar.days(blocks)]
