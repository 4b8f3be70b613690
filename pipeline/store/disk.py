"""Files that are on the disk for good, and one sentence where the disk refuses them."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
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


def exists(path: Path) -> bool:
    """Tell whether something is at a path; of what may not be looked at, it is not known."""
    try:
        return path.exists()
    except PermissionError:
        return False


def content(path: Path) -> bytes:
    """Return what is in a file; a pipe, which might never end, is refused."""
    _check_file(path)
    return path.read_bytes()


def digest(path: Path) -> str:
    """Return the SHA-256 of a file's content, as hexadecimal digits."""
    _check_file(path)
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def remembered_digest(path: Path) -> str:
    """Return the SHA-256 of a file that this process may have read before and nobody has changed.

    Read anew it is only where its size, its time of change or the file itself is another.
    """
    found = path.stat()
    return _remembered(path, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


@cache
def _remembered(path: Path, *_: int) -> str:
    return digest(path)


def _check_file(path: Path) -> None:
    """Refuse a folder, and what might never end, as a pipe."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(errno.EINVAL, "it is no file")


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
