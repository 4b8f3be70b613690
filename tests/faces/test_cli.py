"""Every command through its real entry point, on a small panel."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from command import ONCE, Place
from conftest import World
from nursery import nursery
from universe import baseline_names

from models.catalogue import ARCHITECTURES, CONTROLS
from pipeline.features.features import FROM_GROWTH
from pipeline.settings.load import load
from pipeline.stages import PLAN

SCORES = {
    "crps",
    "log_score",
    "mae",
    "rmse",
    "directional_accuracy",
    "information_coefficient",
    "coverage_50",
    "coverage_90",
}


@pytest.fixture(scope="module")
def place(world: World) -> Place:
    return world.place


@pytest.fixture(scope="module")
def first(world: World) -> dict[str, Any]:
    """The first run, whose standard output is one JSON object."""
    return world.result


@pytest.fixture(scope="module")
def tracked(place: Place, first: dict[str, Any]) -> Any:
    """The first run as MLflow has it."""
    from mlflow import MlflowClient

    return MlflowClient(place.tracking_uri).get_run(first["run_id"])


def test_run_prints_one_json_object(first: dict[str, Any]) -> None:
    assert set(first) == {
        *("run_id", "experiment", "model", "source", "date", "firms", "days", "prices"),
        *("stages", "scores", "control", "start", "report"),
    }
    assert list(first["stages"]) == list(PLAN.names)
    assert not any(stage["reused"] for stage in first["stages"].values())
    assert all(stage["seconds"] >= 0 for stage in first["stages"].values())
    assert (first["model"], first["source"], first["firms"]) == ("gru", "files:prices", 12)
    assert first["experiment"].startswith("files:prices 2015-01-02 to ")


def test_scores_stand_beside_those_of_the_baselines(first: dict[str, Any]) -> None:
    scores = first["scores"]
    assert set(scores) >= SCORES
    assert set(scores["baselines"]) == set(baseline_names())
    for row in (scores, *scores["baselines"].values()):
        assert set(row) >= SCORES
        assert row["crps"] > 0
        assert 0 <= row["coverage_50"] <= row["coverage_90"] <= 1


def test_the_report_is_there(first: dict[str, Any]) -> None:
    page = Path(first["report"]).read_text(encoding="utf-8")
    assert page.lstrip().lower().startswith("<!doctype html>")
    assert "Firm F03" in page


def test_the_mlflow_run_has_parameters_tags_and_datasets(place: Place, tracked: Any) -> None:
    assert tracked.info.status == "FINISHED"
    assert tracked.data.params["model.units"] == "6"
    assert tracked.data.params["train.epochs"] == "2"
    assert tracked.data.params["source"] == f"files:{place.prices}"
    assert tracked.data.tags["architecture"] == "gru"
    assert tracked.data.tags["traded"] == "no"
    assert tracked.data.tags["firmament.version"]
    contexts = {}
    for one in tracked.inputs.dataset_inputs:
        (tag,) = one.tags
        contexts[tag.value] = one.dataset.name
        assert len(one.dataset.digest) == 20
    assert contexts == {
        context: f"files:prices {context}" for context in ("training", "validation", "test")
    }


def test_the_mlflow_run_has_scores_and_curves(
    place: Place, first: dict[str, Any], tracked: Any
) -> None:
    from mlflow import MlflowClient

    metrics = tracked.data.metrics
    assert metrics["test/crps"] == pytest.approx(first["scores"]["crps"])
    ewma = first["scores"]["baselines"]["ewma_volatility"]
    assert metrics["test_ewma_volatility/crps"] == pytest.approx(ewma["crps"])
    assert metrics["quality/duplicates"] == 0
    client = MlflowClient(place.tracking_uri)
    for name in ("train/loss", "valid/loss", "train/gradient_norm", "train/clipped_share"):
        curve = client.get_metric_history(first["run_id"], name)
        assert [point.step for point in curve] == [1, 2], name
    (score,) = client.get_metric_history(first["run_id"], "test/crps")
    assert score.step == 0
    (output,) = tracked.outputs.model_outputs
    assert output.step == int(metrics["train/best_epoch"])
    linked = {metric.key: metric for metric in client.get_logged_model(output.model_id).metrics}
    inputs = {one.dataset.name: one.dataset.digest for one in tracked.inputs.dataset_inputs}
    for name, context in (
        ("train/loss", "training"),
        ("valid/loss", "validation"),
        ("valid/crps", "validation"),
        ("test/crps", "test"),
        ("test_garch/crps", "test"),
        ("test_linear/crps", "test"),
    ):
        dataset = f"files:prices {context}"
        found = (linked[name].dataset_name, linked[name].dataset_digest)
        assert found == (dataset, inputs[dataset]), name


def test_the_mlflow_run_has_artifacts(place: Place, first: dict[str, Any]) -> None:
    from mlflow import MlflowClient

    client = MlflowClient(place.tracking_uri)

    def files(folder: str | None = None) -> set[str]:
        found = set()
        for entry in client.list_artifacts(first["run_id"], folder):
            found |= files(entry.path) if entry.is_dir else {entry.path}
        return found

    assert files() >= {
        "config.yaml",
        "report/page.html",
        "tables/evaluate/scores.json",
        "tables/evaluate/forecasts.parquet",
        "tables/ingest/quality.json",
    }
    config = Path(client.download_artifacts(first["run_id"], "config.yaml"))
    assert load(config).model.units == 6


def test_the_logged_model_forecasts(place: Place, tracked: Any) -> None:
    """That it does so in another process, without firmament, is seen in `tracking`."""
    import mlflow

    mlflow.set_tracking_uri(place.tracking_uri)
    (model,) = tracked.outputs.model_outputs
    loaded = mlflow.pyfunc.load_model(f"models:/{model.model_id}")
    signature = loaded.metadata.signature
    assert signature.inputs.inputs and signature.outputs.inputs
    (example,) = loaded.input_example.values()
    assert loaded.predict(example).shape == (1, 20, 1, 4)
    days = np.zeros((2, 30, len(FROM_GROWTH) + 1), np.float32)
    assert loaded.predict(days).shape == (2, 30, 1, 4)
    network = mlflow.keras.load_model(f"models:/{model.model_id}")
    assert type(network).__module__.startswith("keras")


def test_models_lists_every_architecture_at_the_configured_sizes(place: Place) -> None:
    done = place.run("models", "--set", "model.units=8", "--format", "json")
    assert done.returncode == 0, done.stderr
    listed = {row["name"]: row for row in json.loads(done.stdout)}
    assert list(listed) == list(ARCHITECTURES)
    assert [name for name, row in listed.items() if row["kind"] == "control"] == list(CONTROLS)
    inputs = len(FROM_GROWTH) + 1  # and whether the firm was observed
    assert listed["gru"]["parameters"] == 3 * 8 * (8 + inputs + 1) + 3 * 9
    assert [name for name, row in listed.items() if not row["causal"]] == ["bidirectional"]
    assert listed["seq2seq"]["horizon"] == 5
    table = place.run("models")
    assert table.returncode == 0
    assert all(name in table.stdout for name in listed)


def test_a_second_run_reuses_everything(world: World) -> None:
    done = world.place.run("run", *world.place.options, *ONCE, "--format", "json")
    assert done.returncode == 0, done.stderr
    second = json.loads(done.stdout)
    assert second["run_id"] == world.result["run_id"]
    assert all(stage["reused"] for stage in second["stages"].values())
    assert second["scores"] == world.result["scores"]
    assert "Nothing has changed" in done.stderr


@pytest.mark.full  # `run/test_flow.py` shows it of a plan of milliseconds
def test_a_changed_setting_reruns_only_what_depends_on_it(world: World, tmp_path: Path) -> None:
    from mlflow import MlflowClient

    place = world.place.copied(tmp_path)
    done = place.run("run", *place.options, *ONCE, "--set", "embed.block_days=50")
    assert done.returncode == 0, done.stderr
    assert "gru forecast the growth of 12 firms" in done.stdout
    assert "Firms most similar to F11: " in done.stdout
    assert f"firmament ui --tracking-uri {place.tracking_uri}" in done.stdout
    assert "Traceback" not in done.stderr
    latest = json.loads((place.store / "runs" / "latest.json").read_text())
    reused = {name: stage["reused"] for name, stage in latest["stages"].items()}
    assert reused == dict.fromkeys(PLAN.names, True) | dict.fromkeys(
        ("embed", "study", "report"), False
    )
    runs = ((world.place, world.result["run_id"]), (place, latest["run_id"]))
    curves = [
        [
            point.value
            for point in MlflowClient(at.tracking_uri).get_metric_history(run, "valid/loss")
        ]
        for at, run in runs
    ]
    assert len(curves[0]) == 2
    assert curves[0] == curves[1]


def test_what_a_run_left_can_be_asked(place: Place, first: dict[str, Any]) -> None:
    asked = ("--data-root", f"{place.folder}/store", "--run", first["run_id"], "--format", "json")
    for words in (("similar", "f01"), ("explain", "F01", "F02"), ("validate",)):
        done = place.run(*words, *asked)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["run_id"] == first["run_id"]


def test_one_stage_can_be_run_alone(place: Place) -> None:
    done = place.run("stage", "window", *place.options, "--format", "json")
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout)
    assert set(made) == {"stage", "fingerprint", "folder", "seconds", "reused"}
    assert made["reused"] is True
    other = place.run("stage", "growth", *place.options, "--set", "growth.risk_free=0.01")
    assert other.returncode == 0
    assert other.stdout.startswith("growth: made in ")


def test_config_prints_what_can_be_given_back(place: Place, tmp_path: Path) -> None:
    done = place.run("config", *place.options)
    file = tmp_path / "printed.yaml"
    file.write_text(done.stdout)
    assert load(file).window.lookback == 20
    again = place.run("config", "--config", str(file))
    assert again.stdout == done.stdout


def test_options_keep_every_letter(place: Place) -> None:
    done = place.run("config", "--source", "files:/é 😀/[bold]/a\\b: 'c'")
    assert done.returncode == 0, done.stderr
    assert yaml.safe_load(done.stdout)["source"] == "files:/é 😀/[bold]/a\\b: 'c'"


def test_ui_answers_on_this_host_alone_and_says_where_to_look(
    place: Place, first: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, opened = tmp_path / "browser", tmp_path / "opened.txt"
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}.part && mv {opened}.part {opened}\n')
    browser.chmod(0o755)
    monkeypatch.setenv("BROWSER", str(browser))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ("ui", "--open", "--port", str(port), "--tracking-uri", place.tracking_uri)
    server, root = place.begin(*words), f"http://127.0.0.1:{port}"
    try:
        end = time.monotonic() + 120
        while not opened.exists():
            assert time.monotonic() < end, server.told
            time.sleep(0.05)
        (told, first_of_all, *_) = server.output.read_text().splitlines()
        assert told == f"MLflow UI: {root} (Ctrl-C ends it)"
        (name, _, page) = first_of_all.partition(": ")
        assert name == f"Runs of {first['experiment']}"
        assert page.startswith(f"{root}/#/experiments/1/runs?")
        assert opened.read_text().strip() == page
        assert _status(f"http://127.0.0.1:{port}/") == 200
        name = json.dumps({"experiment_ids": ["1"]}).encode()
        found = json.loads(_body(f"http://127.0.0.1:{port}/api/2.0/mlflow/runs/search", name))
        assert first["run_id"] in {run["info"]["run_id"] for run in found["runs"]}
        assert _status(f"http://127.0.0.1:{port}/", host="elsewhere.example") == 403
    finally:
        server.kill(signal.SIGTERM)
        nursery().wait(server)


@pytest.mark.usefixtures("first")
@pytest.mark.parametrize("arguments", [["--help"], ["config"]])
def test_quick_commands_do_not_load_what_they_do_not_need(
    place: Place, arguments: list[str]
) -> None:
    root = [] if arguments == ["--help"] else ["--data-root", f"{place.folder}/store"]
    script = f"""
import sys
from pipeline.cli import main
sys.argv = ["firmament", *{arguments + root!r}]
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
slow = ("tensorflow", "keras", "mlflow", "scipy", "sklearn")
print([name for name in slow if name in sys.modules])
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines()[-1] == "[]", done.stdout + done.stderr


def _status(address: str, host: str | None = None) -> int:
    """The status of an answer, waiting for the server to start."""
    request = urllib.request.Request(address, headers={"Host": host} if host else {})
    for _ in range(120):
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refusal:
            return refusal.code
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.5)
    raise AssertionError(f"{address} did not answer")


def _body(address: str, data: bytes) -> bytes:
    request = urllib.request.Request(
        address, data=data, headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return bytes(answer.read())
