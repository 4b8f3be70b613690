"""Logged networks, loaded where firmament is not."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import numpy as np
import pytest
from command import lay_out_tracking
from strangers import told

import models
from pipeline.tracking import CLAIM, NOTE, Dataset, Tracker, ui
from pipeline.tracking.tracker import TOGETHER
from pipeline.tracking.views import RUNS, SHARED, all_runs

DATASET = Dataset("noise", "0", "nowhere")


@pytest.mark.parametrize("name", ["memory", pytest.param("stacked", marks=pytest.mark.full)])
def test_a_logged_network_forecasts_where_firmament_is_not(tmp_path: Path, name: str) -> None:
    network = models.build(name, features=3, units=4)
    days = np.random.default_rng(0).normal(size=(2, 30, 3)).astype(np.float32)
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    tracker = Tracker(uri)
    run_id = tracker.start("noise", name, {}, {CLAIM: "mine"}, [DATASET])
    tracker.network(models.to_bytes(network), days[:1], {"units": 4}, 1, "Noise.")
    tracker.metrics({"test/crps": 2.5}, on=DATASET)
    np.save(tmp_path / "days.npy", days)
    script = f"""
import mlflow, numpy as np, sys
mlflow.set_tracking_uri({uri!r})
(output,) = mlflow.get_run({run_id!r}).outputs.model_outputs
network = mlflow.pyfunc.load_model("models:/" + output.model_id)
(example,) = network.input_example.values() if {name!r} == "stacked" else [network.input_example]
assert example.shape == (1, 30, 3)
logged = mlflow.artifacts.download_artifacts("models:/" + output.model_id)
assert open(logged + "/model_card.md").read() == "Noise."
np.save("forecast.npy", network.predict(np.load("days.npy")))
assert not any(module.split(".")[0] in ("models", "pipeline") for module in sys.modules)
"""
    done = told(script, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    forecast = np.load(tmp_path / "forecast.npy")
    np.testing.assert_allclose(forecast, network.predict_on_batch(days), rtol=1e-5, atol=1e-6)
    client, experiment = tracker.client, [tracker.experiment_id]
    (ranked,) = client.search_logged_models(experiment, datasets=[{"dataset_name": "noise"}])
    assert [(m.key, m.dataset_digest) for m in ranked.metrics] == [("test/crps", "0")]
    assert (ranked.params["units"], ranked.tags[NOTE]) == ("4", "Noise.")
    tracker.bury("mine")  # what did not end well is not ranked among others
    assert list(client.search_logged_models(experiment)) == []


@pytest.mark.full
def test_a_server_is_told_the_same(tmp_path: Path) -> None:
    lay_out_tracking(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with ui._served(f"sqlite:///{tmp_path}/mlruns/mlflow.db", port):
        end = time.monotonic() + 120
        while not ui._answers(port):
            assert time.monotonic() < end
            time.sleep(0.1)
        tracker = Tracker(f"http://127.0.0.1:{port}")
        tracker.start("noise", "gru", {}, {}, [DATASET])
        tracker.epoch(1, {"valid_loss": 1.5, "loss": 1.0})
        network = models.to_bytes(models.build("gru", features=3, units=4))
        model = tracker.network(network, np.zeros((1, 5, 3), np.float32), {}, 1, "Noise.")
        tracker.link(["valid/loss"], 1, DATASET)
        tracker.metrics({"test/crps": 2.5}, on=DATASET)
        tracker.view(RUNS, all_runs())
        client, experiment = tracker.client, tracker.experiment_id
        order = {"field_name": "metrics.test/crps", "dataset_name": "noise"}
        (ranked,) = client.search_logged_models([experiment], order_by=[order])
        assert ranked.model_id == model
        told = {metric.key: (metric.value, metric.dataset_digest) for metric in ranked.metrics}
        assert told == {"valid/loss": (1.5, "0"), "test/crps": (2.5, "0")}
        assert f"{SHARED}{RUNS}" in client.get_experiment(experiment).tags
        assert len(client.get_metric_history(tracker.run_id, "valid/loss")) == 1


def test_a_long_course_is_logged_whole(tmp_path: Path) -> None:
    lay_out_tracking(tmp_path)
    tracker = Tracker(f"sqlite:///{tmp_path}/mlruns/mlflow.db")
    tracker.start("noise", "gru", {}, {})
    losses = {epoch: 1.0 / epoch for epoch in range(1, TOGETHER // 2 + 2)}
    tracker.epochs({epoch: {"loss": v, "valid_loss": -v} for epoch, v in losses.items()})
    for name, sign in (("train/loss", 1.0), ("valid/loss", -1.0)):
        points = tracker.client.get_metric_history(tracker.run_id, name)
        assert {point.step: sign * point.value for point in points} == losses
