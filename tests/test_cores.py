"""Work side by side on the cores."""

import ctypes
import functools
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from threadpoolctl import threadpool_info  # type: ignore[import-untyped]

from pipeline import cores
from pipeline.cores import at_once, in_parts, side_by_side


def test_what_is_made_comes_in_order_and_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cores, "count", lambda: 2)
    together = threading.Barrier(2, timeout=10.0)

    def double(number: int) -> int:
        together.wait()
        return 2 * number

    assert [*side_by_side(double, range(6))] == [0, 2, 4, 6, 8, 10]


def test_no_more_is_made_ahead_than_there_are_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cores, "count", lambda: 2)
    taken = []

    def items() -> Iterator[int]:
        for number in range(9):
            taken.append(number)
            yield number

    made = side_by_side(lambda number: number, items())
    assert next(made) == 0
    assert taken == [0, 1, 2]
    made.close()
    assert taken == [0, 1, 2]


def test_an_error_is_raised_in_its_place() -> None:
    made = side_by_side(lambda number: 1 // number, (2, 0, 1))
    assert next(made) == 0
    with pytest.raises(ZeroDivisionError):
        next(made)


def test_items_are_worked_on_at_once_by_threads_that_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cores, "count", lambda: 2)
    monkeypatch.setattr(cores, "_staying", functools.lru_cache(1)(cores._staying.__wrapped__))
    together = threading.Barrier(2, timeout=10.0)

    def who(number: int) -> tuple[int, int]:
        together.wait()
        return number, threading.get_ident()

    first, again = at_once(who, (3, 1)), at_once(who, (3, 1))
    assert [number for number, _ in first] == [3, 1]
    assert {thread for _, thread in first} == {thread for _, thread in again}
    assert threading.get_ident() not in {thread for _, thread in first}
    with pytest.raises(ZeroDivisionError):
        at_once(lambda number: 1 // number, (2, 0))


def test_one_item_and_few_rows_are_worked_on_by_the_caller() -> None:
    own, number = threading.get_ident(), cores.PART
    assert at_once(lambda _: threading.get_ident(), (1,)) == [own]
    assert at_once(lambda _: threading.get_ident(), (1, 2), number) == [own, own]
    assert own not in at_once(lambda _: threading.get_ident(), (1, 2), number + 1)


@given(rows=st.integers(0, 50_000))
def test_parts_are_all_rows_once_and_of_about_the_same_size(rows: int) -> None:
    parts = in_parts(lambda part: part, rows)
    assert [row for part in parts for row in range(part.start, part.stop)] == [*range(rows)]
    sizes = [part.stop - part.start for part in parts]
    assert max(sizes) <= cores.PART
    assert max(sizes) - min(sizes) <= 1


def test_a_forked_process_has_threads_of_its_own() -> None:
    program = (
        "import os\n"
        "from pipeline.cores import at_once\n"
        "print(at_once(lambda number: 2 * number, (1, 2)), flush=True)\n"
        "if os.fork() == 0:\n"
        "    print(at_once(lambda number: 3 * number, (1, 2)), flush=True)\n"
        "    os._exit(0)\n"
        "os.wait()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], **_TOLD, timeout=60)
    assert done.stdout.splitlines() == ["[2, 4]", "[3, 6]"]


def test_within_one_call_those_of_another_come_one_after_the_other() -> None:
    def within(number: int) -> set[str]:
        return {threading.current_thread().name, *at_once(name, range(number))}

    def name(_: int) -> str:
        return threading.current_thread().name

    assert all(len(names) == 1 for names in at_once(within, (3, 2, 4)))


def test_products_take_one_thread_each_until_the_last_of_several_callers_has_left() -> None:
    program = (
        "import threading, time\n"
        "import numpy as np\n"
        "from threadpoolctl import threadpool_info\n"
        "from pipeline import cores\n"
        "def told(): print({each['num_threads'] for each in threadpool_info()}, flush=True)\n"
        "def ask():\n"
        "    with cores.one_each():\n"
        "        time.sleep(0.1)\n"
        "        told()\n"
        "callers = [threading.Thread(target=ask) for _ in range(2)]\n"
        "for caller in callers: caller.start()\n"
        "for caller in callers: caller.join()\n"
        "told()\n"
    )
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "2"}
    told = subprocess.run([sys.executable, "-c", program], **_TOLD, env=environment).stdout
    assert told.splitlines() == ["{1}", "{1}", "{2}"]


def test_callers_whose_products_take_one_thread_anyway_are_let_in_together() -> None:
    together = threading.Barrier(2, timeout=10.0)

    def ask(_: int) -> set[int]:
        with cores.one_each():
            together.wait()
            return _threads()

    with cores.threads(1, "blas"), ThreadPoolExecutor(2) as pool:
        assert [*pool.map(ask, range(2))] == [{1}, {1}]


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="glibc allocates")
def test_memory_of_arrays_stays_for_those_that_follow() -> None:
    program = (
        "import resource\n"
        "import numpy as np\n"
        "from pipeline.cores import keep_memory\n"
        "keep_memory()\n"
        "def faults(): return resource.getrusage(resource.RUSAGE_SELF).ru_minflt\n"
        "def work(): return [np.ones(2**18) for _ in range(10)]\n"
        "work(); before = faults()\n"
        "for _ in range(10): work()\n"
        "print(faults() - before)\n"
    )
    assert int(subprocess.run([sys.executable, "-c", program], **_TOLD).stdout) < 100


def test_threads_are_as_many_as_said_and_then_as_many_as_before() -> None:
    matrix = np.ones((2, 2))
    np.matmul(matrix, matrix)  # so that its library is there
    before = _threads()
    for number in (2, 1):
        with cores.threads(number, "blas"):
            assert _threads() == {number}
            with cores.threads(1):
                assert _threads() == {1}
        assert _threads() == before


def test_libraries_that_come_later_are_limited_too() -> None:
    program = (
        "import numpy as np\n"
        "from pipeline import cores\n"
        "with cores.threads(1): pass\n"
        "import scipy.linalg\n"
        "from threadpoolctl import threadpool_info\n"
        "with cores.threads(1): print({each['num_threads'] for each in threadpool_info()})\n"
        "print(len(threadpool_info()))\n"
    )
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "2"}
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment
    ).stdout.split("\n")
    assert told[0] == "{1}"
    assert int(told[1]) > 1


_TOLD: dict[str, Any] = {"capture_output": True, "text": True, "check": True}


def _threads() -> set[int]:
    return {int(each["num_threads"]) for each in threadpool_info() if each["user_api"] == "blas"}
