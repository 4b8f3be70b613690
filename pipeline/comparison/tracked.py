"""A comparison in MLflow: a parent, a run an entry of its leaderboard, a child a training.

Below the parent stand the rows of the leaderboard as runs, so that the runs table is the
leaderboard: sorted, filtered and drawn by the same names of metrics that every run has. Below the
run of an architecture stand its trainings, a seed and a fold each.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pipeline.comparison.compare import Cell, Comparison, as_json
from pipeline.comparison.ranking import FACTS, cost
from pipeline.evaluation import columns
from pipeline.evaluation.columns import COLUMNS, REFERENCE
from pipeline.evaluation.entry import kind_of
from pipeline.evaluation.titles import model_title
from pipeline.outputs import Compared, Evaluated, Ingested, Trained
from pipeline.registry.versions import (
    CHALLENGER,
    FORECASTER,
    Version,
    aliased,
    give_alias,
    registered_by,
)
from pipeline.run import record
from pipeline.run.registration import enter
from pipeline.run.unfinished import logged
from pipeline.settings.explain import explain, flatten
from pipeline.tracking import CLAIM, FINGERPRINT, PARENT, Tracker, code_version
from pipeline.watch import Watch
from pipeline.words import number

BOARD = tuple(column for score in COLUMNS for column in score.logged)
"""Columns of the leaderboard that are metrics `test/…` of a run."""
RUNG = (
    *("crps", "crps_ratio", "crps_ratio_low", "crps_ratio_high", "dm_p_garch", "kept"),
    *("crps_over_whole", "crps_over_whole_low", "crps_over_whole_high", "dm_p_whole"),
)
"""Columns of the ladder that are metrics `test/…` of a rung."""
AHEAD = tuple(score.key for score in columns.AHEAD)
"""Columns of the days ahead that are metrics of a run."""


Choice = Callable[[Compared, list[Cell]], Cell]
"""Which training of a comparison is registered."""


def winner(found: Compared, trainings: list[Cell]) -> Cell:
    """Choose the winning network, as it was trained last.

    Of its seeds, the one that validated best on the last fold: test days choose nothing but
    the architecture.
    """
    won, last = found.summary["winner"], max(cell.fold for cell in trainings)
    own = [c for c in trainings if (c.rung.name, c.fold) == (won, last)]
    return min(own, key=lambda cell: _validated(cell, "valid_loss"))


def best_validated(found: Compared, trainings: list[Cell]) -> Cell:  # noqa: ARG001
    """Choose the network with the lowest CRPS on validation days.

    Test days choose nothing, so that they may judge it beside the champion. A control is chosen
    only where no network is compared.
    """
    whole = [cell for cell in trainings if cell.rung.whole]
    networks = [cell for cell in whole if kind_of(cell.architecture) == "network"]
    return min(networks or whole, key=lambda cell: _validated(cell, "valid_crps"))


def _validated(cell: Cell, score: str) -> float:
    """Return a training's score at its best epoch."""
    trained = cell.flow.opened().made(Trained)
    epochs = trained.history.set_index("epoch")[score]
    return float(epochs.loc[trained.summary["best_epoch"]])


@dataclass(frozen=True)
class Occasion:
    """What a comparison is made for: by itself, or on a day of a schedule."""

    experiment: str | None = None
    """Name of the experiment; one a source and date range by default."""
    label: str = ""
    """What the parent's name begins with."""
    choose: Choice = winner
    """Which training is registered and made the challenger."""


def track(
    comparison: Comparison,
    trainings: list[Cell],
    watch: Watch,
    occasion: Occasion | None = None,
) -> str:
    """Log a comparison, unless the tracking store has it already.

    Parameters
    ----------
    comparison, trainings
        As `compare` returns them.
    watch
        Told where nothing has changed.
    occasion
        Where the comparison is logged, and what is registered of it.

    Returns
    -------
    str
        The parent's id.
    """
    first = comparison.first
    tracker = Tracker(first.settings.tracking_uri)
    occasion = occasion or Occasion()
    experiment = occasion.experiment or record.experiment(first)
    with first.store.shared():
        turn = first.store.claim(f"turn-{comparison.fingerprint}")
        try:
            known = tracker.find(experiment, comparison.fingerprint)
            if known is not None:
                watch.note(
                    f"Nothing has changed since comparison {known}: every training is reused."
                )
                _challenge(tracker, known)
                return known
            return _Book(comparison, tracker, experiment, occasion).write(trainings)
        finally:
            first.store.release(turn)


