"""firmament's scores for `mlflow.models.evaluate`: a metric a row of the table of scores."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd

from pipeline.evaluation.earned import marked, scored
from pipeline.evaluation.score import Score
from pipeline.evaluation.scores import SCORES
from pipeline.tracking.metrics import evaluation_metric


def mlflow_metrics() -> list[Any]:
    """Return the scores that a run tells as metrics of `mlflow.models.evaluate`.

    What is evaluated is a table of forecasts with the growth that came, `date symbol horizon
    location scale df skew growth`, whose column `location` holds the predictions and `growth` the
    targets.

    Examples
    --------
    >>> import mlflow
    >>> mlflow.models.evaluate(  # doctest: +SKIP
    ...     data=forecasts,
    ...     predictions="location",
    ...     targets="growth",
    ...     extra_metrics=mlflow_metrics(),
    ... ).metrics["crps"]
    """
    return [
        evaluation_metric(
            score.key, score.name, partial(_score, score), greater_is_better=score.better == "high"
        )
        for score in SCORES
        if score.run
    ]


def _score(score: Score, forecasts: pd.DataFrame) -> float:
    """Return a score of forecasts; NaN where it is not defined."""
    return scored(marked(forecasts), [score])[score.key]
