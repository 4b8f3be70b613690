"""Readings of several networks, trained on days of the past, and of the same networks untrained."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.comovement import States, initial
from pipeline.similarity.classical.gaps import Growth
from pipeline.similarity.embedding import exposures
from pipeline.similarity.embedding.days import Days
from pipeline.similarity.embedding.frame import Frame
from pipeline.similarity.embedding.lessons import lessons
from pipeline.similarity.embedding.portfolios import portfolios
from pipeline.similarity.embedding.reading import SIZES, Reading, nearness, scaled_to


def readings(
    growth: Growth, days: Days, components: int, seeds: Sequence[int]
) -> tuple[list[Reading], list[Reading]]:
    """Train a network of each seed on days of the past.

    Parameters
    ----------
    growth : (T, N)
        Growth rates; gaps are NaN. All of these days may teach.
    days : Days
        Of the same days and firms.
    components : int
        Portfolios.
    seeds : sequence of int
        One a network, at least one.

    Returns
    -------
    trained, untrained
        A reading a seed each. The latter are what training started from, scaled to the same
        lessons. Both are the same where there are too few days for a lesson.
    """
    from pipeline.similarity.embedding.comovement import train

    taught = list(lessons(growth, days, components, seeds[0]))
    fresh = [scaled_to(initial(SIZES, seed), taught) for seed in seeds]
    if not taught:
        return fresh, fresh
    return [scaled_to(train(taught, seed), taught) for seed in seeds], fresh


def anew(shown: Days, days: Days, components: int) -> tuple[States, States]:
    """Read states from some days alone, portfolios of these days included.

    Parameters
    ----------
    shown : Days
        What is shown of firms.
    days : Days
        All that is known of them: the same, or days that `shown` holds some of.
    components : int
        Portfolios at most.

    Returns
    -------
    shown, all
        States by the days that are shown, and by all of them.
    """
    found, stop = portfolios(shown, components), len(days.plain)
    frame = Frame(exposures.over(days, found, 0, stop), found)
    if shown is days:
        return frame.states, frame.states
    return frame.read(exposures.over(shown, found, 0, stop)), frame.states


def mean_score(readings: Sequence[Reading], rows: States, columns: States) -> NDArray[np.float32]:
    """Average what readings expect of pairs.

    Parameters
    ----------
    readings : sequence of Reading
        At least one.
    rows, columns : States
        Of n firms and of N.

    Returns
    -------
    (n, N) float32
        In [−1, 1]; NaN for a firm that was not present.
    """
    near = nearness(rows.lasting, columns.lasting)
    found = np.zeros(near.shape, dtype=np.float32)
    for one in readings:
        columned = one.vectors(columns)
        found += one.score(columned if rows is columns else one.vectors(rows), columned, near)
    found /= len(readings)
    found[~rows.lasting.any(axis=1)] = np.nan
    found[:, ~columns.lasting.any(axis=1)] = np.nan
    return found
