"""One MLflow run: what is logged of it, and how."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.logs import opened
from pipeline.tracking.client import artifacts_of, open_client, told
from pipeline.tracking.dataset import Dataset
from pipeline.tracking.model import NETWORK, keras_model, log_model
from pipeline.tracking.probe import probe
from pipeline.tracking.tags import CLAIM, FINGERPRINT, PARENT, origin
from pipeline.tracking.views import SHARED, View

TOGETHER = 1000
"""Metrics that MLflow takes at once."""


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
        self.run_id = self.experiment_id = ""
        self._model_id: str | None = None
        self.client = open_client(uri, writing=writing)

    @told
    def start(
        self,
        experiment: str,
        name: str,
        parameters: Mapping[str, Any],
        tags: Mapping[str, str],
        datasets: Iterable[Dataset] = (),
    ) -> str:
        """Create the run with its parameters, tags and datasets; return its id."""
        from mlflow.entities import Param

        self.experiment_id = self.experiment(experiment)
        run = self.client.create_run(self.experiment_id, run_name=name, tags={**origin(), **tags})
        self.run_id, self._model_id = run.info.run_id, None
        log = opened()
        if log and PARENT not in tags:
            log.mlflow_run = self.run_id
        flat = [Param(key, _text(value)) for key, value in parameters.items()]
        self.client.log_batch(self.run_id, params=flat)
        inputs = [dataset.entity() for dataset in datasets]
        if inputs:
            self.client.log_inputs(self.run_id, inputs)
        return self.run_id

    @told
    def epoch(self, number: int, metrics: Mapping[str, float]) -> None:
        """Log an epoch's training metrics."""
        self._log({number: _of_epoch(metrics)})

    @told
    def epochs(self, epochs: Mapping[int, Mapping[str, float]]) -> None:
        """Log those of several epochs, which takes no longer than of one."""
        self._log({number: _of_epoch(metrics) for number, metrics in epochs.items()})

    @told
    def metrics(self, metrics: Mapping[str, float | None], on: Dataset | None = None) -> None:
        """Log final metrics, linked to the network that was logged; what is undefined is left out.

        They have no epoch. At step 0 the UI draws them as bars beside other runs'; at the best
        epoch it would draw points that are scattered over epochs. `on` is the dataset that they
        are of.
        """
        self._log({0: metrics}, on)

    @told
    def course(self, course: Mapping[int, Mapping[str, float | None]]) -> None:
        """Log metrics that have a course of their own, such as days ahead: step → metrics."""
        self._log(course)

    @told
    def network(
        self,
        network: bytes,
        example: NDArray[np.float32],
        parameters: Mapping[str, Any],
        step: int,
        card: str,
    ) -> str:
        """Log a network in the Keras flavour, at its best epoch; return the model's id.

        Parameters
        ----------
        network
            In Keras's own format.
        example
            What it may be given: 1 × days × features.
        parameters
            Of the run.
        step
            Its best epoch.
        card
            What there is to know of it, in Markdown.
        """
        flat = {key: _text(value) for key, value in parameters.items()}
        told = keras_model(network, example)
        self._model_id = self.model(NETWORK, step=step, parameters=flat, card=card, **told)
        return self._model_id

    @told
    def model(self, name: str, **what: Any) -> str:
        """Log a model, as `pipeline.tracking.model.log_model` does; return its id."""
        return log_model(self.client, self.run_id, name=name, **what)

    @told
    def link(
        self,
        names: Iterable[str],
        step: int,
        on: Dataset,
        *,
        model_id: str | None = None,
        run_id: str | None = None,
    ) -> None:
        """Link metrics that a run has at a step to a model and the dataset that they are of.

        The run keeps what it has. By default it is this run, and the network that it has logged.
        """
        from mlflow.entities import Metric

        run_id = run_id or self.run_id
        linked = {
            "dataset_name": on.name,
            "dataset_digest": on.digest,
            "model_id": model_id or self._model_id,
            "run_id": run_id,
        }
        batch = [
            Metric(name, point.value, point.timestamp, step, **linked)
            for name in names
            for point in self.client.get_metric_history(run_id, name)
            if point.step == step
        ]
        self.client.log_batch(run_id, metrics=batch)

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
    def tag(self, tags: Mapping[str, str], run_id: str | None = None) -> None:
        """Set tags of a run, by default of this one."""
        for key, value in tags.items():
            self.client.set_tag(run_id or self.run_id, key, value)

    @told
    def view(self, key: str, view: View) -> None:
        """Let MLflow's UI show a view of the run's experiment, unless it has one of that key."""
        tag = f"{SHARED}{key}"
        if tag not in self.client.get_experiment(self.experiment_id).tags:
            now = int(time.time() * 1000)
            self.client.set_experiment_tag(self.experiment_id, tag, view.tag(now))

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
            # Nor are its networks, which would be ranked among others.
            of_it = f"source_run_id = '{run.info.run_id}'"
            for model in self.client.search_logged_models([run.info.experiment_id], of_it):
                self.client.delete_logged_model(model.model_id)
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

    def _log(
        self, course: Mapping[int, Mapping[str, float | None]], on: Dataset | None = None
    ) -> None:
        """Log the finite metrics of each step, linked to the network once there is one."""
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        linked = {"model_id": self._model_id, "run_id": self.run_id}
        if on is not None:
            linked |= {"dataset_name": on.name, "dataset_digest": on.digest}
        batch = [
            Metric(name, float(value), now, step, **linked)
            for step, metrics in course.items()
            for name, value in metrics.items()
            if value is not None and math.isfinite(value)
        ]
        for first in range(0, len(batch), TOGETHER):
            self.client.log_batch(self.run_id, metrics=batch[first : first + TOGETHER])


def existing(uri: str) -> Tracker | None:
    """Open a tracking store to read from, unless its file is not there or empty: nothing is made.

    Raises
    ------
    ConfigError, StoreError
        As of `probe`.
    """
    return Tracker(uri, writing=False) if probe(uri) else None


def _of_epoch(metrics: Mapping[str, float]) -> dict[str, float]:
    """Return metrics under their names in MLflow: charts are grouped by what precedes the slash."""
    return {
        f"valid/{name.removeprefix('valid_')}" if name.startswith("valid_") else f"train/{name}": of
        for name, of in metrics.items()
    }


def _text(value: Any) -> str:
    """Return a parameter as text; lists without brackets are easier to compare."""
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value))
    return str(value)