class _Book:
    """The runs of one comparison that are being logged."""

    def __init__(
        self, comparison: Comparison, tracker: Tracker, experiment: str, occasion: Occasion
    ) -> None:
        self.first, self.found = comparison.first, comparison.found
        self.comparison, self.parent, self.experiment = comparison, tracker, experiment
        self.occasion = occasion
        self.child = Tracker(tracker.uri)
        self.dataset = record.dataset(self.first)

    def write(self, trainings: list[Cell]) -> str:
        """Log the parent and all below it, which are ended however this ends."""
        with logged(self.first.store, self.parent) as claim:
            self.tags = {CLAIM: claim, "source": self.first.source.name, **code_version()}
            self._parent()
            # The UI lists the newest run first: from the last of the board to the first.
            for step in _rows(self.found.ladder):
                if step["name"] != step["architecture"]:
                    self._rung(step, trainings)
            for row in reversed(_rows(self.found.board)):
                own = [cell for cell in trainings if cell.rung.name == row["name"]]
                self._entry(row, own)
            self._enter(trainings)
        _challenge(self.parent, self.parent.run_id)
        return self.parent.run_id

    def _parent(self) -> None:
        """Start the parent: what won and by how much, the leaderboard, the page."""
        settings, board = self.first.settings, self.found.board
        winner = next(row for row in _rows(board) if row["name"] == self.found.summary["winner"])
        kept = {key: value for key, value in flatten(settings).items() if _compared(key)}
        tags = {**self.tags, FINGERPRINT: self.comparison.fingerprint, "kind": "comparison"}
        compared = self.found.summary["networks"] or self.found.summary["controls"]
        # The runs table shows about twenty letters of a name.
        name = f"{self.occasion.label}{winner['name']} first of {len(compared)}"
        self.parent.start(self.experiment, name, kept, tags, self.dataset)
        self.tags["comparison"] = self.parent.run_id
        self.parent.metrics(_metrics(winner))
        self.parent.tag(
            {
                "winner": str(winner["name"]),
                **_standing(winner),
                "mlflow.note.content": self._note(),
            }
        )
        told = json.dumps(as_json(self.comparison), ensure_ascii=False)
        self.parent.text(board.to_csv(index=False), "leaderboard.csv")
        self.parent.text(told, "leaderboard.json")
        self.parent.text(explain(settings), "config.yaml")
        self.parent.artifacts([self.comparison.page], "report")

    def _enter(self, trainings: list[Cell]) -> None:
        """Register the network that is to be loaded and served by name."""
        chosen = self.occasion.choose(self.found, trainings)
        row = next(row for row in _rows(self.found.board) if row["name"] == chosen.architecture)
        tags = {
            "architecture": chosen.architecture,
            "comparison": self.parent.run_id,
            "date": self.first.made(Ingested).quality["last"],
            "source": self.first.source.name,
            "seed": str(chosen.seed),
            "fold": str(chosen.fold),
            "crps": f"{row['crps']:.6g}",
            "crps_ratio": f"{row['crps_ratio']:.6g}",
            **_standing(row),
        }
        version = enter(self.parent, chosen.flow, tags)
        self.parent.tag({"forecaster": f"{FORECASTER} version {version}"})

    def _entry(self, row: Mapping[str, Any], trainings: list[Cell]) -> None:
        """Log a row of the leaderboard as a run, and the trainings behind it below it."""
        name = str(row["name"])
        kind = "architecture" if row["kind"] == "network" else str(row["kind"])
        tags = {**self.tags, PARENT: self.parent.run_id, "kind": kind, "architecture": name}
        parameters = {"model.name": name} if trainings else {}
        self._start(name, parameters, tags | _standing(row))
        self.child.metrics(_metrics(row))
        record.curves(_course(trainings), self.child)
        for step, metrics in _ahead(self.found, name).items():
            self.child.metrics({f"ahead/{key}": value for key, value in metrics.items()}, step)
            self.child.metrics({f"test_day_{step}/{k}": value for k, value in metrics.items()})
        self.child.end("FINISHED")
        below = {**tags, PARENT: self.child.run_id, "kind": "training"}
        for cell in trainings:
            self._training(cell, below | _standing(row))

    def _rung(self, row: Mapping[str, Any], trainings: list[Cell]) -> None:
        """Log a rung of the ladder that is not on the leaderboard, and what was trained for it."""
        told = {key: str(row[key]) for key in ("architecture", "inputs")}
        days = {"shown_days": str(row["days"])} if row["days"] else {}
        tags = {**self.tags, PARENT: self.parent.run_id, "kind": "rung", **told, **days}
        self._start(str(row["name"]), {"model.name": told["architecture"]}, tags)
        self.child.metrics(_finite({f"test/{key}": row[key] for key in RUNG}))
        self.child.end("FINISHED")
        below = {**tags, PARENT: self.child.run_id, "kind": "training"}
        for cell in trainings:
            if cell.rung.name == row["name"] and cell.rung.days is None:
                self._training(cell, below)

    def _training(self, cell: Cell, tags: dict[str, str]) -> None:
        """Log one training: its settings, curves and scores."""
        part = cell.flow.opened()
        trained, scores = part.made(Trained), part.made(Evaluated).scores
        name = f"{cell.rung.name} seed {cell.seed} fold {cell.fold}"
        self._start(name, {**record.parameters(part.settings), "fold": cell.fold}, tags)
        record.curves(trained.history, self.child)
        record.gradient_flow(trained.gradient_flow, self.child)
        ratio = scores["crps"] / scores["baselines"][REFERENCE]["crps"]
        self.child.metrics({**record.scores(scores), "test/crps_ratio": ratio})
        self.child.metrics({f"cost/{key}": value for key, value in cost(trained).items()})
        best = float(trained.summary["best_epoch"])
        self.child.metrics({"train/best_epoch": best})
        record.start(trained.summary, self.child)
        self.child.end("FINISHED")

    def _start(self, name: str, parameters: Mapping[str, Any], tags: dict[str, str]) -> None:
        self.child.start(self.experiment, name, parameters, tags, self.dataset)

    def _note(self) -> str:
        """Return the description that the UI shows of the parent."""
        lines = [
            self.found.summary["verdict"],
            "",
            "| | kind | CRPS | of GARCH's | p beside GARCH | firms better | in set |",
            "|---|---|---|---|---|---|---|",
        ]
        for row in _rows(self.found.board):
            cells = (
                model_title(row["name"]),
                str(row["kind"]),
                number(row["crps"], ".4f"),
                number(row["crps_ratio"], ".4f"),
                number(row["dm_p_garch"], "p"),
                number(row["firms_better"], ".0%"),
                "yes" if row["in_set"] else "no",
            )
            lines.append(f"| {' | '.join(cells)} |")
        return "\n".join(lines)


