"""firmament's evening: prices of the day, new networks, a decision, and published results.

| task | what it does | asset |
| --- | --- | --- |
| `upgrade` | brings the tracking schema up to date | |
| `ingest` | reads the prices, and refuses those that make no sense | `firmament/prices` |
| `window` | growth, windows and baselines; names the architectures to train | |
| `train` | one task for each architecture, in the pool `firmament_training` | |
| `compare` | evaluates and compares them, and registers the challenger | |
| `promote` | makes the challenger the champion, or holds | `firmament/champion` |
| `embed` | the champion's embeddings and forecasts | |
| `report` | its study and its page | |
| `publish` | switches the published results to those of this day | `firmament/published` |

Each task calls `firmament daily --date DAY --step TASK` in firmament's own environment. All that it
makes is kept by that day: a task that is run again finds it made, and a day can be back-filled. If
a task fails, what was published before stays.

**The day.** A run covers the hours from midnight to midnight UTC and starts when they are over,
which is 19:00 in New York, in summer 20:00. Its day is that of its logical date, and a bare date on
the command line is meant as it is written. A run by hand that names no day takes the last one that
is over; the parameter `date` names any other. If there was no session, firmament takes the one
before: the run on Sunday evening finds what Friday's has made, or makes up for it.

**Assets.** The event of an asset has the session as its partition (`2022-12-28`), and as its extra
what the step found. `publish` is skipped, without an event, where a later day is published.

**By 21:00.** A scheduled run that has not succeeded two hours after it was queued, at 21:00 in New
York, in summer 22:00, says so in a log, and to the webhook that the variable `firmament_webhook`
names.

**Airflow variables**, all optional: `firmament_command` (how firmament is called),
`firmament_config` (a YAML file of settings), `firmament_folder` (where it is called),
`firmament_webhook` (who is told of a late evening).
"""

from __future__ import annotations

import json
import logging
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
from urllib.request import Request, urlopen

from airflow.sdk import (
    DAG,
    Asset,
    BaseOperator,
    Context,
    CronDataIntervalTimetable,
    DeadlineAlert,
    DeadlineReference,
    Param,
    SyncCallback,
    Variable,
)
from airflow.sdk.exceptions import (
    AirflowException,
    AirflowFailException,
    AirflowSkipException,
)

CHECKOUT = Path(__file__).resolve().parents[1]
"""Where this file really lies, also when a link to it lies in Airflow's folder of DAGs."""
COMMAND = shlex.quote(str(CHECKOUT / ".venv" / "bin" / "firmament"))
POOL = "firmament_training"
GRACE = 3
"""Seconds for a command to end by itself; Airflow gives a task that it kills five."""
LATEST = timedelta(hours=2)
"""From when a run is queued to when it should have published. Not from its logical date: Sunday's
run has Saturday's, and would be late before it began."""
PRICES, CHAMPION, PUBLISHED = (
    Asset(f"firmament/{name}", group="firmament") for name in ("prices", "champion", "published")
)


class Evening(DAG):
    """A schedule whose deadline does not stand in the way of `airflow dags test`."""

    def test(self, *args: Any, **options: Any) -> Any:
        """Run it without a scheduler, and without its deadline.

        With one, Airflow 3.3 ends a run that succeeded in an AttributeError (its issue 73428).
        """
        self.deadline = None
        return super().test(*args, **options)


