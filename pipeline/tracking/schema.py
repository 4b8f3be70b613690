"""The schema of the tracking store's database, brought up to date without losing anything."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import subprocess
import sys
from contextlib import closing, nullcontext
from datetime import UTC, datetime
from pathlib import Path

from pipeline.errors import SchemaError, StoreError
from pipeline.tracking.address import database
from pipeline.tracking.client import open_client

ADDRESS = "TRACKING_STORE"
UPGRADE = f"import os; from mlflow.cli import cli; cli(['db', 'upgrade', os.environ['{ADDRESS}']])"
"""MLflow's own command, told the address by the environment: other users see command lines, and
the address of a database has a password in it."""


def upgrade(uri: str) -> bool:
    """Bring a tracking store's schema up to date; a store that is not there is made.

    An SQLite file is copied beside itself first. A server is asked whether it answers, no more:
    its database is upgraded where it runs.

    Returns
    -------
    bool
        Whether there was something to do.

    Raises
    ------
    StoreError
        If the store does not answer, or cannot be upgraded.
    """
    try:
        open_client(uri)
        return False
    except SchemaError:
        file = database(uri)
    with file.with_suffix(".lock").open("w") if file else nullcontext() as lock:
        if lock is not None:
            fcntl.flock(lock, fcntl.LOCK_EX)
        kept = f"Its former state is kept in {_copied(file)}. " if file else ""
        # Where another process has done it meanwhile, this does nothing.
        done = subprocess.run(
            [sys.executable, "-c", UPGRADE],
            env={**os.environ, ADDRESS: uri},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise StoreError(
            f"The tracking store's schema could not be upgraded ({reason}). {kept}Use the MLflow "
            "that it was made with, or give another --tracking-uri."
        )
    open_client(uri)
    return True


def _copied(file: Path) -> Path:
    """Copy a database as it is at one moment, once a day, and return the copy."""
    kept = file.with_name(f"{file.stem}-{datetime.now(UTC):%Y-%m-%d}{file.suffix}")
    if kept.exists():
        return kept  # of an earlier try: it may be the sounder one
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(kept)) as copy:
        source.backup(copy)
    return kept
