"""What a run does to its machine, measured while it goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.tracking.tracker import Tracker


@contextmanager
def system_metrics(tracker: Tracker, *, wanted: bool) -> Iterator[None]:
    """Log processor, memory, disk, network and GPUs to a run while this goes on, if wanted.

    MLflow does so every ten seconds, and at the end, as metrics `system/…`.
    """
    if not wanted:
        yield
        return
    from mlflow.system_metrics.system_metrics_monitor import SystemMetricsMonitor

    monitor = SystemMetricsMonitor(tracker.run_id, tracking_uri=tracker.uri)
    monitor.start()
    try:
        yield
    finally:
        monitor.finish()