class Step(BaseOperator):
    """One step of an evening, in a process of firmament's own environment.

    What the command says on standard error goes into the task's log as it is said. When the task
    is killed or runs out of time, the command and the processes that it started end with it.

    Every outlet gets an event: its partition is the session that the step was done for, its extra
    is what the step found.

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
    AirflowSkipException
        If a step with outlets leaves them alone, since a later day is published.
    """

    def __init__(
        self, *, step: str, model: str | None = None, gives: str | None = None, **options: Any
    ) -> None:
        super().__init__(**options)
        self.step = step
        self.model = model
        self.gives = gives
        self.process: subprocess.Popen[str] | None = None
        self.found: dict[str, Any] = {}

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
            session, given = found["date"], found[self.gives] if self.gives else found
        except (IndexError, KeyError, TypeError, ValueError) as error:
            wanted = f"with {self.gives!r} " if self.gives else ""
            raise AirflowException(f"{name}: no JSON object {wanted}at the end") from error
        if self.outlets and found.get("published", session) != session:
            raise AirflowSkipException(f"{name}: {found['published']} is published, a later day")
        self.found = found
        for asset in self.outlets:
            event = context["outlet_events"][asset]
            event.add_partitions(session)
            event.extra = {key: value for key, value in found.items() if key != "step"}
        return given

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

    def get_openlineage_facets_on_complete(self, _: Any) -> Any:
        """Tell OpenLineage what was read and made; asked for by its provider, and by nobody else.

        Datasets have the session as their version. Of a step that failed or was skipped it is
        known only what it was to read.
        """
        from airflow.providers.openlineage.extractors import OperatorLineage
        from openlineage.client.event_v2 import Dataset
        from openlineage.client.facet_v2 import dataset_version_dataset as version
        from openlineage.client.facet_v2 import external_query_run, tags_run

        found = self.found
        session = found.get("date")
        facets: Any = {"version": version.DatasetVersionDatasetFacet(session)} if session else {}

        def dataset(name: str, separator: str) -> Any:
            namespace, _, rest = name.partition(separator)
            return Dataset(namespace, rest or namespace, facets=facets)

        told = {"step": self.step, "model": self.model, "date": session}
        told |= {key: found.get(key) for key in ("outcome", "version", "firms")}
        tags = [
            tags_run.TagsRunFacetFields(key, str(value), "firmament")
            for key, value in told.items()
            if value is not None
        ]
        run: dict[str, Any] = {"tags": tags_run.TagsRunFacet(tags)}
        if run_id := found.get("run_id"):
            run["externalQuery"] = external_query_run.ExternalQueryRunFacet(run_id, "mlflow")
        sources = [dataset(found["source"], ":")] if "source" in found else []
        return OperatorLineage(
            inputs=sources + [dataset(asset.name, "/") for asset in self.inlets],
            outputs=[dataset(asset.name, "/") for asset in self.outlets if found],
            run_facets=run,
        )


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


def late(context: dict[str, Any]) -> None:
    """Say that an evening has not published in time; called by Airflow after its deadline.

    Runs by hand and back-fills are nobody's evening: of them nothing is said.

    Parameters
    ----------
    context
        `dag_run` as Airflow's API describes it, and `deadline`.
    """
    run = context["dag_run"]
    if run["run_type"] != "scheduled":
        return
    sentence = (
        f"firmament has not published {run['logical_date'][:10]} by "
        f"{context['deadline']['deadline_time']}: its run {run['dag_run_id']} is {run['state']}."
    )
    logging.getLogger(__name__).error(sentence)
    if address := Variable.get("firmament_webhook", default=None):
        message = json.dumps({"text": sentence}).encode()
        urlopen(Request(address, message, {"Content-Type": "application/json"}), timeout=30).close()


with Evening(
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
    deadline=DeadlineAlert(
        DeadlineReference.DAGRUN_QUEUED_AT, LATEST, SyncCallback(late), name="published"
    ),
    params={"date": Param(None, type=["null", "string"], format="date", title="Day (YYYY-MM-DD)")},
    default_args={
        "retries": 3,
        "retry_delay": timedelta(minutes=10),
        "retry_exponential_backoff": 2,
        "max_retry_delay": timedelta(hours=1),
        "execution_timeout": timedelta(hours=2),
    },
) as dag:
    upgrade = Step(task_id="upgrade", step="upgrade")
    ingest = Step(task_id="ingest", step="ingest", outlets=[PRICES])
    window = Step(task_id="window", step="window", gives="models", inlets=[PRICES])
    training: dict[str, Any] = {
        "inlets": [PRICES],
        "pool": POOL,
        "execution_timeout": timedelta(hours=6),
    }
    train = Step.partial(
        task_id="train", step="train", map_index_template="{{ task.model }}", **training
    ).expand(model=window.output)
    compare = Step(task_id="compare", step="compare", inlets=[PRICES])
    # A promoted network gets others of further seeds beside it, by which peers are told.
    promote = Step(task_id="promote", step="promote", outlets=[CHAMPION], **training)
    embed, report = (
        Step(task_id=step, step=step, inlets=[PRICES, CHAMPION]) for step in ("embed", "report")
    )
    publish = Step(
        task_id="publish", step="publish", inlets=[PRICES, CHAMPION], outlets=[PUBLISHED]
    )
    upgrade >> ingest >> window >> train >> compare >> promote >> embed >> report >> publish
