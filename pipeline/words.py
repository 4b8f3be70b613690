"""How numbers, counts and lists are written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from math import isfinite


def number(value: float | None, style: str = ".3f") -> str:
    """Write a number, or a dash where there is none; the style `p` is for p-values."""
    if value is None or not isfinite(value):
        return "–"
    if style == "p":
        return "< 0.001" if value < 0.001 else f"{value:.3f}"
    return format(value, style).replace("-", "−").replace("%", " %")


def plural(count: int, noun: str) -> str:
    """Write a count with its noun: ``plural(1, "day")`` is 1 day, of 2000 2,000 days."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def shown(names: Sequence[str], most: int = 3) -> str:
    """Return the first of some names, and that there are more."""
    return ", ".join(names[:most]) + (", …" if len(names) > most else "")


def brief(value: object, most: int = 40) -> str:
    """Write a value that a person has given on one line, and of a long one the beginning."""
    text = " ".join(str(value).split())
    return text if len(text) <= most else f"{text[:most]}…"


def listed(words: Sequence[str], last: str = "and") -> str:
    """Join words as a sentence does: a, b and c."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


def closest(name: str, names: Iterable[str]) -> str | None:
    """Return the name that was probably meant, whatever its letters' case; None: none is close."""
    known = {one.lower(): one for one in names}
    close = get_close_matches(name.lower(), known, n=1)
    return known[close[0]] if close else None
