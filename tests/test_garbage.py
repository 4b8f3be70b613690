"""Garbage is looked for less often than Python would by itself, and still found."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from pipeline.garbage import collect_rarely


class Node:
    def __init__(self) -> None:
        self.own = self


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


def test_what_stays_is_not_looked_through_again_and_again() -> None:
    looked = []
    gc.callbacks.append(lambda phase, _: looked.append(phase))
    try:
        gc.set_threshold(700, 10, 10)
        kept = [Node() for _ in range(20_000)]
        often = len(looked)
        looked.clear()
        gc.collect()
        looked.clear()
        collect_rarely()
        kept = [Node() for _ in range(20_000)]
    finally:
        gc.callbacks.pop()
    assert len(kept) == 20_000
    assert not looked
    assert often > 20


def test_a_circle_that_nobody_holds_is_freed() -> None:
    collect_rarely()
    left = weakref.ref(Node())
    for _ in range(10_000_000):
        if left() is None:
            return
        Node()
    pytest.fail("It was never freed.")
