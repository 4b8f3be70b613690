"""The cores of this machine, each with a thread of its own."""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

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

    number = count()
    with threads(1), ThreadPoolExecutor(number) as pool:
        coming: deque[Future[Made]] = deque()
        for item in items:
            coming.append(pool.submit(function, item))
            if len(coming) > number:
                yield coming.popleft().result()
        while coming:
            yield coming.popleft().result()


def threads(number: int, kind: str | None = None) -> AbstractContextManager[Any]:
    """Let libraries take so many threads each, until the end of the context.

    Parameters
    ----------
    number
        Threads at most.
    kind
        ``"blas"``: of products of matrices alone.
    """
    # To look for libraries takes milliseconds, and none comes but with a module.
    controller = _libraries(len(sys.modules))
    return cast("AbstractContextManager[Any]", controller.limit(limits=number, user_api=kind))


@lru_cache(1)
def _libraries(_modules: int) -> Any:
    """Return what knows the libraries with threads that are loaded beside so many modules."""
    from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

    return ThreadpoolController()


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
