"""An evening on the cluster: asked of Airflow, followed, and what it leaves."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import requests

from deploy.cluster import BUCKET, WORKERS, Cluster
from deploy.processes import ClusterError

DAG = "firmament_daily"
POOL = "firmament_training"
LONGEST = 3600.0
"""Seconds for an evening."""
SECONDS = re.compile(rb" in [\d,.]+ s \([\d,.]+ targets a second\)")
"""What the report says of how long training took; all else in it is the same each time."""
OWN = ("made", "run_id")
"""Of a decision: what tells when and as which run it was made, not what was decided."""


@dataclass(frozen=True)
class Left:
    """What an evening leaves."""

    seconds: float
    tries: dict[str, list[str]]
    """The workers of each task's tries, in their order; of a training by its architecture."""
    record: dict[str, Any]
    """The published record, without names of runs."""
    files: dict[str, str]
    """SHA-256 of each published file, without the seconds of training and the names of runs."""
    running: list[str]
    """MLflow runs that are not ended."""


class Evening:
    """A run of the schedule for one day.

    Parameters
    ----------
    cluster
        Where it runs.
    day
        Its day, as YYYY-MM-DD.
    """

    def __init__(self, cluster: Cluster, day: str) -> None:
        self.cluster = cluster
        self.day = day
        self.name = f"proof-{day}"
        self._session = requests.Session()
        self._logged_in = 0.0

    def run(self, meanwhile: Callable[[Evening], None] | None = None) -> Left:
        """Ask for it, and wait for its end.

        Parameters
        ----------
        meanwhile
            Called once a second until the end.

        Raises
        ------
        ClusterError
            If it fails or takes too long.
        """
        self._prepare()
        began = time.monotonic()
        asked = {"dag_run_id": self.name, "logical_date": None, "conf": {"date": self.day}}
        self._ask("POST", f"dags/{DAG}/dagRuns", asked)
        while (state := self._ask("GET", f"dags/{DAG}/dagRuns/{self.name}")["state"]) != "success":
            if state == "failed" or time.monotonic() - began > LONGEST:
                raise ClusterError(
                    f"The evening is {state} after {LONGEST:.0f} seconds: {self.states()}"
                )
            if meanwhile:
                meanwhile(self)
            time.sleep(1)
        seconds = time.monotonic() - began
        record, files = self._published()
        return Left(seconds, self.tries(), record, files, self._running())

    def states(self) -> dict[str, str]:
        """Return the state of every task."""
        return {_label(task): str(task["state"]) for task in self._tasks()}

    def tries(self) -> dict[str, list[str]]:
        """Return on which workers each task was tried.

        A task's log lies on the disk of the worker that ran it, and nowhere else.
        """
        where: dict[str, list[str]] = {}
        for task in self._tasks():
            folder = self._folder(task)
            found = {
                int(path.stem.partition("=")[2]): worker
                for worker in WORKERS
                for path in (self.cluster.folder / worker / folder).glob("attempt=*.log")
            }
            where[_label(task)] = [found[number] for number in sorted(found)]
        return where

    def training(self) -> Iterator[tuple[str, str, int]]:
        """Yield architecture, worker and latest epoch of each training that has begun."""
        for task in self._tasks():
            if task["task_id"] != "train":
                continue
            for worker in WORKERS:
                for path in (self.cluster.folder / worker / self._folder(task)).glob("*.log"):
                    epochs = re.findall(r"epoch (\d+):", path.read_text(errors="replace"))
                    if epochs:
                        yield task["rendered_map_index"], worker, int(epochs[-1])

    def _prepare(self) -> None:
        """Wait until Airflow knows the schedule, and make the pool of trainings."""
        deadline = time.monotonic() + 300
        while self._answer("GET", f"dags/{DAG}").status_code != 200:
            if time.monotonic() > deadline:
                raise ClusterError(
                    f"Airflow does not find the schedule {DAG}: see its dag-processor.log"
                )
            time.sleep(2)
        pool = {"name": POOL, "slots": len(WORKERS), "description": "Trainings at a time"}
        if self._answer("GET", f"pools/{POOL}").status_code != 200:
            self._ask("POST", "pools", pool)

    def _tasks(self) -> list[dict[str, Any]]:
        found = self._ask("GET", f"dags/{DAG}/dagRuns/{self.name}/taskInstances?limit=100")
        return sorted(found["task_instances"], key=lambda task: str(task["queued_when"] or "~"))

    def _folder(self, task: dict[str, Any]) -> str:
        """Return the folder of a task's logs on a worker's disk."""
        parts = [f"dag_id={DAG}", f"run_id={self.name}", f"task_id={task['task_id']}"]
        if task["map_index"] >= 0:
            parts.append(f"map_index={task['map_index']}")
        return "/".join(["airflow/logs", *parts])

    def _published(self) -> tuple[dict[str, Any], dict[str, str]]:
        """Return the published record, and the digest of every file of the edition."""
        record = json.loads(self._object("published.json"))
        folder = record["folder"]
        about = json.loads(self._object(f"{folder}/about.json"))
        files = {}
        for name, digest in sorted(about["digests"].items()):
            files[name] = _digest(name, self._object(f"{folder}/{digest}/{name}"))
        return _plain(record), files

    def _object(self, name: str) -> bytes:
        store = self.cluster.store()
        client = boto3.client(
            "s3",
            endpoint_url=store["AWS_ENDPOINT_URL"],
            aws_access_key_id=store["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=store["AWS_SECRET_ACCESS_KEY"],
            region_name=store["AWS_DEFAULT_REGION"],
        )
        return bytes(client.get_object(Bucket=BUCKET, Key=f"store/{name}")["Body"].read())

    def _running(self) -> list[str]:
        """Return the names of MLflow runs that are not ended."""
        address = f"{self.cluster.address('mlflow')}/api/2.0/mlflow"
        asked: dict[str, Any] = {"max_results": 1000}
        found = requests.post(f"{address}/experiments/search", json=asked, timeout=60).json()
        numbers = [experiment["experiment_id"] for experiment in found["experiments"]]
        query: dict[str, Any] = {
            "experiment_ids": numbers,
            "filter": "attributes.status = 'RUNNING'",
            **asked,
        }
        answer = requests.post(f"{address}/runs/search", json=query, timeout=60).json()
        return [run["info"]["run_name"] for run in answer.get("runs", [])]

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = self._answer(method, path, body)
        if not answer.ok:
            raise ClusterError(
                f"Airflow answers {answer.status_code} to {path}: {answer.text[:500]}"
            )
        return dict(answer.json())

    def _answer(
        self, method: str, path: str, body: dict[str, Any] | None = None
    ) -> requests.Response:
        """Ask Airflow's server, with a token that is fetched anew from time to time."""
        address = self.cluster.address("airflow")
        if time.monotonic() - self._logged_in > 600 or not self._logged_in:
            person = {"username": "admin", "password": self.cluster.secret}
            answer = requests.post(f"{address}/auth/token", json=person, timeout=60)
            if not answer.ok:
                raise ClusterError(f"Airflow lets nobody in: {answer.text[:500]}")
            token = answer.json()["access_token"]
            self._session.headers["Authorization"] = f"Bearer {token}"
            self._logged_in = time.monotonic()
        return self._session.request(method, f"{address}/api/v2/{path}", json=body, timeout=60)


def _label(task: dict[str, Any]) -> str:
    """Name a task, and of a training its architecture."""
    model = task.get("rendered_map_index")
    return f"{task['task_id']} {model}" if model else str(task["task_id"])


def _digest(name: str, content: bytes) -> str:
    """Return the SHA-256 of a published file, less what is another each time."""
    if name == "summary.json":
        content = json.dumps(_plain(json.loads(content)), sort_keys=True).encode()
    if name == "page.html":
        content = SECONDS.sub(b"", content)
    return hashlib.sha256(content).hexdigest()


def _plain(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record without the names of runs, editions and moments."""
    decision = {key: value for key, value in record["decision"].items() if key not in OWN}
    own = ("run_id", "edition", "folder", "seal")
    kept = {k: v for k, v in record.items() if k not in own}
    return {**kept, "decision": decision}
