"""What a check of the doctor has found."""

from __future__ import annotations

from dataclasses import dataclass

OK, WARNING, FAULT = "ok", "warning", "fault"
"""Sound; sound, but to be looked at; not sound."""


@dataclass(frozen=True)
class Finding:
    """One result of a check."""

    state: str
    """`ok`, `warning` or `fault`."""
    check: str
    """What was looked at, in a word or two."""
    sentence: str
    """What was found and, unless it is sound, what to do."""
