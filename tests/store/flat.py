"""An output with one field of every kind."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Made:
    """One field of every kind."""

    table: pd.DataFrame
    array: np.ndarray
    facts: dict[str, Any]
    names: list[str]
    network: bytes = field(metadata={"suffix": ".keras"})
    page: str = field(metadata={"suffix": ".html"})


def made() -> Made:
    table = pd.DataFrame({"date": pd.to_datetime(["2020-01-02"]), "growth": [1.5]})
    return Made(table, np.arange(6.0).reshape(2, 3), {"ä": None}, ["x"], b"\x00PK", "<p>μ</p>")


def record(name: str, **facts: Any) -> dict[str, Any]:
    """As little as the record of a name must hold, and more."""
    folder, _, last = name.rpartition("/")
    if folder == "days":
        arrived = {"fingerprint": "prices", "origin": ["digest", "planted"], **facts}
        return {"ingest": arrived}
    least: dict[str, Any] = {"run_id": last, "fingerprints": {}}
    if name == "published":
        least |= {"edition": "e", "date": "2020-01-02", "source": "planted", "version": "1"}
    return least | facts
