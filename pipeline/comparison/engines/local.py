"""Trainings on this machine: in this process, or in several."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.comparison.engines.order import Order, fulfil
from pipeline.errors import EngineError
from pipeline.run.flow import Flow


def train_all(trainings: Sequence[Flow], jobs: int) -> Iterator[None]:
    """Train and evaluate each of several flows; yields as each is done, in any order.

    Parameters
    ----------
    trainings
        The flows, whose outputs up to the baselines are in the store.
    jobs
        Processes; 1: this one.

    Raises
    ------
    EngineError
        If a process dies.
    FirmamentError
        What a training raises.
    """
    from joblib import Parallel, delayed
    from joblib.externals.loky.process_executor import BrokenProcessPool

    workers = Parallel(n_jobs=min(jobs, max(1, len(trainings))), return_as="generator_unordered")
    try:
        yield from workers(delayed(fulfil)(Order.of(flow)) for flow in trainings)
    except BrokenProcessPool as error:
        raise EngineError(
            "A process that trained a network died, perhaps for want of memory: what was trained "
            "is kept; give the same command again, with fewer --jobs."
        ) from error
