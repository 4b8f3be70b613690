"""Which firms have days in common: those that have none can be forecast, and not compared."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.words import plural, shown

LEAST = 20
"""Days that two firms must have in common to be compared."""


def apart(growth: pd.DataFrame, least: int = LEAST) -> str | None:
    """Say which firms share fewer days than are needed with every other; None if none does.

    Parameters
    ----------
    growth
        T sessions × N symbols; gaps are NaN.
    least
        Days that two firms must have in common to be compared.
    """
    seen = np.isfinite(growth.to_numpy()).astype(np.float32)
    common = seen.T @ seen  # N × N days
    np.fill_diagonal(common, 0.0)
    alone = [str(name) for name in growth.columns[common.max(axis=0, initial=0.0) < least]]
    if not alone:
        return None
    if len(alone) < growth.shape[1]:
        return (
            f"Of the {plural(growth.shape[1], 'firm')}, {len(alone)} ({shown(alone)}) have fewer "
            f"than {least} days in common with every other: no similarity to them is told."
        )
    days = (f"{name} {_span(growth[name])}" for name in growth.columns[:3])
    return (
        f"No two of the {plural(len(alone), 'firm')} have growth on {least} days or more in common "
        f"({'; '.join(days)}{'; …' if len(alone) > 3 else ''}): forecasts are made, and no "
        "similarity is told."
    )


def _span(growth: pd.Series[float]) -> str:
    """Write from when to when a firm has growth."""
    known = growth.dropna().index
    return f"from {known[0]:%Y-%m-%d} to {known[-1]:%Y-%m-%d}" if len(known) else "never"
