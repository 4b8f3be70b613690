"""Whether similarity can be believed: measures side by side, each claim with its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.cores import side_by_side
from pipeline.errors import InputError
from pipeline.outputs import Json
from pipeline.similarity.study.answers import answers
from pipeline.similarity.study.associations import associations
from pipeline.similarity.study.differences import DRAWS, paired_difference
from pipeline.similarity.study.figures import BY_KEY, FIGURES
from pipeline.similarity.study.labels import count
from pipeline.similarity.study.neighbours import known_firms
from pipeline.similarity.study.permutation import PERMUTATIONS
from pipeline.similarity.study.scorecard import (
    Scorecard,
    Yardstick,
    majority_values,
    random_values,
    scorecard,
)
from pipeline.similarity.study.traits import likenesses
from pipeline.similarity.study.views import Views, check_shape, on_the_same_firms

RANDOM, MAJORITY = "random", "majority"
"""Rows of the figures that no measure made."""


@dataclass(frozen=True)
class Findings:
    """What was found about several measures of similarity."""

    figures: pd.DataFrame
    """A row a measure, the learned one first, then `random` and `majority`; a column a figure."""
    differences: pd.DataFrame
    """`figure best_classical learned classical difference low high winner firms`."""
    associations: pd.DataFrame
    """`measure predictor kind effect p_value r_squared firms`."""
    summary: Json
    """Days and firms of each part, permutations, draws, and the answers as `sentences`."""


def findings(
    measures: Mapping[str, Views],
    firms: pd.DataFrame,
    early_growth: pd.DataFrame,
    later_growth: pd.DataFrame,
    growth: pd.DataFrame,
    *,
    seeds: Sequence[NDArray[np.floating]] = (),
    aside: Sequence[str] = (),
    tested: Sequence[str] | None = None,
    permutations: int = PERMUTATIONS,
    draws: int = DRAWS,
    seed: int = 0,
) -> Findings:
    """Judge measures of similarity by labels, by later days, and by their own steadiness.

    All measures are judged on the same firms. Labels score; they never enter a measure.

    Parameters
    ----------
    measures : mapping of str to Views
        By name, as sentences and tables write it: the learned measure first, then at least one
        classical one.
    firms : DataFrame
        N rows with `symbol sector industry market_cap`; all but the symbol may be missing.
    early_growth, later_growth, growth : DataFrame
        Dates × symbols, in the order of ``firms``; 1/year, gaps are NaN. The days that `early`
        was made from, later ones, and all.
    seeds : sequence of (N, N)
        Similarities by networks of the learned measure that differ in their seed alone.
    aside : sequence of str
        Measures that are shown, but are no classical ones, which the learned one is held against.
    tested : sequence of str, optional
        Measures whose association with traits is tested; all by default.
    permutations, draws : int
        Of the firms, for tests; samples of firms, for intervals.
    seed : int
        Of all that is drawn.

    Returns
    -------
    Findings
        Tables, and what they say in sentences.

    Raises
    ------
    InputError
        When there are fewer than two measures, matrices or growth are not of these firms, or
        later days are not all after the first ones.
    """
    _check(measures, firms, (early_growth, later_growth, growth))
    for matrix in seeds:
        check_shape("a seed", matrix, len(firms))
    views = on_the_same_firms(measures, len(firms))
    learned = next(iter(views.values()))
    yardstick = Yardstick.of(
        firms, early_growth.to_numpy(), later_growth.to_numpy(), known_firms(learned.whole)
    )

    def judge(one: Views) -> Scorecard:
        return scorecard(one, yardstick, seeds if one is learned else ())

    cards = dict(zip(views, side_by_side(judge, views.values()), strict=True))
    rows = {name: card.values() for name, card in cards.items()}
    rows[RANDOM] = random_values(learned, yardstick, seed)
    rows[MAJORITY] = majority_values(yardstick)
    figures = _figure_table(rows)
    beside = {name: card for name, card in cards.items() if name not in aside}
    gaps = compare(beside, draws=draws, seed=seed)
    found = associations(
        {name: views[name].whole for name in (views if tested is None else tested)},
        likenesses(firms, growth.to_numpy()),
        permutations=permutations,
        seed=seed,
    )
    summary = {
        "measures": list(measures),
        "firms": len(firms),
        "firms_compared": int(known_firms(learned.whole).sum()),
        "firms_compared_early": int(known_firms(learned.early).sum()),
        "sectors": count(yardstick.sectors),
        "industries": count(yardstick.industries),
        "early": _span(early_growth),
        "later": _span(later_growth),
        "whole": _span(growth),
        "years": len(learned.years),
        "seeds": len(seeds),
        "permutations": permutations,
        "draws": draws,
        "sentences": answers(figures.drop(list(aside)), gaps, found),
    }
    return Findings(figures, gaps, found, summary)


def compare(cards: Mapping[str, Scorecard], *, draws: int = DRAWS, seed: int = 0) -> pd.DataFrame:
    """Compare the learned measure with the best classical one, figure by figure.

    The best is chosen for each figure by its mean over firms, after the fact: that is to the
    classical side's advantage.

    Parameters
    ----------
    cards : mapping of str to Scorecard
        The learned measure first.
    draws, seed : int
        Of the bootstrap over firms.

    Returns
    -------
    DataFrame
        `figure best_classical learned classical difference low high winner firms`, a row a
        figure that every firm has on its own and both sides know.
    """
    own, *others = cards.items()
    rows: list[dict[str, object]] = []
    for figure in FIGURES:
        sign = 1.0 if figure.better == "high" else -1.0
        classical = {
            name: sign * value
            for name, card in others
            if figure.key in card.by_firm and np.isfinite(value := card.values()[figure.key])
        }
        if not classical or figure.key not in own[1].by_firm:
            continue
        best = max(classical, key=classical.__getitem__)
        found = paired_difference(
            own[1].by_firm[figure.key],
            cards[best].by_firm[figure.key],
            figure.better,
            draws=draws,
            seed=seed,
        )
        if found.firms:
            rows.append({"figure": figure.key, "best_classical": best, **vars(found)})
    return pd.DataFrame(rows, columns=_DIFFERENCES)


_DIFFERENCES = [
    *("figure", "best_classical", "learned", "classical", "difference", "low", "high"),
    *("winner", "firms"),
]


def _figure_table(rows: Mapping[str, Mapping[str, float]]) -> pd.DataFrame:
    """Lay figures out, a row a measure, in the order in which they are declared."""
    values = [[one.get(key, np.nan) for key in BY_KEY] for one in rows.values()]
    index = pd.Index(list(rows), name="measure")
    return pd.DataFrame(values, index=index, columns=list(BY_KEY), dtype=np.float64)


def _span(growth: pd.DataFrame) -> Json:
    """Say which days a part has."""
    if not len(growth):
        return {"days": 0, "first": None, "last": None}
    first, last = (str(pd.Timestamp(growth.index[place]).date()) for place in (0, -1))
    return {"days": len(growth), "first": first, "last": last}


def _check(
    measures: Mapping[str, Views], firms: pd.DataFrame, parts: Sequence[pd.DataFrame]
) -> None:
    """Refuse what cannot be compared."""
    if len(measures) < 2:
        raise InputError(
            "There is nothing to compare: give the learned measure and a classical one."
        )
    taken = {RANDOM, MAJORITY} & set(measures)
    if taken:
        raise InputError(f"A measure cannot be called {taken.pop()!r}: give it another name.")
    symbols = firms["symbol"].tolist()
    for part in parts:
        if list(part.columns) != symbols:
            raise InputError(
                "Growth and the table of firms do not name the same firms in the same order: "
                "give growth a column for each firm."
            )
    early, later, _ = parts
    if len(early) and len(later) and not early.index.max() < later.index.min():
        raise InputError(
            f"The later days begin on {later.index.min():%Y-%m-%d}, before the first ones end on "
            f"{early.index.max():%Y-%m-%d}: no day may be in both parts."
        )
