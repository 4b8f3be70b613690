"""Versions of the registry, in a real MLflow store."""

from pathlib import Path

import command
import pytest

from pipeline.registry.versions import FORECASTER, withdraw
from pipeline.tracking import Tracker


@pytest.fixture
def tracker(tmp_path: Path) -> Tracker:
    return command.tracker(tmp_path)


def test_what_a_run_registered_is_taken_back_and_nothing_else(tracker: Tracker) -> None:
    for name in (FORECASTER, "somebody-elses"):
        tracker.client.create_registered_model(name)
    experiment = tracker.client.create_experiment("one")
    dead, other = (tracker.client.create_run(experiment).info.run_id for _ in range(2))
    for name, run_id in ((FORECASTER, other), (FORECASTER, dead), ("somebody-elses", dead)):
        tracker.client.create_model_version(name, "runs:/", run_id=run_id)
    withdraw(tracker, [dead])
    left = tracker.client.search_model_versions()
    assert {(one.name, one.run_id) for one in left} == {
        (FORECASTER, other),
        ("somebody-elses", dead),
    }
