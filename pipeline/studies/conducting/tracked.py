"""A study in MLflow: a parent with its answer, and a child a cell of the design."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from pipeline.run import record
from pipeline.run.datasets import prices
from pipeline.run.unfinished import logged
from pipeline.studies.conducting.answer import Conducted
from pipeline.tracking import CLAIM, FINGERPRINT, NOTE, PARENT, Tracker, code_version

EXPERIMENT = "studies"


def track(conducted: Conducted, tracker: Tracker) -> str:
    """Log a study, unless the tracking store has it already; return the id of the parent."""
    known = tracker.find(EXPERIMENT, conducted.fingerprint)
    if known is not None:
        conducted.cells.watch.note(f"Nothing has changed since run {known}: the answer is reused.")
        return known
    with logged(conducted.cells.store, tracker) as claim:
        tags = {CLAIM: claim, "study": conducted.cells.study.name, **code_version()}
        _parent(conducted, tracker, tags)
        child = Tracker(tracker.uri)
        below = {**tags, PARENT: tracker.run_id, "kind": "cell"}
        for cell, rows, seconds in conducted.cells.measured():
            child.start(EXPERIMENT, str(cell["cell"]), dict(cell), below)
            child.metrics({**means(rows), "seconds": seconds})
            child.end("FINISHED")
    return tracker.run_id


def _parent(conducted: Conducted, tracker: Tracker, tags: dict[str, str]) -> None:
    """Start the parent: question and answer, figures, page, plots and rows."""
    told, flow = conducted.answered.told, conducted.cells.flow
    settings = record.parameters(flow.settings) if flow else {}
    tracker.start(
        EXPERIMENT,
        f"{told['study']}{' full' if told['full'] else ''}",
        {"study": told["study"], "full": told["full"], "cells": told["cells"], **settings},
        {**tags, FINGERPRINT: conducted.fingerprint, "kind": "study"},
        [prices(flow)] if flow else (),
    )
    tracker.tag({NOTE: _note(told)})
    logged_as: dict[str, float | None] = {}
    for figure in told["figures"]:
        name = metric(figure["name"])
        logged_as[name] = figure["value"]
        if figure["low"] != figure["high"]:
            logged_as |= {f"{name} {end}": figure[end] for end in ("low", "high")}
    tracker.metrics(logged_as)
    tracker.text(conducted.answered.rows.to_csv(index=False), "rows.csv")
    tracker.text(conducted.answered.measured.to_csv(index=False), "measured.csv")
    for name, drawing in conducted.answered.drawings.items():
        tracker.text(drawing, f"plots/{name}.svg")
    tracker.artifacts([conducted.page], "report")


def metric(name: str) -> str:
    """Return the name of a figure as MLflow allows it."""
    return re.sub(r"[^\w\-. :/]+", " ", name.replace(", ", "/")).strip()


def means(rows: pd.DataFrame) -> dict[str, float]:
    """Return the mean of each column of numbers or truth values, the seeds aside."""
    told = rows.drop(columns="seed", errors="ignore").select_dtypes(["number", "bool"])
    return {metric(str(name)): float(value) for name, value in told.mean().items()}


def _note(told: dict[str, Any]) -> str:
    """Return the description that the UI shows of a study."""
    lines = [f"**{told['question']}**", "", told["answer"], ""]
    lines += [f"- {sentence}" for sentence in told["sentences"]]
    return "\n".join(lines)