def _challenge(tracker: Tracker, run_id: str) -> None:
    """Make the version of a run that ended well the challenger, unless one of a later day is."""
    entered, present = registered_by(tracker, run_id), aliased(tracker, CHALLENGER)
    if entered and (present is None or _recency(entered) > _recency(present)):
        give_alias(tracker, CHALLENGER, entered.number)


def _recency(version: Version) -> tuple[str, int]:
    """Return what the later of two versions has more of; one of before days were noted is old."""
    return version.tags.get("date", ""), int(version.number)


def _course(trainings: list[Cell]) -> pd.DataFrame:
    """Return the mean of several trainings by epoch, as far as all of them went."""
    histories = [cell.flow.opened().made(Trained).history for cell in trainings]
    if not histories:
        return pd.DataFrame(columns=["epoch"])
    epochs = pd.concat(histories).groupby("epoch")
    return epochs.mean()[epochs.size() == len(histories)].reset_index()


def _standing(row: Mapping[str, Any]) -> dict[str, str]:
    """Return the tags that tell an entry's standing."""
    return {"rank": str(row["rank"]), "confidence_set": "in" if row["in_set"] else "out"}


def _metrics(row: Mapping[str, Any]) -> dict[str, float | None]:
    """Return an entry's row as metrics, under the names that runs have; undefined is None."""
    scores = {f"test/{key}": row[key] for key in BOARD}
    return _finite({**scores, **{f"cost/{key}": row[key] for key in FACTS}})


def _ahead(found: Compared, name: str) -> dict[int, dict[str, float | None]]:
    """Return an entry's scores by days ahead; none where one day alone is forecast."""
    if found.summary["horizon"] == 1:
        return {}
    rows = found.ahead[found.ahead["name"] == name]
    return {row["horizon"]: _finite({key: row[key] for key in AHEAD}) for row in _rows(rows)}


def _finite(values: Mapping[str, Any]) -> dict[str, float | None]:
    """Return numbers, those that are undefined as None."""
    return {key: float(value) if np.isfinite(value) else None for key, value in values.items()}


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a table's rows."""
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]


def _compared(key: str) -> bool:
    """Say whether a setting is one of all trainings: neither a place nor what they differ in."""
    return key not in (*record.PLACES, "model.name", "train.seed") and not key.startswith(
        ("daily.", "drift.")
    )
