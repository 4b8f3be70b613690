"""One fit a firm, in processes beside one another where that is worth their start."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

import numpy as np

from pipeline import cores
from pipeline.evaluation.baselines.given import Given
from pipeline.evaluation.forecasts import Panel
from pipeline.evaluation.student import Values

T = TypeVar("T")

LEAST_FITTED = 250
"""Growth rates that a firm needs for a fit of its own: about a year."""
FIRMS_A_PROCESS = 24
"""A process takes seconds to start; so many firms' fits take longer."""


def each_firm(
    fit: Callable[..., T | None],
    given: Given,
    days: slice,
    *,
    gaps: bool = False,
    beside: Panel | None = None,
) -> list[T | None]:
    """Fit a model to each firm's growth on some days.

    The result does not depend on the number of processes; each computes on one thread.

    Parameters
    ----------
    fit
        Given a firm's growth in units of its standard deviation, and `beside` in the same units
        where there is such a panel, returns the parameters, or None if it fails. A function of a
        module, for processes have to find it.
    given
        Whose growth.
    days
        The days to fit on.
    gaps
        Whether `fit` is given gaps as NaN; otherwise the growth rates follow one another as if
        there were none.
    beside
        T × N, 1/year: what `fit` is given of the same days as well.

    Returns
    -------
    list
        N results; None where the fit failed or there are fewer than `LEAST_FITTED` growth rates.
    """
    key = (fit, days.start, days.stop)
    if key not in given.fits:
        given.fits[key] = _fitted(fit, given, days, gaps, beside)
    found: list[T | None] = given.fits[key]
    return found


def _fitted(
    fit: Callable[..., T | None], given: Given, days: slice, gaps: bool, beside: Panel | None
) -> list[T | None]:
    """Fit each firm, in processes where they are many."""
    from joblib import Parallel, delayed, parallel_config

    panels = (given.growth,) if beside is None else (given.growth, beside)
    series = [_series(columns, gaps) for columns in zip(*(p[days].T for p in panels), strict=True)]
    usable = sum(rates is not None for rates in series)
    processes = max(1, min(cores.count(), usable // FIRMS_A_PROCESS))
    if processes == 1:
        with cores.threads(1):
            return [_guarded(fit, rates) for rates in series]
    with parallel_config(backend="loky", inner_max_num_threads=1):
        jobs = (delayed(_guarded)(fit, rates) for rates in series)
        return list(Parallel(n_jobs=processes, batch_size=8)(jobs))


def scales(given: Given, days: slice) -> Values:
    """Return the standard deviations that `each_firm` scales growth by (N; NaN without growth)."""
    return np.array([_scale(column) for column in given.growth[days].T])


def _scale(rates: Values) -> float:
    """Return the standard deviation of the observed rates; NaN if they do not vary."""
    known = rates[np.isfinite(rates)]
    scale = float(known.std()) if len(known) else 0.0
    return scale if scale > 0.0 else float("nan")


def _series(columns: Sequence[Values], gaps: bool) -> tuple[Values, ...] | None:
    """Return scaled growth and what stands beside it, or None if it is too little."""
    rates = columns[0]
    known = np.isfinite(rates)
    if known.sum() < LEAST_FITTED or not np.isfinite(_scale(rates)):
        return None
    return tuple((column if gaps else column[known]) / _scale(rates) for column in columns)


def _guarded(fit: Callable[..., T | None], series: tuple[Values, ...] | None) -> T | None:
    """Fit, and take a numerical failure for what it is: no parameters."""
    if series is None:
        return None
    with _calm():
        try:
            return fit(*series)
        except (ArithmeticError, ValueError, np.linalg.LinAlgError):
            return None


@contextmanager
def _calm() -> Iterator[None]:
    """Keep the libraries' warnings of single fits quiet: failures are counted instead."""
    import logging
    import warnings

    logger = logging.getLogger("hmmlearn")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
