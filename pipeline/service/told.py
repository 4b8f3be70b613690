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
    csv = other = 0.0
    for part in request.headers.get("accept", "").split(","):
        kind, _, weight = part.lower().replace(" ", "").partition(";q=")
        if kind in ("text/csv", "text/*"):
            csv = max(csv, _weight(weight))
        elif kind in ("application/json", "application/*", "*/*"):
            other = max(other, _weight(weight))
    return csv > other


def _weight(text: str) -> float:
    """Read how much a form is wanted (RFC 9110, section 12.4.2); what is unreadable is none."""
    try:
        return float(text or 1.0)
    except ValueError:
        return 0.0


def _known(value: Any) -> Any:
    """Put null in place of numbers that are not finite."""
    if isinstance(value, dict):
        return {key: _known(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_known(part) for part in value]
    if isinstance(value, float) and not isfinite(value):
        return None
    return value
