"""Why two firms are, or are not, similar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.errors import InputError
from pipeline.similarity.asking import symbols
from pipeline.similarity.asking.calendar import Day, Range
from pipeline.similarity.asking.chance import beyond
from pipeline.similarity.asking.firms import Firms
from pipeline.similarity.asking.learned import LEARNED
from pipeline.similarity.asking.movement import movement
from pipeline.similarity.asking.ranks import Score, ranks
from pipeline.similarity.classical import market_residuals, pearson
from pipeline.similarity.classical.gaps import MIN_COMMON, Values
from pipeline.similarity.classical.market import Market
from pipeline.words import number

if TYPE_CHECKING:
    import plotly.graph_objects as go

LISTED = 10
"""Days, and months, that are listed."""


@dataclass(frozen=True)
class Explanation:
    """What the similarity of two firms is made of."""

    firms: pd.DataFrame
    """A row a firm: `symbol name sector industry market_cap`, `volatility` (standard deviation
    of growth, scaled to a year), `beta` and `market_correlation` with the market of the others,
    `rank` of the other firm among its peers, and the ranks' `of` how many."""
    span: tuple[date, date]
    """First and last day compared."""
    score: float
    """In [−1, 1]."""
    percentile: float
    """Share of all pairs of firms with a lower score, in percent."""
    chance: float
    """Share of unrelated pairs that come as near, in percent (see `asking.chance`)."""
    beyond_chance: bool | None
    """Whether so few do that chance brings no firm of all others so near; None if not known."""
    pearson: float
    """Correlation of growth, the market included."""
    residual: float
    """Correlation of growth once the market is removed."""
    responses: float
    """Correlation of what the networks made of the two firms' days."""
    parts: dict[str, float]
    """What the score is the sum of: `all_pairs`, what is expected of any two firms;
    `running_correlation`, what linear algebra says of their days; `exposures`, what networks read
    from their exposures to portfolios of the others; `ties`, how each is tied to all others."""
    before: float
    """Correlation of the two firms' days up to a year before the last; NaN for too few."""
    lately: float
    """The same of the last year."""
    common_days: int
    """Days on which both were compared."""
    years: pd.DataFrame
    """A row a calendar year: `year score rank pearson residual` (rank of the second firm among
    the first one's peers)."""
    days: pd.DataFrame
    """Days that added most to `responses` or took most from it: `date contribution market`, and
    for each firm its growth and its residual growth that day, in percent of the price."""
    course: pd.DataFrame
    """Every day: `date`, its `contribution` to `responses`, and the `market`'s growth that day, in
    percent of the price."""
    episodes: pd.DataFrame
    """Blocks of days that added most or took most: `first last contribution market`; the
    market's growth over the block in percent."""

    @property
    def above(self) -> str:
        """Share of all pairs with a lower score; one that is not quite all is not written so."""
        return f"{min(np.floor(10.0 * self.percentile) / 10.0, 99.9):.1f} %"

    @property
    def sentence(self) -> str:
        """What it comes to, in plain language."""
        one, other = self.firms.to_dict("records")
        alike = next(words for least, words in _WORDS if self.percentile >= least)
        places = " and ".join(
            f"{peer['symbol']} is number {firm['rank']} of {firm['symbol']}'s {firm['of']} peers"
            for firm, peer in ((one, other), (other, one))
        )
        correlations = [number(value, ".2f") for value in (self.pearson, self.residual)]
        return (
            f"{one['symbol']} and {other['symbol']} move {alike}, more than {self.above} of all "
            f"pairs of firms: {places}; their growth correlates by {correlations[0]}, and by "
            f"{correlations[1]} once the market is removed."
        )

    @property
    def change(self) -> str:
        """Whether they came closer or apart of late, and whether that is likely to last."""
        moved = self.lately - self.before
        if not np.isfinite(moved):
            return ""
        numbers = [number(value, ".2f") for value in (self.before, self.lately, self.score)]
        text = (
            f"Beside the others', their days correlated by {numbers[0]} until a year before the "
            f"end and by {numbers[1]} since; {numbers[2]} is expected of the months to come"
        )
        if abs(moved) < LITTLE:
            return f"{text}: little has changed."
        lasting = (self.score - self.before) / moved
        words = next(words for least, words in _LASTING if lasting >= least)
        return f"{text}: the change is {words}."

    @property
    def title(self) -> str:
        """The two firms, and how near they are."""
        one, other = self.firms["symbol"]
        score = number(self.score, ".2f")
        return f"{one} and {other}: score {score}, above {self.above} of all pairs of firms"

    def plot(self) -> go.Figure:
        """Draw score and correlations by year, and what the days add up to, as a plotly figure."""
        from pipeline.similarity.asking.figures import explained

        return explained(self.title, self.years, self.course)

    def _repr_html_(self) -> str:
        """Tell it in a notebook: the sentences, the two firms, the years."""
        tables = (self.firms.set_index("symbol").T, self.years.set_index("year"))
        told = [f"<p>{escape(text)}</p>" for text in (self.sentence, self.change) if text]
        return "".join([*told, *(table.to_html(float_format="{:.3g}".format) for table in tables)])


