"""The steps of a scheduled run, in order. Each may be repeated, and goes on from the one before.

One process does them all (`firmament daily`), or a scheduler calls them one by one, on one machine
or on several that share the store. A step that fails leaves what was published as it was: only
the last one switches it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from pipeline.config import Settings
from pipeline.daily.arrivals import arrivals
from pipeline.daily.champion import Contender
from pipeline.daily.day import Day
from pipeline.daily.promotion import decide, standing
from pipeline.daily.publication import experiment_of, later, publish
from pipeline.errors import ConfigError, InputError
from pipeline.flow import Flow, sweep
from pipeline.outputs import Ingested, Json
from pipeline.registry.versions import CHAMPION, FORECASTER, aliased, registered_by
from pipeline.store import EDITION, PUBLISHED, open_store
from pipeline.tracking import Tracker
from pipeline.tracking.schema import upgrade
from pipeline.watch import Watch

PRICES = ("prices.parquet", "firms.parquet", "sessions.npy")
"""Files of the output of `ingest` that later stages are made of."""


def _upgrade(day: Day) -> Json:
    """Bring the tracking store's schema up to date, and clear away what dead runs left."""
    upgraded = upgrade(day.settings.tracking_uri)
    sweep(day.store, day.tracker(), day.watch)
    return {"upgraded": upgraded}


def _ingest(day: Day) -> Json:
    """Read the prices, and make sure that those of the day are there."""
    flow = Flow(day.settings, day.watch)
    flow.reach("ingest")
    made = flow.made(Ingested)
    notes = arrivals(made, day.before(), day.date, day.settings.daily.coverage)
    for sentence in notes:
        day.watch.note(sentence)
    fingerprint = flow.fingerprints["ingest"]
    if not _same_prices(day, fingerprint):
        facts = {"origin": list(flow.origin), "fingerprint": fingerprint, "notes": notes}
        day.note("ingest", facts)
    return {"firms": made.quality["firms_kept"], "notes": notes}


def _same_prices(day: Day, fingerprint: str) -> bool:
    """Tell whether the day's prices are those that were noted of it before.

    A source that has later days by now, or other notes, still gives the same prices of this day:
    then all that was made of them stands, and a day that is repeated changes nothing.
    """
    noted = day.known().get("ingest", {}).get("fingerprint")
    if noted is None or not day.store.has("ingest", noted):
        return False
    one, other = (day.store.about("ingest", name)["digests"] for name in (noted, fingerprint))
    return all(one[name] == other[name] for name in PRICES)


def _window(day: Day) -> Json:
    """Take growth rates, build the windows, and fit the baselines."""
    day.flow().reach("baselines")
    return {"models": list(day.settings.daily.models)}


def _train(day: Day, model: str) -> Json:
    """Train and evaluate one architecture."""
    from pipeline.comparison import cells

    first = day.flow()
    (flow,) = (cell.flow for cell in cells(first, [first]) if cell.architecture == model)
    flow.watch = day.watch
    flow.reach("evaluate")
    return {"model": model, "reused": flow.stages["evaluate"]["reused"]}


def _compare(day: Day) -> Json:
    """Compare the architectures, and register the one that validated best."""
    from pipeline.comparison import compare
    from pipeline.engines import open_engine
    from pipeline.nested_runs import Occasion, best_validated, track

    origin = day.record("ingest")["origin"]
    found, trainings = compare(day.settings, open_engine(None, 1), day.watch, origin)
    experiment = experiment_of(found.first.source.name)
    occasion = Occasion(experiment, f"{day.date} ", best_validated)
    run_id = track(found, trainings, day.watch, occasion)
    entered = registered_by(day.tracker(), run_id)
    if entered is None:
        raise InputError(
            f"The comparison {run_id} of {day.date} has no version of {FORECASTER} any more: "
            "delete that run in the MLflow UI, and give the same command again."
        )
    day.note("compare", {"run_id": run_id, "challenger": entered.number})
    return {
        "run_id": run_id,
        "challenger": entered.number,
        "verdict": found.found.summary["verdict"],
    }


def _promote(day: Day) -> Json:
    """Make the challenger champion, or hold it."""
    decision = decide(day, day.record("compare")["challenger"])
    day.watch.note(f"Version {decision.challenger} {decision.outcome}: {decision.reason}")
    return decision.as_json()


