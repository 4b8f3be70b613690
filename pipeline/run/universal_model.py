"""The pretrained networks in MLflow's registry, to be loaded or served by name."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pipeline.forecaster.example import interface
from pipeline.forecaster.universal import UNIVERSAL, written
from pipeline.pretrained.card import RULE
from pipeline.pretrained.pretrained import DEFAULT, INPUTS, files, load
from pipeline.registry.register import register
from pipeline.registry.versions import tagged
from pipeline.run.code import code
from pipeline.run.fingerprint import fingerprint
from pipeline.run.ready import check_ready
from pipeline.settings.settings import Settings
from pipeline.tracking import FINGERPRINT, Tracker
from pipeline.watch import Watch


def register_universal(settings: Settings, watch: Watch) -> dict[str, Any]:
    """Register the pretrained networks as a new version, unless the registry has them already.

    Parameters
    ----------
    settings
        The tracking store, the calendar, and the levels of quantiles that are answered.
    watch
        Told while a store that is locked is waited for.

    Returns
    -------
    dict
        `model version run_id seen_to` and `new`, whether it was registered now.
    """
    check_ready(settings, watch)
    tracker = Tracker(settings.tracking_uri)
    plain = {"quantiles": settings.evaluate.quantiles, "calendar": settings.ingest.calendar}
    identity = fingerprint(UNIVERSAL, [], plain, code(written))  # whose code has the digests
    cards = [load(f"{DEFAULT}-{inputs}").card for inputs in INPUTS]
    seen_to = str(max(one.seen_to for one in cards))
    told = {"model": UNIVERSAL, "seen_to": seen_to}
    known = tagged(tracker, UNIVERSAL, FINGERPRINT, identity)
    if known is not None:
        return {**told, "version": known.number, "run_id": known.run_id, "new": False}
    tags = {FINGERPRINT: identity, "seen_to": seen_to, "architecture": DEFAULT}
    tracker.start(UNIVERSAL, UNIVERSAL, dict(tags), tags)
    status = "FAILED"
    try:
        pages = [files(f"{DEFAULT}-{inputs}")[1] for inputs in INPUTS]
        tracker.artifacts(pages, "cards")
        with TemporaryDirectory() as folder:
            made = written(Path(folder), settings)
            asked = interface(settings.evaluate.quantiles, max(one.lookback for one in cards))
            card = "\n".join(page.read_text(encoding="utf-8").split(RULE, 2)[2] for page in pages)
            version = register(tracker, made, asked, card, tags, model=UNIVERSAL)
        status = "FINISHED"
    finally:
        tracker.end(status)
    return {**told, "version": version, "run_id": tracker.run_id, "new": True}
