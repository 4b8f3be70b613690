"""The schedule as Airflow runs it, with a command that stands in for firmament's."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import psutil
import pytest
from stand_in import FOUND

HERE = Path(__file__).parent
HOUSE = HERE.parents[1]
SCHEDULE = HOUSE / "dags" / "firmament_daily.py"
AIRFLOW = HOUSE / ".airflow"
STEPS = [
    *("upgrade", "ingest", "window", "train gru", "train lstm"),
    *("compare", "promote", "embed", "report", "publish"),
]
DAYS: dict[str, tuple[int, dict[str, Any], str | None]] = {
    "2022-12-24": (0, {}, None),
    "2022-12-22": (3, {"ingest": 1, "train lstm": 2}, None),
    "2022-12-27": (1, {"train lstm": 99}, None),
    "2022-12-28": (1, {}, "/nowhere/firmament"),
    "2022-12-29": (0, {"upgrade": "SIGTERM"}, None),
    "2022-12-30": (0, {"upgrade": "SIGINT"}, None),
}
"""Retries, faults and command of days that are run one after the other: a Saturday first."""

needs_airflow = pytest.mark.skipif(
    not (AIRFLOW / ".ready").exists(), reason="Airflow is not set up: make airflow"
)


@dataclass(frozen=True)
class Home:
    """A home of Airflow with a database of its own; the command is called there as well."""

    folder: Path

    def run(self, *words: str | Path, **variables: str) -> str:
        """Run a program of Airflow's environment to its end; what it said."""
        kept = {key: value for key, value in os.environ.items() if "AIRFLOW" not in key}
        done = subprocess.run(
            [AIRFLOW / "venv" / "bin" / words[0], *words[1:]],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=self.folder,
            env={
                **kept,
                "AIRFLOW_HOME": str(self.folder),
                "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
                "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
                "AIRFLOW_VAR_FIRMAMENT_COMMAND": f"'{sys.executable}' '{HERE / 'stand_in.py'}'",
                "AIRFLOW_VAR_FIRMAMENT_FOLDER": str(self.folder),
                "PYTHONPATH": str(self.folder / "Airflow's packages"),
                **variables,
            },
            check=False,
            timeout=400,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    def calls(self, day: str) -> list[dict[str, Any]]:
        """How the stand-in was called for a day."""
        lines = (self.folder / "calls.jsonl").read_text().splitlines()
        return [call for call in map(json.loads, lines) if call["date"] == day]


def made(folder: Path) -> Home:
    """Make a home whose folder of DAGs has a link to the schedule."""
    shutil.copy(AIRFLOW / "test.db", folder / "airflow.db")
    (folder / "dags").mkdir()
    for file in SCHEDULE.parent.glob("*.py"):
        (folder / "dags" / file.name).symlink_to(file)
    return Home(folder)


class Webhook(BaseHTTPRequestHandler):
    """Keeps what is posted to it."""

    texts: ClassVar[list[str]] = []

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.texts.append(json.loads(self.rfile.read(length))["text"])
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def evenings(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Home, dict[str, Any], str]:
    """The home in which the days were run, what is told of them, and all that Airflow said."""
    home = made(tmp_path_factory.mktemp("evenings"))
    days = json.dumps([[day, *how] for day, how in DAYS.items()])
    with ThreadingHTTPServer(("127.0.0.1", 0), Webhook) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        said = home.run(
            *("python", HERE / "evening.py", days),
            AIRFLOW_VAR_FIRMAMENT_WEBHOOK=f"http://127.0.0.1:{server.server_port}",
        )
        server.shutdown()
    return home, json.loads(said.splitlines()[-1]), said


Evenings = tuple[Home, dict[str, Any], str]


@pytest.mark.parametrize("file", sorted(SCHEDULE.parent.glob("*.py")), ids=lambda file: file.stem)
def test_importing_a_schedule_takes_airflow_alone(file: Path) -> None:
    names = set()
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(str(node.module))
    others = {name for name in names if name.partition(".")[0] not in sys.stdlib_module_names}
    assert {"airflow.sdk"} <= others <= {"airflow.sdk", "airflow.sdk.exceptions"}


@pytest.fixture(scope="module")
def wednesday(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, str]:
    """The home in which Airflow's own command ran a day, and what it said."""
    home = made(tmp_path_factory.mktemp("wednesday"))
    lineage = {"type": "file", "log_file_path": str(home.folder / "lineage"), "append": True}
    said = home.run(
        *("airflow", "dags", "test", "firmament_daily", "2022-12-28"),
        AIRFLOW_VAR_FIRMAMENT_CONFIG="my settings.yaml",
        AIRFLOW__OPENLINEAGE__TRANSPORT=json.dumps(lineage),
    )
    return home, said


@needs_airflow
def test_airflows_own_command_runs_a_day_in_order_with_its_date(
    wednesday: tuple[Home, str],
) -> None:
    home, said = wednesday
    calls = home.calls("2022-12-28")
    steps = [call["step"] for call in calls]
    assert [*steps[:3], *sorted(steps[3:5]), *steps[5:]] == STEPS
    assert {call["config"] for call in calls} == {"my settings.yaml"}
    assert [call["seen"] for call in calls] == [[]] * len(STEPS)
    assert "train lstm of 2022-12-28 begins" in said


@needs_airflow
def test_the_schedule_is_as_documented(evenings: Evenings) -> None:
    assert evenings[1]["facts"] == {
        "command": str(HOUSE / ".venv" / "bin" / "firmament"),
        "documented": ast.get_docstring(ast.parse(SCHEDULE.read_text()), clean=False),
        "catchup": False,
        "active": 1,
        "pool": "firmament_training",
        "retries": [3] * 9,
        "backoff": [2] * 9,
        "limited": [True] * 9,
        # Friday to Wednesday: a run starts at midnight UTC, when New York's evening is there.
        "days": ["2022-12-23", "2022-12-24", "2022-12-26", "2022-12-27", "2022-12-28"],
        "starts": ["2022-12-24", "2022-12-26", "2022-12-27", "2022-12-28", "2022-12-29"],
        "causes": [
            *("The disk is full.", "Mend it.", "No such thing."),
            "firmament ended without a word",
        ],
        "by hand": "2022-12-27",
        "without logical date": "2022-12-27",
        "asked": "2020-03-16",
    }


@needs_airflow
def test_what_fails_at_first_is_tried_again_and_every_day_has_its_own_date(
    evenings: Evenings,
) -> None:
    home, told, _ = evenings
    once = {step: ["success", 1] for step in STEPS}
    again = {"ingest": ["success", 2], "train lstm": ["success", 3]}
    # A later day was published before.
    assert told["days"]["2022-12-22"] == {**once, **again, "publish": ["skipped", 1]}
    assert told["days"]["2022-12-24"] == once
    assert len(home.calls("2022-12-22")) == 13
    assert len(home.calls("2022-12-24")) == 10


@needs_airflow
def test_a_failure_names_its_task_and_cause_and_nothing_is_published(evenings: Evenings) -> None:
    home, told, said = evenings
    assert "train lstm 2022-12-27: The source has no prices yet. (exit status 2)" in said
    tasks = told["days"]["2022-12-27"]
    assert tasks["train lstm"] == ["failed", 2]
    assert tasks["train gru"] == ["success", 1]
    assert tasks["publish"][0] == "upstream_failed"
    assert {call["step"] for call in home.calls("2022-12-27")} == set(STEPS[:5])


@needs_airflow
def test_a_command_that_is_missing_is_named_and_not_tried_again(evenings: Evenings) -> None:
    _, told, said = evenings
    assert "upgrade: firmament cannot be called" in said
    assert "'/nowhere/firmament'. Run `make run`" in said
    assert told["days"]["2022-12-28"]["upgrade"] == ["failed", 1]


@needs_airflow
@pytest.mark.parametrize("day", ["2022-12-29", "2022-12-30"])
def test_a_task_that_is_stopped_leaves_nothing_running(evenings: Evenings, day: str) -> None:
    home, told, _ = evenings
    assert told["days"][day]["upgrade"] == ["failed", 1]
    started = json.loads((home.folder / f"{day}.json").read_text())
    assert len(started) == 2
    assert not any(map(psutil.pid_exists, started))


@needs_airflow
def test_airflows_own_checks_find_nothing(evenings: Evenings) -> None:
    assert evenings[1]["checked"] == {
        "dags": ["firmament_daily", "firmament_published"],
        "errors": {},
        "warnings": [],
        "files": 2,
    }


@needs_airflow
def test_assets_carry_the_session_and_what_was_found(evenings: Evenings) -> None:
    prices, champion, published, *later = evenings[1]["events"]
    # Saturday's run is of Friday's session.
    day = "2022-12-23"
    assert prices == ["firmament/prices", day, {"date": day, **FOUND["ingest"]}]
    assert champion == ["firmament/champion", day, {"date": day, **FOUND["promote"]}]
    facts = {"date": day, "published": day, **FOUND["publish"]}
    assert published == ["firmament/published", day, facts]
    # What was not published, or not reached, is not told.
    assert [event[:2] for event in later] == [
        *(["firmament/prices", "2022-12-22"], ["firmament/champion", "2022-12-22"]),
        ["firmament/prices", "2022-12-27"],
    ]


@needs_airflow
def test_a_listener_runs_once_for_what_was_published(evenings: Evenings) -> None:
    _, told, said = evenings
    day = "2022-12-23"
    facts = {"date": day, "published": day, **FOUND["publish"]}
    assert told["heard"] == [[None, day, "success", {"day": day, **facts}]]
    assert f"{day}: gru, version 3, forecasts 20 firms with a CRPS of 2.5000" in said


@needs_airflow
def test_an_evening_that_is_late_is_told_and_a_back_fill_is_not(evenings: Evenings) -> None:
    on_time = {"seconds": 7200.0, "done": True, "error": None}
    assert evenings[1]["late"] == {"scheduled": on_time, "backfill": on_time}
    (text,) = Webhook.texts
    assert text.startswith("firmament has not published 2023-01-02 by ")
    assert text.endswith(": its run scheduled__2023-01-02T00:00:00+00:00 is queued.")


@needs_airflow
def test_lineage_names_what_was_read_and_made(
    wednesday: tuple[Home, str], evenings: Evenings
) -> None:
    events = map(json.loads, (wednesday[0].folder / "lineage").read_text().splitlines())
    ended = {
        event["job"]["name"].removeprefix("firmament_daily."): event
        for event in events
        if event["eventType"] == "COMPLETE"
    }
    assert _datasets(ended["ingest"]) == ["files/prices", "->", "firmament/prices"]
    assert _datasets(ended["train"]) == ["firmament/prices", "->"]
    read = ["firmament/prices", "firmament/champion"]
    assert _datasets(ended["publish"]) == [*read, "->", "firmament/published"]
    (made,) = ended["publish"]["outputs"]
    assert made["facets"]["version"]["datasetVersion"] == "2022-12-28"
    facets = ended["publish"]["run"]["facets"]
    assert facets["externalQuery"]["externalQueryId"] == FOUND["publish"]["run_id"]
    tags = {tag["key"]: tag["value"] for tag in facets["tags"]["tags"]}
    assert tags.items() >= {"step": "publish", "version": "3", "date": "2022-12-28"}.items()
    assert evenings[1]["unfinished"] == [["prices", "champion"], []]


def _datasets(event: dict[str, Any]) -> list[str]:
    """What an event read and made."""
    read, made = (
        [f"{data['namespace']}/{data['name']}" for data in event[side]]
        for side in ("inputs", "outputs")
    )
    return [*read, "->", *made]