def _embed(day: Day) -> Json:
    """Forecast and embed with the champion."""
    return _champion(day, "evaluate", "forecast", "embed")


def _report(day: Day) -> Json:
    """Judge the champion's similarity, and write the report."""
    return _champion(day, "study", "report")


def _publish(day: Day) -> Json:
    """Switch what is published to the day's."""
    newer = later(day.store, str(day.date))
    if newer:
        day.watch.note(f"What is published is of {newer}, a later day: it stays.")
        return {"published": newer}
    tracker = day.tracker()
    champion = _contender(day, tracker)
    champion.flow.reach("forecast")
    champion.flow.reach("report")
    record = publish(day, tracker, champion, standing(day, tracker))
    day.watch.note(record["drift"]["sentence"])
    folder = day.store.folder(EDITION, record["edition"])
    return {
        "published": str(day.date),
        **{key: record[key] for key in ("version", "model", "run_id")},
        "folder": str(folder),
        "report": str(folder / "page.html"),
        "drift": {key: record["drift"][key] for key in ("call", "sentence")},
    }


STEPS: dict[str, Callable[..., Json]] = {
    "upgrade": _upgrade,
    "ingest": _ingest,
    "window": _window,
    "train": _train,
    "compare": _compare,
    "promote": _promote,
    "embed": _embed,
    "report": _report,
    "publish": _publish,
}


def run_step(
    settings: Settings, asked: date, name: str, watch: Watch, model: str | None = None
) -> Json:
    """Do one step of a day.

    Parameters
    ----------
    settings
        The configuration.
    asked
        The day; where the exchange was closed, the session before.
    name
        Of `STEPS`.
    watch
        Told what is done.
    model
        The architecture of the step `train`.

    Returns
    -------
    dict
        `date step` and what the step tells.

    Raises
    ------
    ConfigError
        If `train` is not told an architecture of `daily.models`, or another step is.
    FirmamentError
        What the step raises.
    """
    models = settings.daily.models
    if (name == "train") != (model is not None) or (model is not None and model not in models):
        raise ConfigError(
            "The step train, and no other, needs --model with an architecture of daily.models "
            f"({', '.join(models)})."
        )
    day = Day(settings, asked, watch)
    return _done(day, name, *([] if model is None else [model]))


def run_day(settings: Settings, asked: date, watch: Watch) -> Json:
    """Do all steps of a day in this process.

    Returns
    -------
    dict
        `date steps`: what each step tells, by name.
    """
    day = Day(settings, asked, watch)
    told: dict[str, Any] = {}
    for name in STEPS:
        if name == "train":
            for model in settings.daily.models:
                told[f"train {model}"] = _done(day, name, model)
        else:
            told[name] = _done(day, name)
    return {"date": str(day.date), "steps": told}


def republish(settings: Settings, watch: Watch) -> Json | None:
    """Publish the day that is published anew, as after another version was made champion."""
    known = open_store(settings.data_root, settings.mirror_root).kept(PUBLISHED)
    if known is None:
        return None
    day = Day(settings, date.fromisoformat(known["date"]), watch)
    for name in ("embed", "report"):
        _done(day, name)
    return _done(day, "publish")


def _done(day: Day, name: str, *arguments: str) -> Json:
    """Do a step, while no other process does one of the same day."""
    with day.store.shared():
        if name == "train":
            return {"date": str(day.date), "step": name, **STEPS[name](day, *arguments)}
        turn = day.store.claim(f"turn-{day.date}")
        try:
            return {"date": str(day.date), "step": name, **STEPS[name](day)}
        finally:
            day.store.release(turn)


def _champion(day: Day, *stages: str) -> Json:
    """Make stages of the champion, unless a later day is published."""
    newer = later(day.store, str(day.date))
    if newer:
        day.watch.note(f"What is published is of {newer}, a later day: nothing is to be done.")
        return {"published": newer}
    champion = _contender(day, day.tracker())
    for stage in stages:
        champion.flow.reach(stage)
    return {"version": champion.version.number, "model": champion.flow.settings.model.name}


def _contender(day: Day, tracker: Tracker) -> Contender:
    """Return the champion on the day's prices."""
    version = aliased(tracker, CHAMPION)
    if version is None:
        raise InputError(
            f"{FORECASTER} has no champion: run `firmament daily --date {day.date}`, whose step "
            "promote makes one."
        )
    return Contender(day, tracker, version)
