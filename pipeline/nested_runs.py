"""A comparison in MLflow: a parent run, a child a training, and a child a baseline."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipeline import flow, logbook
from pipeline.comparison import Cell, Comparison
from pipeline.config import Settings, explain, flatten
from pipeline.outputs import Evaluated, Trained
from pipeline.tracking import CLAIM, FINGERPRINT, Tracker, code_version
from pipeline.watch import Watch

PARENT = "mlflow.parentRunId"
BOARD = (
    "crps",
    "crps_ratio",
    "log_score",
    "mae",
    "rmse",
    "directional_accuracy",
    "information_coefficient",
    "rank_ic",
    "coverage_50",
    "coverage_90",
    "coverage_99",
    "dm_p_holm",
    "set_p",
    "seed_spread",
)
"""Columns of the leaderboard that are metrics of a run."""


def track(settings: Settings, found: Comparison, trainings: list[Cell], watch: Watch) -> str:
    """Log a comparison, unless the tracking store has it already; return the parent's id."""
    first = flow.Flow(settings, watch)
    tracker = Tracker(settings.tracking_uri)
    experiment = logbook.experiment(first)
    turn = first.store.claim(f"turn-{found.fingerprint}")
    try:
        known = tracker.find(experiment, found.fingerprint)
        if known is not None:
            watch.note(f"Nothing has changed since comparison {known}: every training is reused.")
            return known
        return _track(first, tracker, experiment, found, trainings)
    finally:
        first.store.release(turn)


def _track(
    first: flow.Flow,
    tracker: Tracker,
    experiment: str,
    found: Comparison,
    trainings: list[Cell],
) -> str:
    """Log the parent and its children; all are ended, however this ends."""
    settings = first.settings
    claim = first.store.claim(f"run-{time.time_ns():x}", settings.tracking_uri)
    mine = {CLAIM: Path(claim.name).name, "source": first.source.name, **code_version()}
    child = Tracker(settings.tracking_uri)
    try:
        kept = {key: value for key, value in flatten(settings).items() if _compared(key)}
        tags = {**mine, FINGERPRINT: found.fingerprint, "kind": "comparison"}
        name = f"comparison of {len(settings.compare.models)} networks"
        tracker.start(experiment, name, kept, tags, logbook.dataset(first))
        mine[PARENT] = tracker.run_id
        for cell in trainings:
            _training(cell, child, experiment, found.board, mine)
        for row in found.board[found.board["kind"] == "baseline"].to_dict("records"):
            named = {**mine, "kind": "baseline", "architecture": row["name"], **_standing(row)}
            child.start(experiment, str(row["name"]), {}, named, logbook.dataset(first))
            child.metrics(_metrics(row))
            child.end("FINISHED")
        _board(tracker, found, settings)
    except BaseException as error:
        status = "KILLED" if isinstance(error, KeyboardInterrupt) else "FAILED"
        for open_run in (child, tracker):
            open_run.end(status)
        first.store.release(claim)
        raise
    tracker.end("FINISHED")
    first.store.release(claim)
    return tracker.run_id


def _training(
    cell: Cell, child: Tracker, experiment: str, board: pd.DataFrame, mine: dict[str, str]
) -> None:
    """Log one training: its settings, curves and scores."""
    part = cell.opened()
    row = board.set_index("name").loc[cell.architecture]
    tags = {**mine, "kind": "training", "architecture": cell.architecture, **_standing(row)}
    name = f"{logbook.name(part.settings)} fold {cell.fold}"
    parameters = {**logbook.parameters(part.settings), "fold": cell.fold}
    child.start(experiment, name, parameters, tags, logbook.dataset(part))
    trained = part.made(Trained)
    logbook.curves(trained, child)
    child.metrics(logbook.scores(part.made(Evaluated).scores))
    facts = ("parameters", "best_epoch", "epochs", "seconds", "targets_per_second")
    child.metrics({f"train/{key}": float(trained.summary[key]) for key in facts})
    child.end("FINISHED")


def _board(tracker: Tracker, found: Comparison, settings: Settings) -> None:
    """Log the leaderboard to the parent: tables, what won, and by how much."""
    winner = found.board[found.board["kind"] == "network"].iloc[0]
    tracker.metrics(_metrics(winner.to_dict()))
    tracker.tag({"winner": str(winner["name"]), "mlflow.note.content": _note(found)})
    tracker.text(found.board.to_csv(index=False), "leaderboard.csv")
    tracker.text(as_json(found), "leaderboard.json")
    tracker.text(explain(settings), "config.yaml")


def as_json(found: Comparison) -> str:
    """Return a comparison as JSON: verdict, folds and the rows of the leaderboard."""
    rows = json.loads(found.board.to_json(orient="records", double_precision=10))
    return json.dumps(
        {
            "verdict": found.verdict,
            "firms": found.firms,
            "forecasts": found.forecasts,
            "folds": [_ends(window) for window in found.folds],
            "leaderboard": rows,
        },
        ensure_ascii=False,
    )


def _ends(window: Any) -> dict[str, str]:
    return {name: str(getattr(window, name)) for name in ("train_end", "valid_end", "test_end")}


def _note(found: Comparison) -> str:
    """Return the description that the UI shows of the parent."""
    lines = [
        found.verdict,
        "",
        "| | CRPS | of GARCH's | DM p (Holm) | in set |",
        "|---|---|---|---|---|",
    ]
    for row in found.board.to_dict("records"):
        ratio, p_value = row.get("crps_ratio", np.nan), row["dm_p_holm"]
        told = "–" if not np.isfinite(p_value) else f"{p_value:.3f}"
        kept = "yes" if row["in_set"] else "no"
        lines.append(f"| {row['name']} | {row['crps']:.4f} | {ratio:.4f} | {told} | {kept} |")
    return "\n".join(lines)


def _standing(row: Any) -> dict[str, str]:
    """Return the tags that tell an entry's standing."""
    return {"confidence_set": "in" if row["in_set"] else "out"}


def _metrics(row: dict[Any, Any]) -> dict[str, float | None]:
    """Return an entry's leaderboard scores as metrics, under the names that runs have."""
    known = {name: float(row[name]) for name in BOARD if name in row}
    return {f"test/{key}": value if np.isfinite(value) else None for key, value in known.items()}


def _compared(key: str) -> bool:
    """Say whether a setting is one of all trainings: neither a place nor what they differ in."""
    return key not in (*logbook.PLACES, "model.name", "train.seed")
