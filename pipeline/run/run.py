"""A run: a plan from end to end, tracked as one MLflow run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.ingest.summary import understood
from pipeline.outputs import Controlled, Evaluated, Grown, Ingested, Trained
from pipeline.run import record
from pipeline.run.datasets import datasets
from pipeline.run.flow import Flow
from pipeline.run.helper import helped
from pipeline.run.plan import Plan, Stage
from pipeline.run.ready import check_ready
from pipeline.run.unfinished import logged, sweep, sweep_outputs
from pipeline.settings.settings import Settings
from pipeline.store import PUBLISHED
from pipeline.tracking import CLAIM, Tracker, glance
from pipeline.tracking.system import system_metrics
from pipeline.tracking.views import RUNS, all_runs
from pipeline.watch import Watch


def run(plan: Plan, settings: Settings, watch: Watch) -> dict[str, Any]:
    """Run the whole pipeline and track it as one MLflow run.

    Where a run with the same fingerprint is in the tracking store already and ended well, that
    run is the answer: the same numbers logged twice would only look like more evidence.

    Returns
    -------
    dict
        `run_id experiment model source date firms days prices stages scores control start report`.
    """
    check_ready(settings, watch)
    flow = Flow(plan, settings, watch)
    scheduled = flow.store.kept(PUBLISHED) is not None  # refused, if damaged, before any work
    with flow.store.shared():
        result = _answered(flow)
    if scheduled:
        watch.note(
            "A schedule publishes in this store: `firmament similar` and the others still answer "
            f"from its results. To ask this run, give them --run {result['run_id']}."
        )
    return result


def _answered(flow: Flow) -> dict[str, Any]:
    """Answer with a run that is tracked already, or run."""
    for stage in flow.plan:
        if stage.before_run:
            flow.make(stage)
    known = glance(flow.settings.tracking_uri, record.identity(flow)) if flow.whole() else None
    if known:
        return _reused(flow, known)
    with helped(flow):
        return _tracked(flow)


def _tracked(flow: Flow) -> dict[str, Any]:
    """Find this run in the tracking store, or else run and log it."""
    settings, watch = flow.settings, flow.watch
    tracker = Tracker(settings.tracking_uri)
    sweep(flow.store, tracker, watch)
    experiment, fingerprint = record.experiment(flow), record.identity(flow)
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
    _make_rest(flow)
    return _recorded(flow, run_id)


def run_stage(plan: Plan, settings: Settings, name: str, watch: Watch) -> dict[str, Any]:
    """Run one stage and, where they are missing, those that it needs.

    Nothing is tracked: a later `run` reuses what was made and logs it.

    Returns
    -------
    dict
        `stage fingerprint folder seconds reused`.
    """
    plan[name]  # refused before anything is made, where there is none
    check_ready(settings, watch, tracked=False)
    flow = Flow(plan, settings, watch)
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
            record.name(flow.settings),
            record.parameters(flow.settings),
            record.tags(flow) | {CLAIM: claim},
            datasets(flow).values(),
        )
        tracker.view(RUNS, all_runs())
        flow.watch = _Curves(flow.watch, tracker)
        with system_metrics(tracker, wanted=flow.settings.system_metrics):
            _make_rest(flow)
        record.write(flow, tracker)
    return tracker.run_id


def _recorded(flow: Flow, run_id: str) -> dict[str, Any]:
    """Make a finished run the store's latest, and return what a caller is told of it."""
    quality = flow.made(Ingested).quality
    result = {
        "run_id": run_id,
        "experiment": record.experiment(flow),
        "model": flow.settings.model.name,
        "source": flow.source.name,
        "date": quality["last"],
        "firms": quality["firms_kept"],
        "days": len(flow.made(Grown).growth),
        "prices": understood(quality),
        "stages": flow.stages,
        "scores": flow.made(Evaluated).scores,
        "control": flow.made(Controlled).beside,
        "start": _start(flow.made(Trained).summary),
        "report": str(flow.folder("report") / "page.html"),
    }
    flow.store.record(run_id, result | {"fingerprints": flow.fingerprints})
    return result


def _start(summary: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a network was trained from, and what else was tried."""
    keys = ("start", "starts", "start_reason", "pretrained", "pretrained_to")
    return {key: summary.get(key) for key in keys}


def _make_rest(flow: Flow) -> None:
    """Make the stages that an open run is told of, first those that wait for no helper."""
    waiting = [stage for stage in flow.plan if not stage.before_run]
    while waiting:
        names = {stage.name for stage in waiting}
        free = (each for each in waiting if not names & {*each.needs} and not _comes(flow, each))
        stage = next(free, waiting[0])
        flow.make(stage)
        waiting.remove(stage)


def _comes(flow: Flow, stage: Stage) -> bool:
    """Say whether a helper still makes a stage's output, or a network that it needs."""
    helper = flow.helper
    if helper is None:
        return False
    training = flow.plan.making(Trained).name
    others = stage.networks(flow) if stage.networks else []
    wanted = [(training, other.fingerprints[training]) for other in others]
    return any(
        helper.makes(*output) for output in [(stage.name, flow.fingerprints[stage.name]), *wanted]
    )


class _Curves:
    """A watch that also logs every epoch to the run."""

    def __init__(self, watch: Watch, tracker: Tracker) -> None:
        self._watch, self._tracker = watch, tracker
        self.step, self.note = watch.step, watch.note

    def epoch(self, number: int, metrics: Mapping[str, float]) -> None:
        self._watch.epoch(number, metrics)
        self._tracker.epoch(number, metrics)
