"""What networks remember: tasks of memory, all architectures, several starts, one budget.

A cell is a network and a number of days: compiled once a shape of its tasks, and trained from many
first weights on each task and from each start. Every network has the same units, steps,
batches, optimiser and sequences; nothing is tuned for any of them.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from models.catalogue import RECURRENT
from pipeline.studies.conclusions.memory import conclude
from pipeline.studies.study import FULL_SEEDS, SEEDS, Cell, Row
from pipeline.studies.tasks import TASKS, Task

if TYPE_CHECKING:
    from pipeline.studies.learning.learning import Learner

__all__ = ["conclude", "design", "measure"]

UNITS, BATCH, LEARNING_RATE = 16, 32, 0.01
ASKED = ("adding", "copying", "temporal_order", "parity", "latch")
"""Tasks of all architectures."""
AT_END_ONLY = "bidirectional"
"""Not causal: it answers at its window's end, so copying, an answer a day, cannot be asked."""
DAYS = 20
"""That all architectures have to span."""
STARTS = {
    "elman": "default orthogonal identity_relu",
    "lstm": "default chrono orthogonal",
    "gru": "default chrono orthogonal",
}
"""Ways to begin, of the networks that they are defined for."""
ACTIVATIONS = {"identity_relu": "relu"}
"""Of starts that are defined for another than tanh."""
LONG, FULL_LONG = (60,), (60, 120)
"""Days of adding from each start."""
STEPS, FULL_STEPS = 200, 1000
RECALLED, FULL_RECALLED = (DAYS,), (DAYS, 60)
"""Days of recall, by a GRU with its default start and with chrono."""
RECALL_STEPS, FULL_RECALL_STEPS = 1000, 2000
"""Of recall: more, so that a network that did not learn it had the time to."""


def design(full: bool) -> list[Cell]:
    """Return a cell a network and a number of days."""
    seeds, steps = (FULL_SEEDS, FULL_STEPS) if full else (SEEDS, STEPS)
    cells: list[Cell] = []
    for name in RECURRENT:
        tasks = [task for task in ASKED if name != AT_END_ONLY or task != "copying"]
        cells.append(_cell(name, DAYS, tasks, STARTS.get(name, "default"), steps, seeds))
    for days in FULL_LONG if full else LONG:
        for name, starts in STARTS.items():
            cells.append(_cell(name, days, ["adding"], starts, steps, seeds))
    for days in FULL_RECALLED if full else RECALLED:
        more = FULL_RECALL_STEPS if full else RECALL_STEPS
        cells.append(_cell("gru", days, ["recall"], "default chrono", more, seeds))
    return cells


def _cell(
    network: str, days: int, tasks: list[str], starts: str, budget: int, seeds: int
) -> dict[str, Any]:
    """Return a cell: names with blanks between them; `budget` is the steps of a training."""
    only = f" {tasks[0]}" if len(tasks) == 1 else ""
    return {
        "cell": f"{network}{only} {days} days",
        "network": network,
        "days": days,
        "tasks": " ".join(tasks),
        "starts": starts,
        "budget": budget,
        "batch": BATCH,
        "seeds": seeds,
    }


def measure(cell: Cell) -> pd.DataFrame:
    """Return a row a task, start and seed: what the training reached."""
    learners: dict[tuple[Any, ...], Learner] = {}
    rows: list[Row] = []
    for name in cell["tasks"].split():
        task, days = TASKS[name], cell["days"]
        shown, _ = task.draw(1, days, np.random.default_rng(0))
        for start in cell["starts"].split():
            activation = ACTIVATIONS.get(start, "tanh")
            shape = (task.features, task.classes, shown.shape[1], activation)
            if shape not in learners:
                learners[shape] = _learner(cell, task, shown.shape[1], activation)
            learner = learners[shape]
            found = learner.learn(
                task,
                days,
                seeds=range(cell["seeds"]),
                steps=cell["budget"],
                start=start,
                longest=shown.shape[1],
            )
            about = {"task": name, "start": start, "parameters": learner.network.count_params()}
            rows += [{**about, **asdict(learned)} for learned in found]
    return pd.DataFrame(rows)


def _learner(cell: Cell, task: Task, window: int, activation: str) -> Learner:
    """Compile a network for sequences of one shape; attention may look back at all of its days."""
    from pipeline.studies.learning.learning import Learner, answering

    sizes = {"units": UNITS, "activation": activation, "attention_days": window}
    return Learner(answering(cell["network"], task, **sizes), cell["batch"], LEARNING_RATE)
