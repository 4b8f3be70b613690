"""What is logged to MLflow, and how."""

from __future__ import annotations

import getpass
import json
import logging
import math
import os
import re
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, redirect_stdout
from functools import wraps
from importlib.metadata import version
from io import StringIO
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import numpy as np

from pipeline.errors import ConfigError, SchemaError, StoreError
from pipeline.quiet import import_keras

P = ParamSpec("P")
R = TypeVar("R")
MODEL = "network"
"""Name of the logged model."""
FINGERPRINT = "firmament.fingerprint"
"""Tag of the digest of everything that a run's numbers depend on."""
PARENT = "mlflow.parentRunId"
"""Tag of the id of the run that a run is listed below."""
CLAIM = "firmament.claim"
"""Tag of the name that the run's process holds in the store for as long as it lives."""


def told(method: Callable[P, R]) -> Callable[P, R]:
    """Turn a tracking store's refusal into one clear sentence."""

    @wraps(method)
    def tell(*arguments: P.args, **options: P.kwargs) -> R:
        from mlflow.exceptions import MlflowException
        from sqlalchemy.exc import SQLAlchemyError

        try:
            return method(*arguments, **options)
        except (MlflowException, SQLAlchemyError, OSError) as error:
            raise StoreError(
                f"The tracking store failed while it was written ({_reason(error)}): free or mend "
                "it, or give another --tracking-uri. Finished stages are kept; run again."
            ) from error

    return tell


