"""The cores of this machine, each with a thread of its own."""

from __future__ import annotations

import ctypes
import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import lru_cache
from itertools import pairwise
from threading import RLock, current_thread
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

PART = 4000
"""Rows of a table that one thread works on at most; fewer are done before another has begun."""

_NAME = "cores"

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
"""Of mallopt(3), as `malloc.h` numbers them."""

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


def at_once(
    function: Callable[[Given], Made], items: Sequence[Given], rows: int | None = None
) -> list[Made]:
    """Call a function for a few items at the same time, on threads that stay for the next call.

    For what takes milliseconds: to begin threads would take as long. Each computes its products
    on one thread. If the function calls this one, items of that call come one after the other.

    Parameters
    ----------
    function
        Called with one item each time.
    items
        If there is but one, the function is called on the thread of the caller.
    rows
        Rows of the table that is worked on, if up to `PART` of them are not worth threads.

    Returns
    -------
    list
        In the order of the items. An error of the function is raised in place of what it made.
    """
    few = len(items) == 1 or (rows is not None and rows <= PART)
    if few or current_thread().name.startswith(_NAME):
        return [function(item) for item in items]
    with one_each():
        return list(_staying().map(function, items))


def in_parts(function: Callable[[slice], Made], rows: int) -> list[Made]:
    """Call a function for parts of a table's rows at the same time, for up to `PART` with all.

    Where a table is cut does not depend on the number of cores.
    """
    number = max(1, -(-rows // PART))
    cuts = [rows * part // number for part in range(number + 1)]
    return at_once(function, [slice(*cut) for cut in pairwise(cuts)], rows)


@lru_cache(1)
def _staying() -> ThreadPoolExecutor:
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(count(), _NAME)


# A forked process has none of the threads.
os.register_at_fork(after_in_child=_staying.cache_clear)


def keep_memory() -> None:
    """Let memory that this process frees stay with it for what comes next, where glibc allocates.

    Otherwise arrays of some megabytes are given back and taken anew each time, and to be given
    their pages takes about as long as to fill them. Each of up to two arenas a core, which threads
    share, keeps up to 64 MiB.
    """
    allocator = ctypes.CDLL(None)
    if hasattr(allocator, "mallopt"):
        allocator.mallopt(_ARENA_MAX, 2 * (os.cpu_count() or 1))
        allocator.mallopt(_MMAP_THRESHOLD, 2**25)
        allocator.mallopt(_TRIM_THRESHOLD, 2**26)


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


@contextmanager
def one_each() -> Iterator[None]:
    """Let matrices be multiplied on one thread each, until the end of the context.

    On a machine that others use, threads of a small product wait for each other for many times as
    long as they work. Where products take several threads, only one caller at a time is let in:
    the limit is the process's, and who left first would lift it for all.
    """
    with ExitStack() as stack:
        stack.enter_context(_TURN)
        if any(library["num_threads"] > 1 for library in _multiplying()):
            stack.enter_context(threads(1, "blas"))
        else:
            stack.close()
        yield


_TURN = RLock()


def _multiplying() -> list[dict[str, Any]]:
    """Tell of the libraries that multiply matrices."""
    found: list[dict[str, Any]] = _libraries(len(sys.modules)).select(user_api="blas").info()
    return found


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
