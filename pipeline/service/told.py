"""Answers as JSON or as CSV, whichever is asked for."""

from __future__ import annotations

import json
from math import isfinite
from typing import Any

import pandas as pd
from fastapi import Request, Response

CSV = ".csv"


def told(request: Request, answer: Any, table: pd.DataFrame | None = None) -> Response:
    """Return an answer as a response.

    Parameters
    ----------
    request : Request
        Asks for CSV by the end of its path or by its header `Accept`.
    answer
        What JSON can write; a number that is not finite is null.
    table : DataFrame, optional
        What is written as CSV.
    """
    if table is not None and _wants_csv(request):
        return Response(table.to_csv(index=False), media_type="text/csv; charset=utf-8")
    text = json.dumps(_known(answer), ensure_ascii=False, allow_nan=False, default=str)
    return Response(text, media_type="application/json")


def _wants_csv(request: Request) -> bool:
    """Say whether a table is asked for."""
    if request.url.path.endswith(CSV):
        return True
    accepted = [part.split(";")[0].strip() for part in request.headers.get("accept", "").split(",")]
    return "text/csv" in accepted and "application/json" not in accepted


def _known(value: Any) -> Any:
    """Put null in place of numbers that are not finite."""
    if isinstance(value, dict):
        return {key: _known(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_known(part) for part in value]
    if isinstance(value, float) and not isfinite(value):
        return None
    return value
