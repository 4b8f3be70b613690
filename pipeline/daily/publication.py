"""What is published: the champion's forecasts, peers and report of a day, switched at once."""

from __future__ import annotations

from typing import Any

from pipeline.daily.day import Day
from pipeline.daily.drift.drift import drift
from pipeline.daily.registered import Registered
from pipeline.outputs import (
    Baselined,
    Edition,
    Embedded,
    Evaluated,
    Foreseen,
    Grown,
    Json,
    Reported,
    Windowed,
)
from pipeline.run import record
from pipeline.run.code import code
from pipeline.run.datasets import TEST, datasets
from pipeline.run.fingerprint import fingerprint
from pipeline.run.unfinished import logged
from pipeline.store import EDITION, PUBLISHED
from pipeline.tracking import CLAIM, FINGERPRINT, NOTE, Tracker, code_version

TOP = 10
WHEN = ("made", "run_id")
"""What of a decision tells which process made it: the same day gives the same edition."""
PARTS = ("evaluate", "forecast", "embed", "report")


def later(day: Day) -> str | None:
    """Return the day of what is published of the same source, if it is later than a day."""
    known = day.store.kept(PUBLISHED)
    if known is None or known["source"] != day.source():
        return None
    return str(known["date"]) if known["date"] > str(day.date) else None


def publish(day: Day, tracker: Tracker, champion: Registered, decision: Json | None) -> Json:
    """Log the champion's day, lay out its edition, and make it the published one.

    Every part is there before the record that names it is replaced, in one go. Whoever reads
    sees the edition before or this one.

    Returns
    -------
    dict
        The record: `date version model seen_to decision drift scores run_id edition folder source
        fingerprints`; the folder counts from the store's own.
    """
    flow, version = champion.flow, champion.version
    needs = [flow.fingerprints[part] for part in PARTS]
    plain = {
        "version": version.number,
        "decision": {k: v for k, v in (decision or {}).items() if k not in WHEN},
        "drift": day.settings.drift.model_dump(mode="json"),
    }
    name = fingerprint(EDITION, needs, plain, code(_edition))
    if not day.store.has(EDITION, name):
        edition = _edition(day, champion, decision)
        day.store.write(
            EDITION, name, edition, {"stage": EDITION, "fingerprint": name, "needs": needs}
        )
    summary = day.store.read(Edition, EDITION, name).summary
    run_id = _logged(day, tracker, champion, summary, name)
    published = {
        **summary,
        "run_id": run_id,
        "edition": name,
        "folder": f"stages/{EDITION}/{name}",
        "source": flow.source.name,
        "fingerprints": flow.fingerprints,
    }
    day.store.keep(f"runs/{run_id}", published)
    day.store.keep(PUBLISHED, published)
    return published


def _edition(day: Day, champion: Registered, decision: Json | None) -> Edition:
    """Lay out what is published of a day."""
    from pipeline.similarity.asking.everyone import nearest
    from pipeline.similarity.asking.firms import Firms

    flow, version = champion.flow, champion.version
    evaluated = flow.made(Evaluated)
    found = drift(
        day.settings.drift,
        evaluated,
        flow.made(Baselined),
        flow.made(Grown),
        flow.made(Windowed),
    )
    return Edition(
        forecasts=flow.made(Foreseen).forecasts,
        peers=nearest(Firms(flow.made(Embedded)), TOP),
        page=flow.made(Reported).page,
        summary={
            "date": str(day.date),
            "version": version.number,
            "model": flow.settings.model.name,
            "seen_to": champion.training.seen_to,
            "decision": decision,
            "drift": found,
            "scores": evaluated.scores,
        },
    )


def _logged(day: Day, tracker: Tracker, champion: Registered, summary: Json, name: str) -> str:
    """Log the champion's day as an MLflow run, unless it is there; return the run's id."""
    flow, experiment = champion.flow, experiment_of(champion.flow.source.name)
    known = tracker.find(experiment, name)
    if known is not None:
        return known
    tags = {
        "kind": "published",
        "architecture": flow.settings.model.name,
        "source": flow.source.name,
        "date": str(day.date),
        "version": champion.version.number,
        "drift": summary["drift"]["call"],
        FINGERPRINT: name,
        **code_version(),
    }
    parts = datasets(flow)
    with logged(day.store, tracker) as claim:
        tracker.start(
            experiment,
            f"{day.date} champion {champion.version.number}",
            record.parameters(flow.settings),
            {**tags, CLAIM: claim},
            parts.values(),
        )
        tracker.metrics(record.scores(summary["scores"]), on=parts[TEST])
        tracker.metrics(_checks(summary["drift"]))
        folder = day.store.folder(EDITION, name)
        tracker.artifacts([folder / "page.html"], "report")
        tracker.artifacts([folder / f"{part}.parquet" for part in ("forecasts", "peers")], "tables")
        tracker.tag({NOTE: summary["drift"]["sentence"]})
    return tracker.run_id


def experiment_of(source: str) -> str:
    """Return the experiment of the scheduled runs of a source."""
    return f"{source} daily"


def _checks(found: Json) -> dict[str, Any]:
    """Return the figures of drift as metrics."""
    return {f"drift/{check['name']}": check["recent"] for check in found["checks"]}
