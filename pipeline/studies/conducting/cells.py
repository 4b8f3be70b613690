"""The cells of a study: each is measured once and kept, so that a study goes on where it was."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from models.backend import import_keras
from pipeline.outputs import Windowed
from pipeline.run.code import code
from pipeline.run.fingerprint import fingerprint
from pipeline.run.flow import Flow
from pipeline.run.workers import in_processes
from pipeline.settings.settings import Settings
from pipeline.stages import PLAN
from pipeline.store import Store, open_store
from pipeline.studies.catalogue import Study
from pipeline.studies.study import Cell
from pipeline.watch import Watch

STAGE = "cell"
"""What cells are called among the outputs of a store."""
WINDOW = "window"
"""The stage that gives a study real growth."""
DIED = (
    "A process that measured a cell of a study died, perhaps for want of memory: the finished "
    "cells are kept; give the same command again, with --jobs 1."
)


@dataclass(frozen=True)
class Measured:
    """What was found in a cell."""

    rows: pd.DataFrame


@dataclass(frozen=True)
class Task:
    """A cell that is to be measured, told so that any process can."""

    study: Study
    cell: Cell
    fingerprint: str
    window: str | None
    """Fingerprint of the windows of real growth, where the study asks about it."""
    data_root: str
    mirror_root: str


class Cells:
    """The cells of one study over one configuration.

    Parameters
    ----------
    study
        What is asked.
    settings
        Where cells are kept, and of whose growth the study asks.
    watch
        Told what is made.
    full
        Whether the design is a paper's.
    """

    def __init__(self, study: Study, settings: Settings, watch: Watch, full: bool) -> None:
        self.study, self.watch, self.full = study, watch, full
        self.store = open_store(settings.data_root, settings.mirror_root)
        self.store.prepare()
        self.design: list[Cell] = study.load().design(full)
        self.flow = Flow(PLAN, settings, watch) if study.growth else None
        self.window = self.flow.fingerprints[WINDOW] if self.flow else None
        own = code(study.load().measure)
        needs = [self.window] if self.window else []
        self.fingerprints = [
            fingerprint(STAGE, needs, {study.name: dict(cell)}, own) for cell in self.design
        ]
        self._places = (self.store.address, settings.mirror_root)

    def __len__(self) -> int:
        return len(self.design)

    def missing(self) -> list[Task]:
        """Return those that were not measured yet."""
        return [
            Task(self.study, cell, known, self.window, *self._places)
            for cell, known in zip(self.design, self.fingerprints, strict=True)
            if not self.store.has(STAGE, known)
        ]

    def measure(self, missing: Sequence[Task], jobs: int | None) -> Iterator[None]:
        """Measure cells, several at a time unless time is measured; yields as each is done."""
        if self.flow:
            self.flow.reach(WINDOW)
        yield from in_processes(fulfil, missing, 1 if self.study.alone else jobs, DIED)

    def measured(self) -> Iterator[tuple[Cell, pd.DataFrame, float]]:
        """Yield each cell, its rows, and the seconds that it took."""
        for cell, known in zip(self.design, self.fingerprints, strict=True):
            rows = self.store.read(Measured, STAGE, known).rows
            yield cell, rows, float(self.store.about(STAGE, known).get("seconds", 0.0))

    def rows(self) -> pd.DataFrame:
        """Return the rows of all cells, each with what is set in its cell."""
        tables = [rows.assign(**cell)[[*cell, *rows]] for cell, rows, _ in self.measured()]
        return pd.concat(tables, ignore_index=True)


def fulfil(task: Task) -> None:
    """Measure a cell, and leave its rows in the store."""
    if task.study.networks:
        import_keras()
    store = open_store(task.data_root, task.mirror_root)
    begin = time.perf_counter()
    rows = pd.DataFrame(task.study.load().measure(task.cell, *_growth(task, store)))
    about: dict[str, Any] = {
        "stage": STAGE,
        "fingerprint": task.fingerprint,
        "settings": {task.study.name: dict(task.cell)},
        "needs": {WINDOW: task.window} if task.window else {},
        "seconds": round(time.perf_counter() - begin, 3),
    }
    store.write(STAGE, task.fingerprint, Measured(rows), about)


def _growth(task: Task, store: Store) -> list[Windowed]:
    """Return the windows of real growth, where the study asks about it."""
    return [store.read(Windowed, WINDOW, task.window)] if task.window else []
