"""firmament's evening: prices of the day, new networks, a decision, and published results.

| task | what it does |
| --- | --- |
| `upgrade` | brings the tracking schema up to date |
| `ingest` | reads the prices, and refuses those that make no sense |
| `window` | growth, windows and baselines; names the architectures to train |
| `train` | one task for each architecture, in the pool `firmament_training` |
| `compare` | evaluates and compares them, and registers the challenger |
| `promote` | makes the challenger the champion, or holds |
| `embed` | the champion's embeddings and forecasts |
| `report` | its study and its page |
| `publish` | switches the published results to those of this day |

Each task calls `firmament daily --date DAY --step TASK` in firmament's own environment. All that it
makes is kept by that day: a task that is run again finds it made, and a day can be back-filled. If
a task fails, what was published before stays.

**The day.** A run covers the hours from midnight to midnight UTC and starts when they are over,
which is 19:00 in New York, in summer 20:00. Its day is that of its logical date, and a bare date on
the command line is meant as it is written. A run by hand that names no day takes the last one that
is over; the parameter `date` names any other. If there was no session, firmament takes the one
before: the run on Sunday evening finds what Friday's has made, or makes up for it.

**Airflow variables**, all optional: `firmament_command` (how firmament is called),
`firmament_config` (a YAML file of settings), `firmament_folder` (where it is called).
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import tempfile
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import IO, Any

from airflow.sdk import DAG, BaseOperator, Context, CronDataIntervalTimetable, Param, Variable
from airflow.sdk.exceptions import AirflowException, AirflowFailException

CHECKOUT = Path(__file__).resolve().parents[1]
"""Where this file really lies, also when a link to it lies in Airflow's folder of DAGs."""
COMMAND = shlex.quote(str(CHECKOUT / ".venv" / "bin" / "firmament"))
POOL = "firmament_training"
GRACE = 3
"""Seconds for a command to end by itself; Airflow gives a task that it kills five."""


class Step(BaseOperator):
    """One step of an evening, in a process of firmament's own environment.

    What the command says on standard error goes into the task's log as it is said. When the task
    is killed or runs out of time, the command and the processes that it started end with it.

    Parameters
    ----------
    step
        The step's name, as `firmament daily --step` knows it.
    model
        The architecture to train, for the step `train`.
    gives
        Hand on this entry of what the step found, in place of all of it.

    Raises
    ------
    AirflowException
        If the command fails; the message has the task, the day and the command's own sentence.
    AirflowFailException
        If there is no such command: trying again would not help.
    """

    def __init__(
        self, *, step: str, model: str | None = None, gives: str | None = None, **options: Any
    ) -> None:
        super().__init__(**options)
        self.step = step
        self.model = model
        self.gives = gives
        self.process: subprocess.Popen[str] | None = None

    def execute(self, context: Context) -> Any:
        """Run the command and give the JSON object that it ends with, or an entry of it."""
        day = day_of(context)
        name = " ".join(filter(None, (self.task_id, self.model, day)))
        with tempfile.TemporaryFile("w+", encoding="utf-8") as said:
            status, sentence = self.call(day, said)
            if status:
                raise AirflowException(f"{name}: {sentence} (exit status {status})")
            said.seek(0)
            lines = said.read().splitlines()
        try:
            found = json.loads(lines[-1])
            return found[self.gives] if self.gives else found
        except (IndexError, KeyError, TypeError, ValueError) as error:
            wanted = f"with {self.gives!r} " if self.gives else ""
            raise AirflowException(f"{name}: no JSON object {wanted}at the end") from error

    def call(self, day: str, said: IO[str]) -> tuple[int, str]:
        """Run the command, with standard output into a file; its status and its last sentence."""
        words = command(self.step, day, self.model)
        folder = Variable.get("firmament_folder", default=str(CHECKOUT))
        self.log.info("%s (in %s)", shlex.join(words), folder)
        try:
            self.process = subprocess.Popen(
                words,
                cwd=folder,
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
                start_new_session=True,
            )
        except OSError as error:
            raise AirflowFailException(
                f"{self.task_id}: firmament cannot be called: {error}. Run `make run` in the "
                "checkout, or set the Airflow variables firmament_command and firmament_folder"
            ) from error
        lines: deque[str] = deque(maxlen=100)
        # Airflow lets an interrupt end a task on the spot, which would leave the command alone.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            assert self.process.stderr
            for line in filter(None, map(str.rstrip, self.process.stderr)):
                self.log.info(line)
                lines.append(line)
            return self.process.wait(), cause(lines)
        finally:
            self.on_kill()
            signal.signal(signal.SIGINT, before)

    def on_kill(self) -> None:
        """End the command and all that it started, gently and then by force."""
        if not self.process:
            return
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, number)
                self.process.wait(GRACE)
            except ProcessLookupError:
                return
            except subprocess.TimeoutExpired:
                self.log.warning("firmament did not end within %d seconds", GRACE)