LITTLE = 0.1
"""A change of a correlation below this is little."""

_LASTING = (
    (2 / 3, "likely to last"),
    (1 / 3, "likely to last in part"),
    (-np.inf, "not likely to last"),
)
"""What a change is called by the share of it that is expected, from which on."""

_WORDS = (
    (99.0, "very much alike"),
    (90.0, "alike"),
    (60.0, "somewhat alike"),
    (40.0, "as alike as most pairs do"),
    (0.0, "less alike than most pairs do"),
)
"""How alike two firms are called, by the share of pairs with a lower score from which on."""


def explain(
    peers: Firms, one: str, other: str, start: Day | None = None, end: Day | None = None
) -> Explanation:
    """Say why two firms are similar, as `Peers.explain` documents."""
    pair = [symbols.position(symbol, peers.firms) for symbol in (one, other)]
    names = [peers.symbols[firm] for firm in pair]
    if pair[0] == pair[1]:
        raise InputError(f"Both firms are {names[0]}: ask about two different ones.")
    blocks = peers.calendar.blocks(start, end)
    common = int(peers.learned.common(blocks, np.array(pair[:1]))[0, pair[1]])
    if common < MIN_COMMON:
        first, last = peers.calendar.span(blocks)
        raise InputError(
            f"{names[0]} and {names[1]} have {common} days in common from {first} to {last}, "
            f"fewer than {MIN_COMMON}: ask for a longer range."
        )
    rows = peers.scores.rows(LEARNED, blocks, np.array(pair))
    score = float(rows[0, pair[1]])
    growth = peers.scores.growth(blocks)[:, pair].astype(np.float64)
    market = peers.scores.market(blocks)
    others = market.others(growth)
    added = peers.learned.products(peers.calendar.days(blocks), pair[0], pair[1])
    course = _course(peers, blocks, added, market)
    before, lately = _halves(peers, peers.calendar.days(blocks), pair)
    both = (pair, pair[::-1])
    # Of the two, the less surprising: so it is the same whichever firm is named first.
    lucky = max(
        peers.scores.chance(LEARNED, blocks, np.array([firm]), np.array([mate]))[0]
        for firm, mate in both
    )
    nearer = beyond(pd.Series([lucky]), len(peers.symbols)).iloc[0]
    return Explanation(
        firms=_firms(peers, pair, rows, growth, others),
        span=peers.calendar.span(blocks),
        score=score,
        percentile=float(peers.scores.percentiles(LEARNED, blocks, np.array([score]))[0]),
        chance=float(lucky),
        beyond_chance=None if pd.isna(nearer) else bool(nearer),
        **_correlations(growth, others),
        responses=float(added.sum()),
        parts=peers.learned.parts(blocks, *pair),
        before=before,
        lately=lately,
        common_days=common,
        years=_years(peers, pair, blocks, growth, others),
        days=_days(peers, course, pair, growth, others),
        course=course,
        episodes=_episodes(peers, blocks, added, market),
    )


def _halves(peers: Firms, days: slice, pair: list[int]) -> tuple[float, float]:
    """Correlate two firms' days before the last year and in it; NaN for too few days."""
    cut = max(days.stop - peers.days_per_year, days.start)
    found = []
    for part in (slice(days.start, cut), slice(cut, days.stop)):
        added = peers.learned.products(part, *pair)
        known = np.count_nonzero(added) >= MIN_COMMON and cut > days.start
        found.append(float(added.sum()) if known else np.nan)
    return found[0], found[1]


