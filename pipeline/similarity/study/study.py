"""The study stage: the learned measure beside the classical ones, on the same firms and days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.cores import side_by_side
from pipeline.errors import InputError
from pipeline.outputs import UNKNOWN, Embedded, Json, Studied
from pipeline.settings.similarity import Study
from pipeline.similarity.asking.learned import LEARNED
from pipeline.similarity.asking.peers import Peers
from pipeline.similarity.classical import MEASURES, offered
from pipeline.similarity.classical.gaps import MIN_COMMON
from pipeline.similarity.classical.measures import Measure
from pipeline.similarity.embedding.days import Days
from pipeline.similarity.embedding.reading import Reading
from pipeline.similarity.embedding.readings import anew, mean_score
from pipeline.similarity.study.findings import findings
from pipeline.similarity.study.portfolio import hold
from pipeline.similarity.study.titles import CONTROLS, NO_NETWORK, TITLES, UNTRAINED
from pipeline.similarity.study.views import Views
from pipeline.watch import Watch

TESTED = (LEARNED, *(name for name, measure in MEASURES.items() if measure.tested))
"""Measures whose association with traits is tested: these tests take the most time."""

_FEWEST = 3
"""Firms below which there is nothing to rank: a firm has one other at most."""

Matrix = NDArray[np.floating]


def study(section: Study, embedded: Embedded, *, watch: Watch) -> Studied:
    """Study the learned measure of similarity beside the classical ones.

    The first years end where the last lesson of the networks ends: what the early view is made
    from saw nothing of the later years.

    Parameters
    ----------
    section : Study
        Firms that are judged at most, permutations and draws.
    embedded : Embedded
        What the embed stage made.
    watch : Watch
        Told of every measure.

    Returns
    -------
    Studied
        Tables and sentences; empty tables and one sentence where the data do not allow a study.
    """
    peers = Peers(embedded)
    firms = thinned(len(peers.symbols), section.firms)
    if len(firms) < _FEWEST:
        return _unstudied(f"give at least {_FEWEST} firms, there are {len(firms)}.")
    first, stop = peers.calendar.blocks()
    whole = peers.calendar.days((first, stop))
    # To the day, not to the block: a block may reach beyond the last day that was learned from.
    last = np.datetime64(embedded.basis["learned_to"], "D")
    split = int(np.searchsorted(np.asarray(embedded.dates), last, side="right"))
    parts = {
        "early": slice(whole.start, split),
        "later": slice(split, whole.stop),
        "whole": whole,
    }
    growth = pd.DataFrame(
        np.asarray(embedded.growth)[:, firms],
        pd.DatetimeIndex(embedded.dates, name="date"),
        [peers.symbols[firm] for firm in firms],
    )
    try:
        measures = _measures(embedded, peers, firms, parts, watch)
        found = findings(
            measures,
            _labelled(peers.firms.iloc[firms].reset_index(drop=True)),
            growth.iloc[parts["early"]],
            growth.iloc[parts["later"]],
            growth.iloc[parts["whole"]],
            seeds=_seeds(embedded, firms, whole),
            aside=[*CONTROLS.values()],
            tested=[TITLES[name] for name in TESTED],
            permutations=section.permutations,
            draws=section.draws,
        )
    except InputError as error:
        return _unstudied(str(error))
    similarity = measures[TITLES[LEARNED]].early
    portfolios, told = _held(section, peers.days_per_year, growth, parts, similarity)
    return Studied(
        found.figures.reset_index(),
        found.differences,
        found.associations,
        portfolios,
        found.summary | {"portfolios": told},
    )


def _held(
    section: Study,
    days_per_year: int,
    growth: pd.DataFrame,
    parts: Mapping[str, slice],
    similarity: Matrix,
) -> tuple[pd.DataFrame, Json]:
    """Hold portfolios over the later days; say why not where that cannot be done."""
    early, later = (growth.iloc[parts[name]].to_numpy() for name in ("early", "later"))
    try:
        held = hold(early, later, similarity, days_per_year=days_per_year, draws=section.draws)
    except InputError as error:
        return pd.DataFrame(), {"reason": f"No portfolios were held: {error}"}
    return held.portfolios, dict(held.facts)


def _labelled(firms: pd.DataFrame) -> pd.DataFrame:
    """Leave out labels that the source did not have."""
    return firms.assign(
        sector=firms["sector"].where(firms["sector"] != UNKNOWN),
        industry=firms["industry"].where(firms["industry"] != UNKNOWN),
    )


def _unstudied(why: str) -> Studied:
    """Say why there is no study."""
    empty = pd.DataFrame()
    summary = {"sentences": [f"Similarity could not be judged: {why}"]}
    return Studied(empty, empty, empty, empty, summary)


def thinned(count: int, most: int) -> NDArray[np.intp]:
    """Positions of the firms that are judged, spread evenly where there are too many."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).astype(np.intp))


