"""An SQLite file as a tracking store: what it holds, and whether it can be written."""

from __future__ import annotations

import errno
import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryFile

from pipeline.errors import StoreError
from pipeline.tracking.revision import NOTED, judged
from pipeline.watch import Watch

ASKED = 1.0
"""Seconds for which a locked file is waited for before that is said."""
PATIENCE = 7.0
"""Seconds for which it is waited for after."""
ARTIFACTS = "artifacts"
"""Folder beside the file, in which the artifacts of its runs lie."""
ANOTHER = "or give another --tracking-uri"
REFUSALS = {
    sqlite3.SQLITE_NOTADB: "is no SQLite database: it was left as it is; give --tracking-uri "
    "another file, which is made if it is not there",
    sqlite3.SQLITE_CORRUPT: f"is damaged, or cut short: restore it from a backup, {ANOTHER}",
    sqlite3.SQLITE_READONLY: f"is read-only: mend its permissions, {ANOTHER}",
    sqlite3.SQLITE_PERM: f"may not be opened: mend its permissions, {ANOTHER}",
    sqlite3.SQLITE_CANTOPEN: f"cannot be opened: mend its permissions, {ANOTHER}",
    sqlite3.SQLITE_FULL: f"is on a disk that is full: free some space, {ANOTHER}",
}
"""What is said of an SQLite file, by SQLite's code for what is wrong with it."""
LOCKED = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def found(uri: str, file: Path, writing: bool, watch: Watch) -> bool:
    """Tell whether a file has MLflow's tables; False if it is not there, or empty.

    Nothing is changed: the file is opened as any reader does, and its lock for writers taken and
    given back.

    Raises
    ------
    StoreError
        If the file is something else, or cannot be read or, with `writing`, be written.
    """
    try:
        there = _whole(uri, file) and judged(uri, *_asked(uri, file, writing, watch))
        if writing:
            _prove(uri, file)
        return there
    except OSError as error:
        raise StoreError(
            f"The tracking store {uri} cannot be used ({error.strerror or error}): mend the "
            f"permissions of {error.filename or file}, {ANOTHER}."
        ) from error


def _whole(uri: str, file: Path) -> bool:
    """Tell whether there is a file, and more than an empty one."""
    place = next(place for place in (file, *file.parents) if _there(place))
    if place == file and place.is_dir():
        raise StoreError(
            f"The tracking store {uri} is a folder: give --tracking-uri as sqlite:///FILE, such as "
            f"{uri.rstrip('/')}/mlflow.db."
        )
    if place != file and not place.is_dir():
        raise StoreError(
            f"The tracking store {uri} would lie in {place}, which is no folder: give "
            "--tracking-uri another path."
        )
    if place != file or not place.exists():
        return False
    if not place.is_file():
        raise StoreError(
            f"The tracking store {uri} is no regular file: give --tracking-uri another path."
        )
    return place.stat().st_size > 0


def _there(place: Path) -> bool:
    """Tell whether a path is there, be it a link to nothing; unlike `exists`, raise if denied."""
    try:
        os.lstat(place)
        return True
    except (FileNotFoundError, NotADirectoryError):
        return False


def _asked(uri: str, file: Path, writing: bool, watch: Watch) -> tuple[set[str], str | None]:
    """Return a database's tables, and the revision that is noted in it."""
    end = time.monotonic() + ASKED + PATIENCE
    waited = False
    while True:
        try:
            return _read(file, writing)
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if code not in LOCKED:
                said = REFUSALS.get(code, f"cannot be read ({error}): mend it, {ANOTHER}")
                raise StoreError(f"The tracking store {uri} {said}.") from error
            if time.monotonic() > end:
                raise StoreError(
                    f"The tracking store {uri} cannot be used: its database is locked by another "
                    f"process, and was for {ASKED + PATIENCE:.0f} seconds; wait until that one has "
                    f"ended, or end it, {ANOTHER}."
                ) from error
            if not waited:
                watch.note(f"The tracking store {uri} is locked by another process: waiting.")
                waited = True


def _read(file: Path, writing: bool) -> tuple[set[str], str | None]:
    """Ask a database once; a transaction that a dead process left is rolled back by SQLite."""
    address = f"{file.as_uri()}?mode=rw"  # which makes none
    with closing(sqlite3.connect(address, ASKED, isolation_level=None, uri=True)) as opened:
        rows = opened.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")
        tables = {str(row[0]) for row in rows}
        revision = None
        if NOTED in tables:
            row = opened.execute(f"SELECT * FROM {NOTED}").fetchone()
            revision = str(row[0]) if row else None
        if writing:
            opened.execute("BEGIN IMMEDIATE")
            opened.execute("ROLLBACK")
        return tables, revision


def check_content(uri: str, file: Path) -> None:
    """Read all pages of a database, of which a run reads few.

    Raises
    ------
    StoreError
        If one is damaged.
    """
    try:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", ASKED, uri=True)) as opened:
            sound = opened.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in LOCKED:
            return  # whoever writes to it now would tell
        sound = False
    if not sound:
        raise StoreError(f"The tracking store {uri} {REFUSALS[sqlite3.SQLITE_CORRUPT]}.")


def _prove(uri: str, file: Path) -> None:
    """Prove that files can be made where a database lies, or where its folder is to be made."""
    artifacts = file.parent / ARTIFACTS
    if os.path.lexists(artifacts) and not artifacts.is_dir():
        raise StoreError(
            f"{artifacts} is no folder, where artifacts of the tracking store {uri} are to lie: "
            f"move it away, {ANOTHER}."
        )
    if os.path.lexists(artifacts) and not os.access(artifacts, os.W_OK | os.X_OK):
        raise StoreError(
            f"The folder of artifacts beside the tracking store {uri} cannot be written: mend the "
            f"permissions of {artifacts}, {ANOTHER}."
        )
    there = next(place for place in file.parents if place.exists())
    try:
        with TemporaryFile(dir=there) as probe:
            probe.write(b"firmament")
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            full = REFUSALS[sqlite3.SQLITE_FULL]
            raise StoreError(f"The tracking store {uri} {full}.") from error
        raise StoreError(
            f"The tracking store {uri} cannot be written ({error.strerror or error}): mend the "
            f"permissions of {there}, {ANOTHER}."
        ) from error
