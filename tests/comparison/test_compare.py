"""Comparisons on planted prices, with real processes and a real tracking store."""

from __future__ import annotations

import io
import json
import re
import signal
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from command import ONCE, Place, planted
from nursery import nursery
from toy import BASELINES, TOY

from pipeline.outputs import Compared, Evaluated
from pipeline.store import read
from pipeline.tracking.landing import landing
from pipeline.tracking.pages import runs_page
from pipeline.tracking.views import SHARED

CONTROL = ("--set", "compare.controls=linear")
ASKED = (
    *(*ONCE, *CONTROL, "--models", "elman,gru"),
    *("--seeds", "2", "--folds", "2", "--format", "json"),
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return planted(tmp_path_factory.mktemp("compared"), firms=5, days=400, plan=TOY)


@pytest.fixture(scope="module")
def first(place: Place) -> dict[str, Any]:
    """The comparison, after it was killed once in the middle of its trainings."""
    killed = place.begin(
        "compare", *place.options, *ASKED, target=("after Store._commit evaluate", 2)
    )
    assert nursery().wait(killed).status == -signal.SIGKILL
    assert len(list((place.store / "stages" / "evaluate").iterdir())) == 2
    done = place.run("compare", *place.options, *ASKED)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_entry_is_ranked(first: dict[str, Any]) -> None:
    board = pd.DataFrame(first["leaderboard"])
    assert set(board[board["kind"] == "network"]["name"]) == {"elman", "gru"}
    assert set(board[board["kind"] == "control"]["name"]) == {"linear"}
    assert (first["networks"], first["controls"]) == (["elman", "gru"], ["linear"])
    assert first["winner"] in ("elman", "gru")
    assert "(linear)" in first["verdict"] and "recurrence adds" in first["verdict"]
    assert set(board[board["kind"] == "baseline"]["name"]) == set(BASELINES)
    assert list(board["crps"]) == sorted(board["crps"])
    assert (board["crps_low"] < board["crps"]).all()
    rows = board.set_index("name")
    assert rows.loc["gru", "fallbacks"] is None or np.isnan(rows.loc["gru", "fallbacks"])
    # Growth of the late firm begins on day 100. The first fold is fitted up to day 340, which
    # are fewer than 250 growth rates, the second up to day 370.
    assert rows.loc["garch", "fallbacks"] == first["fallbacks"]["garch"] == 1
    over = rows.loc["gru", "crps"] / rows.loc["linear", "crps"]
    assert rows.loc["gru", "crps_over_control"] == pytest.approx(over)
    assert {row["horizon"] for row in first["by_horizon"]} == {1}


def test_the_folds_are_told_with_their_days(first: dict[str, Any]) -> None:
    one, two = first["folds"]
    assert (one["fold"], two["fold"], one["purge"]) == (1, 2, 0)
    assert one["test"][1] < two["test"][0]
    assert one["training"][0] == two["training"][0]
    assert one["training"][1] < one["validation"][0] <= one["validation"][1] < one["test"][0]


def test_the_page_is_in_the_store(place: Place, first: dict[str, Any]) -> None:
    page = Path(first["report"])
    assert page.parent.parent == place.folder / "store" / "stages" / "comparison"
    found = read(Compared, page.parent)
    assert found.page == page.read_text()
    assert first["verdict"] in unescape(found.page)
    told = [row["crps"] for row in first["leaderboard"]]
    assert list(found.board["crps"]) == pytest.approx(told)
    assert set(found.firms.columns) == set(found.board["name"])


def test_an_unbroken_comparison_finds_the_same(place: Place, first: dict[str, Any]) -> None:
    elsewhere = ("--data-root", f"{place.folder}/unbroken")
    done = place.run("compare", *place.options, *elsewhere, *ASKED, "--jobs", "2")
    assert done.returncode == 0, done.stderr
    boards = [pd.DataFrame(r["leaderboard"]) for r in (first, json.loads(done.stdout))]
    clocks = ["seconds", "targets_per_second"]
    pd.testing.assert_frame_equal(*(board.drop(columns=clocks) for board in boards))


def below(runs: list[Any], parent: Any) -> list[Any]:
    return [run for run in runs if run.data.tags.get("mlflow.parentRunId") == parent.info.run_id]


def logged(place: Place) -> tuple[Any, list[Any]]:
    from mlflow import MlflowClient

    client = MlflowClient(place.tracking_uri)
    experiments = [e.experiment_id for e in client.search_experiments()]
    return client, list(client.search_runs(experiments))


def test_the_runs_table_is_the_leaderboard(place: Place, first: dict[str, Any]) -> None:
    client, runs = logged(place)
    (parent,) = [run for run in runs if run.info.run_id == first["run_id"]]
    assert parent.info.status == "FINISHED"
    rows = {run.data.tags["architecture"]: run for run in below(runs, parent)}
    board = pd.DataFrame(first["leaderboard"]).set_index("name")
    assert set(rows) == set(board.index)
    for name, run in rows.items():
        kind = {"network": "architecture"}.get(board.loc[name, "kind"], board.loc[name, "kind"])
        assert (run.data.tags["kind"], run.info.run_name) == (kind, name)
        assert (run.data.tags["confidence_set"] == "in") == board.loc[name, "in_set"]
        assert run.data.tags["rank"] == str(board.loc[name, "rank"])
        assert run.data.tags["comparison"] == first["run_id"]
        for key in ("crps", "crps_ratio", "log_score", "coverage_99"):
            assert run.data.metrics[f"test/{key}"] == pytest.approx(board.loc[name, key])
    assert parent.data.tags["winner"] == first["winner"]
    won = rows[first["winner"]].data.metrics
    assert parent.data.metrics["test/crps"] == won["test/crps"]
    assert first["verdict"] in parent.data.tags["mlflow.note.content"]
    listed = {entry.path for entry in client.list_artifacts(parent.info.run_id)}
    assert {"leaderboard.csv", "leaderboard.json", "config.yaml"} <= listed
    (page,) = client.list_artifacts(parent.info.run_id, "report")
    assert page.path == "report/page.html"


def test_every_training_is_a_run_below_its_architecture(
    place: Place, first: dict[str, Any]
) -> None:
    client, runs = logged(place)
    (parent,) = [run for run in runs if run.info.run_id == first["run_id"]]
    stages = (place.folder / "store" / "stages" / "evaluate").iterdir()
    scores = [read(Evaluated, folder).scores for folder in stages]
    sizes = {(found["first"], found["last"]): found["forecasts"] for found in scores}
    forecasts = {str(fold["fold"]): sizes[tuple(fold["test"])] for fold in first["folds"]}
    for entry in below(runs, parent):
        trainings = below(runs, entry)
        if entry.data.tags["kind"] == "baseline":
            assert not trainings
            continue
        asked = {(run.data.params["train.seed"], run.data.params["fold"]) for run in trainings}
        assert asked == {("0", "1"), ("0", "2"), ("1", "1"), ("1", "2")}
        assert {run.data.tags["kind"] for run in trainings} == {"training"}
        crps = [run.data.metrics["test/crps"] for run in trainings]
        weights = [forecasts[run.data.params["fold"]] for run in trainings]
        mean = np.average(crps, weights=weights)
        assert mean == pytest.approx(entry.data.metrics["test/crps"])
        seconds = [run.data.metrics["cost/seconds"] for run in trainings]
        assert np.mean(seconds) == pytest.approx(entry.data.metrics["cost/seconds"])
        courses = [
            [point.value for point in client.get_metric_history(run.info.run_id, "valid/loss")]
            for run in (*trainings, entry)
        ]
        assert [len(course) for course in courses] == [2] * 5
        assert np.mean(courses[:4], axis=0) == pytest.approx(courses[4])


def test_the_parent_s_note_links_to_all_below_it(place: Place, first: dict[str, Any]) -> None:
    client, runs = logged(place)
    (parent,) = [run for run in runs if run.info.run_id == first["run_id"]]
    note, experiment = parent.data.tags["mlflow.note.content"], parent.info.experiment_id
    linked = set(re.findall(r"\(#/experiments/\d+/runs/(\w+)\?", note))
    entries = below(runs, parent)
    trainings = [run for entry in entries for run in below(runs, entry)]
    assert linked == {run.info.run_id for run in (*entries, *trainings)}
    for fold in first["folds"]:
        assert f"test {fold['test'][0]} to {fold['test'][1]}" in note
    assert runs_page(experiment, first["run_id"], charts=True) in note
    assert f"{SHARED}{first['run_id']}" in client.get_experiment(experiment).tags
    (gru,) = [run for run in entries if run.data.tags["architecture"] == "gru"]
    own = set(re.findall(r"runs/(\w+)\?", gru.data.tags["mlflow.note.content"]))
    assert own == {first["run_id"], *(run.info.run_id for run in below(runs, gru))}


def test_trainings_are_told_which_days_they_are_of(place: Place, first: dict[str, Any]) -> None:
    _, runs = logged(place)
    (parent,) = [run for run in runs if run.info.run_id == first["run_id"]]

    def inputs(run: Any) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for one in run.inputs.dataset_inputs:
            (context,) = [tag.value for tag in one.tags if tag.key == "mlflow.data.context"]
            found.setdefault(context, set()).add(one.dataset.digest)
        return found

    whole = inputs(parent)
    assert {context: len(digests) for context, digests in whole.items()} == {
        "training": 2,
        "validation": 2,
        "test": 2,
    }
    for entry in below(runs, parent):
        assert inputs(entry) == whole
        by_fold = [(run.data.params["fold"], inputs(run)["test"]) for run in below(runs, entry)]
        assert len({(fold, *digests) for fold, digests in by_fold}) in (0, 2)


def test_a_second_comparison_logs_nothing_anew(place: Place, first: dict[str, Any]) -> None:
    versions = registered(place)
    done = place.run("compare", *place.options, *ASKED[:-1], "csv")
    assert done.returncode == 0, done.stderr
    assert "Nothing has changed since comparison" in done.stderr
    assert len(pd.read_csv(io.StringIO(done.stdout))) == len(first["leaderboard"])
    assert registered(place) == versions


@pytest.fixture(scope="module")
def second(place: Place, first: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001
    """Another comparison, of one network alone that forecasts five days ahead."""
    alone = ("--set", "compare.controls=[]")
    asked = (*alone, "--models", "seq2seq", "--seeds", "1", "--format", "json")
    done = place.run("compare", *place.options, *asked)
    assert done.returncode == 0, done.stderr
    assert "warning" not in done.stderr.lower()
    return json.loads(done.stdout)


def test_seq2seq_alone_is_judged_on_each_of_five_days_ahead(
    place: Place, second: dict[str, Any]
) -> None:
    found = second
    table = pd.DataFrame(found["by_horizon"])
    assert sorted(set(table["horizon"])) == [1, 2, 3, 4, 5]
    assert found["folds"][0]["purge"] == 4
    whole = pd.DataFrame(found["leaderboard"]).set_index("name").loc["seq2seq"]
    rows = table[table["name"] == "seq2seq"].sort_values("horizon")
    assert np.average(rows["crps"], weights=rows["forecasts"]) == pytest.approx(whole["crps"])
    client, runs = logged(place)
    (parent,) = [run for run in runs if run.info.run_id == found["run_id"]]
    (entry,) = [r for r in below(runs, parent) if r.data.tags["architecture"] == "seq2seq"]
    course = client.get_metric_history(entry.info.run_id, "ahead/crps")
    assert [point.step for point in course] == [1, 2, 3, 4, 5]
    assert [point.value for point in course] == pytest.approx(list(rows["crps"]))
    assert entry.data.metrics["test_day_5/crps"] == pytest.approx(rows["crps"].iloc[-1])


def registered(place: Place) -> dict[str, Any]:
    """The versions of the forecaster by number; each knows its aliases."""
    client, _ = logged(place)
    numbers = [v.version for v in client.search_model_versions("name = 'firmament-forecaster'")]
    versions = [client.get_model_version("firmament-forecaster", number) for number in numbers]
    return {str(version.version): version for version in versions}


def test_the_winners_are_registered_and_the_last_is_the_challenger(
    place: Place, first: dict[str, Any], second: dict[str, Any]
) -> None:
    versions = registered(place)
    aliases = {number: version.aliases for number, version in versions.items()}
    assert aliases == {"1": [], "2": ["challenger"]}
    client, _ = logged(place)
    for found, (number, version) in zip((first, second), sorted(versions.items()), strict=True):
        board = pd.DataFrame(found["leaderboard"]).set_index("name")
        won = board.loc[found["winner"]]
        assert (version.status, version.run_id) == ("READY", found["run_id"])
        tags = version.tags
        assert (tags["architecture"], tags["comparison"]) == (found["winner"], found["run_id"])
        assert float(tags["crps"]) == pytest.approx(won["crps"], rel=1e-5)
        assert float(tags["crps_ratio"]) == pytest.approx(won["crps_ratio"], rel=1e-5)
        assert (tags["rank"], tags["fold"]) == (str(won["rank"]), str(len(found["folds"])))
        told = client.get_run(found["run_id"]).data.tags["forecaster"]
        assert told == f"firmament-forecaster version {number}"
        training = client.get_run(tags["run"])
        assert training.data.tags["comparison"] == found["run_id"]
        for part in (found["verdict"], tags["run"], found["run_id"], "**Limits.**", "| GARCH |"):
            assert part in version.description


def test_registered_models_are_ranked_on_the_days_that_judged_them(
    place: Place, first: dict[str, Any], second: dict[str, Any]
) -> None:
    client, runs = logged(place)
    (experiment,) = {run.info.experiment_id for run in runs}
    order = {
        "field_name": "metrics.test/crps",
        "dataset_name": "files:prices test",
        "ascending": True,
    }
    ranked = client.search_logged_models([experiment], order_by=[order])
    crps = []
    for model in ranked:
        (score,) = [metric for metric in model.metrics if metric.key == "test/crps"]
        crps.append(score.value)
        judged = client.get_run(score.run_id)
        assert judged.data.metrics["test/crps"] == score.value
        digests = {one.dataset.digest for one in judged.inputs.dataset_inputs}
        assert score.dataset_digest in digests
    assert len(crps) >= 2 and crps == sorted(crps)
    assert {model.source_run_id for model in ranked} >= {first["run_id"], second["run_id"]}


def test_the_ui_is_told_where_to_look_first(
    place: Place,
    first: dict[str, Any],  # noqa: ARG001
    second: dict[str, Any],
) -> None:
    pages = landing(place.tracking_uri)
    runs, parent, charts = pages.values()
    assert runs.endswith("viewStateShareKey=firmament")
    assert f"runs/{second['run_id']}" in parent
    assert f"viewStateShareKey={second['run_id']}&compareRunsMode=CHART" in charts
    assert [*pages][1] == "Newest comparison, seq2seq first of 1"


def test_of_the_winners_seeds_the_one_that_validated_best_on_the_last_fold_is_registered(
    place: Place, first: dict[str, Any]
) -> None:
    version = registered(place)["1"]
    client, _ = logged(place)
    kept = Path(client.get_model_version_download_uri(version.name, "1").removeprefix("file://"))
    network = (kept / "artifacts" / "network.keras").read_bytes()
    folder, trained, windows = place.folder / "store" / "stages", of(place, "train"), of(place)
    losses = {}
    for name, about in trained.items():
        end = windows[about["needs"]["window"]]["settings"]["window"]["test_end"]
        of_winner = about["settings"]["model"]["name"] == first["winner"]
        if of_winner and end == first["folds"][-1]["test"][1]:
            history = pd.read_parquet(folder / "train" / name / "history.parquet")
            losses[name] = history["valid_loss"].min()
    assert len(losses) == 2
    best = min(losses, key=losses.__getitem__)
    assert (folder / "train" / best / "network.keras").read_bytes() == network
    assert version.tags["seed"] == str(trained[best]["settings"]["train"]["seed"])


def of(place: Place, stage: str = "window") -> dict[str, dict[str, Any]]:
    """What the store says about the outputs of a stage, by fingerprint."""
    folders = (place.folder / "store" / "stages" / stage).iterdir()
    return {folder.name: json.loads((folder / "about.json").read_text()) for folder in folders}


@pytest.fixture(scope="module")
def climbed(
    place: Place,
    first: dict[str, Any],  # noqa: ARG001
    second: dict[str, Any],  # noqa: ARG001
) -> dict[str, Any]:
    """A comparison with a ladder, of trainings that there are but for those on raw inputs."""
    asked = ("--models", "gru", "--seeds", "1", "--folds", "2", "--ladder", "--format", "json")
    done = place.run("compare", *place.options, *ONCE, *CONTROL, *asked)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_ladder_is_judged_beside_the_same_baselines(
    place: Place, first: dict[str, Any], climbed: dict[str, Any]
) -> None:
    assert first["ladder"] == []
    steps = pd.DataFrame(climbed["ladder"]).set_index("name")
    shown = [f"gru last {days}" for days in ("1 day", "2 days", "5 days")]
    assert list(steps.index) == ["linear raw", "linear", "gru raw", *shown, "gru"]
    # A ladder fits no baseline again, and trains nothing that is shown less: to two folds of three
    # architectures and two seeds, and one network, come gru and linear on raw inputs.
    assert len(of(place, "baselines")) == 2 + 1
    days = [about["settings"]["evaluate"]["shown_days"] for about in of(place, "evaluate").values()]
    assert {count: days.count(count) for count in (1, 2, 5, 20)} == {1: 2, 2: 2, 5: 2, 20: 0}
    inputs = [tuple(about["settings"]["window"]["features"]) for about in of(place).values()]
    assert inputs.count(("raw",)) == 2
    assert len(of(place, "train")) == 3 * 4 + 1 + 2 * 2
    board = pd.DataFrame(climbed["leaderboard"]).set_index("name")
    assert set(board[board["kind"] != "baseline"].index) == {"gru", "linear"}
    assert steps.loc["gru", "crps"] == pytest.approx(board.loc["gru", "crps"])
    assert steps.loc["gru last 1 day", "crps"] > steps.loc["gru last 5 days", "crps"]
    assert "the features add" in climbed["verdict"]


def test_a_ladder_is_told_by_runs_below_the_comparison(
    place: Place, climbed: dict[str, Any]
) -> None:
    _, runs = logged(place)
    (parent,) = [run for run in runs if run.info.run_id == climbed["run_id"]]
    rungs = {r.info.run_name: r for r in below(runs, parent) if r.data.tags["kind"] == "rung"}
    steps = pd.DataFrame(climbed["ladder"]).set_index("name")
    assert set(rungs) == set(steps.index) - {"gru", "linear"}
    one = rungs["gru last 1 day"]
    assert (one.data.tags["architecture"], one.data.tags["shown_days"]) == ("gru", "1")
    over = one.data.metrics["test/crps_over_whole"]
    assert over == pytest.approx(steps.loc["gru last 1 day", "crps_over_whole"])
    assert not below(runs, one)
    raw = below(runs, rungs["gru raw"])
    assert {run.data.tags["kind"] for run in raw} == {"training"} and len(raw) == 2
    assert {run.data.params["window.features"] for run in raw} == {"raw"}
    page = Path(climbed["report"]).read_text()
    assert "figure-ladder" in page and "GRU last 5 days" in page
