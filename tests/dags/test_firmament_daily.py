"""The schedule as Airflow runs it, with a command that stands in for firmament's."""

from __future__ import annotations

import ast
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

HOUSE = Path(__file__).parents[2]
SCHEDULE = HOUSE / "dags" / "firmament_daily.py"
AIRFLOW = HOUSE / ".airflow" / "venv" / "bin"
EVENING = [
    *("upgrade", "ingest", "window", "train gru", "train lstm"),
    *("compare", "promote", "embed", "report", "publish"),
]
needs_airflow = pytest.mark.skipif(
    not (AIRFLOW.parents[1] / ".ready").exists(), reason="Airflow is not set up: make airflow"
)


@dataclass(frozen=True)
class Home:
    """Airflow's home of one test, with a database of its own, and the command's folder."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        stand_in = Path(__file__).with_name("stand_in.py")
        kept = os.environ.items()
        return {
            **{key: value for key, value in kept if "AIRFLOW" not in key},
            "AIRFLOW_HOME": str(self.folder),
            "AIRFLOW__CORE__DAGS_FOLDER": str(self.folder / "dags"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW_VAR_FIRMAMENT_COMMAND": f"'{sys.executable}' '{stand_in}'",
            "AIRFLOW_VAR_FIRMAMENT_FOLDER": str(self.folder),
            "PYTHONPATH": str(self.folder / "packages of Airflow's"),
        }

    def start(self, *words: str, **variables: str) -> subprocess.Popen[str]:
        """Start Airflow's command, or its Python with a file of this folder."""
        return subprocess.Popen(
            [AIRFLOW / words[0], *words[1:]],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**self.environment, **variables},
        )

    def run(self, *words: str, **variables: str) -> tuple[int, str]:
        """Run it to its end; its exit status and what it said."""
        process = self.start(*words, **variables)
        said, _ = process.communicate(timeout=240)
        return process.returncode, said

    def evening(self, *words: str) -> Any:
        """Ask `evening.py`."""
        status, said = self.run("python", str(Path(__file__).with_name("evening.py")), *words)
        assert status == 0, said
        return said, json.loads(said.splitlines()[-1])

    def faults(self, **faults: Any) -> None:
        named = {name.replace("_", " "): fault for name, fault in faults.items()}
        (self.folder / "faults.json").write_text(json.dumps(named))

    @property
    def calls(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / "calls.jsonl").read_text().splitlines()]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home whose folder of DAGs has a link to the schedule."""
    shutil.copy(AIRFLOW.parents[1] / "test.db", tmp_path / "airflow.db")
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / SCHEDULE.name).symlink_to(SCHEDULE)
    return Home(tmp_path)


def test_importing_the_schedule_takes_airflow_alone() -> None:
    tree = ast.parse(SCHEDULE.read_text())
    names = {
        alias.name if isinstance(node, ast.Import) else str(node.module)
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert {name.partition(".")[0] for name in names} - sys.stdlib_module_names == {"airflow"}
    assert all(name.startswith("airflow.sdk") for name in names if name.startswith("airflow"))


@needs_airflow
def test_the_schedule_is_as_documented(home: Home) -> None:
    facts = home.evening("facts")[1]
    assert facts == {
        "command": str(HOUSE / ".venv" / "bin" / "firmament"),
        "documented": ast.get_docstring(ast.parse(SCHEDULE.read_text()), clean=False),
        "catchup": False,
        "active": 1,
        "pool": "firmament_training",
        "retries": [3] * 9,
        "backoff": [2] * 9,
        "limited": [True] * 9,
        # Friday to Wednesday: the runs start at midnight UTC, when New York's evening is there.
        "days": ["2022-12-23", "2022-12-24", "2022-12-26", "2022-12-27", "2022-12-28"],
        "starts": ["2022-12-24", "2022-12-26", "2022-12-27", "2022-12-28", "2022-12-29"],
        "causes": [
            *("The disk is full.", "Mend it.", "No such option: --dat"),
            "firmament ended without a word",
        ],
        "by hand": "2022-12-27",
        "without logical date": "2022-12-27",
        "asked": "2020-03-16",
    }


@needs_airflow
def test_a_day_is_run_in_order_with_its_date(home: Home) -> None:
    config = str(home.folder / "my settings.yaml")
    status, said = home.run(
        *("airflow", "dags", "test", "firmament_daily", "2022-12-28"),
        AIRFLOW_VAR_FIRMAMENT_CONFIG=config,
    )
    assert status == 0, said
    calls = [call["step"] for call in home.calls]
    assert [*calls[:3], *sorted(calls[3:5]), *calls[5:]] == EVENING
    assert {call["date"] for call in home.calls} == {"2022-12-28"}
    assert {call["config"] for call in home.calls} == {config}
    assert [call["seen"] for call in home.calls] == [[]] * 10
    assert "train lstm of 2022-12-28 begins" in said


@needs_airflow
def test_days_have_their_own_dates_and_what_fails_at_first_is_tried_again(home: Home) -> None:
    home.faults(ingest=1, train_lstm=2)
    _, tasks = home.evening("run", "3", "2022-12-27", "2022-12-28")
    tries = {(day, name): tried for day, name, _, tried in tasks}
    assert {state for _, _, state, _ in tasks} == {"success"}
    expected = {(day, name): 1 for day in ("2022-12-27", "2022-12-28") for name in EVENING}
    again = {("2022-12-27", "ingest"): 2, ("2022-12-27", "train lstm"): 3}
    assert tries == {**expected, **again}
    assert [call["date"] for call in home.calls] == ["2022-12-27"] * 13 + ["2022-12-28"] * 10


@needs_airflow
def test_a_failure_names_its_task_and_cause_and_nothing_is_published(home: Home) -> None:
    home.faults(train_lstm=99)
    said, tasks = home.evening("run", "1", "2022-12-28")
    assert "train lstm 2022-12-28: The source has no prices yet. (exit status 2)" in said
    states = {name: state for _, name, state, _ in tasks}
    assert states["train lstm"] == "failed"
    assert states["train gru"] == "success"
    assert states["publish"] == "upstream_failed"
    assert {call["step"] for call in home.calls} == set(EVENING[:5])


@needs_airflow
def test_a_command_that_is_missing_is_named_and_not_tried_again(home: Home) -> None:
    missing = str(home.folder / "nowhere" / "firmament")
    status, said = home.run(
        *("airflow", "dags", "test", "firmament_daily", "2022-12-28"),
        AIRFLOW_VAR_FIRMAMENT_COMMAND=missing,
    )
    assert status != 0
    assert (
        f"upgrade: firmament cannot be called: [Errno 2] No such file or directory: '{missing}'"
        in said
    )
    assert said.count("cannot be called") == 1


@needs_airflow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_task_that_is_stopped_leaves_nothing_running(home: Home, number: int) -> None:
    home.faults(upgrade="hang")
    process = home.start(
        "python", str(Path(__file__).with_name("evening.py")), "run", "0", "2022-12-28"
    )
    place = home.folder / "processes.json"
    while not place.exists():
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.1)
    ids = json.loads(place.read_text())
    process.send_signal(number)
    said, _ = process.communicate(timeout=120)
    assert not [number for number in ids if psutil.pid_exists(number)], said
