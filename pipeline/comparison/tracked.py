"""A comparison in MLflow: a parent, a run an entry of its leaderboard, a child a training.

Below the parent stand the rows of the leaderboard as runs, so that the runs table is the
leaderboard: sorted, filtered and drawn by the same names of metrics that every run has. Below the
run of an architecture stand its trainings, a seed and a fold each.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from pipeline.comparison.compare import Cell, Comparison, as_json
from pipeline.comparison.notes import Links, compared, entry_note, parent_note
from pipeline.comparison.occasion import Occasion
from pipeline.comparison.ranking import FACTS, cost
from pipeline.evaluation import columns
from pipeline.evaluation.columns import COLUMNS, REFERENCE
from pipeline.outputs import Compared, Evaluated, Ingested, Trained
from pipeline.registry.versions import (
    CHALLENGER,
    FORECASTER,
    Version,
    aliased,
    give_alias,
    numbered,
    registered_by,
)
from pipeline.run import record
from pipeline.run.datasets import TEST, Datasets, datasets
from pipeline.run.model_card import model_card
from pipeline.run.registration import enter
from pipeline.run.unfinished import logged
from pipeline.settings.explain import explain, flatten
from pipeline.tracking import CLAIM, FINGERPRINT, NOTE, PARENT, Dataset, Tracker, code_version
from pipeline.tracking.views import RUNS, all_runs, trainings_of
from pipeline.watch import Watch

BOARD = tuple(column for score in COLUMNS for column in score.logged)
"""Columns of the leaderboard that are metrics `test/…` of a run."""
RUNG = (
    *("crps", "crps_ratio", "crps_ratio_low", "crps_ratio_high", "dm_p_garch", "kept"),
    *("crps_over_whole", "crps_over_whole_low", "crps_over_whole_high", "dm_p_whole"),
)
"""Columns of the ladder that are metrics `test/…` of a rung."""
AHEAD = tuple(score.key for score in columns.AHEAD)
"""Columns of the days ahead that are metrics of a run."""


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
            return _Book(comparison, trainings, tracker, experiment, occasion).write()
        finally:
            first.store.release(turn)


class _Book:
    """The runs of one comparison that are being logged."""

    def __init__(
        self,
        comparison: Comparison,
        trainings: list[Cell],
        tracker: Tracker,
        experiment: str,
        occasion: Occasion,
    ) -> None:
        self.first, self.found = comparison.first, comparison.found
        self.comparison, self.parent, self.experiment = comparison, tracker, experiment
        self.occasion = occasion
        self.child = Tracker(tracker.uri)
        self.trainings = trainings
        self.runs: dict[str, str] = {}
        self.trained: dict[Cell, str] = {}
        self.parts: dict[str, Datasets] = {}

    def write(self) -> str:
        """Log the parent and all below it, which are ended however this ends."""
        with logged(self.first.store, self.parent) as claim:
            self.tags = {CLAIM: claim, "source": self.first.source.name, **code_version()}
            self._parent()
            # The UI lists the newest run first: from the last of the board to the first.
            for step in _rows(self.found.ladder):
                if step["name"] != step["architecture"]:
                    self._rung(step)
            for row in reversed(_rows(self.found.board)):
                self._entry(row)
            version = self._enter()
            note = parent_note(self.found, self._links(), self.runs, self.trained, version)
            self.parent.tag({NOTE: note, "forecaster": f"{FORECASTER} version {version}"})
        _challenge(self.parent, self.parent.run_id)
        return self.parent.run_id

    def _parent(self) -> None:
        """Start the parent: what won and by how much, the leaderboard, the page."""
        settings, board = self.first.settings, self.found.board
        winner = next(row for row in _rows(board) if row["name"] == self.found.summary["winner"])
        kept = {key: value for key, value in flatten(settings).items() if _compared(key)}
        tags = {**self.tags, FINGERPRINT: self.comparison.fingerprint, "kind": "comparison"}
        entrants = self.found.summary["networks"] or self.found.summary["controls"]
        # The runs table shows about twenty letters of a name.
        name = f"{self.occasion.label}{winner['name']} first of {len(entrants)}"
        self.parent.start(self.experiment, name, kept, tags, self._inputs(self.trainings))
        self.tags["comparison"] = self.parent.run_id
        self.parent.view(RUNS, all_runs())
        self.parent.view(self.parent.run_id, trainings_of(self.parent.run_id))
        self.parent.metrics(_metrics(winner))
        self.parent.tag({"winner": str(winner["name"]), **_standing(winner)})
        told = json.dumps(as_json(self.comparison), ensure_ascii=False)
        self.parent.text(board.to_csv(index=False), "leaderboard.csv")
        self.parent.text(told, "leaderboard.json")
        self.parent.text(explain(settings), "config.yaml")
        self.parent.artifacts([self.comparison.page], "report")

    def _enter(self) -> str:
        """Register the network that is to be loaded and served by name; return its version."""
        chosen = self.occasion.choose(self.found, self.trainings)
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
        tags["run"] = run_id = self.trained[chosen]
        told = compared(self.found, self._links(), run_id)
        card = model_card(chosen.flow.opened(), self._control(), told)
        number = enter(self.parent, chosen.flow, tags, card)
        names = [f"test/{key}" for key in record.SCORES]
        model = numbered(self.parent, number).model_id
        self.child.link(names, 0, self._test(chosen), model_id=model, run_id=run_id)
        return number

    def _control(self) -> dict[str, Any]:
        """Return the scores of the best control, if any: means over seeds and folds."""
        rows = {row["name"]: row for row in _rows(self.found.board)}
        best = rows.get(self.found.summary["best_control"], {})
        return {key: best[key] for key in ("name", *record.SCORES) if key in best}

    def _links(self) -> Links:
        """Return where the runs are in MLflow's UI."""
        return Links(self.parent.experiment_id, self.parent.run_id)

    def _entry(self, row: Mapping[str, Any]) -> None:
        """Log a row of the leaderboard as a run, and the trainings behind it below it."""
        name = str(row["name"])
        trainings = self._of(name)
        kind = "architecture" if row["kind"] == "network" else str(row["kind"])
        tags = {**self.tags, PARENT: self.parent.run_id, "kind": kind, "architecture": name}
        parameters = {"model.name": name} if trainings else {}
        self._start(name, parameters, tags | _standing(row), trainings or self.trainings)
        ahead = _ahead(self.found, name)
        by_day = {f"test_day_{day}/{k}": v for day, told in ahead.items() for k, v in told.items()}
        self.child.metrics(_metrics(row) | by_day)
        record.curves(_course(trainings), self.child)
        self.child.course(
            {day: {f"ahead/{k}": v for k, v in told.items()} for day, told in ahead.items()}
        )
        self.child.end("FINISHED")
        self._trainings(name, trainings, {**tags, **_standing(row), "kind": "training"})

    def _rung(self, row: Mapping[str, Any]) -> None:
        """Log a rung of the ladder that is not on the leaderboard, and what was trained for it."""
        told = {key: str(row[key]) for key in ("architecture", "inputs")}
        days = {"shown_days": str(row["days"])} if row["days"] else {}
        tags = {**self.tags, PARENT: self.parent.run_id, "kind": "rung", **told, **days}
        own = self._of(str(row["name"]))
        self._start(str(row["name"]), {"model.name": told["architecture"]}, tags, own)
        self.child.metrics(_finite({f"test/{key}": row[key] for key in RUNG}))
        self.child.end("FINISHED")
        trained = [cell for cell in own if cell.rung.days is None]
        self._trainings(str(row["name"]), trained, {**tags, "kind": "training"})

    def _of(self, name: str) -> list[Cell]:
        """Return the trainings of a row."""
        return [cell for cell in self.trainings if cell.rung.name == name]

    def _trainings(self, name: str, trainings: list[Cell], tags: Mapping[str, str]) -> None:
        """Log trainings below the run that was logged last, whose note then links to them."""
        above = self.runs[name] = self.child.run_id
        for cell in trainings:
            self._training(cell, {**tags, PARENT: above})
            self.trained[cell] = self.child.run_id
        own = {cell: self.trained[cell] for cell in trainings}
        self.child.tag({NOTE: entry_note(self._links(), own)}, run_id=above)

    def _training(self, cell: Cell, tags: dict[str, str]) -> None:
        """Log one training: its settings, curves and scores."""
        part = cell.flow.opened()
        trained, scores = part.made(Trained), part.made(Evaluated).scores
        name = f"{cell.rung.name} seed {cell.seed} fold {cell.fold}"
        settings = {**record.parameters(part.settings), "fold": cell.fold}
        self._start(name, settings, tags, [cell])
        record.curves(trained.history, self.child)
        record.gradient_flow(trained.gradient_flow, self.child)
        if part.plan.making(Trained).record:
            record.logged_network(part, self.child, model_card(part, {}))
        ratio = scores["crps"] / scores["baselines"][REFERENCE]["crps"]
        self.child.metrics({**record.scores(scores), "test/crps_ratio": ratio}, on=self._test(cell))
        took = {f"cost/{key}": value for key, value in cost(trained).items()}
        self.child.metrics({**took, "train/best_epoch": float(trained.summary["best_epoch"])})
        record.start(trained.summary, self.child)
        self.child.end("FINISHED")

    def _start(
        self,
        name: str,
        parameters: Mapping[str, Any],
        tags: Mapping[str, str],
        trainings: list[Cell],
    ) -> None:
        inputs = self._inputs(trainings)
        self.child.start(self.experiment, name, parameters, dict(tags), inputs)

    def _inputs(self, trainings: list[Cell]) -> list[Dataset]:
        """Return what trainings learned from and were judged on, each once."""
        all_parts = [part for cell in trainings for part in self._parts(cell).values()]
        return list({part.digest: part for part in all_parts}.values())

    def _test(self, cell: Cell) -> Dataset:
        """Return what a training was judged on."""
        return self._parts(cell)[TEST]

    def _parts(self, cell: Cell) -> Datasets:
        """Return the datasets of a training, which those of one window have in common."""
        window = cell.flow.fingerprints["window"]
        if window not in self.parts:
            self.parts[window] = datasets(cell.flow.opened())
        return self.parts[window]


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
