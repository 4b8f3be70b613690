"""A run is tracked once, under the names that every run has, and is the store's latest."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from command import QUICK, SEEN, Place, planted
from mlflow import MlflowClient
from toy import PLAN

from pipeline.comparison.compare import cells
from pipeline.errors import ConfigError, InputError
from pipeline.run import record
from pipeline.run.flow import Flow
from pipeline.run.run import run, run_stage
from pipeline.settings.load import load
from pipeline.settings.settings import Settings
from pipeline.store import open_store
from pipeline.tracking import Tracker
from pipeline.watch import Silence


class Notes(Silence):
    """A watch that remembers sentences and epochs."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.epochs: list[int] = []

    def note(self, sentence: str) -> None:
        self.notes.append(sentence)

    def epoch(self, number: int, metrics: Mapping[str, float]) -> None:  # noqa: ARG002
        self.epochs.append(number)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return planted(tmp_path_factory.mktemp("run"), firms=5)


def settings(place: Place, *assignments: str) -> Settings:
    options = {
        "source": f"files:{place.prices}",
        "data_root": str(place.store),
        "tracking_uri": place.tracking_uri,
    }
    return load(None, [*QUICK[1::2], *SEEN[1::2], *assignments], options)


@pytest.fixture(scope="module")
def first(place: Place) -> dict[str, Any]:
    return run(PLAN, settings(place), Silence())


def tracked(place: Place, run_id: str) -> Any:
    return MlflowClient(place.tracking_uri).get_run(run_id)


def count(place: Place) -> int:
    client = MlflowClient(place.tracking_uri)
    return len(client.search_runs([e.experiment_id for e in client.search_experiments()]))


def test_it_is_tracked_under_the_names_that_every_run_has(
    place: Place, first: dict[str, Any]
) -> None:
    found = tracked(place, first["run_id"])
    assert found.info.status == "FINISHED"
    assert found.info.run_name == "gru 6 seed 0"
    metrics, tags = found.data.metrics, found.data.tags
    assert metrics["test/crps"] == pytest.approx(first["scores"]["crps"])
    garch = first["scores"]["baselines"]["garch"]
    assert metrics["test_garch/crps"] == pytest.approx(garch["crps"])
    assert {f"seconds/{name}" for name in PLAN.names} <= set(metrics)
    control = first["control"]
    assert control["name"] == "linear"
    assert metrics["test_linear/crps"] == pytest.approx(control["crps"])
    assert metrics["test/crps_over_control"] == pytest.approx(
        first["scores"]["crps"] / control["crps"]
    )
    assert metrics["test/dm_p_control"] == pytest.approx(control["dm_p_control"])
    assert "| linear |" in tags["mlflow.note.content"]
    assert metrics["quality/firms_kept"] == 5
    assert (tags["price"], tags["traded"], tags["architecture"]) == ("close", "no", "gru")
    assert "| GARCH |" in tags["mlflow.note.content"]
    assert found.data.params["train.epochs"] == "2"
    assert not {"data_root", "tracking_uri", "log", "daily.level"} & set(found.data.params)


def test_the_control_is_trained_as_the_network_is_and_kept_for_comparisons(
    place: Place, first: dict[str, Any]
) -> None:
    store = open_store(place.store)
    own = store.run(first["run_id"])["fingerprints"]["evaluate"]
    kept = [f for stage, f in store.outputs() if stage == "evaluate" and f != own]
    trained = {f: store.about("train", store.about("evaluate", f)["needs"]["train"]) for f in kept}
    (about,) = [t for t in trained.values() if t["settings"]["train"]["seed"] == 0]
    assert about["settings"]["model"]["name"] == "linear"
    mine = store.about("train", store.run(first["run_id"])["fingerprints"]["train"])
    assert about["settings"]["train"] == mine["settings"]["train"]
    assert about["needs"] == mine["needs"]
    flow = Flow(PLAN, settings(place, "compare.models=gru", "compare.seeds=1"), Silence())
    (shared,) = [c.flow for c in cells(flow, [flow]) if c.architecture == "linear"]
    assert shared.fingerprints["evaluate"] in kept


