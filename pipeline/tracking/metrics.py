"""Scores as MLflow's own evaluation takes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd


def evaluation_metric(
    key: str, title: str, compute: Callable[[pd.DataFrame], float], *, greater_is_better: bool
) -> Any:
    """Return a score as a metric of `mlflow.models.evaluate`.

    Parameters
    ----------
    key, title
        What it is called, in MLflow and by people.
    compute
        The score of a table `date symbol horizon location scale df skew growth`. Of the table that
        is evaluated, `location` are the predictions and `growth` the targets.
    greater_is_better
        Whether it is.
    """
    from mlflow.metrics import make_metric

    def evaluate(
        predictions: pd.Series[float],
        targets: pd.Series[float],
        date: pd.Series[pd.Timestamp],
        symbol: pd.Series[str],
        horizon: pd.Series[int],
        scale: pd.Series[float],
        df: pd.Series[float],
        skew: pd.Series[float],
    ) -> float:
        # What is no column of the targets' table is looked up by the names of these parameters.
        beside = {"date": date, "symbol": symbol, "horizon": horizon}
        shape = {"scale": scale, "df": df, "skew": skew}
        table = {**beside, "location": predictions, **shape, "growth": targets}
        return compute(pd.DataFrame({name: column.to_numpy() for name, column in table.items()}))

    return make_metric(
        eval_fn=evaluate, greater_is_better=greater_is_better, name=key, long_name=title
    )