def _measures(
    embedded: Embedded,
    peers: Peers,
    firms: NDArray[np.intp],
    parts: Mapping[str, slice],
    watch: Watch,
) -> dict[str, Views]:
    """Every measure's view of the first years, of all days and of each year."""
    blocks = peers.calendar.blocks()
    years = [peers.calendar.days(year) for year in peers.calendar.years(blocks).values()]
    trained, fresh = (
        [Reading.unpacked(numbers) for numbers in np.asarray(packed)]
        for packed in (embedded.readings, embedded.untrained)
    )
    periods = (parts["early"], parts["whole"], *years)
    found = {}
    for name, readings in ((LEARNED, trained), (UNTRAINED, fresh), (NO_NETWORK, [])):
        early, whole, *yearly = _anew(embedded, firms, [(readings, days) for days in periods])
        found[TITLES[name]] = Views(early, whole, yearly)
    growth = np.asarray(embedded.growth)[:, firms]
    classical = [*offered(len(firms)).values()]

    def view(measure: Measure) -> Views:
        asked = periods[:2] if measure.slow else periods
        early, whole, *yearly = (measure.function(growth[days]) for days in asked)
        return Views(early, whole, yearly)

    for number, made in enumerate(side_by_side(view, classical)):
        watch.step("judging similarity", number, len(classical))
        found[TITLES[classical[number].name]] = made
    return found


def _seeds(embedded: Embedded, firms: NDArray[np.intp], days: slice) -> list[Matrix]:
    """Score all pairs by each network alone."""
    each = [Reading.unpacked(numbers) for numbers in np.asarray(embedded.readings)]
    return _anew(embedded, firms, [([reading], days) for reading in each])


def _anew(
    embedded: Embedded,
    firms: NDArray[np.intp],
    asked: Sequence[tuple[Sequence[Reading], slice]],
) -> list[Matrix]:
    """Score all pairs of the firms judged from some days alone."""
    present = np.unpackbits(embedded.present[firms], axis=1, count=len(embedded.dates)).T > 0
    growth, components = np.asarray(embedded.growth)[:, firms], embedded.portfolios.shape[1]

    def score(one: tuple[Sequence[Reading], slice]) -> Matrix:
        readings, days = one
        return scored_anew(readings, growth[days], present[days], components)

    return [*side_by_side(score, asked)]


def scored_anew(
    readings: Sequence[Reading],
    growth: NDArray[np.floating],
    present: NDArray[np.bool_],
    components: int,
) -> NDArray[np.float32]:
    """Score all pairs of firms from some days alone, portfolios of these days included.

    Parameters
    ----------
    readings : sequence of Reading
        Whose scores are averaged; none: running correlations, which no network has read.
    growth : (D, N)
        Growth rates; gaps are NaN.
    present : (D, N)
        Whether a firm is compared that day.
    components : int
        Portfolios at most.

    Returns
    -------
    (N, N) float32
        Scores in [−1, 1], symmetric, 1 on the diagonal; NaN for too few common days.
    """
    days = Days.of(growth, present)
    states, _ = anew(days, days, components)
    if readings:
        score = mean_score(readings, states, states)
    else:
        score = np.clip(states.lasting @ states.lasting.T, -1.0, 1.0)
    common = days.present.astype(np.float32)
    score[(common.T @ common) < MIN_COMMON] = np.nan
    matrix: NDArray[np.float32] = (score + score.T) / 2.0
    np.fill_diagonal(matrix, 1.0)
    return matrix
