"""Lessons: what was known of firms at a day of the past, and how they moved together after it.

Lessons are of days before the one up to which may be learned, judgement included. Each has the
firms' states with all that was known, and with no more than the last days, as of firms that were
listed lately or of a short range.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.comovement import States
from pipeline.similarity.classical import scaled
from pipeline.similarity.classical.gaps import MIN_COMMON, Growth
from pipeline.similarity.embedding import exposures
from pipeline.similarity.embedding.days import Days
from pipeline.similarity.embedding.frame import Frame
from pipeline.similarity.embedding.portfolios import portfolios

HORIZON = 126
"""Sessions that judge; a quarter of the days where there are few."""

SHORT = (60, 125, 250)
"""Last days that states are read from, too."""

FIRMS = 1024
"""Firms a lesson at most, drawn at random: what is learned holds for any."""


@dataclass(frozen=True)
class Lesson:
    """What was known at a day, and what came after it."""

    known: States
    """Of N firms, from all days before."""
    lately: tuple[States, ...]
    """From no more than the last days before, by `SHORT`."""
    later: NDArray[np.float32]
    """N × N: correlations of scaled residuals afterwards; NaN where unknown, and with oneself."""


def origins(stop: int) -> NDArray[np.int64]:
    """Days of the past at which lessons are taken, all before ``stop``; there may be none."""
    horizon = ahead(stop)
    if horizon < MIN_COMMON:
        return np.empty(0, dtype=np.int64)
    return np.arange(2 * horizon, stop - horizon + 1, horizon // 2)


def ahead(stop: int) -> int:
    """Sessions that judge a lesson, of ``stop`` days in all."""
    return min(HORIZON, stop // 4)


def lessons(growth: Growth, days: Days, components: int, seed: int) -> Iterator[Lesson]:
    """Take lessons from days of the past.

    Parameters
    ----------
    growth : (T, N)
        Growth rates; gaps are NaN. All of these days may teach.
    days : Days
        Of the same days and firms.
    components : int
        Portfolios.
    seed : int
        Which firms are drawn where there are more than `FIRMS`.

    Yields
    ------
    Lesson
        From the earliest day on; none where there are too few days.
    """
    stop, count = days.plain.shape
    firms = np.arange(count)
    if count > FIRMS:
        firms = np.sort(np.random.default_rng(seed).choice(count, FIRMS, replace=False))
    some = days.of_firms(firms)
    for origin in origins(stop).tolist():
        found = portfolios(some.before(origin), components)
        frame = Frame(exposures.over(some, found, 0, origin), found)
        lately = (exposures.over(some, found, max(origin - short, 0), origin) for short in SHORT)
        later = scaled(growth[origin : origin + ahead(stop), firms]).astype(np.float32)
        np.fill_diagonal(later, np.nan)
        yield Lesson(frame.states, tuple(map(frame.read, lately)), later)
