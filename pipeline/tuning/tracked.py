"""A search in MLflow: a parent with the best settings, and a child a trial."""

from __future__ import annotations

from pipeline.run import record
from pipeline.run.datasets import prices
from pipeline.run.unfinished import logged, sweep
from pipeline.tracking import CLAIM, FINGERPRINT, NOTE, PARENT, Tracker, code_version
from pipeline.tuning.told import as_yaml, sentence, trials
from pipeline.tuning.tune import Tried, Tuned
from pipeline.watch import Watch


def track(tuned: Tuned, watch: Watch) -> str:
    """Log a search with all its trials, unless the tracking store has it already.

    Returns
    -------
    str
        The parent's id.
    """
    flow = tuned.flow
    tracker = Tracker(flow.settings.tracking_uri)
    experiment = record.experiment(flow)
    with flow.store.shared():
        sweep(flow.store, tracker, watch)
        turn = flow.store.claim(f"turn-{tuned.fingerprint}")
        try:
            known = tracker.find(experiment, tuned.fingerprint)
            if known is None:
                return _write(tuned, tracker, experiment)
            watch.note(f"Nothing has changed since run {known}: every trial is reused.")
            return known
        finally:
            flow.store.release(turn)


def _write(tuned: Tuned, tracker: Tracker, experiment: str) -> str:
    """Log the parent and a child a trial, which are ended however this ends."""
    flow, best = tuned.flow, tuned.best
    model = flow.settings.model.name
    with logged(flow.store, tracker) as claim:
        shared = {CLAIM: claim, "source": flow.source.name, "architecture": model, **code_version()}
        tracker.start(
            experiment,
            f"tuned {model}",
            record.parameters(tuned.settings),
            {**shared, FINGERPRINT: tuned.fingerprint, "kind": "search"},
            [prices(flow)],
        )
        tracker.metrics({**_metrics(best), "search/trials": len(tuned.trials)})
        tracker.metrics({"search/given_valid_loss": tuned.trials[0].loss})
        tracker.tag({NOTE: sentence(tuned), "trial": str(best.number)})
        tracker.text(as_yaml(tuned), "best.yaml")
        tracker.text(trials(tuned).to_csv(index=False), "trials.csv")
        child = Tracker(tracker.uri)
        below = {**shared, PARENT: tracker.run_id, "kind": "trial"}
        for one in tuned.trials:
            tags = {**below, "state": one.state}
            parameters = one.drawn | ({"refused": one.refused} if one.refused else {})
            child.start(experiment, f"{model} trial {one.number}", parameters, tags)
            child.epochs({epoch: {"valid_loss": loss} for epoch, loss in one.losses.items()})
            child.metrics(_metrics(one))
            child.end("FINISHED")
    return tracker.run_id


def _metrics(one: Tried) -> dict[str, float | None]:
    """Return what a trial is judged by; of one that was ended early, nothing but its length."""
    return {
        "search/valid_loss": one.loss,
        "search/epochs": float(len(one.losses)),
        "seconds/train": one.seconds,
    }
