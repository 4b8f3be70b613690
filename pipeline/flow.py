"""The pipeline from end to end: what is stale is run, what is there is reused, all is tracked."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from copy import copy
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from pipeline import logbook
from pipeline.config import Settings
from pipeline.fingerprint import fingerprint
from pipeline.open_runs import logged, sweep, sweep_outputs
from pipeline.outputs import Evaluated, Grown, Ingested, Trained
from pipeline.sources import open_source
from pipeline.stages import STAGES, Stage
from pipeline.store import PUBLISHED, open_store
from pipeline.tracking import CLAIM, Tracker, glance
from pipeline.watch import Silence, Watch

T = TypeVar("T")
BEFORE, AFTER = STAGES[:3], STAGES[3:]
"""Stages before and after an MLflow run is opened: input that is refused leaves no run behind."""


class Flow:
    """The stages over one configuration and one store.

    A stage's output is addressed by a fingerprint of its code, its sections of the configuration
    and the outputs it needs, so all places are known before anything has run.

    Parameters
    ----------
    settings
        The configuration.
    watch
        Told what is done.
    origin
        `origin` of another flow on the same prices, which are then not asked for.
    """

    def __init__(
        self, settings: Settings, watch: Watch, origin: Sequence[str] | None = None
    ) -> None:
        self.settings = settings
        self.watch = watch
        self.store = open_store(settings.data_root, settings.mirror_root)
        self.store.prepare()
        self.source = open_source(
            settings.source, settings.ingest, settings.yahoo, self.store.cache
        )
        self.origin = origin or self._origin()
        self.adopted: Mapping[int, str] = {}
        self._begin()

    def vary(self, settings: Settings, watch: Watch) -> Flow:
        """Return the flow of other settings on the same prices, which are not asked for again."""
        other = copy(self)
        other.settings, other.watch = settings, watch
        other._begin()
        return other

    def adopt(self, settings: Settings, networks: Mapping[int, str]) -> Flow:
        """Return the flow of networks that were trained on other days.

        Parameters
        ----------
        settings
            With the sections `model` and `train` of those networks.
        networks
            Seed → fingerprint of an output of `train` that the store has.
        """
        other = copy(self)
        other.settings, other.adopted = settings, networks
        other._begin()
        return other

    def _begin(self) -> None:
        self.fingerprints: dict[str, str] = {}
        for stage in STAGES:
            given = self.adopted.get(self.settings.train.seed) if stage.name == "train" else None
            self.fingerprints[stage.name] = given or self._fingerprint(stage)
        self.stages: dict[str, dict[str, Any]] = {}
        self._made: dict[type[Any], Any] = {}

    def opened(self) -> Flow:
        """Return these stages to read from; what is read is forgotten with them.

        Else the forecasts of all trainings of a comparison would be held at once.
        """
        return self.vary(self.settings, Silence())

    def reach(self, name: str) -> None:
        """Make a stage and, where they are missing, those that it needs."""
        needed = _needed(name)
        for stage in STAGES:
            if stage.name in needed:
                self.make(stage)

    def made(self, kind: type[T]) -> T:
        """Return a stage's output, read from the store once."""
        if kind not in self._made:
            (name,) = (stage.name for stage in STAGES if stage.makes is kind)
            self._made[kind] = self.store.read(kind, name, self.fingerprints[name])
        return self._made[kind]  # type: ignore[no-any-return]

    def networks(self, count: int) -> dict[int, Trained]:
        """Return the network and others that differ in their seed alone, by seed."""
        seed = self.settings.train.seed
        found = {seed: self.made(Trained)}
        for number in range(1, count):
            self.watch.step("training further networks", number - 1, count - 1)
            flow = self._seeded(seed + number)
            flow.reach("train")
            found[seed + number] = flow.made(Trained)
            self.watch.step("training further networks", number, count - 1)
        return found

    def network(self, seed: int) -> str:
        """Return the fingerprint of the network of a seed."""
        return self._seeded(seed).fingerprints["train"]

    def _seeded(self, seed: int) -> Flow:
        """Return the flow that differs in its seed alone.

        Told to nobody: the epochs that a watch is told of are those of the run's network.
        """
        train = self.settings.train.model_copy(update={"seed": seed})
        return self.vary(self.settings.model_copy(update={"train": train}), Silence())

    def make(self, stage: Stage) -> None:
        """Run a stage, or reuse its output; note which and how long it took."""
        begin = time.perf_counter()
        fingerprint = self.fingerprints[stage.name]
        reused = self.store.has(stage.name, fingerprint)
        if not reused:
            self.watch.step(stage.name, 0, 1)
            outputs = stage.function(self)
            about = {
                "stage": stage.name,
                "fingerprint": fingerprint,
                "settings": {name: _plain(self.settings, name) for name in stage.sections},
                "needs": {name: self.fingerprints[name] for name in stage.needs},
                "seconds": round(time.perf_counter() - begin, 3),
            }
            self.store.write(stage.name, fingerprint, outputs, about)
        seconds = round(time.perf_counter() - begin, 3)
        self.stages[stage.name] = {"seconds": seconds, "reused": reused}
        self.watch.step(f"{stage.name} (reused)" if reused else stage.name, 1, 1)

    def folder(self, name: str) -> Path:
        """Return the folder of a stage's output."""
        return self.store.folder(name, self.fingerprints[name])

    def about(self, name: str) -> dict[str, Any]:
        """Return what was noted when a stage's output was made."""
        return self.store.about(name, self.fingerprints[name])

    def whole(self) -> bool:
        """Tell whether the outputs of all stages are there."""
        return all(self.store.has(*place) for place in self.fingerprints.items())

    def _origin(self) -> Sequence[str]:
        """Return what tells these prices from others."""
        prices = (self.source.digest(self.watch), self.source.name)
        if self.settings.ingest.quality.future == "refuse":
            return prices
        return (*prices, str(date.today()))  # which rows are of the future changes by the day

    def _fingerprint(self, stage: Stage) -> str:
        needs = [self.fingerprints[name] for name in stage.needs] or list(self.origin)
        plain = {name: _plain(self.settings, name) for name in stage.sections}
        return fingerprint(stage.name, needs, plain, stage.code, stage.libraries)


