"""What Airflow makes of evenings that were run: checks, events, listeners, alarms."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

from airflow.dag_processing.dagbag import DagBag
from airflow.jobs.job import Job
from airflow.jobs.scheduler_job_runner import SchedulerJobRunner
from airflow.models.asset import AssetEvent, AssetPartitionDagRun, PartitionedAssetKeyLog
from airflow.models.callback import ExecutorCallback
from airflow.models.dag import DagModel
from airflow.models.dagrun import DagRun
from airflow.models.deadline import Deadline
from airflow.models.serialized_dag import SerializedDagModel
from airflow.sdk.definitions.dag import _run_task
from airflow.sdk.execution_time.callback_supervisor import execute_callback
from airflow.utils.session import create_session
from airflow.utils.state import DagRunState
from airflow.utils.types import DagRunTriggeredByType, DagRunType
from sqlalchemy import delete, select, update

DAGS = Path(os.environ["AIRFLOW_HOME"]) / "dags"


def forget() -> None:
    """Clear a copied database of what others ran, and switch the schedules on."""
    with create_session() as session:
        for table in (PartitionedAssetKeyLog, AssetPartitionDagRun, AssetEvent, DagRun):
            session.execute(delete(table))
        session.execute(update(DagModel).values(is_paused=False))


def bag() -> DagBag:
    """Parse the folder of DAGs as Airflow does, which gives up on a file after a second."""
    with patch.dict(os.environ, {"AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT": "1"}):
        return DagBag(dag_folder=DAGS)


def checked(found: DagBag) -> dict[str, Any]:
    """Give what Airflow's own checks say: of imports, cycles, names, pools and serialization."""
    return {
        "dags": sorted(found.dag_ids),
        "errors": found.import_errors,
        "warnings": [str(warning) for warning in found.captured_warnings],
        "files": len(found.dagbag_stats),
    }


def events() -> list[list[Any]]:
    """Give the events of assets in their order: name, partition, extra."""
    with create_session() as session:
        found = session.scalars(select(AssetEvent).order_by(AssetEvent.id))
        return [[event.asset.name, event.partition_key, event.extra] for event in found]


def heard(found: DagBag) -> list[list[Any]]:
    """Start what the scheduler would start by the events, and run it.

    Returns
    -------
    list
        Logical date, partition, state and answer of each run.
    """
    task = found.dags["firmament_published"].get_task("tell")
    with create_session() as session:
        SchedulerJobRunner(Job(), executors=[])._create_dagruns_for_partitioned_asset_dags(session)
    told = []
    with create_session() as session:
        wanted = select(DagRun).where(DagRun.dag_id == "firmament_published").order_by(DagRun.id)
        for run in session.scalars(wanted):
            run.dag = SerializedDagModel.get_dag(run.dag_id, session=session)
            (instance,) = run.get_task_instances(session=session)
            session.commit()
            _run_task(ti=instance, task=task)
            answer = instance.xcom_pull(task_ids="tell", session=session)
            told.append([run.logical_date, run.partition_key, instance.state, answer])
    return told


def late(kind: DagRunType, day: datetime) -> dict[str, Any]:
    """Let a run miss its deadline as the scheduler would, and call back as a worker would.

    Returns
    -------
    dict
        Seconds from its queueing to the deadline, and whether all went well.
    """
    with create_session() as session:
        dag = SerializedDagModel.get_dag("firmament_daily", session=session)
        run = dag.create_dagrun(
            run_id=DagRun.generate_run_id(run_type=kind, logical_date=day, run_after=day),
            logical_date=day,
            data_interval=(day, day),
            run_after=day,
            run_type=kind,
            triggered_by=DagRunTriggeredByType.TIMETABLE,
            state=DagRunState.QUEUED,
            session=session,
        )
        session.flush()
        deadline = session.scalars(select(Deadline).where(Deadline.dagrun_id == run.id)).one()
        assert isinstance(deadline.callback, ExecutorCallback)
        deadline.handle_miss(session)
        data = json.loads(json.dumps(deadline.callback.data, default=str))
        done, error = execute_callback(
            data["path"], data["kwargs"], "firmament_daily.py", DAGS, log=_Quiet()
        )
        seconds = (deadline.deadline_time - run.queued_at).total_seconds()
        run.set_state(DagRunState.FAILED)
        return {"seconds": seconds, "done": done, "error": error}


def unfinished(found: DagBag) -> list[list[str]]:
    """Give what lineage a publication has that did not end: names of what it read and made."""
    lineage = (
        found.dags["firmament_daily"].get_task("publish").get_openlineage_facets_on_complete(None)
    )
    return [[data.name for data in side] for side in (lineage.inputs, lineage.outputs)]


class _Quiet:
    """A log that nobody reads."""

    def __getattr__(self, _: str) -> Any:
        return lambda *_, **__: None


def all_of_it() -> dict[str, Any]:
    """Give everything that is told above."""
    found = bag()
    return {
        "checked": checked(found),
        "events": events(),
        "heard": heard(found),
        "unfinished": unfinished(found),
        "late": {
            kind: late(kind, datetime(2023, 1, number, tzinfo=UTC))
            for number, kind in enumerate((DagRunType.SCHEDULED, DagRunType.BACKFILL_JOB), 2)
        },
    }
