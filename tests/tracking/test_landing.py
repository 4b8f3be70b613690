"""Where a person is sent in MLflow's UI."""

from pathlib import Path

from command import lay_out_tracking

from pipeline.tracking.landing import landing


def test_where_nothing_is_tracked_there_is_nowhere_to_look(tmp_path: Path) -> None:
    assert landing(f"sqlite:///{tmp_path}/mlflow.db") == {}
    lay_out_tracking(tmp_path)
    assert landing(f"sqlite:///{tmp_path}/mlruns/mlflow.db") == {}
