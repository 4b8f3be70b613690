"""A real day of a schedule through the command line: trained, promoted, published, asked."""

from __future__ import annotations

import json
from typing import Any

import pytest
import universe
from command import ONCE, Place, planted

DAY, NEXT = (str(day.date()) for day in universe.SESSIONS[329:331])
STEPS = [
    *("upgrade", "ingest", "window", "train elman", "compare"),
    *("promote", "embed", "report", "publish"),
]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return planted(tmp_path_factory.mktemp("daily"), firms=5, days=330)


@pytest.fixture(scope="module")
def told(place: Place) -> dict[str, Any]:
    options = [*place.options, *ONCE, "--set", "daily.models=[elman]"]
    options += ["--set", "compare.controls=linear"]
    done = place.run("daily", "--date", DAY, *options, "--format", "json")
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_every_step_is_done(told: dict[str, Any]) -> None:
    assert list(told["steps"]) == STEPS
    assert told["steps"]["promote"]["reason"] == "There was no champion."
    assert told["steps"]["publish"]["published"] == DAY


def test_what_is_published_is_the_champions_and_answers(place: Place, told: dict[str, Any]) -> None:
    published = json.loads((place.store / "published.json").read_text())
    assert (published["date"], published["version"], published["model"]) == (DAY, "1", "elman")
    page = (place.store / published["folder"] / "page.html").read_text()
    assert page.startswith("<!")
    assert "Firm F03" in page
    asked = place.run("forecast", "--format", "json", *place.places[:2])
    forecasts = json.loads(asked.stdout)["forecasts"]
    assert {row["date"] for row in forecasts} == {NEXT}
    # The last firm was listed too late to be kept.
    assert [row["symbol"] for row in forecasts] == ["F00", "F01", "F02", "F03", "F04"]
    similar = place.run("similar", "F01", "--format", "json", *place.places[:2])
    assert json.loads(similar.stdout)["run_id"] == told["steps"]["publish"]["run_id"]
