"""Numbers and days, as they are written in the cells of tables."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

ISO = "YYYY-MM-DD"
_SCALES = {"K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}
_ENGLISH = re.compile(r"\d{1,3}(,\d{3})+\.\d+|\d{1,3}(,\d{3}){2,}|\d+\.(\d{1,2}|\d{4,})")
_EUROPEAN = re.compile(r"\d{1,3}(\.\d{3})+,\d+|\d{1,3}(\.\d{3}){2,}|\d+,(\d{1,2}|\d{4,})|0,\d+")
_GROUPED = re.compile(r"\d{1,3},\d{3}")
_POINTED = re.compile(r"[1-9]\d{0,2}\.\d{3}")
_FIRST_YEAR = 1600
"""No exchange is older: an earlier year is a slip."""


@dataclass(frozen=True)
class Decimal:
    """What decimals follow, as far as some cells tell."""

    mark: str
    """A point or a comma; where nothing tells, a point."""
    told: bool
    """Whether any of the cells tells."""
    unclear: str | None
    """A cell that may be more than a thousand or little more than one."""


def decimal_of(cells: Iterable[str], *, semicolons: bool = False) -> Decimal:
    """Tell from some cells whether decimals follow a point or a comma.

    In ``1,234`` alone it is not clear. Between semicolons, where both marks are at home, such cells
    are decimals if all numbers have three of them, or if there are thousands without a mark.
    """
    cells = [cell.strip() for cell in cells]
    marked = [re.sub(r"[^\d.,]", "", cell) for cell in cells if re.search(r"\d[.,]\d", cell)]
    english = any(_ENGLISH.fullmatch(cell) for cell in marked)
    european = any(_EUROPEAN.fullmatch(cell) for cell in marked)
    if english or european:
        return Decimal("." if english else ",", told=True, unclear=None)
    grouped = next((cell for cell in marked if _GROUPED.fullmatch(cell)), None)
    if not semicolons:
        return Decimal(".", told=False, unclear=grouped)
    pointed = next((cell for cell in marked if _POINTED.fullmatch(cell)), None)
    found = grouped or pointed
    whole = {len(cell) > 3 for cell in cells if re.fullmatch(r"[1-9]\d*", cell)}
    unclear = found if whole == {False} or (grouped and pointed) else None
    return Decimal("," if grouped else ".", told=found is not None, unclear=unclear)


def numbers(column: pd.Series, decimal: str = ".") -> pd.Series:
    """Return a column as float64; a cell that is no number, and not empty, is NaN too.

    Signs of currencies, separators of thousands, K, M and B and brackets for minus are understood.
    """
    if pd.api.types.is_bool_dtype(column):
        return pd.Series(np.nan, index=column.index)
    if pd.api.types.is_numeric_dtype(column):
        return column.astype("float64")
    read = (
        pd.to_numeric(column, errors="coerce") if decimal == "." else column.map(lambda _: np.nan)
    ).astype("float64")
    left = read.isna() & column.notna()
    read[left] = np.array([_number(str(cell), decimal) for cell in column[left]], dtype="float64")
    return read


def _number(text: str, decimal: str) -> float:
    """Return what a cell says, or NaN."""
    bare = re.sub(r"[\s$€£¥'’]", "", text).upper()
    sign = -1.0 if bare.startswith("(") and bare.endswith(")") else 1.0
    bare = bare.strip("()").removesuffix("%")
    scale = _SCALES.get(bare[-1:], 1.0)
    bare = bare[:-1] if bare[-1:] in _SCALES else bare
    group = "," if decimal == "." else "."
    if re.fullmatch(rf"[+-]?\d{{1,3}}(\{group}\d{{3}})+(\{decimal}\d*)?", bare):
        bare = bare.replace(group, "")
    elif group in bare:
        return np.nan
    try:
        return sign * scale * float(bare.replace(decimal, ".").replace("_", "x"))
    except ValueError:
        return np.nan


@dataclass(frozen=True)
class Days:
    """A column of days."""

    days: pd.Series
    """datetime64[us], at midnight, without a time zone; NaT where a cell is no day."""
    form: str
    """How they were written, such as ``DD.MM.YYYY``."""
    unclear: bool = False
    """Whether it cannot be told if the day or the month comes first."""


def days(column: pd.Series) -> Days:
    """Read a column of days, all written in one form, which its cells tell.

    Where numbers alone stand between slashes or dashes, the day comes first if any first number is
    beyond 12, and the month if any second is; points mean that the day comes first.
    """
    if pd.api.types.is_datetime64_any_dtype(column):
        return Days(column.dt.tz_localize(None).dt.normalize().astype("datetime64[us]"), ISO)
    if pd.api.types.is_numeric_dtype(column):
        # A number would be taken for nanoseconds since 1970; people mean 20200131.
        column = column.where(column % 1 == 0).astype("Int64").astype("str")
    codes, cells = pd.factorize(column)
    texts = [_day_alone(str(cell)) for cell in cells]
    form, pattern, unclear = _form_of([text for text in texts if text])
    parsed = pd.to_datetime(pd.Series([*texts, ""], dtype="str"), format=pattern, errors="coerce")
    found = pd.Series(parsed.to_numpy()[codes], index=column.index, name=column.name)
    found = found.astype("datetime64[us]")
    return Days(found.where(found.dt.year >= _FIRST_YEAR), form, unclear)


def _day_alone(text: str) -> str:
    """Return a day without time and offset, its numbers joined by dashes where it has parts.

    Yahoo writes the offset of the exchange behind the time of day; the day alone is meant, and
    offsets that change with daylight saving would not go into one column.
    """
    text = re.sub(r"(?<=\d)[T ]+\d{1,2}:.*$", "", text.strip())
    text = re.sub(r"^(\d{8})\.0$", r"\1", text)
    if re.fullmatch(r"\d{1,2}\.\d{1,2}\.(\d{4}|\d{2})", text):
        return text
    return re.sub(r"[\s,./-]+", "-", text)


def _form_of(texts: list[str]) -> tuple[str, str, bool]:
    """Return how days are written: in words, as a pattern, and whether that is a guess."""
    first = texts[0] if texts else ""
    if re.fullmatch(r"\d{8}", first):
        return "YYYYMMDD", "%Y%m%d", False
    year, pattern = ("YY", "%y") if re.search(r"(?<!\d)\d{2}$", first) else ("YYYY", "%Y")
    if re.fullmatch(r"\d{1,2}\.\d{1,2}\.\d+", first):
        return f"DD.MM.{year}", f"%d.%m.{pattern}", False
    if re.fullmatch(r"\d{1,2}-\d{1,2}-(\d{4}|\d{2})", first):
        parts = [text.split("-") for text in texts if re.fullmatch(r"\d+-\d+-\d+", text)]
        if year == "YY" and len({part[0] for part in parts}) < len({part[2] for part in parts}):
            return "YY-MM-DD", "%y-%m-%d", False  # there are more days than years
        day_first = any(int(part[0]) > 12 for part in parts)
        unclear = not day_first and all(int(part[1]) <= 12 for part in parts)
        if day_first:
            return f"DD/MM/{year}", f"%d-%m-{pattern}", False
        return f"MM/DD/{year}", f"%m-%d-{pattern}", unclear
    if re.fullmatch(r"\d{1,2}-[A-Za-z]+-\d+", first):
        month = "%b" if len(first.split("-")[1]) == 3 else "%B"
        return f"DD Month {year}", f"%d-{month}-{pattern}", False
    if re.fullmatch(r"[A-Za-z]+-\d{1,2}-\d+", first):
        month = "%b" if len(first.split("-")[0]) == 3 else "%B"
        return f"Month DD {year}", f"{month}-%d-{pattern}", False
    return ISO, "%Y-%m-%d", False
