"""What the answers of all faces have in common as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


class Unit(StrEnum):
    """What a forecast is told as."""

    growth = "growth"
    percent = "percent"


def origin_of(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return which run an answer is from: its id, source, model and last day."""
    return {key: record.get(key) for key in ("run_id", "source", "model", "date")}


def as_records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a table's rows as JSON has them: days as text, null for what is not known."""
    written = table.assign(
        **{
            name: column.astype(str).str[:10]
            for name, column in table.items()
            if name in ("date", "first", "last")
        }
    )
    rows: list[dict[str, Any]] = json.loads(written.to_json(orient="records", double_precision=6))
    return rows
