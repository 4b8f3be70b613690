"""Work side by side on the cores."""

import threading
from collections.abc import Iterator

import pytest

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
