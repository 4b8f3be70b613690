"""One fit a firm, in processes beside one another where that is worth their start."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import numpy as np

from pipeline import cores
from pipeline.evaluation.baselines.given import Given
from pipeline.evaluation.student import Values

T = TypeVar("T")

LEAST_FITTED = 250
"""Growth rates that a firm needs for a fit of its own: about a year."""
FIRMS_A_PROCESS = 24
"""A process takes seconds to start; so many firms' fits take longer."""


def each_firm(
    fit: Callable[[Values], T | None], given: Given, days: slice, *, gaps: bool = False
) -> list[T | None]:
    """Fit a model to each firm's growth on some days.

    The result does not depend on the number of processes; each computes on one thread.

    Parameters
    ----------
    fit
        Given a firm's growth in units of its standard deviation, returns the parameters, or None
        if it fails. A function of a module, for processes have to find it.
    given
        Whose growth.
    days
        The days to fit on.
    gaps
        Whether `fit` is given gaps as NaN; otherwise the growth rates follow one another as if
        there were none.

    Returns
    -------
    list
        N results; None where the fit failed or there are fewer than `LEAST_FITTED` growth rates.
    """
    from joblib import Parallel, delayed, parallel_config
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    series = [_series(column, gaps) for column in given.growth[days].T]
    usable = sum(rates is not None for rates in series)
    processes = max(1, min(cores.count(), usable // FIRMS_A_PROCESS))
    if processes == 1:
        with threadpool_limits(1):
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


def _series(rates: Values, gaps: bool) -> Values | None:
    """Return scaled growth, or None if it is too little."""
    known = np.isfinite(rates)
    if known.sum() < LEAST_FITTED or not np.isfinite(_scale(rates)):
        return None
    return np.asarray((rates if gaps else rates[known]) / _scale(rates))


def _guarded(fit: Callable[[Values], T | None], rates: Values | None) -> T | None:
    """Fit, and take a numerical failure for what it is: no parameters."""
    if rates is None:
        return None
    with _calm():
        try:
            return fit(rates)
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
