"""What a hidden state is worth: the same inputs with one, without one, and with a few days at once.

Three readers have no memory: a linear map of the day, a feedforward network of the day, and one of
a window of days. Beside recurrent ones they are asked for answers that lie within the window and
beyond it, and for real growth twice: once with nothing but the day to go by, once with features in
which memory is made by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pipeline.studies.conclusions.forgetting import conclude
from pipeline.studies.learning.plain import plain
from pipeline.studies.study import FULL_SEEDS, SEEDS, Cell, Row

if TYPE_CHECKING:
    from pipeline.outputs import Windowed

__all__ = ["conclude", "design", "measure"]

UNITS = 16
"""Of recurrent networks and of the feedforward network of a day."""
RECTIFIED = {"activation": "relu"}
"""Of feedforward networks, and of all on growth: in a crash, when growth goes far beyond what was
trained on, tanh no longer tells large from larger, whatever it remembers."""


@dataclass(frozen=True)
class Reader:
    """A network, and what it is built with."""

    architecture: str
    options: Mapping[str, Any] = field(default_factory=dict)
    learning_rate: float = 0.01


def _readers(window: int) -> dict[str, Reader]:
    """Return the readers by what they are called, with the days of the window.

    A window is given four times the units: it has no weights in common over its days. Readers of a
    day take larger steps: with those of the others they were still learning when the budget ended.
    """
    return {
        "linear": Reader("linear", learning_rate=0.03),
        "a day": Reader("feedforward", RECTIFIED, learning_rate=0.03),
        "a window": Reader("feedforward", RECTIFIED | {"window_days": window, "units": 4 * UNITS}),
        **{name: Reader(name) for name in ("elman", "gru", "lstm")},
    }


GROWTH_WINDOW, TASK_WINDOW = 20, 10
"""Days of the window, on growth and on tasks."""
INPUTS = ("the day alone", "features")
TASKS = {"adding": 600, "temporal_order": 300}
"""Tasks, and the steps that each is trained for."""
DAYS, FULL_DAYS = (10, 30), (10, 30, 60)
"""What memory has to span: the window, and more than it."""
BATCH = 32
SHORT = {"epochs": 10, "sequences_per_epoch": 544}
LONG = {"epochs": 20, "sequences_per_epoch": 1088}


def design(full: bool) -> list[Cell]:
    """Ask every reader every task at every span, and growth of both inputs."""
    seeds, longer = (FULL_SEEDS, 2) if full else (SEEDS, 1)
    tasks = [
        {"cell": f"{task} over {days} days, {reader}", "reader": reader, "task": task}
        | {"days": days, "window": TASK_WINDOW, "seeds": seeds, "steps": longer * steps}
        for task, steps in TASKS.items()
        for days in (FULL_DAYS if full else DAYS)
        for reader in _readers(TASK_WINDOW)
    ]
    growth = [
        {"cell": f"growth from {inputs}, {reader}", "reader": reader, "inputs": inputs}
        | {"window": GROWTH_WINDOW, "seeds": seeds, **(LONG if full else SHORT)}
        for inputs in INPUTS
        for reader in _readers(GROWTH_WINDOW)
    ]
    return [*growth, *tasks]


def measure(cell: Cell, windowed: Windowed) -> list[Row]:
    """Train a reader once a seed; return its share of the naive loss, or its validation CRPS."""
    from models.backend import import_keras

    import_keras()
    reader = _readers(cell["window"])[cell["reader"]]
    return _task(cell, reader) if "task" in cell else _growth(cell, reader, windowed)


def _task(cell: Cell, reader: Reader) -> list[Row]:
    from pipeline.studies.learning.learning import answering, learn
    from pipeline.studies.tasks import TASKS as KNOWN

    task = KNOWN[cell["task"]]
    network = answering(reader.architecture, task, **({"units": UNITS} | dict(reader.options)))
    given = {"steps": cell["steps"], "batch": BATCH, "learning_rate": reader.learning_rate}
    return [
        {"seed": one.seed, "share": one.share, "solved": one.solved}
        for one in learn(network, task, cell["days"], seeds=range(cell["seeds"]), **given)
    ]


def _growth(cell: Cell, reader: Reader, windowed: Windowed) -> list[Row]:
    from pipeline.settings.model import Model
    from pipeline.settings.train import Train
    from pipeline.studies.learning.trainings import trainings

    shown = plain(windowed) if cell["inputs"] == INPUTS[0] else windowed
    budget = {key: cell[key] for key in SHORT}
    section = Train(batch_size=BATCH, learning_rate=reader.learning_rate, refit=False, **budget)
    options = {"units": UNITS, "dropout": 0.0, **RECTIFIED, **reader.options}
    model = Model(name=reader.architecture, **options)
    first, last = windowed.fold.spans(windowed.dates)["validation"]
    about = {"firms": len(windowed.symbols), "first": first, "last": last}
    rows = []
    for seed, history in enumerate(trainings(section, model, shown, range(cell["seeds"]))):
        best = history.iloc[int(history["valid_loss"].argmin())]
        found = {"crps": float(best["valid_crps"]), "best_epoch": int(best["epoch"])}
        rows.append({"seed": seed, **found, **about})
    return rows
