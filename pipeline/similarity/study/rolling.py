"""The learned measure beside all others at rolling origins.

At each origin every measure sees the days before, networks are trained anew on them, and the
sessions that follow judge. So a measure is judged on several futures, and the intervals are of
draws of firms and of origins: one lucky year does not decide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import rankdata

from pipeline.errors import InputError
from pipeline.similarity import classical as measures
from pipeline.similarity.asking.learned import LEARNED
from pipeline.similarity.study import scores
from pipeline.similarity.study.labels import precisions, shared
from pipeline.similarity.study.out_of_sample import hedged_variance, later_correlation, later_r2
from pipeline.similarity.study.titles import NO_NETWORK, TITLES, UNTRAINED
from pipeline.watch import Watch

JUDGED, FIRST, YOUNG, LAST = 252, 500, 100, 60
"""Sessions that judge; days before the first origin at least; young firms at most; and the days
that are known of them."""

PEERS = 5

FIGURES = {
    "later_correlation": "later correlation with 5 peers",
    "rank_correlation": "rank correlation with later correlations",
    "change": "foretold change of correlations",
    "young_correlation": "later correlation with 5 peers of firms known for 60 days",
    "young_rank": "rank correlation of firms known for 60 days",
    "later_r2": "later R² on 5 peers",
    "hedged": "variance left when hedged",
    "sector": "sector precision at 5",
    "industry": "industry precision at 5",
}
"""Figures by name; all but `hedged` are better the higher they are."""

Matrix = NDArray[np.floating]


@dataclass(frozen=True)
class Rolled:
    """What rolling origins found."""

    figures: pd.DataFrame
    """`measure` and the mean of each of `FIGURES` over firms and origins, a row a measure."""
    differences: pd.DataFrame
    """`figure beside difference low high`: the learned measure less the best classical one and
    less each control, with 95 % intervals."""
    origins: list[str]
    """The first day that judges, of each."""


def places(days: int, count: int) -> NDArray[np.int64]:
    """Spread origins evenly over the days that leave enough before and after.

    Raises
    ------
    InputError
        When there are too few days for one.
    """
    last = days - JUDGED
    if last < FIRST:
        raise InputError(
            f"Rolling origins need {FIRST + JUDGED} days, and there are {days}: give a longer "
            "history."
        )
    return np.unique(np.linspace(FIRST if count > 1 else last, last, count).astype(np.int64))


def roll(
    growth: pd.DataFrame,
    firms: pd.DataFrame,
    origins: Sequence[int],
    components: int,
    seeds: Sequence[int],
    *,
    draws: int,
    watch: Watch,
) -> Rolled:
    """Judge all measures at rolling origins.

    Parameters
    ----------
    growth : DataFrame
        Dates × symbols, N of them; gaps are NaN.
    firms : DataFrame
        N rows with `sector` and `industry`, which judge and are told to no measure.
    origins : sequence of int
        Positions of the first days that judge.
    components : int
        Portfolios.
    seeds : sequence of int
        One a network.
    draws : int
        Of firms and origins, for the intervals.
    watch : Watch
        Told of every origin.

    Returns
    -------
    Rolled
        Figures and differences.
    """
    values, count = growth.to_numpy(dtype=np.float64), growth.shape[1]
    drawn = np.random.default_rng(0).choice(count, min(YOUNG, count // 3), replace=False)
    young, found = np.sort(drawn), []
    for number, origin in enumerate(origins):
        watch.step("judging at rolling origins", number, len(origins))
        before, after = values[:origin], values[origin : origin + JUDGED]
        made = scores.learned(before, components, seeds, young, LAST)
        made |= scores.classical(before, young, LAST)
        found.append(_judged(made, before, after, young, firms))
        watch.step("judging at rolling origins", number + 1, len(origins))
    table = {name: np.stack([one[name] for one in found]) for name in found[0]}
    means = {TITLES[name]: _mean(parts) for name, parts in table.items()}
    figures = pd.DataFrame(means, index=list(FIGURES)).T.rename_axis("measure").reset_index()
    dates = [str(growth.index[origin].date()) for origin in origins]
    return Rolled(figures, _differences(table, draws), dates)


def _judged(
    made: Mapping[str, tuple[Matrix, Matrix]],
    before: Matrix,
    after: Matrix,
    young: NDArray[np.intp],
    firms: pd.DataFrame,
) -> dict[str, Matrix]:
    """Every measure's figures at one origin, firm by firm: (figures, N)."""
    later = measures.scaled(after)
    np.fill_diagonal(later, np.nan)
    base = np.array(made["scaled"][0])
    old = np.setdiff1d(np.arange(len(later)), young)
    labels = [firms["sector"].tolist(), shared(firms["industry"].tolist())]
    answer = {}
    for name, (everyone, short) in made.items():
        score = np.array(everyone, dtype=np.float64)
        np.fill_diagonal(score, np.nan)
        wide = np.full(later.shape, np.nan)
        wide[np.ix_(young, old)] = short[:, old]
        answer[name] = np.stack(
            [
                later_correlation(score, later, PEERS),
                rank_parts(score, later),
                rank_parts(score, later, base),
                later_correlation(wide, later, PEERS),
                rank_parts(wide, later),
                later_r2(score, after),
                hedged_variance(score, before, after),
                *(precisions(score, of_firms, PEERS) for of_firms in labels),
            ]
        )
    return answer


