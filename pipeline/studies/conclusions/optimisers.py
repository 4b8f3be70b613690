"""What came of a contest of optimisers: shares solved, how long it took, and how that grows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.studies.intervals import mean, over_seeds
from pipeline.studies.study import Curve, Figure, Plot

GRADIENTS, CONSTANT = "gradients", "constant"
"""Learning along gradients with as much arithmetic as the others, and the control of growth."""
KEYS = ("task", "days", "units", "parameters", "optimiser")
UNITS = 4
"""Of the networks whose latch is asked for at several lags."""
DRAWS = 2000
"""Of the bootstrap over seeds."""


def shares_solved(tasks: pd.DataFrame) -> pd.DataFrame:
    """Return the shares solved with equal arithmetic and in equal steps, a row a condition."""
    if tasks.empty:
        return pd.DataFrame(columns=[*KEYS, "solved", "low", "high", "seeds", "solved_in_steps"])
    known = tasks.astype({"solved": bool, "solved_in_steps": bool})
    found = over_seeds(known, KEYS, "solved")
    return found.assign(
        solved_in_steps=over_seeds(known, KEYS, "solved_in_steps")["solved_in_steps"]
    )


def medians_of(tasks: pd.DataFrame) -> pd.DataFrame:
    """Return the median passes until it is solved and their intervals; infinite where it is not."""
    found = []
    for given, own in tasks.groupby(list(KEYS), sort=False):
        draws = _drawn_medians(own["passes"].fillna(np.inf).to_numpy(float))
        low, high = np.quantile(draws, [0.025, 0.975], method="nearest")
        middle = float(np.median(own["passes"].fillna(np.inf)))
        found.append({**dict(zip(KEYS, given, strict=True)), "passes": middle})
        found[-1].update(low=float(low), high=float(high), most=int(own["budget"].iloc[0]))
    answer = pd.DataFrame(found, columns=[*KEYS, "passes", "low", "high", "most"])
    return answer.astype(dict.fromkeys(("passes", "low", "high"), float))


def _drawn_medians(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the lower medians of bootstrap samples over seeds."""
    random = np.random.default_rng(0)
    chosen = random.integers(0, len(values), (DRAWS, len(values)))
    return np.asarray(np.sort(values[chosen], axis=1)[:, (len(values) - 1) // 2])


def exponents_of(tasks: pd.DataFrame) -> dict[str, Figure]:
    """Return how the passes until the latch is solved grow with the parameters, by optimiser.

    The slope through the logarithms of the medians; none where a median is not always known.
    """
    found = {}
    for name, own in _of_sizes(tasks).groupby("optimiser", sort=False):
        sizes = np.unique(own["parameters"].to_numpy(float))
        draws = [
            _drawn_medians(some["passes"].fillna(np.inf).to_numpy(float))
            for _, some in own.groupby("parameters")
        ]
        known = np.stack(draws, axis=1)
        if len(sizes) < 3 or np.isinf(known).any(axis=1).mean() > 0.025:
            continue
        known = known[np.isfinite(known).all(axis=1)]
        slopes = np.polyfit(np.log(sizes), np.log(known).T, 1)[0]
        low, middle, high = np.quantile(slopes, [0.025, 0.5, 0.975])
        title = f"exponent of parameters, {name}"
        found[str(name)] = Figure(title, float(middle), float(low), float(high))
    return found


def behind_gradients(growth: pd.DataFrame) -> dict[tuple[int, str], Figure]:
    """Return how far each optimiser's CRPS lies above that of gradients with equal arithmetic."""
    found = {}
    for units, own in growth.groupby("units", sort=False):
        by_seed = own.pivot_table(index="seed", columns="optimiser", values="crps", sort=False)
        if GRADIENTS not in by_seed:
            continue
        for name in by_seed.columns.drop([GRADIENTS, CONSTANT], errors="ignore"):
            interval = mean((by_seed[name] - by_seed[GRADIENTS]).dropna())
            title = f"CRPS above gradients, {name}, {units} units"
            found[int(own["units"].iloc[0]), str(name)] = Figure(title, *interval, "1/year")
    return found


def table(tasks: pd.DataFrame, growth: pd.DataFrame) -> pd.DataFrame:
    """Return a row a condition: shares solved, medians of passes, and CRPS of growth."""
    parts = []
    if len(tasks):
        solved = shares_solved(tasks).rename(columns={"low": "solved_low", "high": "solved_high"})
        solved["passes"] = medians_of(tasks)["passes"].replace(np.inf, np.nan)
        parts.append(solved)
    if len(growth):
        parts.append(
            over_seeds(growth, KEYS, "crps").rename(
                columns={"low": "crps_low", "high": "crps_high"}
            )
        )
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(KEYS))


def solved_figures(shares: pd.DataFrame) -> list[Figure]:
    """Return the share that solved each task, a figure a condition."""
    return [
        Figure(
            f"solved, {row['task']} of {row['days']} days, {row['units']} units, "
            f"{row['optimiser']}",
            row["solved"],
            row["low"],
            row["high"],
        )
        for row in shares.to_dict("records")
    ]


def latch_plot(shares: pd.DataFrame) -> Plot:
    """Return who solves the latch, by the lag."""
    latch = shares[(shares["task"] == "latch") & (shares["units"] == UNITS)]
    return Plot(
        "latch",
        "Share of trainings that solve the latch (the sign of the first day is asked for on the "
        "last) with equal arithmetic, and its 95 % interval, of Elman networks of 4 units. "
        "Gradients go back through all days; searches do not.",
        "lag (days)",
        "share solved",
        [_curve(str(name), own, "days", "solved") for name, own in _by_optimiser(latch)],
        log_x=True,
    )


def problems_plot(shares: pd.DataFrame) -> Plot:
    """Return who solves the other tasks."""
    other = shares[shares["task"] != "latch"].assign(
        problem=lambda table: (
            table["task"]
            + ", "
            + table["days"].astype(str)
            + " days, "
            + table["units"].astype(str)
            + " units"
        )
    )
    return Plot(
        "other_tasks",
        "Share of trainings that solve parity and adding with equal arithmetic, and its 95 % "
        "interval.",
        "task",
        "share solved",
        [
            Curve(
                str(name),
                own["problem"].tolist(),
                own["solved"].tolist(),
                own["low"].tolist(),
                own["high"].tolist(),
                "bars",
            )
            for name, own in _by_optimiser(other)
        ],
    )


def sizes_plot(speeds: pd.DataFrame) -> Plot:
    """Return how long the latch takes, by the number of weights."""
    known = _of_sizes(speeds)
    known = known[np.isfinite(known["passes"])]
    known = known.assign(high=np.minimum(known["high"], known["most"]))
    return Plot(
        "sizes",
        "Forward passes until the latch of one lag is solved, by the number of weights of Elman "
        "networks: medians over seeds and 95 % intervals of a bootstrap, cut at the budget. Who is "
        "not shown at a size did not solve it in most trainings.",
        "weights",
        "forward passes (a gradient counts three)",
        [_curve(str(name), own, "parameters", "passes") for name, own in _by_optimiser(known)],
        log_x=True,
        log_y=True,
    )


def _of_sizes(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the latch at the lag that was tried with most sizes of networks."""
    latch = table[table["task"] == "latch"]
    if latch.empty:
        return latch
    return latch[latch["days"] == latch.groupby("days")["units"].nunique().idxmax()]


def growth_plot(behind: dict[tuple[int, str], Figure]) -> Plot:
    """Return how far the CRPS of growth lies above that of gradients."""
    curves = []
    for units in dict.fromkeys(units for units, _ in behind):
        own = {name: one for (size, name), one in behind.items() if size == units}
        found = [(one.value, one.low, one.high) for one in own.values()]
        value, low, high = (list(column) for column in zip(*found, strict=True))
        curves.append(Curve(f"{units} units", list(own), value, low, high, "bars"))
    return Plot(
        "growth",
        "CRPS on the validation days of real growth above that of gradients with equal arithmetic "
        "(lower is better), Elman networks: means over seeds and their 95 % intervals.",
        "optimiser",
        "CRPS above gradients (1/year)",
        curves,
    )


def _by_optimiser(table: pd.DataFrame) -> Any:
    return table.groupby("optimiser", sort=False)


def _curve(name: str, table: pd.DataFrame, x: str, y: str) -> Curve:
    own = table.sort_values(x)
    low, high = own["low"].tolist(), own["high"].tolist()
    return Curve(name, own[x].tolist(), own[y].tolist(), low, high)
