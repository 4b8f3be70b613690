"""Work side by side on the cores."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator

import numpy as np
import pytest
from threadpoolctl import threadpool_info  # type: ignore[import-untyped]

from pipeline import cores
from pipeline.cores import side_by_side


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


def _threads() -> set[int]:
    return {int(each["num_threads"]) for each in threadpool_info() if each["user_api"] == "blas"}
