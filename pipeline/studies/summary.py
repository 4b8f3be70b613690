"""What each architecture costs and gives: a short training of each, beside what studies found.

All get the same short budget on real growth, so that they are compared and none is at its best:
`firmament compare` is for that. Floating-point operations are counted by formula, two a weight and
day and what attention and memory add, since a network's code hides most of them from counters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from models.catalogue import ARCHITECTURES, CONTROLS
from pipeline.studies.conclusions.memory import HALF, asked_alike
from pipeline.studies.intervals import median
from pipeline.studies.study import FULL_SEEDS, SEEDS, Cell, Curve, Figure, Found, Plot, Row
from pipeline.words import plural

if TYPE_CHECKING:
    from models.network import Sizes
    from pipeline.outputs import Windowed
    from pipeline.settings.model import Model
    from pipeline.settings.train import Train

TOGETHER = 10
"""Seeds of a cell, for which a network is compiled once."""
SHORT = {"epochs": 3, "sequences_per_epoch": 768, "windows_per_epoch": 1536}
LONG = {"epochs": 6, "sequences_per_epoch": 2048, "windows_per_epoch": 4096}
STEP = {"batch_size": 16, "learning_rate": 0.01}
"""Small and fast steps, with which the linear map too has settled within the short budget."""
ASTRAY = 1.1
"""A training has gone astray whose CRPS is so many times the median of its kind."""
RATIO = ("ratio", "low", "high")
REFERENCE = "linear"
"""The control that others are told as a share of."""


def design(full: bool) -> list[Cell]:
    """Train every architecture and control from ten first weights, or thirty; ten a cell."""
    budget, seeds = (LONG, FULL_SEEDS) if full else (SHORT, SEEDS)
    return [
        {"cell": f"{name} seeds {first} to {first + TOGETHER - 1}", "architecture": name}
        | {"first_seed": first, **budget, **STEP}
        for name in reversed(ARCHITECTURES)  # the longest first
        for first in range(0, seeds, TOGETHER)
    ]


def measure(cell: Cell, windowed: Windowed) -> list[Row]:
    """Train a network from several first weights; return what it costs and its validation CRPS."""
    from pipeline.settings.model import Model
    from pipeline.settings.train import Train

    name, budget = cell["architecture"], {key: cell[key] for key in (*SHORT, *STEP)}
    section = Train(**budget, patience=cell["epochs"], refit=False)
    seeds = range(cell["first_seed"], cell["first_seed"] + TOGETHER)
    sizes = _sizes(name, windowed)
    about = {
        "parameters": ARCHITECTURES[name].parameters(sizes),
        "operations": operations(name, windowed),
    }
    histories = _histories(section, Model(name=name), windowed, seeds)
    return [
        {
            "seed": seed,
            **about,
            # The first epoch traces the graph.
            "microseconds": 1e6 / float(epochs["targets_per_second"].max()),
            "crps": float(epochs["valid_crps"].min()),
        }
        for seed, epochs in zip(seeds, histories, strict=True)
    ]


def _histories(
    section: Train, model: Model, windowed: Windowed, seeds: Sequence[int]
) -> Iterator[pd.DataFrame]:
    """Give what each epoch of each training came to."""
    import keras

    from pipeline.studies.learning.trainings import trainings
    from pipeline.training.train import train
    from pipeline.watch import Silence

    if ARCHITECTURES[model.name].causal(_sizes(model.name, windowed)):
        keras.utils.set_random_seed(seeds[0])  # of dropout, which goes on from seed to seed
        yield from trainings(section, model, windowed, seeds)
        return
    for seed in seeds:
        own = section.model_copy(update={"seed": seed})
        yield train(own, model, windowed, watch=Silence()).history


def operations(name: str, windowed: Windowed) -> int:
    """Return the floating-point operations of one forecast, by formula.

    Each weight is multiplied and added once a day. A causal network reads a day a forecast, any
    other its whole window. Attention adds scores and a weighted sum over its span, 6 a unit and
    day; memory adds addressing for a read and a write, erasing, adding and reading, 10 a number.
    """
    kind, sizes = ARCHITECTURES[name], _sizes(name, windowed)
    a_day = 2 * kind.parameters(sizes) + _added(name, sizes)
    return a_day if kind.causal(sizes) else a_day * windowed.fold.lookback


def _sizes(name: str, windowed: Windowed) -> Sizes:
    """Return the default sizes of an architecture."""
    import models
    from pipeline.settings.model import Model

    options = Model(name=name).model_dump(exclude={"name", "layers"})
    features, horizon = windowed.features.shape[2], windowed.fold.horizon
    sizes: Sizes = models.sizes(name, features=features, **(options | {"horizon": horizon}))
    return sizes


def _added(name: str, sizes: Sizes) -> int:
    """Return the operations of a day that belong to no weight."""
    if name == "attention":
        return 6 * sizes.units * sizes.attention_days
    return 10 * sizes.slots * sizes.slot_width if name == "memory" else 0


def conclude(rows: pd.DataFrame, others: Mapping[str, Any]) -> Found:
    """Rank the architectures, mark who is not dominated, and gather the other answers."""
    table = _table(rows, others)
    best = table.iloc[0]
    figures = [
        Figure(f"CRPS over {REFERENCE}'s, {row['architecture']}", *(row[key] for key in RATIO))
        for row in table.to_dict("records")
        if row["architecture"] != REFERENCE
    ]
    frontier = table[table["frontier"]]["architecture"].tolist()
    sentences = [
        f"No other network is both cheaper and better than {', '.join(frontier)}: these are the "
        "trade-off of operations against CRPS.",
        *_controls(table),
        *_astray(table),
        *(f"{name}: {told['answer']}" for name, told in others.items()),
        *_missing(others),
        "What is not causal (bidirectional) is scored on validation windows that are drawn by "
        "seed, not on all days: its interval has that in it.",
        "Open: how the order stands after long training, on other firms and on test days (compare "
        "asks that); an interval over first weights says nothing about other days.",
    ]
    answer = (
        f"After the same short training, {best['architecture']} has the lowest validation CRPS: "
        f"{_of(best)} of that of {REFERENCE}, a map of the same inputs without memory, "
        f"at {best['operations'] / table.set_index('architecture')['operations'][REFERENCE]:.0f} "
        f"times the operations. {_worst(table)}"
    )
    return Found(answer, sentences, table, figures, _plots(table))


def _table(rows: pd.DataFrame, others: Mapping[str, Any]) -> pd.DataFrame:
    """Return a row an architecture, the lowest CRPS first."""
    by_seed = rows.pivot_table("crps", "seed", "architecture")
    ratios = by_seed.div(by_seed[REFERENCE], axis=0)
    solved = _solved(others)
    told = []
    for name, own in rows.groupby("architecture", sort=False):
        crps, ratio, took = median(own["crps"]), median(ratios[name].dropna()), own["microseconds"]
        told.append(
            {
                "architecture": str(name),
                "control": name in CONTROLS,
                "parameters": int(own["parameters"].iloc[0]),
                "operations": int(own["operations"].iloc[0]),
                "microseconds": float(took.median()),
                **dict(zip(("crps", "crps_low", "crps_high"), crps, strict=True)),
                **dict(zip(RATIO, ratio, strict=True)),
                "astray": int((own["crps"] > ASTRAY * crps[0]).sum()),
                "tasks_solved": solved.get(str(name)),
                "seeds": len(own),
            }
        )
    table = pd.DataFrame(told).sort_values("crps", ignore_index=True)
    cheaper = table.sort_values(["operations", "crps"], kind="stable")
    return table.assign(frontier=cheaper["crps"] < cheaper["crps"].cummin().shift(fill_value=1e9))


def _solved(others: Mapping[str, Any]) -> dict[str, int]:
    """Return how many tasks each architecture solved more often than not, where it was studied."""
    if "memory" not in others:
        return {}
    alike = asked_alike(others["memory"]["rows"])
    counted = (alike["low"] > HALF).groupby(alike["network"]).sum()
    return {str(name): int(count) for name, count in counted.items()}


def _of(row: Any) -> str:
    """Write a ratio with its interval."""
    return f"{row['ratio']:.4f} ({row['low']:.4f} to {row['high']:.4f})"


def _worst(table: pd.DataFrame) -> str:
    """Say which recurrent network is last, and how sure that is."""
    own = table[~table["control"]].iloc[-1]
    return (
        f"The last of {plural(int((~table['control']).sum()), 'recurrent network')} is "
        f"{own['architecture']}, with {_of(own)}."
    )


def _controls(table: pd.DataFrame) -> list[str]:
    """Say which recurrent networks are surely better or worse than the linear map."""
    own = table[~table["control"]]
    better = own[own["high"] < 1.0]["architecture"].tolist()
    worse = own[own["low"] > 1.0]["architecture"].tolist()
    unsure = own[~own["architecture"].isin([*better, *worse])]["architecture"].tolist()
    parts = [
        f"{what} {REFERENCE} by more than first weights explain: {', '.join(names)}."
        for what, names in (("Better than", better), ("Worse than", worse))
        if names
    ]
    return [*parts, *([f"Not told apart from {REFERENCE}: {', '.join(unsure)}."] if unsure else [])]


def _astray(table: pd.DataFrame) -> list[str]:
    """Say how many trainings went astray."""
    told = [
        f"{row['astray']} of {row['seeds']} of {row['architecture']}"
        for row in table.to_dict("records")
        if row["astray"]
    ]
    if not told:
        return []
    return [f"Trainings that went astray, which medians pass over: {', '.join(told)}."]


def _missing(others: Mapping[str, Any]) -> list[str]:
    """Say which studies were not conducted in this store."""
    from pipeline.studies.catalogue import STUDIES

    left = [name for name, study in STUDIES.items() if not study.gathers and name not in others]
    return [f"Not answered in this store yet: {', '.join(left)}."] if left else []


def _plots(table: pd.DataFrame) -> list[Plot]:
    """Draw complexity against accuracy."""
    curves = [
        Curve(
            name,
            own["operations"].tolist(),
            own["crps"].tolist(),
            own["crps_low"].tolist(),
            own["crps_high"].tolist(),
            "dots",
            own["architecture"].tolist(),
        )
        for name, own in (
            ("recurrent", table[~table["control"]]),
            ("controls", table[table["control"]]),
        )
        if len(own)
    ]
    frontier = table[table["frontier"]].sort_values("operations")
    line = Curve(
        "not dominated", list(frontier["operations"]), list(frontier["crps"]), style="dashes"
    )
    return [
        Plot(
            "pareto",
            "Operations of a forecast against CRPS on validation days after the same short "
            "training: medians and their 95 % intervals over first weights. Below and left is "
            "better.",
            "floating-point operations a forecast",
            "CRPS on validation days (1/year)",
            [*curves, line],
            log_x=True,
        )
    ]
