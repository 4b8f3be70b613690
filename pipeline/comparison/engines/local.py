"""Trainings on this machine: in this process, or in several."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.comparison.engines.fulfil import fulfil
from pipeline.run.flow import Flow
from pipeline.run.order import Order
from pipeline.run.workers import in_processes

DIED = (
    "A process that trained a network died, perhaps for want of memory: what was trained is kept; "
    "give the same command again, with fewer --jobs."
)


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
    yield from in_processes(fulfil, [Order.of(flow) for flow in trainings], jobs, DIED)
