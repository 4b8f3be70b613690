"""A process that ends in the midst of what it does: born by forking, as a new one would import for
seconds what is here already."""

from __future__ import annotations

import os
import signal
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, NoReturn


def ended(act: Callable[[], object]) -> int:
    """Do something in a process of its own; return how that ended, as `subprocess` tells it."""
    return wait(begun(act))


def begun(act: Callable[[], object]) -> int:
    """Begin to do something in a process of its own; return its number."""
    number = os.fork()
    if number == 0:
        status = 1
        try:
            act()
            status = 0
        except BaseException:
            traceback.print_exc()
            raise
        finally:
            os._exit(status)
    return number


def wait(number: int) -> int:
    """Wait for the end of a process; return how it ended."""
    return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])


@contextmanager
def within(held: Callable[[], AbstractContextManager[object]]) -> Iterator[None]:
    """Let another process hold something until the end of the block, where it is killed."""
    reader, writer = os.pipe()

    def hold() -> None:
        with held():
            os.write(writer, b".")
            time.sleep(60.0)

    number = begun(hold)
    assert os.read(reader, 1) == b"."
    try:
        yield
    finally:
        os.kill(number, signal.SIGKILL)
        wait(number)
        os.close(reader)
        os.close(writer)


def die(*_: Any) -> NoReturn:
    """Be killed at once."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("Nobody comes here.")