def percent(growth: NDArray[np.float64], days_per_year: int) -> NDArray[np.float64]:
    """Turn growth rates of a day (1/year, of logarithms) into changes of the price in percent."""
    changed: NDArray[np.float64] = 100.0 * np.expm1(growth / days_per_year)
    return changed


def _firms(
    peers: Firms, pair: list[int], rows: Score, growth: Values, others: Values
) -> pd.DataFrame:
    """Describe the two firms."""
    columns = ["symbol", "name", "sector", "industry", "market_cap"]
    table = peers.firms.iloc[pair][columns].reset_index(drop=True)
    moves = [
        movement(own, beside, peers.days_per_year)
        for own, beside in zip(growth.T, others.T, strict=True)
    ]
    for name in ("volatility", "beta", "market_correlation"):
        table[name] = [moved[name] for moved in moves]
    ranks = pd.DataFrame(rows).rank(axis=1, ascending=False, method="min").to_numpy()
    table["rank"] = ranks[[0, 1], pair[::-1]].astype(int)
    table["of"] = np.isfinite(rows).sum(axis=1)
    return table


def _years(
    peers: Firms, pair: list[int], blocks: Range, growth: Values, others: Values
) -> pd.DataFrame:
    """Score and correlations a year."""
    found = []
    for year, own in peers.calendar.years(blocks).items():
        row = peers.scores.rows(LEARNED, own, np.array(pair[:1]))[0]
        rank = ranks(row, np.array(pair[1:]))[0]
        days = _within(peers, own, blocks)
        beside = _correlations(growth[days], others[days])
        found.append({"year": year, "score": float(row[pair[1]]), "rank": rank, **beside})
    table = pd.DataFrame(found, columns=["year", "score", "rank", "pearson", "residual"])
    return table.astype({"rank": "Int64"})


def _within(peers: Firms, own: Range, blocks: Range) -> slice:
    """Return where the days of some blocks lie among those of a range."""
    days, first = peers.calendar.days(own), peers.calendar.days(blocks).start
    return slice(days.start - first, days.stop - first)


def _correlations(growth: Values, others: Values) -> dict[str, float]:
    """Correlate the growth of two firms, and what is left of it once the market is removed."""
    both = {"pearson": growth, "residual": market_residuals(growth, others)}
    return {name: float(pearson(values, [0])[0, 1]) for name, values in both.items()}


def _course(peers: Firms, blocks: Range, added: Values, market: Market) -> pd.DataFrame:
    """Every day's contribution, beside the market's growth."""
    moved = percent(market.mean(), peers.days_per_year)
    dates = pd.DatetimeIndex(peers.dates(blocks), name="date")
    return pd.DataFrame({"date": dates, "contribution": added, "market": moved})


def _days(
    peers: Firms, course: pd.DataFrame, pair: list[int], growth: Values, others: Values
) -> pd.DataFrame:
    """Days that count most."""
    table = course.copy()
    left = market_residuals(growth, others)
    for place, firm in enumerate(pair):
        name = peers.symbols[firm]
        table[name] = percent(growth[:, place], peers.days_per_year)
        table[f"{name} beyond the market"] = percent(left[:, place], peers.days_per_year)
    added = course["contribution"].to_numpy()
    order = np.argsort(-np.abs(added), kind="stable")[:LISTED]
    listed: NDArray[np.intp] = order[added[order] != 0.0]
    return table.iloc[listed].reset_index(drop=True)


def _episodes(peers: Firms, blocks: Range, added: Values, market: Market) -> pd.DataFrame:
    """Blocks that count most, and what the market did in them."""
    daily = np.nan_to_num(market.mean()) / peers.days_per_year
    found = []
    for block in range(*blocks):
        own = _within(peers, (block, block + 1), blocks)
        first, last = peers.calendar.span((block, block + 1))
        moved = 100.0 * np.expm1(daily[own].sum())
        found.append([first, last, added[own].sum(), moved])
    table = pd.DataFrame(found, columns=["first", "last", "contribution", "market"])
    order = np.argsort(-np.abs(table["contribution"].to_numpy()), kind="stable")[:LISTED]
    return table.iloc[order].reset_index(drop=True)
