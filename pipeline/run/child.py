"""Processes of firmament's own that work for this one, and end when it does."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any


def started(
    module: str, variables: Mapping[str, str] | None = None, **options: Any
) -> subprocess.Popen[str]:
    """Start a module as a process that finds what this one imports from.

    Its standard input is to stay open: when that ends, `end_with_parent` ends the process.

    Parameters
    ----------
    module
        Its name, as of `python -m`.
    variables
        Of its environment, beside those of this process.
    **options
        Further ones of `subprocess.Popen`.
    """
    return subprocess.Popen(
        [sys.executable, "-P", "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={
            **os.environ,
            **(variables or {}),
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        },
        **options,
    )


def end_with_parent(end: Callable[[], object]) -> None:
    """Call a function as soon as the other end of standard input is closed; return at once."""

    def wait() -> None:
        os.read(sys.stdin.fileno(), 1)
        end()

    threading.Thread(target=wait, daemon=True).start()
