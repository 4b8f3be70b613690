"""Scores of all measures at a day of the past, from the days before it alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.similarity.asking.learned import LEARNED
from pipeline.similarity.classical import offered
from pipeline.similarity.embedding.days import Days
from pipeline.similarity.embedding.frame import some
from pipeline.similarity.embedding.readings import anew, mean_score, readings
from pipeline.similarity.study.titles import NO_NETWORK, UNTRAINED

Matrix = NDArray[np.floating]


def learned(
    growth: Matrix, components: int, seeds: Sequence[int], young: NDArray[np.intp], last: int
) -> dict[str, tuple[Matrix, Matrix]]:
    """Score all firms, and some as if no more than their last days were known.

    Networks are trained on these days, and learn nothing from the young firms.

    Parameters
    ----------
    growth : (T, N)
        Growth rates before the day; gaps are NaN.
    components : int
        Portfolios.
    seeds : sequence of int
        One a network.
    young : (n,)
        Places of the young firms.
    last : int
        Days that are known of them.

    Returns
    -------
    dict of str to ((N, N), (n, N))
        By measure, the learned one and its controls: scores of all firms; and of the young ones
        with all firms, of which all days are known.
    """
    days = Days.of(growth)
    others = np.setdiff1d(np.arange(growth.shape[1]), young)
    trained, fresh = readings(growth[:, others], days.of_firms(others), components, seeds)
    whole, _ = anew(days, days, components)
    short, columns = anew(Days.of(_short(growth, young, last)), days, components)
    rows = some(short, young)
    found = {
        name: (mean_score(read, whole, whole), mean_score(read, rows, columns))
        for name, read in ((LEARNED, trained), (UNTRAINED, fresh))
    }
    plain = (whole.lasting @ whole.lasting.T, rows.lasting @ columns.lasting.T)
    return found | {NO_NETWORK: plain}


def classical(
    growth: Matrix, young: NDArray[np.intp], last: int
) -> dict[str, tuple[Matrix, Matrix]]:
    """Score firms by every classical measure, as `learned` does.

    A young firm's other days are known to none: where it is a peer of another young one, too.
    """
    short = _short(growth, young, last)
    return {
        name: (measure.function(growth), measure.function(short, young.tolist()))
        for name, measure in offered(growth.shape[1]).items()
    }


def _short(growth: Matrix, young: NDArray[np.intp], last: int) -> Matrix:
    """Leave no more than the last days of young firms."""
    short = np.array(growth, dtype=np.float64)
    short[: len(short) - last, young] = np.nan
    return short
