"""Trainings on this machine: in this process, or in several."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Sequence
from functools import partial

from pipeline import cores
from pipeline.comparison.engines.fulfil import fulfil
from pipeline.errors import EngineError
from pipeline.run.flow import Flow
from pipeline.run.order import Order

MEMORY = 2 * 1024**3
"""Bytes that a process is reckoned to take: TensorFlow some 700 MiB of it."""


def train_all(trainings: Sequence[Flow], jobs: int | None) -> Iterator[None]:
    """Train and evaluate each of several flows; yields as each is done, in any order.

    One process has all cores for a training; several have their share of them each.

    Parameters
    ----------
    trainings
        The flows, whose outputs up to the baselines are in the store.
    jobs
        Processes; 1: this one; None: as many as there are cores, and memory for them.

    Raises
    ------
    EngineError
        If a process dies.
    FirmamentError
        What a training raises.
    """
    from joblib import Parallel, delayed
    from joblib.externals.loky.process_executor import BrokenProcessPool

    # A worker that TensorFlow has made large is replaced between trainings, and nothing is lost.
    warnings.filterwarnings("ignore", "A worker stopped while some jobs", UserWarning)
    number = max(1, min(jobs or _most(), len(trainings)))
    workers = Parallel(n_jobs=number, return_as="generator_unordered")
    work = fulfil if number == 1 else partial(_fulfil, threads=max(1, cores.count() // number))
    try:
        yield from workers(delayed(work)(Order.of(flow)) for flow in trainings)
    except BrokenProcessPool as error:
        raise EngineError(
            "A process that trained a network died, perhaps for want of memory: what was trained "
            "is kept; give the same command again, with fewer --jobs."
        ) from error


def _most() -> int:
    """Return the number of processes that this machine has room for."""
    from psutil import virtual_memory

    return min(cores.count(), int(virtual_memory().available) // MEMORY)


def _fulfil(order: Order, threads: int) -> None:
    """Fulfil an order in a process of its own, with so many threads unless told otherwise."""
    for kind in ("INTRAOP", "INTEROP"):  # which TensorFlow reads when it is first used
        os.environ.setdefault(f"TF_NUM_{kind}_THREADS", str(threads))
    fulfil(order)
