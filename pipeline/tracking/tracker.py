"""One MLflow run: what is logged of it, and how."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from importlib.metadata import version
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np

from models.backend import import_keras
from pipeline.logs import opened
from pipeline.tracking.client import artifacts_of, open_client, told
from pipeline.tracking.probe import probe
from pipeline.tracking.tags import CLAIM, FINGERPRINT, PARENT, origin

MODEL = "network"
"""Name of the logged model."""


class Tracker:
    """One MLflow run, from its start to its end.

    Parameters
    ----------
    uri
        MLflow's tracking store: `sqlite:///FILE` (artifacts lie in `artifacts/` beside the file)
        or the address of a server.
    writing
        Whether it has to be fit to be written.

    Raises
    ------
    ConfigError
        If it is no address of a tracking store.
    StoreError
        If the store cannot be opened or written, or is not MLflow's.
    """

    def __init__(self, uri: str, *, writing: bool = True) -> None:
        # MLflow reports usage to its makers unless told not to, prints where a run on a server is
        # to standard output, which belongs to results, and draws bars into logs.
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
        os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
        os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
        # A server that is gone is told within a minute, not after a quarter of an hour.
        os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "3")
        self.uri = uri
        self.run_id = ""
        self._model_id: str | None = None
        self.client = open_client(uri, writing=writing)

    @told
    def start(
        self,
        experiment: str,
        name: str,
        parameters: Mapping[str, Any],
        tags: Mapping[str, str],
        dataset: Mapping[str, Any] | None = None,
    ) -> str:
        """Create the run with its parameters, tags and dataset, if any; return its id.

        `dataset` has `name`, `digest`, `source` and `profile` (plain values).
        """
        from mlflow.entities import Dataset, DatasetInput, InputTag, Param

        run = self.client.create_run(
            self.experiment(experiment), run_name=name, tags={**origin(), **tags}
        )
        self.run_id = run.info.run_id
        log = opened()
        if log and PARENT not in tags:
            log.mlflow_run = self.run_id
        flat = [Param(key, _text(value)) for key, value in parameters.items()]
        self.client.log_batch(self.run_id, params=flat)
        if dataset is None:
            return self.run_id
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

    @told
    def unended(self) -> dict[str, str]:
        """Return the runs that are open and were started under a claim: id → claim."""
        experiments = [found.experiment_id for found in self.client.search_experiments()]
        found = self.client.search_runs(experiments, "attributes.status = 'RUNNING'")
        tags = {run.info.run_id: run.data.tags for run in found}
        return {run_id: own[CLAIM] for run_id, own in tags.items() if CLAIM in own}

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
            return str(self.client.create_experiment(name, artifacts_of(self.uri), tags=kind))
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


def existing(uri: str) -> Tracker | None:
    """Open a tracking store to read from, unless its file is not there or empty: nothing is made.

    Raises
    ------
    ConfigError, StoreError
        As of `probe`.
    """
    return Tracker(uri, writing=False) if probe(uri) else None


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
