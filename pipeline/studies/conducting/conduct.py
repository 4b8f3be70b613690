"""Conducting a study: its cells are measured, answered from, and tracked."""

from __future__ import annotations

import json
from typing import Any

from pipeline.run.ready import check_ready
from pipeline.run.unfinished import sweep
from pipeline.settings.settings import Settings
from pipeline.store import ANSWER, STUDIES
from pipeline.studies.catalogue import Study
from pipeline.studies.conducting.answer import Conducted, answer
from pipeline.studies.conducting.cells import Cells
from pipeline.studies.conducting.tracked import track
from pipeline.tracking import Tracker
from pipeline.watch import Watch


def conduct(
    study: Study, settings: Settings, watch: Watch, *, full: bool = False, jobs: int | None = None
) -> tuple[Conducted, str]:
    """Answer a study: measure the cells that are missing, conclude, and track it once.

    Parameters
    ----------
    study
        What is asked.
    settings
        Where things lie, and of which growth a study asks.
    watch
        Told of every cell that is done.
    full
        Whether to measure as much as a paper would.
    jobs
        Cells at a time; None for as many as there are cores.

    Returns
    -------
    Conducted
        The answer, from the store if it was given before.
    str
        Id of the MLflow run.

    Raises
    ------
    FirmamentError
        Where settings or prices are refused, or a process dies.
    """
    check_ready(settings, watch)
    cells = Cells(study, settings, watch, full)
    tracker = Tracker(settings.tracking_uri)
    with cells.store.shared():
        sweep(cells.store, tracker, watch)
        # Of two processes that ask for the same, the second waits and finds what the first made.
        turn = cells.store.claim(f"turn-study-{study.name}")
        try:
            conducted = answer(cells, jobs)
            run_id = track(conducted, tracker)
            record = {"run_id": run_id, ANSWER: conducted.fingerprint}
            cells.store.keep(f"{STUDIES}/{study.name}", record)
        finally:
            cells.store.release(turn)
    return conducted, run_id


def as_json(conducted: Conducted, run_id: str, seconds: float) -> dict[str, Any]:
    """Return a study as plain values; what is undefined is null."""
    answered = conducted.answered
    rows = json.loads(answered.rows.to_json(orient="records", double_precision=10))
    kept = ("study", "question", "answer", "sentences")
    rest = ("plots", "full", "cells")
    return {
        **{key: answered.told[key] for key in kept},
        "rows": rows,
        "figures": answered.told["figures"],
        "seconds": round(seconds, 1),
        **{key: answered.told[key] for key in rest},
        "page": str(conducted.page),
        "run_id": run_id,
    }