def test_a_control_has_none_beside_it(place: Place) -> None:
    told = run(PLAN, settings(place, "model.name=linear"), Silence())
    assert told["control"] == {}
    assert "test/crps_over_control" not in tracked(place, told["run_id"]).data.metrics


def test_epochs_are_told_to_the_watch_and_to_the_run(place: Place) -> None:
    notes = Notes()
    told = run(PLAN, settings(place, "train.seed=5"), notes)
    assert notes.epochs == [1, 2]
    course = MlflowClient(place.tracking_uri).get_metric_history(told["run_id"], "valid/loss")
    assert [point.step for point in course] == [1, 2]


def test_how_far_gradients_reach_is_logged_at_some_lags_by_epoch(
    place: Place, first: dict[str, Any]
) -> None:
    tracker, client = Tracker(place.tracking_uri), MlflowClient(place.tracking_uri)
    tracker.run_id = first["run_id"]
    record.gradient_flow(pd.DataFrame(), tracker)
    before = set(tracked(place, tracker.run_id).data.metrics)
    rows = [(epoch, lag, 0.25**epoch * 0.5**lag) for epoch in (0, 1) for lag in range(4)]
    record.gradient_flow(pd.DataFrame(rows, columns=["epoch", "lag", "norm"]), tracker)
    added = set(tracked(place, tracker.run_id).data.metrics) - before
    assert added == {f"gradient_flow/lag_{lag}" for lag in (0, 1, 2)}
    course = client.get_metric_history(tracker.run_id, "gradient_flow/lag_2")
    assert [(point.step, point.value) for point in course] == [(0, 0.25), (1, 0.0625)]


def test_the_tables_of_the_stages_are_kept(place: Place, first: dict[str, Any]) -> None:
    client = MlflowClient(place.tracking_uri)
    for stage in PLAN:
        kept = client.list_artifacts(first["run_id"], f"tables/{stage.name}")
        assert {Path(file.path).name for file in kept} == set(stage.tables)


def test_the_same_again_is_the_same_run(place: Place, first: dict[str, Any]) -> None:
    before, notes = count(place), Notes()
    again = run(PLAN, settings(place), notes)
    assert again["run_id"] == first["run_id"]
    assert again["scores"] == first["scores"]
    assert all(stage["reused"] for stage in again["stages"].values())
    assert notes.notes[0].startswith(f"Nothing has changed since run {first['run_id']}")
    assert count(place) == before
    assert open_store(place.store).run()["run_id"] == first["run_id"]


def test_input_that_is_refused_leaves_no_run(place: Place, first: dict[str, Any]) -> None:  # noqa: ARG001
    before = count(place)
    with pytest.raises(InputError, match="leave no training days"):
        run(PLAN, settings(place, "window.lookback=390"), Silence())
    assert count(place) == before


def test_a_run_that_fails_is_marked_as_failed(
    place: Place,
    first: dict[str, Any],  # noqa: ARG001
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(_: object) -> None:
        raise InputError("Out of paper.")

    monkeypatch.setitem(PLAN["report"].__dict__, "function", fail)
    with pytest.raises(InputError, match="Out of paper"):
        run(PLAN, settings(place, "train.seed=6"), Silence())
    client = MlflowClient(place.tracking_uri)
    everywhere = [found.experiment_id for found in client.search_experiments()]
    (failed,) = client.search_runs(everywhere, "attributes.status = 'FAILED'")
    assert failed.data.params["train.seed"] == "6"
    assert not any((place.store / "claims").iterdir())


def test_one_stage_is_run_alone_and_not_tracked(place: Place, first: dict[str, Any]) -> None:
    before = count(place)
    told = run_stage(PLAN, settings(place), "evaluate", Silence())
    assert (told["stage"], told["reused"]) == ("evaluate", True)
    assert Path(told["folder"]).name == told["fingerprint"]
    assert count(place) == before
    assert (
        open_store(place.store).run(first["run_id"])["fingerprints"]["evaluate"] in told["folder"]
    )
    with pytest.raises(ConfigError, match="no stage 'everything'"):
        run_stage(PLAN, settings(place), "everything", Silence())
