"""Scores of firms by any measure, over any range of blocks of days."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import InputError
from pipeline.outputs import Embedded
from pipeline.similarity.asking.calendar import Calendar, Range
from pipeline.similarity.asking.learned import LEARNED, Learned
from pipeline.similarity.asking.ranks import Score, rank_spread
from pipeline.similarity.classical import offered
from pipeline.similarity.classical.market import Market

_PERCENTILE_ROWS = 512
"""Firms whose pairs with all others make the percentile: everyone up to here, then every so
many, so that a question about thousands of firms does not read whole matrices."""

_ROUNDING = 1e-6
"""Scores this near are the same."""


class Scores:
    """What firms are ranked by: the learned measure, or a classical one.

    Parameters
    ----------
    embedded : Embedded
        Growth of N firms.
    learned : Learned
        Answers for the learned measure.
    calendar : Calendar
        The blocks of days.
    """

    def __init__(self, embedded: Embedded, learned: Learned, calendar: Calendar) -> None:
        self.learned = learned
        self._growth, self._calendar = embedded.growth, calendar
        self._firms = len(embedded.firms)
        self._classical = offered(self._firms)

    @property
    def measures(self) -> list[str]:
        """Names of the measures, the learned one first."""
        return [LEARNED, *self._classical]

    @property
    def quick(self) -> list[str]:
        """Names of those that do not take seconds."""
        return [LEARNED, *(name for name, one in self._classical.items() if not one.slow)]

    def of(
        self, measure: str, blocks: Range, basket: NDArray[np.intp], network: int | None = None
    ) -> Score:
        """Mean similarity of each firm with those of a basket, NaN for its own firms: (N,)."""
        rows = self.rows(measure, blocks, basket, network)
        known = np.isfinite(rows)
        count = known.sum(axis=0)
        total = np.where(known, rows, 0.0).sum(axis=0)
        score: Score = np.full(len(total), np.nan)
        np.divide(total, count, out=score, where=count > 0)
        score[basket] = np.nan
        return score

    def rows(
        self, measure: str, blocks: Range, firms: NDArray[np.intp], network: int | None = None
    ) -> Score:
        """Similarities of some firms with all, NaN with themselves: (n, N)."""
        if self._known(measure) == LEARNED:
            rows = self.learned.rows(blocks, firms, network).astype(np.float64)
        else:
            rows = self._classical[measure].function(self.growth(blocks), firms.tolist())
        rows[np.arange(len(firms)), firms] = np.nan
        return rows

    def matrix(self, measure: str, blocks: Range) -> NDArray[np.floating]:
        """Similarities of all pairs, 1 on the diagonal: (N, N)."""
        if self._known(measure) == LEARNED:
            return self.learned.matrix(blocks)
        score = self._classical[measure].function(self.growth(blocks))
        np.fill_diagonal(score, 1.0)
        return score

    def steadiness(
        self, measure: str, blocks: Range, basket: NDArray[np.intp], firms: NDArray[np.intp]
    ) -> dict[str, NDArray[np.float64]]:
        """Ranks of some firms among all, by single networks and in single years: (n,) each."""
        found: dict[str, NDArray[np.float64]] = {}
        if measure == LEARNED:
            single = [
                self.of(measure, blocks, basket, network)
                for network in range(self.learned.networks)
            ]
            low, _, high = rank_spread(single, firms)
            found |= {"network_rank_low": low, "network_rank_high": high}
        years = self._calendar.years(blocks).values()
        yearly = [self.of(measure, year, basket) for year in years]
        low, median, high = rank_spread(yearly or [np.full(self._firms, np.nan)], firms)
        return found | {"year_rank_median": median, "year_rank_low": low, "year_rank_high": high}

    def percentiles(self, measure: str, blocks: Range, score: Score) -> NDArray[np.float64]:
        """Share of all pairs of firms with a lower score than each given one, in percent."""
        known = self.all_pairs(measure, blocks)
        # A pair must not lie below itself: asked for with other firms, its score rounds otherwise.
        lower = np.searchsorted(known, score - _ROUNDING, side="left")
        share: NDArray[np.float64] = lower / len(known)
        return 100.0 * share

    def all_pairs(self, measure: str, blocks: Range) -> NDArray[np.floating]:
        """Return the known scores of all pairs, of many firms those of some with all, sorted."""
        count = self._firms
        rows = np.unique(np.linspace(0, count - 1, min(count, _PERCENTILE_ROWS)).astype(np.intp))
        pairs = self.rows(measure, blocks, rows)
        return np.sort(pairs[np.isfinite(pairs)])

    def chance(
        self, measure: str, blocks: Range, basket: NDArray[np.intp], firms: NDArray[np.intp]
    ) -> NDArray[np.float64]:
        """Share of unrelated pairs that come as near as some firms and a basket, in percent: (n,).

        It is known of the learned measure alone; NaN for others.
        """
        if measure != LEARNED:
            return np.full(len(firms), np.nan)
        return self.learned.chance(blocks, basket, firms)

    def growth(self, blocks: Range) -> NDArray[np.float32]:
        """Growth in a range of blocks: (days, N)."""
        return np.asarray(self._growth[self._calendar.days(blocks)])

    def market(self, blocks: Range) -> Market:
        """Return what the growth of all firms comes to in a range of blocks."""
        return Market.of(self.growth(blocks))

    def _known(self, measure: str) -> str:
        if measure not in self.measures:
            raise InputError(
                f"There is no measure {measure!r} for {self._firms} firms: ask for one of "
                f"{', '.join(self.measures)}."
            )
        return measure
