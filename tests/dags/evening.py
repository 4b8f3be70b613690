"""Run by Airflow's own Python: what the schedule is, or some days of it with quick retries.

    evening.py facts
    evening.py run RETRIES DAY DAY …

The last line that it prints is one JSON object or list.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

CAUSES = [
    ["firmament: Not this.", "firmament: The disk is full.", "No sentence"],
    ['{"event": "note", "sentence": "Not this."}', '{"event": "error", "sentence": "Mend it."}'],
    ["Usage: firmament daily", "No such option: --dat"],
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


def run(retries: str, *days: str) -> list[list[Any]]:
    """Run days one after the other; every task as [day, name, state, tries]."""
    import firmament_daily

    dag = firmament_daily.dag
    for task in dag.tasks:
        options = task.partial_kwargs if task.is_mapped else vars(task)
        options |= {"retries": int(retries), "retry_delay": timedelta(0)}
        options |= {"retry_exponential_backoff": 0}
    ended = []
    for asked in days:
        made = dag.test(logical_date=datetime.fromisoformat(asked).replace(tzinfo=UTC))
        for done in made.get_task_instances():
            name = " ".join(filter(None, (done.task_id, done.rendered_map_index)))
            ended.append([asked, name, done.state, done.try_number])
    return ended


if __name__ == "__main__":
    sys.path.insert(0, str(Path(os.environ["AIRFLOW_HOME"]) / "dags"))
    print(json.dumps({"facts": facts, "run": run}[sys.argv[1]](*sys.argv[2:])))
