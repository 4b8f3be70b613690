"""The answer of a study: what follows from its cells, kept in the store."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from math import isfinite
from pathlib import Path

import pandas as pd

from pipeline.outputs import Json
from pipeline.run.code import code
from pipeline.run.fingerprint import fingerprint
from pipeline.store import ANSWER, Store
from pipeline.store import STUDIES as RECORDS
from pipeline.studies.catalogue import STUDIES
from pipeline.studies.conducting.cells import Cells
from pipeline.studies.conducting.page import page
from pipeline.studies.conducting.plots import svg
from pipeline.studies.study import Figure, Found


@dataclass(frozen=True)
class Answered:
    """What a study came to."""

    told: Json
    """`study title question answer sentences figures plots full cells`."""
    rows: pd.DataFrame
    """A row a condition."""
    measured: pd.DataFrame
    """The rows of all cells."""
    drawings: Json
    """Plot → SVG."""
    page: str = field(metadata={"suffix": ".html"})
    """One self-contained HTML page."""


@dataclass(frozen=True)
class Conducted:
    """A study that was conducted, and where it is kept."""

    cells: Cells
    answered: Answered
    fingerprint: str

    @property
    def page(self) -> Path:
        """The page's file."""
        return self.cells.store.folder(ANSWER, self.fingerprint) / "page.html"


def answer(cells: Cells, jobs: int | None) -> Conducted:
    """Measure what is missing and conclude; nothing is tracked."""
    missing = cells.missing()
    done = len(cells) - len(missing)
    cells.watch.step("cells", done, len(cells))
    for _ in cells.measure(missing, jobs):
        done += 1
        cells.watch.step("cells", done, len(cells))
    others = gathered(cells.store) if cells.study.gathers else None
    needs = [*cells.fingerprints, *(told["fingerprint"] for told in (others or {}).values())]
    known = fingerprint(ANSWER, needs, {}, code(_answered))
    if not cells.store.has(ANSWER, known):
        begin = time.perf_counter()
        answered = _answered(cells, others)
        about = {
            "stage": ANSWER,
            "fingerprint": known,
            "needs": needs,
            "seconds": round(time.perf_counter() - begin, 3),
        }
        cells.store.write(ANSWER, known, answered, about)
    return Conducted(cells, cells.store.read(Answered, ANSWER, known), known)


def gathered(store: Store) -> dict[str, Json]:
    """Return the latest answers of all studies that are in a store, by name.

    Each is `Answered.told` with its `fingerprint`, its `rows` and its `run_id`.
    """
    found = {}
    for name, study in STUDIES.items():
        record = store.kept(f"{RECORDS}/{name}")
        if study.gathers or record is None or not store.has(ANSWER, record["answer"]):
            continue
        answered = store.read(Answered, ANSWER, record["answer"])
        about = {"fingerprint": record["answer"], "run_id": record["run_id"]}
        found[name] = {**answered.told, **about, "rows": answered.rows}
    return found


def _answered(cells: Cells, others: Mapping[str, Json] | None) -> Answered:
    """Conclude from the cells, and draw what was found."""
    study, measured = cells.study, cells.rows()
    conclude = study.load().conclude
    found: Found = conclude(measured) if others is None else conclude(measured, others)
    told = {
        "study": study.name,
        "title": study.title,
        "question": study.question,
        "answer": found.answer,
        "sentences": list(found.sentences),
        "figures": [_plain(figure) for figure in found.figures],
        "plots": {plot.name: plot.caption for plot in found.plots},
        "full": cells.full,
        "cells": len(cells),
    }
    facts = {
        "design": "full" if cells.full else "default",
        "cells": str(len(cells)),
        "rows": f"{len(measured):,}",
    }
    drawings = {plot.name: svg(plot).decode() for plot in found.plots}
    return Answered(told, found.rows, measured, drawings, page(study, found, facts))


def _plain(figure: Figure) -> Json:
    """Return a figure as plain values; what is undefined is None, for JSON has no NaN."""
    values = asdict(figure)
    undefined = {
        key for key, value in values.items() if isinstance(value, float) and not isfinite(value)
    }
    return values | dict.fromkeys(undefined)
