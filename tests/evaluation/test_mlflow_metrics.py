"""MLflow's own evaluation gives the scores that a run gives."""

from __future__ import annotations

from pathlib import Path

import command
import mlflow
import numpy as np
import pandas as pd
import pytest

from firmament import mlflow_metrics
from pipeline.evaluation.earned import marked, scored
from pipeline.evaluation.scores import SCORES


@pytest.mark.filterwarnings("ignore:Hint. Inferred schema contains integer")
def test_mlflow_evaluates_forecasts_by_the_scores_of_a_run(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    days, firms = pd.bdate_range("2022-01-03", periods=30), ["A", "B", "C", "D"]
    table = pd.MultiIndex.from_product([days, firms], names=["date", "symbol"]).to_frame(
        index=False
    )
    rows = len(table)
    table = table.assign(
        horizon=1,
        location=random.normal(size=rows),
        scale=random.uniform(2.0, 4.0, rows),
        df=5.0,
        skew=0.1,
        growth=random.normal(scale=4.0, size=rows),
    )
    mlflow.set_tracking_uri(command.tracker(tmp_path).uri)
    with mlflow.start_run():
        found = mlflow.models.evaluate(
            data=table,
            predictions="location",
            targets="growth",
            extra_metrics=mlflow_metrics(),
            evaluators="default",
        ).metrics
    own = scored(marked(table), [score for score in SCORES if score.run])
    assert set(found) == set(own)
    assert found == pytest.approx(own)
