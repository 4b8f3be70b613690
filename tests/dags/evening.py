"""Run by Airflow's own Python: what the schedule is, or some days of it with quick retries.

    evening.py facts
    evening.py run RETRIES DAY DAY …

The last line that it prints is one JSON object or list.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any


def facts() -> dict[str, Any]:
    """Give the schedule's settings, and the days that moments stand for."""
    import firmament_daily
    from airflow.serialization.serialized_objects import DagSerialization

    dag = firmament_daily.dag
    known = DagSerialization.deserialize_dag(DagSerialization.serialize_dag(dag))
    span = datetime(2022, 12, 23, tzinfo=UTC), datetime(2022, 12, 28, tzinfo=UTC)
    runs = list(known.iter_dagrun_infos_between(*span))
    train = dag.task_dict["train"]
    return {
        "command": firmament_daily.COMMAND,
        "documented": dag.doc_md,
        "catchup": dag.catchup,
        "active": dag.max_active_runs,
        "pool": train.pool,
        "retries": {task.retries for task in dag.tasks} == {3},
        "backoff": [dag.task_dict["ingest"].retry_exponential_backoff, train.retries],
        "limited": all(task.execution_timeout for task in dag.tasks),
        "starts": [str(run.run_after) for run in runs],
        "days": [day(run.logical_date, run.run_after) for run in runs],
        "by hand": day(datetime(2022, 12, 28, 15, tzinfo=UTC), datetime(2022, 12, 28, 15, tzinfo=UTC)),
        "without logical date": day(None, datetime(2022, 12, 28, 15, tzinfo=UTC)),
        "asked": day(datetime(2022, 12, 28, tzinfo=UTC), None, date="2020-03-16"),
    }


def day(logical: datetime | None, after: datetime | None, **params: str) -> str:
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
    for name in days:
        made = dag.test(logical_date=datetime.fromisoformat(name).replace(tzinfo=UTC))
        ended += [
            [name, " ".join(filter(None, (ti.task_id, ti.rendered_map_index))), ti.state, ti.try_number]
            for ti in made.get_task_instances()
        ]
    return ended


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2] / "dags"))
    print(json.dumps({"facts": facts, "run": run}[sys.argv[1]](*sys.argv[2:])))
