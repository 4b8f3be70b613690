r"""How far gradients reach: the influence of the state of day t on that of day T, exactly.

Each condition is a cell, a way to draw its first weights and ten seeds. The influence
:math:`\|∂s_T/∂s_t\|_2` is a product of Jacobians in closed form (`jacobians`), not an estimate, on
sequences of the latch task, whose answer is the sign of the first day: at the start, and after
training on that task. On real growth it is the gradient of the loss of day T with respect to the
state of day t (`pipeline.training.gradient_flow`), epoch by epoch.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from pipeline.outputs import Windowed
from pipeline.studies.conclusions.gradients import conclude
from pipeline.studies.study import FULL_SEEDS, SEEDS, Cell, Row

__all__ = ["conclude", "design", "measure"]

UNITS = 32
DAYS = 41
LAGS = (1, 2, 5, 10, 20, 40)
"""Days between t and T = 41."""
SHOWN = 8
"""Sequences over which norms are averaged."""
STEPS, FULL_STEPS = 150, 400
SPECTRAL_NORMS = (0.5, 0.9, 1.0, 1.1, 1.5)
SMALLEST = 1e-40
"""A norm below this, such as the zero of rectified units that have all died, counts as this."""
GROWTH_LAGS = (0, 1, 2, 5, 10, 20, 40)
SECTION: dict[str, Any] = {
    "epochs": 4,
    "sequence": 40,
    "burn_in": 20,
    "batch_size": 64,
    "sequences_per_epoch": 1024,
    "schedule": "constant",
}
"""Of a training on real growth, beside the defaults of `train`."""


def design(full: bool) -> list[Cell]:
    """Return the conditions."""
    seeds, steps = (FULL_SEEDS, FULL_STEPS) if full else (SEEDS, STEPS)
    bounded: list[Row] = [
        {"cell": f"elman, norm {norm:g}", "kind": "elman", "start": "orthogonal", "gain": norm}
        for norm in SPECTRAL_NORMS
    ]
    free: list[Row] = [
        {"cell": f"{kind}, {start}", "kind": kind, "start": start, "gain": 1.0}
        for kind, starts in (
            ("elman", ("default", "identity_relu")),
            ("lstm", ("default", "chrono", "orthogonal")),
            ("gru", ("default", "chrono", "orthogonal")),
        )
        for start in starts
    ]
    task: list[Cell] = [
        {**cell, "on": "latch", "seeds": seeds, "steps": steps} for cell in bounded + free
    ]
    growth: list[Row] = [
        {"cell": f"{kind} on growth", "kind": kind, "start": "default", "gain": 1.0}
        for kind in ("elman", "lstm", "gru")
    ]
    return task + [{**cell, "on": "growth", "seeds": seeds, "steps": 0} for cell in growth]


def measure(cell: Cell, windowed: Windowed) -> list[Row]:
    """Return the influence by seed and lag, at the start and after training."""
    return list(_on_growth(cell, windowed) if cell["on"] == "growth" else _on_task(cell))


def _on_task(cell: Cell) -> Iterator[Row]:
    """Give a row a seed, time and lag; norms as logarithms to the base 10."""
    from pipeline.studies.learning.learner import Learner
    from pipeline.studies.tasks import TASKS

    bounded, rectified = cell["cell"].startswith("elman, norm"), cell["start"] == "identity_relu"
    learner = Learner(
        TASKS["latch"],
        DAYS,
        cell["kind"],
        units=UNITS,
        spectral_norm=cell["gain"] if bounded else None,
        activation="relu" if rectified else "tanh",
    )
    options = {"longest": DAYS} if cell["start"] == "chrono" else {"gain": cell["gain"]}
    for seed in range(cell["seeds"]):
        random = np.random.default_rng(seed)
        inputs, _ = learner.task.draw(SHOWN, DAYS, np.random.default_rng([seed, 1]))
        learner.begin(cell["start"], seed, **options)
        for when, steps in (("start", 0), ("trained", cell["steps"])):
            learner.learn(steps, random)
            seen = {"when": when, "accuracy": learner.accuracy(np.random.default_rng([seed, 2]))}
            for row in _influence(cell["kind"], learner.weights(), inputs, rectified):
                yield {"seed": seed, **seen, **row}


def _influence(kind: str, weights: dict[str, Any], inputs: Any, rectified: bool) -> Iterator[Row]:
    """Give the influence at each lag beside what products of norms would have it be.

    `log_bound` is of ∏‖W_hh‖ (of a gated cell, with the matrix of its candidate); `log_sloped`, of
    an Elman cell alone, of ∏ max σ' ‖W_hh‖.
    """
    from pipeline.studies import jacobians

    recurrent, inputs = weights["recurrent_kernel"], np.asarray(inputs, np.float64)
    columns = {"elman": slice(None), "lstm": slice(2 * UNITS, 3 * UNITS)}
    matrix = recurrent[:, columns.get(kind, slice(2 * UNITS, None))]
    log_norm = np.log10(np.linalg.norm(matrix, 2))
    activation = "relu" if rectified else "tanh"
    if kind == "elman":
        states, found = jacobians.elman(weights, inputs, activation)
        slopes = np.cumprod(jacobians.largest_slopes(states, activation)[:, ::-1], axis=1)
        sloped = _logarithm(slopes.mean(axis=0))
    else:
        _, found = (jacobians.lstm if kind == "lstm" else jacobians.gru)(weights, inputs)
    logs = _logarithm(jacobians.norms(found, LAGS).mean(axis=0))
    for lag, log in zip(LAGS, logs, strict=True):
        row: Row = {"lag": lag, "log_norm": float(log), "log_bound": float(lag * log_norm)}
        if kind == "elman":
            row["log_sloped"] = max(float(sloped[lag - 1] + lag * log_norm), np.log10(SMALLEST))
        yield row


def _on_growth(cell: Cell, windowed: Windowed) -> Iterator[Row]:
    """Give a row a seed, epoch and lag: the gradient beside that at lag 0, as a logarithm."""
    import keras

    import models
    from pipeline.settings.train import Train
    from pipeline.training.batches import Sequences
    from pipeline.training.gradient_flow import GradientFlow
    from pipeline.training.trainer import Trainer

    features, horizon = windowed.features.shape[2], windowed.fold.horizon
    network = models.build(cell["kind"], features=features, horizon=horizon, units=UNITS)
    section = Train(**SECTION)
    steps = section.epochs * -(-section.sequences_per_epoch // section.batch_size)
    for seed in range(cell["seeds"]):
        batches = Sequences(windowed, windowed.fold, section.model_copy(update={"seed": seed}))
        models.start(network, cell["start"], seed=seed)
        trainer = Trainer(network, section, steps * cell["seeds"])
        flow, found = GradientFlow(network, batches), []
        found.append(flow.norms())
        told = keras.callbacks.LambdaCallback(
            on_epoch_end=lambda _, __, flow=flow, found=found: found.append(flow.norms())
        )
        trainer.run(batches, section.epochs, [told])
        for epoch, norms in enumerate(found):
            logs = _logarithm(norms / norms[0])
            below = logs < -2.0
            reach = int(below.argmax()) if below.any() else len(logs)
            for lag in GROWTH_LAGS:
                row = {"seed": seed, "when": f"epoch {epoch}", "epoch": epoch, "lag": lag}
                yield {**row, "log_norm": float(logs[lag]), "reach": reach}


def _logarithm(norms: Any) -> Any:
    """Return logarithms to the base 10, of zeros that of `SMALLEST`."""
    return np.log10(np.maximum(norms, SMALLEST))
