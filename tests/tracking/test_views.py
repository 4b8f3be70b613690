"""Views of MLflow's UI, as its pages read them."""

from __future__ import annotations

import base64
import json
import zlib
from pathlib import Path
from typing import Any

import command

from pipeline.tracking.pages import link, runs_page
from pipeline.tracking.views import BY_EPOCH, RUNS, SHARED, all_runs, trainings_of


def state(packed: str) -> dict[str, Any]:
    """What the UI unpacks of a tag."""
    kind, _, text = packed.partition(";")
    assert kind == "deflate"
    return dict(json.loads(zlib.decompress(base64.b64decode(text))))


def test_a_view_without_a_name_is_its_state() -> None:
    shown = state(trainings_of("abc").tag(0))
    assert shown["searchFilter"] == "tags.comparison = 'abc' and tags.kind = 'training'"
    assert (shown["orderByKey"], shown["orderByAsc"]) == ("metrics.`test/crps`", True)
    charts = shown["compareRunCharts"]
    assert [chart["metricKey"] for chart in charts] == list(BY_EPOCH)
    (section,) = shown["compareRunSections"]
    assert {chart["metricSectionId"] for chart in charts} == {section["uuid"]}


def test_a_view_with_a_name_is_listed_under_it() -> None:
    told = json.loads(all_runs().tag(1234))
    assert (told["name"], told["createdAt"]) == ("Runs and comparisons", 1234)
    assert "metrics.`test/crps`" in state(told["state"])["selectedColumns"]


def test_a_view_that_somebody_has_changed_stays(tmp_path: Path) -> None:
    tracker = command.tracker(tmp_path)
    tracker.start("planted", "planted", {}, {})
    tracker.view(RUNS, all_runs())
    client, experiment = tracker.client, tracker.experiment_id
    assert f"{SHARED}{RUNS}" in client.get_experiment(experiment).tags
    client.set_experiment_tag(experiment, f"{SHARED}{RUNS}", "mine")
    tracker.view(RUNS, all_runs())
    assert client.get_experiment(experiment).tags[f"{SHARED}{RUNS}"] == "mine"


def test_links_are_within_the_ui() -> None:
    page = runs_page("3", "abc", charts=True)
    assert page.startswith("#/experiments/3/runs?")
    assert page.endswith("&viewStateShareKey=abc&compareRunsMode=CHART")
    assert link("a [b]", page) == f"[a (b)]({page})"
