"""The steps of a scheduled run, in order. Each may be repeated, and goes on from the one before.

One process does them all (`firmament daily`), or a scheduler calls them one by one, on one machine
or on several that share the store. A step that fails leaves what was published as it was: only
the last one switches it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from pipeline.daily.arrivals import arrivals
from pipeline.daily.day import Day
from pipeline.daily.promotion import decide, restore, standing
from pipeline.daily.publication import experiment_of, later, publish
from pipeline.daily.registered import Registered
from pipeline.errors import ConfigError, FirmamentError, InputError
from pipeline.outputs import Foreseen, Ingested, Json
from pipeline.registry.decisions import RESTORED, settled
from pipeline.registry.versions import CHAMPION, FORECASTER, aliased, registered_by
from pipeline.run.flow import Flow
from pipeline.run.plan import Plan
from pipeline.run.ready import check_ready
from pipeline.run.record import SCORES
from pipeline.run.unfinished import sweep
from pipeline.settings.settings import Settings
from pipeline.store import EDITION, PUBLISHED, Store, open_store
from pipeline.tracking import Tracker, existing
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
    flow = Flow(day.plan, day.settings, day.watch)
    flow.reach("ingest")
    made = flow.made(Ingested)
    notes = arrivals(made, day.before(flow.source.name), day.date, day.settings.daily.coverage)
    for sentence in notes:
        day.watch.note(sentence)
    fingerprint = flow.fingerprints["ingest"]
    if not _same_prices(day, fingerprint):
        facts = {"origin": list(flow.origin), "fingerprint": fingerprint, "notes": notes}
        day.note("ingest", facts)
    return {"source": flow.source.name, "firms": made.quality["firms_kept"], "notes": notes}


def _same_prices(day: Day, fingerprint: str) -> bool:
    """Tell whether the day's prices are those that were noted of it before.

    A source that has later days by now, or other notes, still gives the same prices of this day:
    then all that was made of them stands, and a day that is repeated changes nothing.
    """
    noted = day.known().get("ingest", {}).get("fingerprint")
    if noted is None or not day.store.has("ingest", noted):
        return False
    one, other = (
        day.store.about("ingest", name).get("digests", {}) for name in (noted, fingerprint)
    )
    return all(name in one and one[name] == other.get(name) for name in PRICES)


def _window(day: Day) -> Json:
    """Take growth rates, build the windows, and fit the baselines."""
    day.flow().reach("baselines")
    return {"models": list(day.settings.daily.models)}


def _train(day: Day, model: str) -> Json:
    """Train and evaluate one architecture."""
    from pipeline.comparison.compare import cells

    first = day.flow()
    (flow,) = (cell.flow for cell in cells(first, [first]) if cell.architecture == model)
    flow.watch = day.watch
    flow.reach("evaluate")
    return {"model": model, "reused": flow.stages["evaluate"]["reused"]}


def _compare(day: Day) -> Json:
    """Compare the architectures, and register the one that validated best."""
    from pipeline.comparison.compare import compare
    from pipeline.comparison.engines import open_engine
    from pipeline.comparison.occasion import Occasion, best_validated
    from pipeline.comparison.tracked import track

    origin = day.record("ingest")["origin"]
    found, trainings = compare(day.plan, day.settings, open_engine(None, 1), day.watch, origin)
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
    day.watch.note(f"Version {decision.challenger} {decision.outcome}. {decision.reason}")
    champion = aliased(day.tracker(), CHAMPION)
    if champion and champion.number != decision.champion:
        day.watch.note(
            f"That was decided on {decision.made[:10]}: since then version "
            f"{champion.number} has been made champion."
        )
    return decision.as_json()


def _embed(day: Day) -> Json:
    """Forecast and embed with the champion."""
    return _champion(day, "evaluate", "forecast", "embed")


def _report(day: Day) -> Json:
    """Judge the champion's similarity, and write the report."""
    return _champion(day, "study", "report")