class Tracker:
    """One MLflow run, from its start to its end.

    Parameters
    ----------
    uri
        MLflow's tracking store: `sqlite:///FILE` (artifacts lie in `artifacts/` beside the file)
        or the address of a server.

    Raises
    ------
    ConfigError
        If MLflow does not know such a store.
    StoreError
        If the store cannot be opened or written.
    """

    def __init__(self, uri: str) -> None:
        # MLflow reports usage to its makers unless told not to, and prints where a run on a
        # server is to standard output, which belongs to results.
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
        os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
        # A server that is gone is told within a minute, not after a quarter of an hour.
        os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "3")
        self.uri = uri
        self.run_id = ""
        self._model_id: str | None = None
        self.client = _open(uri)

    @told
    def start(
        self,
        experiment: str,
        name: str,
        parameters: Mapping[str, Any],
        tags: Mapping[str, str],
        dataset: Mapping[str, Any],
    ) -> str:
        """Create the run with its parameters, tags and dataset; return its id.

        `dataset` has `name`, `digest`, `source` and `profile` (plain values).
        """
        from mlflow.entities import Dataset, DatasetInput, InputTag, Param

        run = self.client.create_run(
            self.experiment(experiment), run_name=name, tags={**_origin(), **tags}
        )
        self.run_id = run.info.run_id
        flat = [Param(key, _text(value)) for key, value in parameters.items()]
        self.client.log_batch(self.run_id, params=flat)
        data = Dataset(
            name=dataset["name"],
            digest=dataset["digest"][:36],
            source_type="firmament",
            source=json.dumps({"source": dataset["source"]}),
            profile=json.dumps(dataset["profile"]),
        )
        context = [InputTag("mlflow.data.context", "training")]
        self.client.log_inputs(self.run_id, [DatasetInput(data, context)])
        return self.run_id

    @told
    def epoch(self, number: int, metrics: Mapping[str, float]) -> None:
        """Log an epoch's training metrics."""
        self._log({_epoch_name(name): value for name, value in metrics.items()}, number)

    @told
    def metrics(self, metrics: Mapping[str, float | None], step: int = 0) -> None:
        """Log final metrics, linked to the logged model; what is undefined is left out.

        They have no epoch. At step 0 the UI draws them as bars beside other runs'; at the best
        epoch it would draw points that are scattered over epochs. Another step is for metrics
        that have a course of their own, such as days ahead.
        """
        self._log({name: value for name, value in metrics.items() if value is not None}, step)

    @told
    def model(self, network: bytes, parameters: Mapping[str, Any], step: int) -> None:
        """Log a network in the Keras flavour, with its signature, at its best epoch."""
        import_keras()
        import mlflow
        from mlflow.models import ModelSignature
        from mlflow.types import Schema, TensorSpec

        import models

        loaded = models.from_bytes(network)
        # Layers that are not Keras's own are logged as the graph that they compute, so that a
        # process without firmament can load them too. Keras is given inputs by the name that the
        # signature has for them; such a graph takes them without.
        portable = models.portable(loaded)
        (days,) = loaded.inputs
        name = days.name if portable else None
        signature = ModelSignature(
            inputs=Schema([TensorSpec(np.dtype("float32"), _shape(days.shape), name)]),
            outputs=Schema([TensorSpec(np.dtype("float32"), _shape(loaded.output_shape))]),
        )
        with self.resumed():
            logged = mlflow.keras.log_model(
                loaded,
                name=MODEL,
                signature=signature,
                pip_requirements=[f"{p}=={version(p)}" for p in ("keras", "tensorflow")],
                params={key: _text(value) for key, value in parameters.items()},
                step=step,
                save_exported_model=not portable,
            )
        self._model_id = logged.model_id

    @contextmanager
    def resumed(self) -> Iterator[None]:
        """Make the run MLflow's active one, which its functions that log models write to."""
        import mlflow

        mlflow.set_tracking_uri(self.uri)
        mlflow.start_run(run_id=self.run_id)
        try:
            # What Keras exports it also prints, and standard output belongs to results.
            with redirect_stdout(StringIO()):
                yield
        finally:
            # The run goes on: were it marked as finished here, a kill would leave it so.
            mlflow.end_run("RUNNING")

    @told
    def artifacts(self, files: Sequence[Path], folder: str | None = None) -> None:
        """Log files under a folder of the run's artifacts."""
        for file in files:
            self.client.log_artifact(self.run_id, str(file), folder)

    @told
    def text(self, text: str, name: str) -> None:
        """Log a text as an artifact."""
        self.client.log_text(self.run_id, text, name)

    @told
    def tag(self, tags: Mapping[str, str]) -> None:
        """Set tags of the run."""
        for key, value in tags.items():
            self.client.set_tag(self.run_id, key, value)

    @told
    def end(self, status: str) -> None:
        """End the run as FINISHED, FAILED or KILLED."""
        if self.run_id:
            self.client.set_terminated(self.run_id, status)

    @told
    def find(self, experiment: str, fingerprint: str) -> str | None:
        """Return the id of the newest run of an experiment that ended well with a fingerprint."""
        known = self.client.get_experiment_by_name(experiment)
        if known is None:
            return None
        found = self.client.search_runs(
            [known.experiment_id],
            f"tags.`{FINGERPRINT}` = '{fingerprint}' AND attributes.status = 'FINISHED'",
            max_results=1,
        )
        return found[0].info.run_id if found else None

    @told
    def bury(self, claim: str, status: str = "KILLED") -> list[str]:
        """End all that was started under a claim and is no result; return the topmost runs of it.

        A run that ended well below one that did not is no result either. Repeated, it returns the
        same runs: what is to be done for them may have been broken off.
        """
        experiments = [found.experiment_id for found in self.client.search_experiments()]
        runs = self.client.search_runs(
            experiments, f"tags.`{CLAIM}` = '{claim}'", max_results=50_000
        )
        ended = {run.info.run_id for run in runs if run.info.status == "FINISHED"}
        above = {run.info.run_id: run.data.tags.get(PARENT) for run in runs}

        def stands(run_id: str | None) -> bool:
            return run_id is None or (run_id in ended and stands(above[run_id]))

        dead = [run for run in runs if not stands(run.info.run_id)]
        # From the lowest to the topmost.
        for run in sorted(dead, key=lambda run: above[run.info.run_id] is None):
            if run.info.status in ("RUNNING", "FINISHED"):
                self.client.set_terminated(run.info.run_id, status)
        return [run.info.run_id for run in dead if above[run.info.run_id] is None]

    def experiment(self, name: str) -> str:
        """Return the id of the experiment, made if need be."""
        from mlflow.exceptions import MlflowException

        known = self.client.get_experiment_by_name(name)
        if known is not None:
            if known.lifecycle_stage == "deleted":
                self.client.restore_experiment(known.experiment_id)
            return str(known.experiment_id)
        try:
            kind = {"mlflow.experimentKind": "custom_model_development"}
            return str(self.client.create_experiment(name, _artifacts(self.uri), tags=kind))
        except MlflowException:
            # Another run made it in the meantime.
            known = self.client.get_experiment_by_name(name)
            if known is None:
                raise
            return str(known.experiment_id)

    def _log(self, metrics: Mapping[str, float], step: int) -> None:
        """Log finite metrics at a step, linked to the model once there is one."""
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        batch = [
            Metric(name, float(value), now, step, model_id=self._model_id, run_id=self.run_id)
            for name, value in metrics.items()
            if math.isfinite(value)
        ]
        self.client.log_batch(self.run_id, metrics=batch)


def database(uri: str) -> Path | None:
    """Return the file of an SQLite tracking store, or None for another kind."""
    return Path(uri.removeprefix("sqlite:///")).absolute() if uri.startswith("sqlite:///") else None


def glance(uri: str, fingerprint: str) -> str | None:
    """Return the run that ended well with a fingerprint, if an SQLite store has one.

    The database is asked itself, read-only: importing MLflow would take longer than all else that
    a run does when nothing has changed. None means no more than that `Tracker.find` must be asked.
    """
    file = database(uri)
    if file is None or not file.is_file():
        return None
    question = (
        "SELECT runs.run_uuid FROM runs JOIN tags ON tags.run_uuid = runs.run_uuid "
        "WHERE tags.key = ? AND tags.value = ? "
        "AND runs.status = 'FINISHED' AND runs.lifecycle_stage = 'active' "
        "ORDER BY runs.end_time DESC LIMIT 1"
    )
    try:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as opened:
            row = opened.execute(question, (FINGERPRINT, fingerprint)).fetchone()
    except sqlite3.Error:
        return None
    return str(row[0]) if row else None


