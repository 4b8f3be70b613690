"""Where the trainings of a comparison run: in this process, or in several on this machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pipeline.config import Settings
from pipeline.errors import StoreError


def train_all(trainings: Sequence[Settings], jobs: int) -> Iterator[None]:
    """Train and evaluate each of several settings; yields as each is done, in any order.

    Parameters
    ----------
    trainings
        A configuration a training.
    jobs
        Processes; 1: this one.

    Raises
    ------
    StoreError
        If a process dies.
    FirmamentError
        What a training raises.
    """
    from joblib import Parallel, delayed
    from joblib.externals.loky.process_executor import BrokenProcessPool

    plain = [settings.model_dump(mode="json") for settings in trainings]
    workers = Parallel(n_jobs=min(jobs, max(1, len(plain))), return_as="generator_unordered")
    try:
        yield from workers(delayed(train_one)(settings) for settings in plain)
    except BrokenProcessPool as error:
        raise StoreError(
            "A process that trained a network died, perhaps for want of memory: what was trained "
            "is kept; give the same command again, with fewer --jobs."
        ) from error


def train_one(settings: dict[str, Any]) -> None:
    """Train and evaluate one network, and leave both in the store."""
    from pipeline import flow
    from pipeline.watch import Silence

    flow.run_stage(Settings.model_validate(settings), "evaluate", Silence())