def rank_parts(score: Matrix, later: Matrix, minus: Matrix | None = None) -> Matrix:
    """Each firm's part of the rank correlation of scores with what came, over all pairs: (N,).

    Parameters
    ----------
    score, later : (N, N)
        NaN where unknown, and with oneself.
    minus : (N, N), optional
        Ranks of these are taken from both: whether scores foretell what changes.

    Returns
    -------
    (N,) float64
        Their mean is Spearman's ρ; NaN for a firm of which no pair is known, and where nothing
        varies.
    """
    known = np.isfinite(score) & np.isfinite(later)
    np.fill_diagonal(known, False)
    if minus is not None:
        known &= np.isfinite(minus)
    parts = np.full(len(score), np.nan)
    if known.sum() < 3:
        return parts
    x, y = rankdata(score[known]), rankdata(later[known])
    if minus is not None:
        less = rankdata(minus[known])
        x, y = rankdata(x - less), rankdata(y - less)
    x, y = x - x.mean(), y - y.mean()
    size = x.std() * y.std()
    if not size > 0.0:
        return parts
    products = np.zeros(score.shape)
    products[known] = x * y / size
    pairs = known.sum(axis=1)
    np.divide(products.sum(axis=1), pairs, out=parts, where=pairs > 0)
    return parts


def _differences(table: Mapping[str, Matrix], draws: int) -> pd.DataFrame:
    """Set the learned measure beside the best classical one and its controls."""
    rows = []
    for place, figure in enumerate(FIGURES):
        sign = -1.0 if figure == "hedged" else 1.0
        rivals = {
            name: _mean(parts)[place]
            for name, parts in table.items()
            if name not in (LEARNED, UNTRAINED, NO_NETWORK)
        }
        known = {name: sign * value for name, value in rivals.items() if np.isfinite(value)}
        best = [max(known, key=known.__getitem__)] if known else []
        for name in (*best, UNTRAINED, NO_NETWORK):
            less = table[LEARNED][:, place] - table[name][:, place]
            low, high = _interval(less, draws)
            rows.append([figure, TITLES[name], _known_mean(less), low, high])
    return pd.DataFrame(rows, columns=["figure", "beside", "difference", "low", "high"])


def _interval(values: Matrix, draws: int) -> tuple[float, float]:
    """95 % interval of the mean of (origins, N) values, from draws of both."""
    random, (origins, firms) = np.random.default_rng(1), values.shape
    found = []
    for _ in range(draws):
        rows, columns = random.integers(origins, size=origins), random.integers(firms, size=firms)
        found.append(_known_mean(values[np.ix_(rows, columns)]))
    known = [one for one in found if np.isfinite(one)]
    if not known:
        return np.nan, np.nan
    low, high = np.quantile(known, [0.025, 0.975])
    return float(low), float(high)


def _mean(parts: Matrix) -> list[float]:
    """Mean of each figure over origins and firms: (origins, figures, N) → (figures,)."""
    return [_known_mean(parts[:, place]) for place in range(parts.shape[1])]


def _known_mean(values: Matrix) -> float:
    """Mean of what is known; NaN where nothing is."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else np.nan
