"""Names that are not there, answered with those that are."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import TypeVar

Value = TypeVar("Value")


def pick(name: str, table: Mapping[str, Value], kind: str) -> Value:
    """Return ``table[name]``, or raise a ValueError that names what there is.

    Examples
    --------
    >>> pick("gruu", {"gru": 1, "lstm": 2}, "architecture")
    Traceback (most recent call last):
    ValueError: There is no architecture 'gruu': did you mean gru? There are gru, lstm.
    """
    if name in table:
        return table[name]
    close = get_close_matches(name.lower(), table, n=3, cutoff=0.5)
    hint = f": did you mean {' or '.join(close)}?" if close else "."
    raise ValueError(f"There is no {kind} {name!r}{hint} There are {', '.join(table)}.")
