"""Structured logs of real commands: every line is JSON and has the process's id."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from command import ONCE, Place, planted
from nursery import environment, nursery
from toy import TOY

from pipeline import __version__

JSON = ["--set", "log=json"]
LONG = ["--set", "train.epochs=5000", "--set", "train.patience=5000"]


def lines(text: str) -> list[dict[str, Any]]:
    """Read standard error, of which every line is an object of the same process."""
    read = [json.loads(line) for line in text.splitlines()]
    assert len({line["run"] for line in read}) == 1
    for line in read:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"])
        assert line["level"] in ("info", "warning", "error")
    return read


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return planted(tmp_path_factory.mktemp("logs"), plan=TOY)


@pytest.fixture(scope="module")
def first(place: Place) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The lines of a run, and its result."""
    done = place.run("run", *place.options, *ONCE, *JSON, "--format", "json")
    assert done.returncode == 0, done.stderr
    return lines(done.stderr), json.loads(done.stdout)


First = tuple[list[dict[str, Any]], dict[str, Any]]


def test_a_run_is_told_from_its_beginning_to_its_end(first: First) -> None:
    told, result = first
    assert re.fullmatch(r"[0-9a-f]{12}", told[0]["run"])
    assert (told[0]["event"], told[0]["command"]) == ("begin", "run")
    assert told[0]["version"] == __version__
    assert (told[-1]["event"], told[-1]["status"]) == ("end", 0)
    assert told[-1]["seconds"] > 0
    steps = [line for line in told if line["event"] == "step"]
    for stage in result["stages"]:
        begun, done = (line for line in steps if line["task"] == stage)
        assert (begun["done"], done["done"]) == (0, done["total"])
        assert "seconds" not in begun
        assert done["seconds"] >= 0
    epochs = [line for line in told if line["event"] == "epoch"]
    assert [line["number"] for line in epochs] == [1, 2]
    assert all({"loss", "valid_loss"} <= set(line["metrics"]) for line in epochs)


def test_the_mlflow_run_and_the_lines_name_each_other(place: Place, first: First) -> None:
    from mlflow import MlflowClient

    told, result = first
    run = MlflowClient(place.tracking_uri).get_run(result["run_id"])
    assert run.data.tags["firmament.process"] == told[0]["run"]
    assert "log" not in run.data.params
    assert "mlflow_run" not in told[0]
    assert {line["mlflow_run"] for line in told if line["event"] == "epoch"} == {result["run_id"]}
    assert told[-1]["mlflow_run"] == result["run_id"]


def test_how_a_run_is_told_does_not_decide_what_is_run(place: Place, first: First) -> None:
    again = place.run("run", *place.options, *ONCE, *JSON)
    told = lines(again.stderr)
    assert told[0]["run"] != first[0][0]["run"]
    assert [line["sentence"] for line in told if line["event"] == "note"] == [
        f"Nothing has changed since run {first[1]['run_id']}: every stage is reused."
    ]
    assert {line["level"] for line in told} == {"info"}
    text = place.run("run", *place.options, *ONCE)
    stages = [f"{name} (reused): done" for name in first[1]["stages"]]
    note = f"Nothing has changed since run {first[1]['run_id']}: every stage is reused."
    assert text.stderr.splitlines() == [*stages[:3], note, *stages[3:]]
    assert text.stdout == again.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["similar", "F01", "--data-root", "none", *JSON], "There is no run yet"),
        (["config", "--set=log=json", "--set", "train.epochs=0"], "train.epochs (0)"),
        (["config", *JSON, "--set", "epochs"], "not of the form"),
        (["config", *JSON, "--nonsense"], "There is no option --nonsense"),
        (["similar", "F01", "--data-root", "none", "--config", "log.yaml"], "There is no run yet"),
    ],
)
def test_an_error_is_the_last_line(tmp_path: Path, arguments: list[str], sentence: str) -> None:
    (tmp_path / "log.yaml").write_text("log: json\n")
    done = Place(tmp_path).run(*arguments)
    told = lines(done.stderr)
    assert [line["event"] for line in told] == ["begin", "error"]
    assert told[0]["command"] == arguments[0]
    assert done.returncode == told[-1]["status"] == 2
    assert told[-1]["level"] == "error"
    assert sentence in told[-1]["sentence"]
    assert "traceback" not in told[-1]


def test_debug_adds_the_traceback_without_passwords(tmp_path: Path) -> None:
    uri = "nonsense://ann:s3cret@127.0.0.1/runs"
    done = planted(tmp_path).run(
        *(
            "--debug",
            "run",
            "--source",
            f"files:{tmp_path}/prices",
            "--set",
            "ingest.calendar=24/5",
        ),
        *("--data-root", "store", "--tracking-uri", uri, *JSON),
    )
    last = lines(done.stderr)[-1]
    assert done.returncode == last["status"] == 2
    assert "Traceback" in last["traceback"]
    assert "nonsense://ann:***@127.0.0.1/runs" in last["sentence"]
    assert "s3cret" not in done.stderr + done.stdout


@pytest.mark.parametrize("form", ["text", "json"])
def test_an_unexpected_fault_has_a_status_of_its_own(tmp_path: Path, form: str) -> None:
    script = """
import sys
from pipeline.cli import entry

@entry.app.command("fail")
def fail():
    raise ZeroDivisionError("over http://ann:s3cret@host" + " and on" * 99)

sys.argv = ["firmament", "fail"]
entry.main()
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment() | {"FIRMAMENT_LOG": form},
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    text = form == "text"
    said = done.stderr.removeprefix("firmament: ") if text else lines(done.stderr)[-1]["sentence"]
    assert said.startswith(
        "An unexpected fault: ZeroDivisionError: over http://ann:***@host and on"
    )
    assert len(said) < 450 and "--debug shows where" in said
    assert text or lines(done.stderr)[-1]["status"] == 1


def test_a_later_set_wins_over_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipeline.logs import asked

    monkeypatch.setenv("FIRMAMENT_LOG", "json")
    assert asked(["run"])
    assert not asked(["run", "--set", "log=text"])
    assert asked(["run", "--set", "log=text", "--set=log=json"])
    monkeypatch.delenv("FIRMAMENT_LOG")
    assert not asked(["run"])
    assert Place(tmp_path).run("config", "--set", "log=xml").stderr.startswith("firmament: The val")


def test_a_termination_is_an_error(tmp_path: Path) -> None:
    place = planted(tmp_path, plan=TOY)
    child = place.begin("run", *place.options, *ONCE, *LONG, *JSON)
    child.until('"epoch"')
    child.kill(signal.SIGTERM)
    ended = nursery().wait(child)
    assert ended.status == 143
    last = lines(ended.told)[-1]
    assert (last["event"], last["status"]) == ("error", 143)
    assert last["sentence"].startswith("Interrupted: what was finished is kept")
