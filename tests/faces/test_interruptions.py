"""Runs that are interrupted: the store stays whole, the run is marked, the next one goes on."""

from __future__ import annotations

import json
import signal
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from command import ONCE, Place, planted
from nursery import nursery
from toy import TOY

from pipeline.stages import PLAN
from pipeline.store import read

LONG = ["--set", "train.epochs=5000", "--set", "train.patience=5000"]


def runs(place: Place) -> list[Any]:
    """All runs of a place, newest first."""
    from mlflow import MlflowClient

    client = MlflowClient(place.tracking_uri)
    experiments = [found.experiment_id for found in client.search_experiments()]
    return list(client.search_runs(experiments))


def whole(place: Place) -> set[str]:
    """Read every output in the store; return the stages that have one."""
    found = set()
    for stage in PLAN:
        for folder in (place.folder / "store" / "stages" / stage.name).glob("*"):
            read(stage.makes, folder)
            found.add(stage.name)
    return found


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return planted(tmp_path, firms=5, days=330, plan=TOY)


def test_a_killed_run_is_marked_and_the_next_goes_on(place: Place) -> None:
    child = place.begin("run", *place.options, *ONCE, *LONG)
    child.until("epoch 2:")
    child.kill()
    assert nursery().wait(child).status == -signal.SIGKILL
    assert whole(place) == {"ingest", "growth", "window", "baselines"}
    (open_run,) = runs(place)
    assert open_run.info.status == "RUNNING"
    asked = place.run("similar", "F01", "--data-root", f"{place.folder}/store")
    assert asked.returncode == 2
    assert "no run yet" in asked.stderr
    # Of runs that died too: one tracked on a server that is gone, one before it was tracked.
    claims = place.folder / "store" / "claims"
    (claims / "run-elsewhere").write_text("http://127.0.0.1:9")
    (claims / "run-untold").touch()

    done = place.run("run", *place.options, *ONCE, "--format", "json")
    assert done.returncode == 0, done.stderr
    assert f"Run {open_run.info.run_id} was interrupted" in done.stderr
    stages = json.loads(done.stdout)["stages"]
    assert [name for name, stage in stages.items() if stage["reused"]] == [
        *("ingest", "growth", "window", "baselines")
    ]
    assert {run.info.status for run in runs(place)} == {"KILLED", "FINISHED"}
    assert not any((place.folder / "store" / "unfinished").iterdir())
    assert [claim.name for claim in claims.iterdir()] == ["run-elsewhere"]


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["ctrl-c", "sigterm"]
)
def test_an_interrupted_run_ends_in_order(place: Place, number: int, status: int) -> None:
    child = place.begin("run", *place.options, *ONCE, *LONG)
    child.until("epoch 1:")
    child.kill(number)
    ended = nursery().wait(child)
    assert ended.status == status
    assert "Traceback" not in ended.told
    last = ended.told.splitlines()[-1]
    assert last.startswith("firmament: Interrupted: what was finished is kept")
    (run,) = runs(place)
    assert run.info.status == "KILLED"
    assert whole(place) == {"ingest", "growth", "window", "baselines"}
    assert not any((place.folder / "store" / "claims").iterdir())


def test_two_equal_runs_at_once_are_one_run(place: Place) -> None:
    children = [place.begin("run", *place.options, *ONCE) for _ in range(2)]
    ended = [nursery().wait(child) for child in children]
    assert [one.status for one in ended] == [0, 0], [one.told for one in ended]
    (run,) = runs(place)
    assert run.info.status == "FINISHED"
    assert not any((place.folder / "store" / "claims").iterdir())


def test_a_tracking_store_that_fails_midway_is_told(place: Place) -> None:
    child = place.begin("run", *place.options, *ONCE, *LONG)
    child.until("epoch 1:")
    database = sqlite3.connect(place.folder / "mlruns" / "mlflow.db")
    database.execute("DROP TABLE metrics")
    database.commit()
    database.close()
    ended = nursery().wait(child)
    assert ended.status == 2, ended.told
    assert "Traceback" not in ended.told
    assert "The tracking store failed while it was written" in ended.told.splitlines()[-1]
