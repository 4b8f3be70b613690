"""A look into an SQLite tracking store without MLflow."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from pipeline.tracking.address import database
from pipeline.tracking.tags import FINGERPRINT


def glance(uri: str, fingerprint: str) -> str | None:
    """Return the run that ended well with a fingerprint, if an SQLite store has one.

    The database is asked itself, read-only: importing MLflow would take longer than all else that
    a run does when nothing has changed. None means no more than that `Tracker.find` must be asked.
    """
    file = database(uri)
    if file is None or not file.is_file():
        return None
    question = (
        "SELECT runs.run_uuid FROM runs JOIN tags ON tags.run_uuid = runs.run_uuid "
        "WHERE tags.key = ? AND tags.value = ? "
        "AND runs.status = 'FINISHED' AND runs.lifecycle_stage = 'active' "
        "ORDER BY runs.end_time DESC LIMIT 1"
    )
    try:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as opened:
            row = opened.execute(question, (FINGERPRINT, fingerprint)).fetchone()
    except sqlite3.Error:
        return None
    return str(row[0]) if row else None
