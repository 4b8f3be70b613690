"""Compare architectures: the same folds, seeds, budget and data, one leaderboard.

Every training is an ordinary `evaluate` stage in the store, so a comparison that was broken off
goes on where it stopped, and shares its trainings with `firmament run` and other comparisons.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pipeline.comparison.engines import Engine
from pipeline.comparison.ranking import ranked
from pipeline.comparison.rungs import rungs, settings_of
from pipeline.evaluation.ladder import Rung
from pipeline.outputs import Compared, Grown, Json
from pipeline.panel.folds import walk_forward
from pipeline.run.code import code
from pipeline.run.fingerprint import fingerprint
from pipeline.run.flow import Flow
from pipeline.run.plan import Plan
from pipeline.run.ready import check_ready
from pipeline.run.unfinished import sweep_outputs
from pipeline.settings.settings import Settings
from pipeline.watch import Silence, Watch

NAME = "comparison"
"""What a comparison's output is called in the store."""


@dataclass(frozen=True)
class Cell:
    """A rung of a comparison, a seed, a fold: what is trained once, or a network shown less."""

    rung: Rung
    seed: int
    fold: int
    flow: Flow
    """Its stages, over settings of its own."""

    @property
    def architecture(self) -> str:
        """Its architecture, which may be a control."""
        return self.rung.architecture


@dataclass(frozen=True)
class Comparison:
    """What a comparison found."""

    first: Flow
    """Of the comparison's own settings."""
    found: Compared
    """Leaderboard, tables and page."""
    fingerprint: str
    """Of all that was found; the store has it under `comparison`."""

    @property
    def page(self) -> Path:
        """The page's file."""
        return self.first.store.folder(NAME, self.fingerprint) / "page.html"


def cells(first: Flow, folds: list[Flow]) -> list[Cell]:
    """List the trainings, all of one architecture after another.

    Those of a ladder are judged beside the baselines of the leaderboard, which depend on what is
    seen of a day no more than firm-days do.
    """
    found = []
    for rung in rungs(first.settings):
        for seed in range(first.settings.compare.seeds):
            for number, fold in enumerate(folds, start=1):
                flow = first.vary(settings_of(rung, fold.settings, seed), Silence())
                if not rung.whole:
                    flow = flow.take({"baselines": fold.fingerprints["baselines"]})
                found.append(Cell(rung, seed, number, flow))
    return found


def compare(
    plan: Plan,
    settings: Settings,
    engine: Engine,
    watch: Watch,
    origin: Sequence[str] | None = None,
) -> tuple[Comparison, list[Cell]]:
    """Train what is missing, and rank everything.

    Parameters
    ----------
    plan
        The stages.
    settings
        Of which `compare` says what is compared.
    engine
        Where the trainings run.
    watch
        Told of every training that is done.
    origin
        `Flow.origin` of prices that are in the store, which are then not asked for.

    Returns
    -------
    Comparison
        The leaderboard.
    list
        The trainings behind it.

    Raises
    ------
    FirmamentError
        Where settings or prices are refused, or the engine fails.
    """
    if origin is None:  # else a day has begun, which was checked
        check_ready(settings, watch)
    first = Flow(plan, settings.compared(), watch, origin)
    with first.store.shared():
        folds = _prepared(first)
        trainings = cells(first, folds)
        missing = [cell for cell in trainings if not _done(cell)]
        done = len(trainings) - len(missing)
        watch.step("trainings", done, len(trainings))
        # What is shown its last days alone was trained before.
        for shown in (False, True):
            wave = [cell.flow for cell in missing if bool(cell.rung.days) == shown]
            for flow in wave:
                flow.reach("window")
            for _ in engine(wave):
                done += 1
                watch.step("trainings", done, len(trainings))
        return _ranked(first, trainings, folds), trainings


def _prepared(first: Flow) -> list[Flow]:
    """Read the prices once, cut the folds, and forecast each with the baselines."""
    sweep_outputs(first.store)
    first.reach("growth")
    dates = first.made(Grown).growth.index.to_numpy()
    windows = walk_forward(first.settings.window, dates, first.settings.compare.folds)
    folds = [
        first.vary(first.settings.model_copy(update={"window": window}), first.watch)
        for window in windows
    ]
    for fold in folds:
        fold.reach("baselines")
    return folds


def _ranked(first: Flow, trainings: list[Cell], folds: list[Flow]) -> Comparison:
    """Return what the trainings come to: from the store, if it was told before."""
    needs = [cell.flow.fingerprints["evaluate"] for cell in trainings]
    known = fingerprint(NAME, needs, {}, code(ranked))
    if not first.store.has(NAME, known):
        begin = time.perf_counter()
        flows: dict[Rung, list[Flow]] = {}
        for cell in trainings:
            flows.setdefault(cell.rung, []).append(cell.flow)
        found = ranked(first, flows, folds)
        seconds = round(time.perf_counter() - begin, 3)
        about = {"stage": NAME, "fingerprint": known, "needs": needs, "seconds": seconds}
        first.store.write(NAME, known, found, about)
    return Comparison(first, first.store.read(Compared, NAME, known), known)


def _done(cell: Cell) -> bool:
    return cell.flow.store.has("evaluate", cell.flow.fingerprints["evaluate"])


def as_json(comparison: Comparison) -> Json:
    """Return what was found as plain values: the summary and the rows of the tables."""
    found = comparison.found
    return {
        **found.summary,
        "leaderboard": _rows(found.board),
        "ladder": _rows(found.ladder),
        "by_horizon": _rows(found.ahead),
    }


def _rows(table: pd.DataFrame) -> list[Json]:
    """Return a table's rows; what is undefined is null."""
    return list(json.loads(table.to_json(orient="records", double_precision=10)))
