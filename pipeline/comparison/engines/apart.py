"""A training in a process of its own, which ends with the process that asked for it.

A network's first weights are drawn from Python's and TensorFlow's random numbers, of which a
process has one state for all threads. A worker of Dask draws from it as well, at any moment: a
training in one of its threads would differ from run to run, whatever its seed.
"""

from __future__ import annotations

import json
import os
import socket
import sys

from pipeline.comparison.engines.fulfil import fulfil
from pipeline.errors import EngineError, FirmamentError
from pipeline.garbage import collect_rarely
from pipeline.run.child import end_with_parent, started
from pipeline.run.order import Order


def fulfil_apart(order: str) -> dict[str, str] | None:
    """Train and evaluate one network in a process of its own.

    Parameters
    ----------
    order
        As `Order.to_json` gives it.

    Returns
    -------
    dict or None
        `kind` and `sentence` of the FirmamentError that it ended with; None if it ended well.

    Raises
    ------
    EngineError
        If the process dies or has a fault, which need not happen another time.
    """
    with started("pipeline.comparison.engines.apart") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(order + "\n")
        process.stdin.flush()
        told = process.stdout.read()
    if process.returncode:
        raise EngineError(
            f"A process that trained a network on {socket.gethostname()} died, perhaps for want of "
            "memory, or had a fault, which the log of the worker there shows: what was trained is "
            "kept; mend that and give the same command again."
        )
    refusal: dict[str, str] | None = json.loads(told.splitlines()[-1])
    return refusal


def main() -> None:
    """Fulfil the order on standard input, and tell on standard output what refused it."""
    collect_rarely()
    order = Order.from_json(sys.stdin.readline())
    end_with_parent(lambda: os._exit(1))
    refusal = None
    try:
        fulfil(order)
    except FirmamentError as error:
        refusal = {"kind": type(error).__name__, "sentence": str(error)}
    print(json.dumps(refusal), flush=True)


if __name__ == "__main__":
    main()
