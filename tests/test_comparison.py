"""Comparisons on planted prices, with real processes and a real tracking store."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import time

import numpy as np
import pandas as pd
import pytest
from command import Place, planted

ASKED = ("--models", "elman,gru", "--seeds", "2", "--folds", "2", "--format", "json")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return planted(tmp_path_factory.mktemp("compared"), firms=5, days=420)


@pytest.fixture(scope="module")
def first(place: Place) -> dict[str, object]:
    """The comparison, after it was killed once in the middle of its trainings."""
    process = place.start("compare", *place.options, *ASKED)
    trained = place.folder / "store" / "stages" / "evaluate"
    while process.poll() is None and not (trained.is_dir() and len(list(trained.iterdir())) >= 2):
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert 2 <= len(list(trained.iterdir())) < 8
    done = place.run("compare", *place.options, *ASKED)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_entry_is_ranked(first: dict[str, object]) -> None:
    board = pd.DataFrame(first["leaderboard"])
    assert set(board[board["kind"] == "network"]["name"]) == {"elman", "gru"}
    assert {"garch", "gjr_garch", "har", "hmm", "ar", "ridge"} <= set(board["name"])
    assert list(board["crps"]) == sorted(board["crps"])
    assert (board["crps_low"] < board["crps"]).all()
    assert len(first["folds"]) == 2  # type: ignore[arg-type]


def test_an_unbroken_comparison_finds_the_same(place: Place, first: dict[str, object]) -> None:
    elsewhere = ("--data-root", f"{place.folder}/unbroken")
    done = place.run("compare", *place.options, *elsewhere, *ASKED, "--jobs", "2")
    assert done.returncode == 0, done.stderr
    boards = [pd.DataFrame(r["leaderboard"]) for r in (first, json.loads(done.stdout))]
    clocks = ["seconds", "targets_per_second"]
    pd.testing.assert_frame_equal(*(board.drop(columns=clocks) for board in boards))


def test_mlflow_has_a_parent_with_its_children(place: Place, first: dict[str, object]) -> None:
    from mlflow import MlflowClient

    client = MlflowClient(place.tracking_uri)
    (experiment,) = [e.experiment_id for e in client.search_experiments() if e.name != "Default"]
    runs = client.search_runs([experiment])
    parents = [run for run in runs if run.data.tags.get("kind") == "comparison"]
    (parent,) = [run for run in parents if run.info.status == "FINISHED"]
    children = [
        run for run in runs if run.data.tags.get("mlflow.parentRunId") == parent.info.run_id
    ]
    kinds = pd.Series([run.data.tags["kind"] for run in children]).value_counts()
    assert kinds["training"] == 8
    board = pd.DataFrame(first["leaderboard"]).set_index("name")
    assert kinds["baseline"] == (board["kind"] == "baseline").sum()
    for run in children:
        name = run.data.tags["architecture"]
        assert (run.data.tags["confidence_set"] == "in") == board.loc[name, "in_set"]
        if run.data.tags["kind"] == "baseline":
            assert run.data.metrics["test/crps"] == pytest.approx(board.loc[name, "crps"])
    gru = [r.data.metrics["test/crps"] for r in children if r.data.tags["architecture"] == "gru"]
    assert np.mean(gru) == pytest.approx(board.loc["gru", "crps"], rel=1e-3)
    listed = {entry.path for entry in client.list_artifacts(parent.info.run_id)}
    assert {"leaderboard.csv", "leaderboard.json", "config.yaml"} <= listed


def test_a_second_comparison_logs_nothing_anew(place: Place, first: dict[str, object]) -> None:
    done = place.run("compare", *place.options, *ASKED[:-1], "csv")
    assert done.returncode == 0, done.stderr
    assert "Nothing has changed since comparison" in done.stderr
    assert len(pd.read_csv(io.StringIO(done.stdout))) == len(first["leaderboard"])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (("--models", "gru,gruu"), "compare.models.1 ('gruu')"),
        (("--models", "gru,gru"), "names an architecture twice"),
        (("--seeds", "0"), "compare.seeds (0)"),
        (("--models", "gru", "--folds", "900"), "900 folds cannot be cut from"),
    ],
)
def test_bad_input_gets_one_sentence(place: Place, asked: tuple[str, ...], sentence: str) -> None:
    done: subprocess.CompletedProcess[str] = place.run("compare", *place.options, *asked)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