def command(step: str, day: str, model: str | None) -> list[str]:
    """Give the words that call firmament for one step."""
    words = shlex.split(Variable.get("firmament_command", default=COMMAND))
    words += ["daily", "--date", day, "--step", step, "--format", "json"]
    if model:
        words += ["--model", model]
    if config := Variable.get("firmament_config", default=None):
        words += ["--config", config]
    return words


def cause(lines: Sequence[str]) -> str:
    """Give what a command failed of: its own sentence, in either form of its log, or its last line.

    Parameters
    ----------
    lines
        The last lines of its standard error.
    """
    for line in reversed(lines):
        if line.startswith("firmament: "):
            return line.removeprefix("firmament: ")
        with suppress(ValueError, KeyError, TypeError):
            return str(json.loads(line)["sentence"])
    return lines[-1] if lines else "firmament ended without a word"


def environment() -> dict[str, str]:
    """Give what firmament may see of the environment: not Airflow's settings nor its packages."""
    kept = os.environ.items()
    return {key: value for key, value in kept if "AIRFLOW" not in key and key != "PYTHONPATH"}


def day_of(context: Context) -> str:
    """Give the day that a run is for, as YYYY-MM-DD; see the text above."""
    if asked := context["params"].get("date"):
        return str(asked)
    run = context["dag_run"]
    moment = (run.logical_date or run.run_after).astimezone(UTC)
    names_a_day = run.logical_date and moment.time() == time()
    return str(moment.date() if names_a_day else moment.date() - timedelta(days=1))


with DAG(
    "firmament_daily",
    description="firmament's evening, from prices to published results",
    doc_md=__doc__,
    tags=["firmament"],
    # Monday to Saturday at midnight UTC, which is the evening of the day before in New York.
    schedule=CronDataIntervalTimetable("0 0 * * 1-6", timezone="UTC"),
    start_date=datetime(1990, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=20),
    params={"date": Param(None, type=["null", "string"], format="date", title="Day (YYYY-MM-DD)")},
    default_args={
        "retries": 3,
        "retry_delay": timedelta(minutes=10),
        "retry_exponential_backoff": 2,
        "max_retry_delay": timedelta(hours=1),
        "execution_timeout": timedelta(hours=2),
    },
) as dag:
    upgrade, ingest, compare, embed, report, publish = (
        Step(task_id=step, step=step)
        for step in ("upgrade", "ingest", "compare", "embed", "report", "publish")
    )
    window = Step(task_id="window", step="window", gives="models")
    training: dict[str, Any] = {"pool": POOL, "execution_timeout": timedelta(hours=6)}
    train = Step.partial(
        task_id="train", step="train", map_index_template="{{ task.model }}", **training
    ).expand(model=window.output)
    # A promoted network gets others of further seeds beside it, by which peers are told.
    promote = Step(task_id="promote", step="promote", **training)
    upgrade >> ingest >> window >> train >> compare >> promote >> embed >> report >> publish
