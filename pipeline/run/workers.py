"""Work in several processes of this machine, each with its share of the cores."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from pipeline import cores
from pipeline.errors import EngineError
from pipeline.garbage import collect_rarely

Given = TypeVar("Given")
Made = TypeVar("Made")
MEMORY = 2 * 1024**3
"""Bytes that a process is reckoned to take: TensorFlow some 700 MiB of it."""


def in_processes(
    work: Callable[[Given], Made], items: Sequence[Given], jobs: int | None, died: str
) -> Iterator[Made]:
    """Call a function for each item in processes of this machine; yields in any order.

    Parameters
    ----------
    work
        Of a module, so that a process can find it.
    items
        What it is called with, one at a time.
    jobs
        Processes; 1: this one, with all cores; None: as many as there are cores, and memory for
        them.
    died
        What is said if a process dies.

    Raises
    ------
    EngineError
        If a process dies.
    """
    from joblib import Parallel, delayed
    from joblib.externals.loky.process_executor import BrokenProcessPool

    # A worker that TensorFlow has made large is replaced between items, and nothing is lost.
    warnings.filterwarnings("ignore", "A worker stopped while some jobs", UserWarning)
    number = max(1, min(jobs or most(), len(items)))
    workers = Parallel(n_jobs=number, return_as="generator_unordered")
    threads = max(1, cores.count() // number)
    try:
        if number == 1:
            yield from workers(delayed(work)(item) for item in items)
        else:
            yield from workers(delayed(_within)(work, item, threads) for item in items)
    except BrokenProcessPool as error:
        raise EngineError(died) from error


def most() -> int:
    """Return the number of processes that this machine has room for."""
    from psutil import virtual_memory

    return min(cores.count(), int(virtual_memory().available) // MEMORY)


def _within(work: Callable[[Given], Made], item: Given, threads: int) -> Made:
    """Work in a process of its own, with so many threads unless told otherwise."""
    collect_rarely()
    for kind in ("INTRAOP", "INTEROP"):  # which TensorFlow reads when it is first used
        os.environ.setdefault(f"TF_NUM_{kind}_THREADS", str(threads))
    return work(item)
