"""What every section of the configuration is: frozen, bounded, without unknown keys."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Section(BaseModel):
    """A part of the configuration that cannot change once it is read."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def _day(given: Any) -> Any:
    """Refuse what is neither a date nor written as one: a number would be seconds since 1970."""
    if isinstance(given, date) or given is None:
        return given
    if not isinstance(given, str) or not _DAY.fullmatch(given.strip()):
        raise ValueError(_NO_DAY)
    try:
        return date.fromisoformat(given.strip())
    except ValueError as error:
        raise ValueError("there is no such day") from error


def _parts(given: Any) -> Any:
    """Take words with commas between them for a list."""
    if not isinstance(given, str) or not given.strip():
        return given
    return [part.strip() for part in given.split(",")]


_NO_DAY = "give a date as 2020-01-31"
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Day = Annotated[date, BeforeValidator(_day)]
"""A day, written as 2020-01-31."""
Parts = BeforeValidator(_parts)
"""For a list, which may also be given as words with commas between them."""
