"""The commands as they are used: what a day and a run have made outlives a cleaning."""

from __future__ import annotations

import json
import os
import subprocess
import time

import pytest
import universe
from command import Place, planted
from toy import TOY

from pipeline.store import open_store

DAYS = 330
DAILY = ["--date", str(universe.SESSIONS[DAYS - 1].date()), "--set", "daily.models=[elman]"]
CLEAN = ["clean", "--older-than", "1", "--format", "json"]


def done(place: Place, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command that must end well."""
    result = place.run(*arguments)
    assert result.returncode == 0, result.stderr
    return result


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A day of a schedule."""
    made = planted(tmp_path_factory.mktemp("maintenance"), firms=5, days=DAYS, plan=TOY)
    done(made, "daily", *DAILY, *made.options)
    return made


@pytest.mark.full
def test_what_is_referenced_outlives_a_cleaning_and_nothing_is_trained_anew(place: Place) -> None:
    # Beside the day an ordinary run and a stage that nobody asked for, all long ago.
    done(place, "run", *place.options, "--model", "elman")
    done(place, "stage", "growth", *place.options, "--set", "growth.risk_free=0.01")
    then = time.time() - 10 * 86400
    for path in place.folder.glob("store/stages/*/*/about.json"):
        os.utime(path, (then, then))
    told = done(place, *CLEAN, "--dry-run", *place.places).stdout
    assert done(place, *CLEAN, *place.places).stdout == told.replace("true", "false", 1)
    # Growth that nobody asked for, and the control that the run was judged beside: what came of it
    # stays, so that it is not trained anew either.
    removed = {stage: told["outputs"] for stage, told in json.loads(told)["stages"].items()}
    assert removed == {"growth": 1, "train": 1, "evaluate": 1}
    assert json.loads(told)["notes"] == []
    store = ["--data-root", f"{place.folder}/store"]
    done(place, "forecast", *store)
    for run in ([], ["--run", "latest"]):
        done(place, "similar", "F01", *run, *store)
    history = done(
        place, "registry", "history", "--tracking-uri", place.tracking_uri, "--format", "csv"
    )
    assert "promoted" in history.stdout
    published = open_store(place.folder / "store").run()
    again = done(place, "daily", *DAILY, *place.options)
    assert "epoch" not in again.stderr
    assert "train: done" not in again.stderr
    assert open_store(place.folder / "store").run() == published


def test_damage_ends_the_doctor_with_a_fault_and_is_mended(place: Place) -> None:
    (page,) = place.folder.glob("store/stages/edition/*/page.html")
    page.write_text(page.read_text().replace("firmament", "firmamenT"))
    ill = place.run("doctor", "--mend", *place.places)
    assert ill.returncode == 2
    assert "page.html has another content than was written). It was removed" in ill.stdout
    said = "firmament: 1 fault was found (answers)"  # for nothing is published now
    assert ill.stderr.splitlines()[-1].startswith(said)
    again = done(place, "daily", *DAILY, *place.options)
    assert "train: done" not in again.stderr
    checks = json.loads(done(place, "doctor", "--format", "json", *place.places).stdout)["checks"]
    assert {check["state"] for check in checks} <= {"ok", "warning"}
    assert [c["state"] for c in checks if c["check"] in ("outputs", "champion")] == ["ok", "ok"]
