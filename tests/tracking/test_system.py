"""What a run does to its machine is logged if it is wanted."""

from __future__ import annotations

import time
from pathlib import Path

import command
import pytest

from pipeline.tracking.system import system_metrics


def test_the_machine_is_measured_while_a_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL", "0.1")
    tracker = command.tracker(tmp_path)
    tracker.start("planted", "planted", {}, {})
    with system_metrics(tracker, wanted=False):
        assert tracker.client.get_run(tracker.run_id).data.metrics == {}
    with system_metrics(tracker, wanted=True):
        end = time.monotonic() + 60
        while not (metrics := tracker.client.get_run(tracker.run_id).data.metrics):
            assert time.monotonic() < end
            time.sleep(0.05)
    assert "system/cpu_utilization_percentage" in metrics
