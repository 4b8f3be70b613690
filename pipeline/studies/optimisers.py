"""A study of searches without gradients where gradients vanish.

Elman networks learn three tasks and real growth by guessing, simulated annealing, a genetic
algorithm, a particle swarm and CMA-ES, and by gradients backpropagated through all days (Adam, the
norm clipped to 1). All are given the same sequences and the same loss; what is counted, and how,
stands in `pipeline.studies.contests.trials`. Gradients are given as many steps as searches have
evaluations; what they found within a third of them stands for equal arithmetic.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pipeline import cores
from pipeline.studies.conclusions.optimisers import (
    CONSTANT,
    GRADIENTS,
    UNITS,
    behind_gradients,
    exponents_of,
    growth_plot,
    latch_plot,
    medians_of,
    problems_plot,
    shares_solved,
    sizes_plot,
    solved_figures,
    table,
)
from pipeline.studies.intervals import mean
from pipeline.studies.study import FULL_SEEDS, SEEDS, Cell, Figure, Found, Row

if TYPE_CHECKING:
    from pipeline.outputs import Windowed
    from pipeline.studies.contests.trials import Trial

LONGER = "gradients, as many steps"
LAGGED = ("latch", UNITS)
"""What is asked for at several lags, with twice the seeds: half of the trainings may fail."""
TASKS_ASKED = (
    *(("latch", days, UNITS) for days in (10, 50, 100, 200)),
    *(("latch", 50, units) for units in (2, 8, 16)),
    *(("parity", 10, units) for units in (2, 4)),
    *(("adding", 10, units) for units in (4, 8)),
)
FULL_TASKS = (("latch", 500, 4), ("parity", 50, 2), ("parity", 10, 8), ("adding", 30, 8))
GROWTH_UNITS, FULL_GROWTH_UNITS = (2, 8), (2, 4, 8, 16)
BUDGETS = {"latch": 1_500, "parity": 6_000, "adding": 2_000, "growth": 300}
"""Evaluations, or gradients, of each seed."""


def design(full: bool) -> Sequence[Cell]:
    """Return the cells: a task with its days and units each, and growth with its units."""
    tasks = (*TASKS_ASKED, *(FULL_TASKS if full else ()))
    growth = [("growth", 1, units) for units in (FULL_GROWTH_UNITS if full else GROWTH_UNITS)]
    return [
        {
            "cell": f"{task}_{days}_days_{units}_units",
            "task": task,
            "days": days,
            "units": units,
            "seeds": FULL_SEEDS if full else 2 * SEEDS if (task, units) == LAGGED else SEEDS,
            "budget": BUDGETS[task] * (2 if full else 1),
        }
        for task, days, units in (*tasks, *growth)
    ]


def measure(cell: Cell, windowed: Windowed) -> list[Row]:
    """Return a row an optimiser and seed.

    Of a task: whether it was solved with equal arithmetic (`solved`) and with equal steps
    (`solved_in_steps`), and the forward passes until it was (`passes`), NaN where it was not. Of
    growth: `crps` (1/year) on validation days.
    """
    with cores.threads(1):
        if cell["task"] == "growth":
            return _growth_rows(cell, windowed)
        return _task_rows(cell)


def _task_rows(cell: Cell) -> list[Row]:
    from pipeline.studies.contests.problems import task_problem
    from pipeline.studies.contests.searches import SEARCHES
    from pipeline.studies.contests.trials import GRADIENT, descend, search

    seeds, budget = cell["seeds"], cell["budget"]
    problem = task_problem(cell["task"], cell["days"], cell["units"], seeds)
    found = {name: search(problem, name, seeds, budget) for name in SEARCHES}
    found[GRADIENTS] = descend(problem, seeds, budget)
    rows = []
    for name, trials in found.items():
        price = GRADIENT if name == GRADIENTS else 1
        for seed, trial in enumerate(trials):
            passes = np.nan if trial.solved is None else float(price * trial.solved)
            rows.append(
                {
                    "optimiser": name,
                    "seed": seed,
                    "parameters": problem.network.parameters,
                    "solved": bool(passes <= budget),
                    "solved_in_steps": trial.solved is not None,
                    "passes": passes,
                }
            )
    return rows


def _growth_rows(cell: Cell, windowed: Windowed) -> list[Row]:
    from pipeline.studies.contests.problems import constant, growth_problem, validated
    from pipeline.studies.contests.searches import SEARCHES
    from pipeline.studies.contests.trials import GRADIENT, descend, search

    seeds, budget = cell["seeds"], cell["budget"]
    problem = growth_problem(windowed, cell["units"], seeds)
    found: dict[str, list[Trial]] = {
        name: search(problem, name, seeds, budget) for name in SEARCHES
    }
    found[GRADIENTS] = descend(problem, seeds, budget // GRADIENT)
    found[LONGER] = descend(problem, seeds, budget)
    parameters = problem.network.parameters
    rows: list[Row] = [
        {"optimiser": name, "seed": seed, "parameters": parameters, "crps": float(value)}
        for name, trials in found.items()
        for seed, value in enumerate(validated(windowed, problem, trials))
    ]
    known = constant(windowed)
    return [*rows, {"optimiser": CONSTANT, "seed": 0, "parameters": parameters, "crps": known}]


def conclude(rows: pd.DataFrame) -> Found:
    """Say what searches without gradients solve, what that costs them, and what growth says."""
    rows = rows.reset_index(drop=True)
    tasks, growth = rows[rows["task"] != "growth"], rows[rows["task"] == "growth"]
    shares = shares_solved(tasks)
    exponents = exponents_of(tasks)
    behind = behind_gradients(growth)
    parts = (_latch(shares), _growing(exponents), _on_growth(behind, growth))
    speeds = medians_of(tasks)
    return Found(
        " ".join(part for part in parts if part) or "There are no rows to answer from.",
        [
            "A search compares losses and multiplies no Jacobians, so nothing vanishes in it; but "
            "a loss is one number a pass, and a gradient is one for each weight.",
            *_guessed(speeds),
            *_others(shares),
            *_steps(shares),
            *_beside_constant(growth),
            "An evaluation is one forward pass over the same sequences (64, of adding 256), a "
            "gradient counts three; what an optimiser computes for itself is not counted, which "
            "favours CMA-ES. Latch and parity are solved with 99 % right answers on 512 fresh "
            "sequences, adding with a tenth of the squared error of an answer without memory.",
            "Each optimiser has one setting for all problems, so that another might do better on "
            "one: populations begin with weights of deviation 2, guesses are uniform within "
            "±20, gradients begin as Keras does. Networks have at most 305 weights, and growth "
            "is given a few hundred evaluations, of 128 sequences each.",
        ],
        table(tasks, growth),
        [*solved_figures(shares), *exponents.values(), *behind.values()],
        [
            plot
            for plot in (
                latch_plot(shares),
                problems_plot(shares),
                sizes_plot(speeds),
                growth_plot(behind),
            )
            if plot.curves
        ],
    )


def _latch(shares: pd.DataFrame) -> str:
    """Say who solves the latch at the longest lag, in one size."""
    latch = shares[shares["task"] == "latch"]
    if latch.empty:
        return ""
    days = latch["days"].max()
    far = latch[latch["days"] == days].set_index("optimiser")
    if GRADIENTS not in far.index:
        return ""
    own, others = far.loc[GRADIENTS], far.drop(index=GRADIENTS)
    better = others[others["low"] > own["high"]]
    told = (
        f"at a lag of {days} days gradients solve the latch in {_share(own)} of the trainings, "
        "with the same arithmetic "
    )
    if better.empty:
        return f"No search is clearly better where gradients have far to go: {told}{_all(others)}."
    return f"Yes where gradients vanish and answers are dense: {told}{_all(others)}."


def _growing(exponents: dict[str, Figure]) -> str:
    """Say how searches and gradients scale with the number of parameters."""
    if GRADIENTS not in exponents or len(exponents) < 2:
        return ""
    own = exponents[GRADIENTS]
    worse = {name: one for name, one in exponents.items() if one.low > max(own.high, 0.0)}
    if not worse:
        return "That searches need more evaluations the more weights there are did not show here."
    told = ", ".join(f"{one.value:.2f} {_ends(one)} ({name})" for name, one in worse.items())
    unclear = [name for name in exponents if name not in worse and name != GRADIENTS]
    rest = f" (not told apart: {', '.join(unclear)})" if unclear else ""
    return (
        "They pay with evaluations: until the latch is solved, these grow with the number of "
        f"weights to the power {told}{rest}; for gradients the power is {own.value:.2f} "
        f"{_ends(own)}."
    )


def _on_growth(behind: dict[tuple[int, str], Figure], growth: pd.DataFrame) -> str:
    """Say whether a search forecasts real growth better than gradients, and than a constant."""
    searched = {key: one for key, one in behind.items() if key[1] != LONGER}
    if not searched:
        return ""
    units = max(units for units, _ in searched)
    of_size = {name: one for (own, name), one in searched.items() if own == units}
    name, best = min(of_size.items(), key=lambda item: item[1].value)
    side = "above" if best.low > 0.0 else "below" if best.high < 0.0 else "not told apart from"
    scores = growth[growth["units"] == units].groupby("optimiser")["crps"].mean()
    beside = f", one distribution for all days {scores[CONSTANT]:.3f}" if CONSTANT in scores else ""
    return (
        f"On real growth with {units} units the CRPS of the best search ({name}) is {side} that of "
        f"gradients: {best.value:+.3f} {_ends(best)} 1/year (gradients {scores[GRADIENTS]:.3f}"
        f"{beside})."
    )


def _guessed(speeds: pd.DataFrame) -> list[str]:
    """Say how many guesses the latch took by lag; finite medians only."""
    own = speeds[(speeds["task"] == "latch") & (speeds["optimiser"] == "guessing")]
    lags = own[(own["units"] == own["units"].mode().max()) & np.isfinite(own["high"])]
    if lags.empty:
        return []
    told = ", ".join(
        f"{row.passes:.0f} [{row.low:.0f}, {row.high:.0f}] trials at {row.days} days"
        for row in lags.itertuples()
    )
    return [
        f"Random guesses solve the latch with {lags['units'].iloc[0]} units after a median of "
        f"{told}. J. Schmidhuber and S. Hochreiter (IDSIA-19-96, 1996) reported that "
        "guessing solves latch and parity, and took it as a sign that such tasks are too easy, "
        "not that guessing is good."
    ]


def _others(shares: pd.DataFrame) -> list[str]:
    """Say who solves the tasks other than the latch."""
    told = []
    for (task, days, units), own in shares[shares["task"] != "latch"].groupby(
        ["task", "days", "units"], sort=False
    ):
        solved = own[own["solved"] > 0.0].set_index("optimiser")
        who = _all(solved) if len(solved) else "nobody"
        told.append(f"{task} of {days} days with {units} units by {who}")
    return [f"Solved with equal arithmetic: {'; '.join(told)}."] if told else []


def _steps(shares: pd.DataFrame) -> list[str]:
    """Say what equal steps in place of equal arithmetic change."""
    own = shares[shares["optimiser"] == GRADIENTS]
    more = own[own["solved_in_steps"] > own["solved"]]
    if own.empty:
        return []
    if more.empty:
        return ["Three times the arithmetic (a gradient for each evaluation) solves nothing more."]
    told = ", ".join(
        f"{row.task} of {row.days} days with {row.units} units {row.solved:.0%} → "
        f"{row.solved_in_steps:.0%}"
        for row in more.itertuples()
    )
    return [f"With a gradient for each evaluation, three times the arithmetic: {told}."]


def _beside_constant(growth: pd.DataFrame) -> list[str]:
    """Say how all stand to a forecast that knows no inputs."""
    told = []
    for units, own in growth.groupby("units", sort=False):
        control = own.loc[own["optimiser"] == CONSTANT, "crps"]
        if control.empty:
            continue
        known = own[own["optimiser"] != CONSTANT].groupby("optimiser", sort=False)["crps"]
        ends = {str(name): mean(some)[1:] for name, some in known}
        better = [name for name, (_, high) in ends.items() if high < control.iloc[0]]
        worse = [name for name, (low, _) in ends.items() if low > control.iloc[0]]
        told.append(
            f"with {units} units better {', '.join(better) or 'nobody'}, worse "
            f"{', '.join(worse) or 'nobody'} (constant: {control.iloc[0]:.3f} 1/year)"
        )
    if not told:
        return []
    return [
        f"Beside one distribution for all validation days of growth, {'; '.join(told)}. Gradients "
        "are held here to the same few sequences, some 8,000 days; fresh ones at every step, which "
        "is how networks are trained, would cost them nothing."
    ]


def _share(row: pd.Series) -> str:
    return f"{row['solved']:.0%} [{row['low']:.0%}, {row['high']:.0%}]"


def _all(rows: pd.DataFrame) -> str:
    return ", ".join(f"{name} {_share(row)}" for name, row in rows.iterrows())


def _ends(figure: Figure) -> str:
    return (
        f"[{figure.low:.2f}, {figure.high:.2f}]"
        if not figure.unit
        else (f"[{figure.low:+.3f}, {figure.high:+.3f}]")
    )
