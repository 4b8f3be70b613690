"""The streams that results and sentences are written to, whatever stands at their other end.

Standard output may be a full disk, a pipe that nobody reads any more, or a terminal that knows few
letters. A result that cannot be written is an error; one that nobody wants to read is none.
"""

from __future__ import annotations

import codecs
import io
import json
import os
import sys
import unicodedata
from collections.abc import Mapping
from math import isfinite
from typing import TYPE_CHECKING, Any, TextIO

from pipeline.errors import StoreError

if TYPE_CHECKING:
    import pandas as pd

PLAIN = dict(
    pair.split()
    for pair in (
        *("– -", "— -", "− -", "· -", "• *", "… ...", "× x", "‘ '", "’ '", '“ "', '” "'),
        *("→ ->", "← <-", "↑ ^", "↓ v", "≤ <=", "≥ >=", "± +/-", "√ sqrt", "σ sigma", "μ mu"),
    )
)
"""What is written for a character where it cannot be shown; others lose their accents."""
_LENIENT = "firmament-plain"
_UNSHOWN = ("Cc", "Cf", "Zl", "Zp")
"""Categories of Unicode: controls, marks of direction and width, ends of lines and paragraphs."""
STREAMS = ("stdin", "stdout", "stderr")


class _Stream(io.FileIO):
    """A stream of the process; a reader who has gone is no error, and a full disk is told.

    Parameters
    ----------
    number
        Of the open file: 1 is standard output.
    told
        Whether it is an error if it cannot be written; what is said beside results may be lost.
    """

    def __init__(self, number: int, told: bool) -> None:
        super().__init__(number, "wb", closefd=False)
        self._told = told

    def write(self, data: Any, /) -> int:
        """Write, or stop writing for good."""
        try:
            return super().write(data)
        except OSError as error:
            # What is left to be written, at the process's end too, goes nowhere.
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
            if self._told and not isinstance(error, BrokenPipeError):
                raise StoreError(
                    f"Standard output cannot be written ({error.strerror}): free space there, or "
                    "send it elsewhere; what was finished is kept."
                ) from error
            return memoryview(data).nbytes


def open_streams() -> None:
    """Prepare the streams of the process.

    Raises
    ------
    StoreError
        If standard output is closed.
    """
    codecs.register_error(_LENIENT, _plain)
    closed = [name for name in STREAMS if getattr(sys, name) is None]
    # Files that are opened later must not take the places of streams.
    while (number := os.open(os.devnull, os.O_RDWR)) < len(STREAMS):
        pass
    os.close(number)
    sys.stdout = _opened(sys.stdout, 1)
    sys.stderr = _opened(sys.stderr, 2)
    if "stdout" in closed:
        raise StoreError(
            "Standard output is closed: send it somewhere, to /dev/null where nobody reads it."
        )


def flush() -> None:
    """Write what is held back.

    Raises
    ------
    StoreError
        If standard output cannot be written.
    """
    sys.stdout.flush()


def in_one_line(sentence: str) -> str:
    """Write characters that break a line, or that a terminal obeys, as Python writes them.

    A path or a cell that a sentence names may hold any.
    """
    return "".join(
        repr(character)[1:-1] if unicodedata.category(character) in _UNSHOWN else character
        for character in sentence
    )


def print_json(answer: Mapping[str, Any]) -> None:
    """Print an answer as one JSON object; no character of it is lost in any locale.

    A number of it that is not finite is null; within tables there must be none.
    """
    known = {
        key: None if isinstance(value, float) and not isfinite(value) else value
        for key, value in answer.items()
    }
    print(json.dumps(known, ensure_ascii=not _unicode(), allow_nan=False, default=str))


def print_rows(table: pd.DataFrame, form: str) -> None:
    """Print a table as `json` (a list of objects) or `csv`."""
    if form == "json":
        print(table.to_json(orient="records", force_ascii=not _unicode()))
    else:
        print(table.to_csv(index=False), end="")


def _opened(stream: TextIO | None, number: int) -> TextIO:
    """Return a stream of the process that writes what it can."""
    about: Mapping[str, Any] = {"encoding": "utf-8"}
    if stream is not None:
        stream.flush()
        about = {"encoding": stream.encoding, "line_buffering": stream.isatty() or number == 2}
    raw = io.BufferedWriter(_Stream(number, told=number == 1))
    return io.TextIOWrapper(raw, errors=_LENIENT, **about)


def _unicode() -> bool:
    """Say whether standard output can show every character."""
    return codecs.lookup(sys.stdout.encoding or "utf-8").name.startswith("utf")


def _plain(error: UnicodeError) -> tuple[str, int]:
    """Write characters that an encoding lacks as others that all have."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    written = [_one(character) for character in error.object[error.start : error.end]]
    return "".join(written), error.end


def _one(character: str) -> str:
    parts = unicodedata.normalize("NFKD", character)
    bare = parts.encode("ascii", "ignore").decode()
    return PLAIN.get(character) or bare or "?"
