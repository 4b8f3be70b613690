"""Runs that are being logged: each goes by a claim, so that those of dead processes are found."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from pipeline.passwords import masked
from pipeline.registry.versions import withdraw
from pipeline.store import Store
from pipeline.tracking import Tracker
from pipeline.watch import Watch

PREFIX = "run-"
"""What the names of such claims begin with."""


@contextmanager
def logged(store: Store, tracker: Tracker) -> Iterator[str]:
    """Give a claim's name, which the tags of all runs that are begun within must have.

    Afterwards the tracker's run is ended as finished; after an error all of them are ended as
    failed, after an interruption as killed, and what they have registered is taken back. Where
    the tracking store cannot be told, the claim stays, and the next sweep tells it.
    """
    # Never a name that was used before: the runs of a dead process are found by its claim's.
    claim = store.claim(f"{PREFIX}{time.time_ns():x}", masked(tracker.uri))
    name = Path(claim.name).name
    try:
        yield name
    except BaseException as error:
        status = "KILLED" if isinstance(error, KeyboardInterrupt) else "FAILED"
        withdraw(tracker, tracker.bury(name, status))
        store.release(claim)
        raise
    tracker.end("FINISHED")
    store.release(claim)


def sweep(store: Store, tracker: Tracker, watch: Watch) -> None:
    """Clear away what dead processes left, in the store and among a tracking store's runs."""
    store.sweep(partial(_bury, tracker, watch))


def sweep_outputs(store: Store) -> None:
    """Clear away what dead processes left in the store; their runs wait for `sweep`."""
    store.sweep(lambda claim, _: not claim.startswith(PREFIX))


def _bury(tracker: Tracker, watch: Watch, claim: str, uri: str) -> bool:
    """Mark the runs of a dead process as killed; say whether its claim is done with.

    A claim whose run was tracked elsewhere waits for a run that is tracked there too: that store
    may be gone or out of reach, which is no concern of this run's. A claim without a text was
    made by a process that died before it had started a run.
    """
    if not claim.startswith(PREFIX) or not uri:
        return True
    if uri != masked(tracker.uri):
        return False
    buried = tracker.bury(claim)
    withdraw(tracker, buried)
    for run_id in buried:
        watch.note(f"Run {run_id} was interrupted earlier and is now marked as killed.")
    return True
