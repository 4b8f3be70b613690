"""Where to look first in MLflow's UI: the runs of the experiment that is newest, and more."""

from __future__ import annotations

from typing import Any

from pipeline.tracking.client import told
from pipeline.tracking.pages import run_page, runs_page
from pipeline.tracking.tracker import existing
from pipeline.tracking.views import RUNS, SHARED

_NEWEST = ["attributes.start_time DESC"]


def landing(uri: str) -> dict[str, str]:
    """Return what is to be seen there → its address within the UI, what is to be opened first.

    Those are the runs of the experiment that has the newest one of `firmament run` and `compare`,
    and the newest comparison with its trainings; none where nothing is tracked.
    """
    tracker = existing(uri)
    return {} if tracker is None else _pages(tracker.client)


@told
def _pages(client: Any) -> dict[str, str]:
    """Return them."""
    shown = {
        found.experiment_id: found.name
        for found in client.search_experiments()
        if f"{SHARED}{RUNS}" in found.tags
    }
    if not shown:
        return {}
    pages = {}
    for run in client.search_runs([*shown], max_results=1, order_by=_NEWEST):
        experiment = run.info.experiment_id
        pages[f"Runs of {shown[experiment]}"] = runs_page(experiment, RUNS)
    finished = "tags.kind = 'comparison' and attributes.status = 'FINISHED'"
    for run in client.search_runs([*shown], finished, max_results=1, order_by=_NEWEST):
        experiment, run_id = run.info.experiment_id, run.info.run_id
        pages[f"Newest comparison, {run.info.run_name}"] = run_page(experiment, run_id)
        if f"{SHARED}{run_id}" in client.get_experiment(experiment).tags:
            pages["Its trainings by epoch"] = runs_page(experiment, run_id, charts=True)
    return pages