def run(settings: Settings, watch: Watch) -> dict[str, Any]:
    """Run the whole pipeline and track it as one MLflow run.

    Where a run with the same fingerprint is in the tracking store already and ended well, that
    run is the answer: the same numbers logged twice would only look like more evidence.

    Returns
    -------
    dict
        `run_id experiment model source date firms days stages scores report`.
    """
    flow = Flow(settings, watch)
    with flow.store.shared():
        for stage in BEFORE:
            flow.make(stage)
        known = glance(settings.tracking_uri, flow.fingerprints["report"]) if flow.whole() else None
        return _reused(flow, known) if known else _tracked(flow)


def _tracked(flow: Flow) -> dict[str, Any]:
    """Find this run in the tracking store, or else run and log it."""
    settings, watch = flow.settings, flow.watch
    tracker = Tracker(settings.tracking_uri)
    sweep(flow.store, tracker, watch)
    experiment, fingerprint = logbook.experiment(flow), flow.fingerprints["report"]
    # Of two processes that ask for the same, the second waits and finds what the first has made.
    turn = flow.store.claim(f"turn-{fingerprint}")
    try:
        run_id = tracker.find(experiment, fingerprint) if flow.whole() else None
        if run_id is not None:
            return _reused(flow, run_id)
        return _recorded(flow, _track(flow, tracker, experiment))
    finally:
        flow.store.release(turn)


def _reused(flow: Flow, run_id: str) -> dict[str, Any]:
    """Answer with a run that holds all of this already."""
    flow.watch.note(f"Nothing has changed since run {run_id}: every stage is reused.")
    for stage in AFTER:
        flow.make(stage)
    return _recorded(flow, run_id)


def run_stage(settings: Settings, name: str, watch: Watch) -> dict[str, Any]:
    """Run one stage and, where they are missing, those that it needs.

    Nothing is tracked: a later `run` reuses what was made and logs it.

    Returns
    -------
    dict
        `stage fingerprint folder seconds reused`.
    """
    flow = Flow(settings, watch)
    with flow.store.shared():
        sweep_outputs(flow.store)
        flow.reach(name)
    return {
        "stage": name,
        "fingerprint": flow.fingerprints[name],
        "folder": str(flow.folder(name)),
        **flow.stages[name],
    }


def _track(flow: Flow, tracker: Tracker, experiment: str) -> str:
    """Run what is stale and log everything as a new MLflow run; return its id."""
    with logged(flow.store, tracker) as claim:
        tracker.start(
            experiment,
            logbook.name(flow.settings),
            logbook.parameters(flow.settings),
            logbook.tags(flow) | {CLAIM: claim},
            logbook.dataset(flow),
        )
        flow.watch = _Curves(flow.watch, tracker)
        for stage in AFTER:
            flow.make(stage)
        logbook.write(flow, tracker)
    return tracker.run_id


def _recorded(flow: Flow, run_id: str) -> dict[str, Any]:
    """Make a finished run the store's latest, and return what a caller is told of it."""
    quality = flow.made(Ingested).quality
    result = {
        "run_id": run_id,
        "experiment": logbook.experiment(flow),
        "model": flow.settings.model.name,
        "source": flow.source.name,
        "date": quality["last"],
        "firms": quality["firms_kept"],
        "days": len(flow.made(Grown).growth),
        "stages": flow.stages,
        "scores": flow.made(Evaluated).scores,
        "report": str(flow.folder("report") / "page.html"),
    }
    flow.store.record(run_id, result | {"fingerprints": flow.fingerprints})
    if flow.store.kept(PUBLISHED):
        flow.watch.note(
            "A schedule publishes in this store: `firmament similar` and the others still answer "
            f"from its results. To ask this run, give them --run {run_id}."
        )
    return result


class _Curves:
    """A watch that also logs every epoch to the run."""

    def __init__(self, watch: Watch, tracker: Tracker) -> None:
        self._watch, self._tracker = watch, tracker
        self.step, self.note = watch.step, watch.note

    def epoch(self, number: int, metrics: Mapping[str, float]) -> None:
        self._watch.epoch(number, metrics)
        self._tracker.epoch(number, metrics)


def _needed(name: str) -> set[str]:
    """Return a stage's name and those of all that come before it on its way."""
    (stage,) = (stage for stage in STAGES if stage.name == name)
    return {name}.union(*(_needed(before) for before in stage.needs))


def _plain(settings: Settings, section: str) -> Any:
    return getattr(settings, section).model_dump(mode="json")
