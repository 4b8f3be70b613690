"""Where the trainings of a comparison run: on this machine, or on a Dask cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from pipeline.errors import ConfigError
from pipeline.run.flow import Flow

Engine = Callable[[Sequence[Flow]], Iterator[None]]
"""Trains and evaluates each of several flows; yields as each is done, in any order."""


def open_engine(address: str | None, jobs: int | None) -> Engine:
    """Find the engine that the options of a comparison ask for; a cluster must answer.

    Parameters
    ----------
    address
        ``dask://HOST:PORT`` of a scheduler, or None for this machine.
    jobs
        Trainings at a time on this machine; None for as many as it has cores.

    Raises
    ------
    ConfigError
        If the address is of another form, the two options exclude each other, or Dask is not
        installed.
    EngineError
        If the scheduler does not answer.
    """
    if address is None:
        from pipeline.comparison.engines import local

        return partial(local.train_all, jobs=jobs)
    if jobs is not None:
        raise ConfigError(
            "--jobs and --engine exclude each other: with --engine, as many networks are trained "
            "at a time as the cluster has workers."
        )
    from pipeline.comparison.engines import dask

    scheduler = dask.scheduler_of(address)
    dask.connect(scheduler).close()
    return partial(dask.train_all, scheduler=scheduler)
