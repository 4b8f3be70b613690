"""Run by Airflow's own Python: tells what the schedule is, and runs some days of it.

It is given a JSON list of days, as [date, retries, faults of the stand-in, command], the last of
which may be null. The last line that it prints is a JSON object.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

CAUSES = [
    ["firmament: Not this.", "firmament: The disk is full.", "No sentence"],
    ['{"event": "note", "sentence": "Not this."}', '{"event": "error", "sentence": "Mend it."}'],
    ["usage: airflow", "No such thing."],
    [],
]
"""Last lines of commands that failed."""


def facts() -> dict[str, Any]:
    """Give the schedule's settings, and the days that moments stand for."""
    import firmament_daily
    from airflow.serialization.serialized_objects import DagSerialization

    dag = firmament_daily.dag
    known = DagSerialization.deserialize_dag(DagSerialization.serialize_dag(dag))
    span = datetime(2022, 12, 23, tzinfo=UTC), datetime(2022, 12, 28, tzinfo=UTC)
    noon = datetime(2022, 12, 28, 12, tzinfo=UTC)
    runs = list(known.iter_dagrun_infos_between(*span))
    return {
        "command": firmament_daily.COMMAND,
        "documented": dag.doc_md,
        "catchup": dag.catchup,
        "active": dag.max_active_runs,
        "pool": dag.task_dict["train"].pool,
        "retries": [task.retries for task in dag.tasks],
        "backoff": [task.retry_exponential_backoff for task in dag.tasks],
        "limited": [bool(task.execution_timeout) for task in dag.tasks],
        "starts": [str(run.run_after.date()) for run in runs],
        "days": [day(run.logical_date, run.run_after) for run in runs],
        "causes": [firmament_daily.cause(lines) for lines in CAUSES],
        "by hand": day(noon, noon),
        "without logical date": day(None, noon),
        "asked": day(noon, noon, date="2020-03-16"),
    }


def day(logical: datetime | None, after: datetime, **params: str) -> str:
    """Give the day of a run."""
    import firmament_daily

    run = SimpleNamespace(logical_date=logical, run_after=after)
    return firmament_daily.day_of({"dag_run": run, "params": params})


def run(day: str, retries: int, faults: dict[str, Any], command: str | None) -> dict[str, Any]:
    """Run a day, with retries at once; state and tries of every task by its name."""
    import firmament_daily

    Path("faults.json").write_text(json.dumps(faults))
    variables = {"AIRFLOW_VAR_FIRMAMENT_COMMAND": command} if command else {}
    for task in firmament_daily.dag.tasks:
        options = task.partial_kwargs if task.is_mapped else vars(task)
        options |= {"retries": retries, "retry_delay": timedelta(0)}
        options |= {"retry_exponential_backoff": 0}
    with patch.dict(os.environ, variables):
        logical = datetime.fromisoformat(day).replace(tzinfo=UTC)
        made = firmament_daily.dag.test(logical_date=logical)
    return {
        " ".join(filter(None, (done.task_id, done.rendered_map_index))): [
            done.state,
            done.try_number,
        ]
        for done in made.get_task_instances()
    }


if __name__ == "__main__":
    sys.path.insert(0, str(Path(os.environ["AIRFLOW_HOME"]) / "dags"))
    import afterwards

    afterwards.forget()
    known = facts()
    days = {day[0]: run(*day) for day in json.loads(sys.argv[1])}
    print(json.dumps({"facts": known, "days": days, **afterwards.all_of_it()}))
