"""How often a process looks through its objects for garbage."""

from __future__ import annotations

import gc


def collect_rarely() -> None:
    """Look for garbage less often than Python would by itself.

    Most of a command's objects are what it imports, which stays: to look through it again and again
    takes a fifth of the time of imports, and half of that in which code is read.
    """
    gc.set_threshold(50_000, 20, 100)