def code_version() -> dict[str, str]:
    """Return the tags that say which code ran: version and, in a checkout, commit and state."""
    import subprocess

    from pipeline import __version__

    tags = {"firmament.version": __version__}
    folder = Path(__file__).parent
    for tag, command in (
        ("mlflow.source.git.commit", ["git", "rev-parse", "HEAD"]),
        ("firmament.changed_files", ["git", "status", "--porcelain", "--", "..", ":!../mlruns"]),
    ):
        try:
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
        except (OSError, subprocess.CalledProcessError):
            return tags
        lines = done.stdout.splitlines()
        tags[tag] = lines[0] if tag.endswith("commit") else str(len(lines))
    return tags


def _open(uri: str) -> Any:
    """Open a tracking store, making an SQLite file's folder and schema if need be."""
    file = database(uri)
    try:
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
        return _client(uri, file)
    except OSError as error:
        raise StoreError(
            f"The tracking store {uri} cannot be written ({error.strerror or error}): choose "
            "another --tracking-uri or mend its permissions."
        ) from error


def _client(uri: str, file: Path | None) -> Any:
    """Return a client whose store answers."""
    import fcntl
    from contextlib import nullcontext

    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    for chatty in ("mlflow", "alembic"):
        logging.getLogger(chatty).setLevel(logging.CRITICAL)  # what fails is told by `told`
    try:
        # Two processes that make the schema at once would break it: one at a time.
        with file.with_suffix(".lock").open("w") if file else nullcontext() as lock:
            if lock is not None:
                fcntl.flock(lock, fcntl.LOCK_EX)
            client = MlflowClient(tracking_uri=uri)
            client.search_experiments(max_results=1)
            return client
    except (MlflowException, SQLAlchemyError) as error:
        reason = _reason(error)
        if "out-of-date database schema" in str(error):
            raise SchemaError(
                f"The tracking store {uri} was made by another version of MLflow ({reason}): bring "
                "it up to date with `firmament daily --step upgrade`, which keeps a copy."
            ) from error
        kind = ConfigError if "://" not in uri else StoreError
        raise kind(
            f"The tracking store {uri} cannot be used ({reason}): give --tracking-uri as "
            "sqlite:///FILE or as the address of an MLflow server."
        ) from error


def _reason(error: Exception) -> str:
    """Return the first sentence of an error."""
    return re.split(r"\n|\.\s|\.$", str(error).strip())[0]


def _artifacts(uri: str) -> str | None:
    """Return where artifacts of an SQLite store lie; a server knows for itself."""
    file = database(uri)
    return None if file is None else (file.parent / "artifacts").as_uri()


def _epoch_name(name: str) -> str:
    """Return the metric's name in MLflow: charts are grouped by what stands before the slash."""
    return f"valid/{name.removeprefix('valid_')}" if name.startswith("valid_") else f"train/{name}"


def _shape(shape: Sequence[int | None]) -> tuple[int, ...]:
    return tuple(-1 if size is None else size for size in shape)


def _text(value: Any) -> str:
    """Return a parameter as text; lists without brackets are easier to compare."""
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value))
    return str(value)


def _origin() -> dict[str, str]:
    """Return the tags that say who ran what."""
    tags = {"mlflow.source.name": "firmament", "mlflow.source.type": "LOCAL"}
    try:
        return tags | {"mlflow.user": getpass.getuser()}
    except (KeyError, OSError):
        return tags


def serve(uri: str, port: int) -> None:
    """Turn this process into MLflow's UI on a tracking store, with one worker, for this host.

    Raises
    ------
    ConfigError
        If the store is a server, which has a UI of its own.
    StoreError
        If the store cannot be opened.
    """
    if uri.startswith("http"):
        raise ConfigError(f"{uri} is an MLflow server: open that address in a browser.")
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    # Jobs are for judging language models; their five processes would only heat this machine.
    os.environ.setdefault("MLFLOW_SERVER_ENABLE_JOB_EXECUTION", "false")
    _open(uri)
    command = [sys.executable, "-m", "mlflow", "ui", "--backend-store-uri", uri]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    command += ["--allowed-hosts", f"127.0.0.1:{port},localhost:{port}"]
    artifacts = _artifacts(uri)
    if artifacts is not None:
        command += ["--default-artifact-root", artifacts]
    print(f"MLflow UI: http://127.0.0.1:{port} (Ctrl-C ends it)", flush=True)
    os.execv(sys.executable, command)
