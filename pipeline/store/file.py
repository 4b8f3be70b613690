"""A file that a person names: refused before any work, written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import InputError, StoreError
from pipeline.store.disk import unique
from pipeline.words import listed


def check(path: Path, suffixes: Sequence[str], what: str) -> None:
    """Refuse a place where a file cannot be written.

    Parameters
    ----------
    path
        A file to write, whether it is there or not.
    suffixes
        Of which its name must end on one.
    what
        What the file is called in the sentence, such as ``plot``.

    Raises
    ------
    InputError
        When its suffix is not one of those, it is a folder, or its folder is not there.
    StoreError
        When its folder cannot be written to.
    """
    if path.suffix.lower() not in suffixes:
        raise InputError(
            f"The {what} {str(path)!r} ends on {path.suffix or 'no suffix'}: name a file that ends "
            f"on {listed(suffixes, 'or')}."
        )
    if path.is_dir():
        raise InputError(f"The {what} {str(path)!r} is a folder: name a file.")
    if not path.parent.is_dir():
        raise InputError(
            f"The folder {str(path.parent)!r} of the {what} is not there: make it, or name another."
        )
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise StoreError(
            f"The folder {str(path.parent)!r} of the {what} cannot be written to: name another."
        )


@contextmanager
def whole(path: Path, what: str) -> Iterator[Path]:
    """Give a draft beside a file, which takes the file's place at the end.

    Parameters
    ----------
    path
        The file; one that is there already is replaced.
    what
        As of `check`.

    Yields
    ------
    Path
        What to write to; it has the suffix of the file.

    Raises
    ------
    StoreError
        When it cannot be written, or the disk is full; a file that was there is as it was.
    """
    draft = path.with_name(f".{unique()}{path.suffix.lower()}")
    try:
        yield draft
        draft.replace(path)
    except OSError as error:
        raise StoreError(
            f"The {what} {str(path)!r} cannot be written ({error.strerror or error}): name another "
            "place."
        ) from error
    finally:
        draft.unlink(missing_ok=True)
