"""All figures of one measure of similarity, firm by firm where they can be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.cores import side_by_side
from pipeline.similarity.study import labels, out_of_sample, stability
from pipeline.similarity.study.neighbours import among, known_firms, known_mean
from pipeline.similarity.study.views import Views

RANDOM_DRAWS = 10
"""Random matrices whose figures are averaged: the mean then moves by a third of one's chance."""


@dataclass(frozen=True)
class Yardstick:
    """What measures are judged by; it is the same for all of them."""

    sectors: list[object]
    industries: list[object]
    early_growth: NDArray[np.float64]
    later_growth: NDArray[np.float64]
    later: NDArray[np.float64]
    """Later residual correlations, N × N."""

    @classmethod
    def of(
        cls,
        firms: pd.DataFrame,
        early_growth: NDArray[np.floating],
        later_growth: NDArray[np.floating],
        known: NDArray[np.bool_],
    ) -> Yardstick:
        """Take labels of the firms that are known, and prepare the later correlations."""
        sectors, industries = (
            firms[label].astype(object).where(known, None).tolist()
            for label in ("sector", "industry")
        )
        later = np.asarray(later_growth, dtype=np.float64)
        return cls(
            sectors=sectors,
            industries=labels.shared(industries),
            early_growth=np.asarray(early_growth, dtype=np.float64),
            later_growth=later,
            later=out_of_sample.residual_correlations(later),
        )


@dataclass(frozen=True)
class Scorecard:
    """The figures of a measure by their keys, as in `figures.FIGURES`."""

    by_firm: dict[str, NDArray[np.float64]]
    """Figures that are means over firms: the firms' values (N,), NaN where unknown."""
    overall: dict[str, float]
    """Figures that no firm has on its own."""

    def values(self) -> dict[str, float]:
        """Return every figure; NaN where it is not defined."""
        return {key: known_mean(values) for key, values in self.by_firm.items()} | self.overall


def scorecard(
    views: Views, yardstick: Yardstick, seeds: Sequence[NDArray[np.floating]] = ()
) -> Scorecard:
    """Judge a measure.

    Parameters
    ----------
    views : Views
        Its matrices. What labels say is asked of `whole`, what later days say of `early`.
    yardstick : Yardstick
        Labels and growth.
    seeds : sequence of (N, N)
        Matrices of networks that differ in their seed alone; none for a classical measure.

    Returns
    -------
    Scorecard
        A figure that cannot be had (no label, no years, too few firms) is NaN or absent.
    """
    card = _without_clusters(views, yardstick)
    by_firm = card.by_firm
    if len(seeds) > 1:
        by_firm = by_firm | {"stability_seeds": stability.over_pairs(seeds)}
    rand = labels.adjusted_rand(views.whole, yardstick.sectors)
    return Scorecard(by_firm, card.overall | {"adjusted_rand": rand})


def random_values(views: Views, yardstick: Yardstick, seed: int = 0) -> dict[str, float]:
    """Return the figures that similarity drawn at random reaches on average.

    Parameters
    ----------
    views : Views
        Of any measure: random matrices know the same firms.
    yardstick : Yardstick
        Labels and growth.
    seed : int
        Of the draws.

    Returns
    -------
    dict of str to float
        Means over `RANDOM_DRAWS` matrices. The adjusted Rand index is 0 by definition.
    """
    random = np.random.default_rng(seed)
    kept = [known_firms(matrix) for matrix in views.matrices]

    def draw() -> Iterator[Views]:
        for _ in range(RANDOM_DRAWS):
            early, whole, *years = (_random_matrix(known, random) for known in kept)
            yield Views(early, whole, years)

    def judge(views: Views) -> dict[str, float]:
        return _without_clusters(views, yardstick).values()

    drawn = [*side_by_side(judge, draw())]
    rand = 0.0 if labels.count(yardstick.sectors) > 1 else float("nan")
    means = {key: known_mean(np.array([one[key] for one in drawn])) for key in drawn[0]}
    return means | {"adjusted_rand": rand}


def majority_values(yardstick: Yardstick) -> dict[str, float]:
    """Return what guessing the commonest sector for every firm reaches."""
    guesses = labels.majority(yardstick.sectors)
    return {
        "knn_accuracy": known_mean(labels.hits(guesses, yardstick.sectors)),
        "knn_macro_f1": labels.macro_f1(guesses, yardstick.sectors),
    }


def _without_clusters(views: Views, yardstick: Yardstick) -> Scorecard:
    """Judge a measure by everything but its clusters, which take longest."""
    of_labels, later = _by_label(views.whole, yardstick), _later(views.early, yardstick)
    by_firm = of_labels.by_firm | later
    if len(views.years) > 1:
        by_firm["stability_years"] = stability.over_adjacent(views.years)
    rank = out_of_sample.rank_correlation(views.early, yardstick.later)
    return Scorecard(by_firm, of_labels.overall | {"rank_correlation": rank})


def _by_label(similarity: NDArray[np.floating], yardstick: Yardstick) -> Scorecard:
    """Ask whether near firms share sectors and industries."""
    by_firm, overall = {}, {}
    for name, of_firms in (("sector", yardstick.sectors), ("industry", yardstick.industries)):
        for k in (1, 5, 10):
            found = labels.precisions(similarity, of_firms, k)
            by_firm[f"{name}_precision_{k}"] = found
            overall[f"macro_{name}_precision_{k}"] = labels.macro(found, of_firms)
    guesses = labels.votes(similarity, yardstick.sectors)
    by_firm["knn_accuracy"] = labels.hits(guesses, yardstick.sectors)
    overall["knn_macro_f1"] = labels.macro_f1(guesses, yardstick.sectors)
    return Scorecard(by_firm, overall)


def _later(early: NDArray[np.floating], yardstick: Yardstick) -> dict[str, NDArray[np.float64]]:
    """Ask what similarity of the first years knows of the later ones, firm by firm."""
    later, growth = yardstick.later, yardstick.later_growth
    return {
        "later_correlation_5": out_of_sample.later_correlation(early, later, 5),
        "later_correlation_10": out_of_sample.later_correlation(early, later, 10),
        "firm_rank_correlation": out_of_sample.rank_correlations(early, later),
        "later_r2": out_of_sample.later_r2(early, growth),
        "hedged_variance": out_of_sample.hedged_variance(early, yardstick.early_growth, growth),
        "distant_pair_volatility": out_of_sample.distant_pair_volatility(early, growth),
    }


def _random_matrix(known: NDArray[np.bool_], random: np.random.Generator) -> NDArray[np.float64]:
    """Draw similarities that mean nothing, for the firms that are known."""
    drawn = random.uniform(-1.0, 1.0, size=(len(known), len(known)))
    return among((drawn + drawn.T) / 2.0, known)
