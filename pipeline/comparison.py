"""Compare architectures: the same folds, seeds, budget and data, one leaderboard.

Every training is an ordinary `evaluate` stage in the store, so a comparison that was broken off
goes on where it stopped, and shares its trainings with `firmament run` and other comparisons.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.config import Settings
from pipeline.engines import Engine
from pipeline.evaluation.leaderboard import Entry, leaderboard, marked, verdict
from pipeline.flow import Flow
from pipeline.outputs import Baselined, Evaluated, Grown, Ingested, Trained
from pipeline.panel.folds import walk_forward
from pipeline.sections import COMPOSED, Window
from pipeline.watch import Silence, Watch

FACTS = ("parameters", "seconds", "targets_per_second", "epochs", "clipped_share")
"""What the leaderboard tells of training, from the summary and the history."""


@dataclass(frozen=True)
class Cell:
    """One training of a comparison: an architecture, a seed, a fold."""

    architecture: str
    seed: int
    fold: int
    flow: Flow
    """Its stages, over settings of its own."""

    def opened(self) -> Flow:
        """Return its stages to read from; what is read is forgotten with them.

        Else the forecasts of all trainings would be held at once.
        """
        return self.flow.vary(self.flow.settings, Silence())


@dataclass(frozen=True)
class Comparison:
    """What a comparison found."""

    board: pd.DataFrame
    """As `leaderboard` returns it."""
    verdict: str
    """Who won, and whether that is more than chance."""
    folds: list[Window]
    """The folds, each with its dates."""
    fingerprint: str
    """Of all trainings."""
    firms: int
    forecasts: int
    """Firm-days that were forecast, over all folds."""


def cells(first: Flow, folds: list[Window]) -> list[Cell]:
    """List the trainings, all of one architecture after another."""
    asked = first.settings.compare
    return [
        Cell(name, seed, number, first.vary(_settings(first, name, seed, window), Silence()))
        for name in asked.models
        for seed in range(asked.seeds)
        for number, window in enumerate(folds, start=1)
    ]


def compare(settings: Settings, engine: Engine, watch: Watch) -> tuple[Comparison, list[Cell]]:
    """Train what is missing, and rank everything.

    Parameters
    ----------
    settings
        Of which `compare` says what is compared.
    engine
        Where the trainings run.
    watch
        Told of every training that is done.

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
    first = Flow(settings, watch)
    folds = _prepared(first)
    trainings = cells(first, folds)
    missing = [cell.flow for cell in trainings if not _done(cell)]
    done = len(trainings) - len(missing)
    watch.step("trainings", done, len(trainings))
    for _ in engine(missing):
        done += 1
        watch.step("trainings", done, len(trainings))
    return _ranked(first, trainings, folds), trainings


def _prepared(first: Flow) -> list[Window]:
    """Read the prices once, cut the folds, and forecast each with the baselines."""
    first.store.sweep(lambda claim, _: not claim.startswith("run-"))
    first.reach("growth")
    dates = first.made(Grown).growth.index.to_numpy()
    folds = walk_forward(first.settings.window, dates, first.settings.compare.folds)
    for window in folds:
        _of(first, window).reach("baselines")
    return folds


def _of(first: Flow, window: Window) -> Flow:
    """Return the flow of one fold."""
    return first.vary(first.settings.model_copy(update={"window": window}), first.watch)


def _ranked(first: Flow, trainings: list[Cell], folds: list[Window]) -> Comparison:
    """Return the leaderboard from what is in the store."""
    digest = hashlib.sha256()
    networks: dict[str, Entry] = {}
    for name in first.settings.compare.models:
        marks, facts = [], []
        for cell in (cell for cell in trainings if cell.architecture == name):
            part = cell.opened()
            digest.update(part.fingerprints["evaluate"].encode())
            marks.append(marked(part.made(Evaluated).forecasts, cell.seed))
            facts.append(_facts(part.made(Trained)))
        means = {key: float(np.mean([each[key] for each in facts])) for key in FACTS}
        networks[name] = Entry(pd.concat(marks, ignore_index=True), means)
    baselines = {
        str(name): Entry(pd.concat(rows, ignore_index=True), {})
        for name, rows in _baselines(first, folds).items()
    }
    board = leaderboard(networks, baselines)
    firms = len(first.made(Ingested).firms)
    forecasts = len(next(iter(baselines.values())).marks)
    return Comparison(board, verdict(board), folds, digest.hexdigest()[:20], firms, forecasts)


def _baselines(first: Flow, folds: list[Window]) -> dict[str, list[pd.DataFrame]]:
    """Return each baseline's marks, a table a fold."""
    found: dict[str, list[pd.DataFrame]] = {}
    for window in folds:
        table = _of(first, window).made(Baselined).forecasts
        for name, rows in table.groupby("baseline", sort=False):
            found.setdefault(str(name), []).append(marked(rows))
    return found


def _settings(first: Flow, name: str, seed: int, window: Window) -> Settings:
    """Return the settings of one training."""
    settings = first.settings
    layers = settings.model.layers if name in COMPOSED else None
    return settings.model_copy(
        update={
            "model": settings.model.model_copy(update={"name": name, "layers": layers}),
            "train": settings.train.model_copy(update={"seed": seed}),
            "window": window,
        }
    )


def _done(cell: Cell) -> bool:
    return cell.flow.store.has("evaluate", cell.flow.fingerprints["evaluate"])


def _facts(trained: Trained) -> dict[str, float]:
    known = {**trained.summary, "clipped_share": trained.history["clipped_share"].mean()}
    return {name: float(known[name]) for name in FACTS}
