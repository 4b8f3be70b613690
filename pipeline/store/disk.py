"""Files that are on the disk for good, and one sentence where the disk refuses them."""

from __future__ import annotations

import errno
import hashlib
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import StoreError


def replace(path: Path, text: str, draft: Path) -> None:
    """Write a file as a draft elsewhere on the disk, and rename it into its place."""
    draft.write_text(text, encoding="utf-8")
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    draft.replace(path)
    sync_folder(path.parent)


def unique() -> str:
    """Return a name that nothing else has."""
    return uuid.uuid4().hex


def digest(path: Path) -> str:
    """Return the SHA-256 of a file's content, as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync(folder: Path) -> None:
    """Bring every file of a folder to the disk."""
    for path in folder.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
    sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Bring a folder's entries to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def told(root: Path) -> Iterator[None]:
    """Turn the system's refusal to write into one clear sentence."""
    try:
        yield
    except OSError as error:
        # NumPy tells of a write that was cut short without a number.
        if error.errno in (errno.ENOSPC, errno.EDQUOT, None):
            advice = "the disk is full; free some space or choose another --data-root"
        elif error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
            advice = "it is read-only; choose another --data-root or mend its permissions"
        else:
            advice = f"{error.strerror or error}; choose another --data-root"
        raise StoreError(
            f"The store at {root} could not be written: {advice}. What was finished before is kept."
        ) from error
