"""The datasets of a run: the firm-days that its network learned from, and those that judge it."""

from __future__ import annotations

import hashlib

import numpy as np

from pipeline.outputs import Ingested, Windowed
from pipeline.run.flow import Flow
from pipeline.tracking import Dataset

COLUMNS = {"date": "datetime", "symbol": "string", "growth": "double"}
"""A row a firm and session, with the growth rate (1/year) that is forecast."""
TRAINING, VALIDATION, TEST = "training", "validation", "test"
Datasets = dict[str, Dataset]
"""Context → dataset."""


def prices(flow: Flow) -> Dataset:
    """Return all prices of a run that is not scored on test days."""
    quality = flow.made(Ingested).quality
    keys = ("firms_kept", "rows_read", "sessions", "first", "last")
    return Dataset(
        name=flow.source.name,
        digest=flow.fingerprints["ingest"],
        source=flow.source.describe,
        profile={key: quality[key] for key in keys},
    )


def datasets(flow: Flow) -> Datasets:
    """Return the parts of a run's fold by their context.

    Two runs are judged on the same firm-days if the digests of their test datasets are equal. These
    are of what is forecast, growth, and not of what is seen before: networks that see other
    features are judged on the same days.
    """
    windowed = flow.made(Windowed)
    spans = windowed.fold.spans(windowed.dates)
    return {context: _part(flow, windowed, context, span) for context, span in spans.items()}


def _part(flow: Flow, windowed: Windowed, context: str, span: tuple[str, str]) -> Dataset:
    """Return the part of a fold that forecasts the days of a span."""
    fold, (first, last) = windowed.fold, (np.datetime64(day) for day in span)
    within = (windowed.dates >= first) & (windowed.dates <= last)
    growth = np.ascontiguousarray(windowed.growth[:, within])
    dates = windowed.dates[within].astype("datetime64[D]")
    digest = hashlib.sha256(f"{fold.horizon} {fold.lookback} {' '.join(windowed.symbols)}".encode())
    digest.update(dates.astype(np.int64).tobytes())
    digest.update(growth.tobytes())
    rows = int(np.isfinite(growth).sum())
    return Dataset(
        name=f"{flow.source.name} {context}",
        digest=digest.hexdigest()[:20],
        source=flow.source.describe,
        context=context,
        columns=COLUMNS,
        profile={
            "num_rows": rows,
            "num_elements": rows * len(COLUMNS),
            "firms": len(growth),
            "sessions": len(dates),
            "first": str(first),
            "last": str(last),
            "horizon": fold.horizon,
            "lookback": fold.lookback,
        },
    )