def _publish(day: Day) -> Json:
    """Switch what is published to the day's."""
    newer = later(day)
    if newer:
        day.watch.note(f"What is published is of {newer}, a later day: it stays.")
        return {"published": newer}
    tracker = day.tracker()
    champion = _champion_of(day, tracker)
    champion.flow.reach("forecast")
    champion.flow.reach("report")
    record = publish(day, tracker, champion, standing(day, tracker, champion.version))
    day.watch.note(record["drift"]["sentence"])
    folder = day.store.folder(EDITION, record["edition"])
    return {
        "published": str(day.date),
        **{key: record[key] for key in ("version", "model", "run_id", "decision")},
        "firms": int(champion.flow.made(Foreseen).forecasts["symbol"].nunique()),
        "scores": {key: record["scores"].get(key) for key in SCORES},
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
FIRST = next(iter(STEPS))
"""The step that brings the tracking store's schema up to date."""


def run_step(
    plan: Plan, settings: Settings, asked: date, name: str, watch: Watch, model: str | None = None
) -> Json:
    """Do one step of a day.

    Parameters
    ----------
    plan
        The stages.
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
    check_ready(settings, watch, outdated=name == FIRST)
    day = Day(plan, settings, asked, watch)
    return _done(day, name, *([] if model is None else [model]))


def run_day(plan: Plan, settings: Settings, asked: date, watch: Watch) -> Json:
    """Do all steps of a day in this process.

    Returns
    -------
    dict
        `date steps`: what each step tells, by name.

    Raises
    ------
    FirmamentError
        What a step raises, with the step and the day before its sentence.
    """
    check_ready(settings, watch, outdated=True)
    day = Day(plan, settings, asked, watch)
    told: dict[str, Any] = {}
    for name in STEPS:
        for model in settings.daily.models if name == "train" else [""]:
            label = f"{name} {model}".strip()
            try:
                told[label] = _done(day, name, *filter(None, [model]))
            except FirmamentError as error:
                raise type(error)(f"{label} of {day.date}: {error}") from error
    return {"date": str(day.date), "steps": told}


def roll_back(plan: Plan, settings: Settings, watch: Watch) -> Json:
    """Make the champion before the present one champion again, and publish its results.

    They are published for the day that is published. Where the champion was restored before but
    what is published is not yet its own, nothing is restored once more.

    Returns
    -------
    dict
        `champion before published`: versions, and what the step `publish` tells, or None where
        nothing was published.

    Raises
    ------
    InputError
        If there is no champion before.
    FirmamentError
        If its results cannot be published; it is champion nevertheless, and the sentence says so.
    """
    tracker = existing(settings.tracking_uri)
    if tracker is None:
        raise InputError(
            f"There is no tracking store at {settings.tracking_uri}, and so no champion: give "
            "--tracking-uri of the scheduled runs."
        )
    store = open_store(settings.data_root, settings.mirror_root)
    known = store.kept(PUBLISHED)
    day = Day(plan, settings, date.fromisoformat(known["date"]) if known else date.today(), watch)
    if known:
        day.flow()  # which refuses other settings than the schedule's, before anything is done
    with _turn(store):
        made = settled(tracker)
        pending = bool(made) and made[-1].outcome == RESTORED
        if known and pending and known["version"] != made[-1].champion:
            decision = made[-1]
        else:
            decision = restore(tracker, str(day.date))
    told = {"champion": decision.champion, "before": decision.before}
    if not known:
        return {**told, "published": None}
    try:
        for name in ("embed", "report"):
            _done(day, name)
        return {**told, "published": _done(day, "publish")}
    except FirmamentError as error:
        raise type(error)(
            f"Version {decision.champion} is champion again, but its results are not published "
            f"yet: {error} Then give the same command again."
        ) from error


def _done(day: Day, name: str, *arguments: str) -> Json:
    """Do a step, while no other process does one; trainings may be done side by side."""
    with day.store.shared():
        if name == "train":
            told = STEPS[name](day, *arguments)
        else:
            with _turn(day.store):
                told = STEPS[name](day)
    return {"date": str(day.date), "step": name, **told}


@contextmanager
def _turn(store: Store) -> Iterator[None]:
    """Wait for one's turn: also days must not be published one over the other."""
    held = store.claim("turn-daily")
    try:
        yield
    finally:
        store.release(held)


def _champion(day: Day, *stages: str) -> Json:
    """Make stages of the champion, unless a later day is published."""
    newer = later(day)
    if newer:
        day.watch.note(f"What is published is of {newer}, a later day: nothing is to be done.")
        return {"published": newer}
    champion = _champion_of(day, day.tracker())
    for stage in stages:
        champion.flow.reach(stage)
    return {"version": champion.version.number, "model": champion.flow.settings.model.name}


def _champion_of(day: Day, tracker: Tracker) -> Registered:
    """Return the champion on the day's prices."""
    version = aliased(tracker, CHAMPION)
    if version is None:
        raise InputError(
            f"{FORECASTER} has no champion: run `firmament daily --date {day.date}`, whose step "
            "promote makes one."
        )
    return Registered(day, tracker, version)
