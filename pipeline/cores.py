"""The cores of this machine, each with a thread of its own."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future

Given = TypeVar("Given")
Made = TypeVar("Made")


def side_by_side(function: Callable[[Given], Made], items: Iterable[Given]) -> Iterator[Made]:
    """Call a function for each item, for as many at a time as there are cores.

    For work in large arrays, which threads do at the same time. Each computes its products on
    one thread: together they take no more threads than there are cores, and what they make does
    not depend on how many these are.

    Parameters
    ----------
    function
        Called with one item each time.
    items
        Taken in order, and no sooner than needed.

    Yields
    ------
    Made
        In the order of the items; no more is made ahead than there are cores. An error of the
        function is raised in place of what it made.
    """
    from concurrent.futures import ThreadPoolExecutor

    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    number = count()
    with threadpool_limits(1), ThreadPoolExecutor(number) as pool:
        coming: deque[Future[Made]] = deque()
        for item in items:
            coming.append(pool.submit(function, item))
            if len(coming) > number:
                yield coming.popleft().result()
        while coming:
            yield coming.popleft().result()


def one_thread() -> None:
    """Let matrices be multiplied on one thread each, unless a person has set how many.

    Of matrices as small as those of an answer, threads wait for each other longer than they work.
    To be called before NumPy is loaded.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def count() -> int:
    """Return the number of cores that this process may use."""
    from joblib import cpu_count

    number: int = cpu_count()
    return number
