"""What the study of gradients found: how far influence reaches, and what sets its speed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from pipeline.studies.intervals import mean, over_seeds
from pipeline.studies.study import Curve, Figure, Found, Plot

Interval = tuple[float, float, float]
Intervals = Mapping[Any, Interval]
"""By cell, or recurrent kind, and time."""
Named = Iterator[tuple[Any, Interval]]
MEASURED = ["log_bound", "log_sloped", "accuracy", "epoch", "reach"]
"""What cells of one kind have and those of another do not."""
KEYS = ["cell", "when", "lag"]
ZERO = -39.5
"""Logarithms up to this stand for an influence of exactly zero."""
FAR = 40
"""The lag (days) that sentences tell of."""
FREE = "elman, default"
LEARNED = 0.95
"""Accuracy from which a network has learned the task: 0.5 is chance."""
TIMES = {"start": "at the start", "trained": "after training"}


def conclude(rows: pd.DataFrame) -> Found:
    """Return what follows from the rows of the cells that there are."""
    rows = rows.reindex(columns=rows.columns.union(MEASURED, sort=False))
    task, growth = rows[rows["on"] == "latch"], rows[rows["on"] == "growth"]
    gone = task["log_norm"] <= ZERO
    died, task = task[gone], task[~gone]
    reached = {
        (cell, when): _power(mean(own["log_norm"]))
        for (cell, when), own in task[task["lag"] == FAR].groupby(["cell", "when"], sort=False)
    }
    slopes, begun, ends = dict(_slopes(task)), dict(_begun(task)), dict(_ends(growth))
    figures = [
        *_figures(f"influence over {FAR} days, {{}}, {{}}", reached),
        *_figures("what slopes leave a day, {}, {}", slopes),
        *_figures(f"times the influence over {FAR} days, {{}}, by {{}}", begun),
        *_figures("days to a hundredth of the gradient on growth, {}, epoch {}", ends, "days"),
    ]
    answer = [*_fading(reached), *_speed(slopes, begun)]
    return Found(
        answer=" ".join(answer) or "Too few conditions were measured to answer.",
        sentences=[*_bounds(task), *_learned(task), *_died(died), *_on_growth(ends), *LIMITS],
        rows=_table(rows[rows["log_norm"] > ZERO]),
        figures=figures,
        plots=[plot for plot in _plots(task, growth) if plot.curves],
    )


LIMITS = (
    "Influence is the spectral norm of the product of the days' Jacobians, in closed form and in "
    "double precision; of an LSTM it is that of its whole state (h, c). Norms are averaged over 8 "
    "sequences, their logarithms over seeds, with 95 % intervals by Student's t.",
    "The task is to tell the sign of the first of 41 days after noise; 32 units, one layer. On "
    "other inputs, units saturate more or less, and gates open and close otherwise. That those "
    "learned whose influence reached at the start is seen on this task alone.",
    "On growth the gradient is that of the loss of a sequence's last day with respect to the state "
    "of the days before, beside that of the day itself: a mean over 32 training sequences.",
)


def _power(interval: Interval) -> Interval:
    """Return a mean of logarithms and its interval as numbers."""
    low, middle, high = (float(10.0**end) for end in (interval[1], interval[0], interval[2]))
    return middle, low, high


def _figures(name: str, found: Intervals, unit: str = "") -> Iterator[Figure]:
    for (cell, when), interval in found.items():
        yield Figure(name.format(cell, when), *interval, unit)


def _slopes(task: pd.DataFrame) -> Named:
    """Give by what factor a day the influence in an Elman network falls short of ‖W_hh‖."""
    own = task[(task["kind"] == "elman") & (task["lag"] == FAR)]
    for (cell, when), part in own.groupby(["cell", "when"], sort=False):
        yield (cell, when), _power(mean((part["log_norm"] - part["log_bound"]) / FAR))


def _begun(task: pd.DataFrame) -> Named:
    """Give by what factor other first weights multiply the influence before training.

    A seed draws the same matrices for `chrono` as by default, and the same biases for `orthogonal`.
    """
    own = task[(task["lag"] == FAR) & (task["when"] == "start")]
    for kind in ("lstm", "gru"):
        by_start = own[own["kind"] == kind].pivot_table("log_norm", "seed", "start")
        for start, words in CHANGED.items():
            if {start, "default"} <= set(by_start):
                yield (kind, words), _power(mean((by_start[start] - by_start["default"]).dropna()))


def _ends(growth: pd.DataFrame) -> Named:
    """Give after how many days the gradient on growth is below a hundredth, first and last."""
    for kind, own in growth.groupby("kind", sort=False):
        once = own[own["lag"] == own["lag"].min()]
        for epoch in sorted({int(once["epoch"].min()), int(once["epoch"].max())}):
            yield (str(kind), epoch), mean(once.loc[once["epoch"] == epoch, "reach"])


def _fading(reached: Intervals) -> list[str]:
    """Say how far influence reaches at the start."""
    at_start = {cell: found for (cell, when), found in reached.items() if when == "start"}
    if not at_start:
        return []
    told = [
        f"{_size(at_start[cell])} in {words}"
        for cell, words in (
            ("elman, norm 0.9", "an Elman network whose recurrent matrix has norm 0.9"),
            ("elman, norm 1", "one with norm 1"),
            ("elman, norm 1.1", "one with norm 1.1"),
            ("lstm, default", "an LSTM with Keras's first weights"),
            ("gru, default", "a GRU with Keras's"),
        )
        if cell in at_start
    ]
    if not told:
        return []
    return [f"Before training, a state's influence on the state {FAR} days later is {_list(told)}."]


def _speed(slopes: Intervals, begun: Intervals) -> list[str]:
    """Say what sets the speed."""
    said = []
    one = slopes.get(("elman, norm 1", "start"))
    if one is not None:
        said.append(
            "Without gates the speed is the norm of that matrix times the slopes of the "
            f"activation, which leave {_factor(one)} a day where the norm is 1."
        )
    told = [
        f"by {words} alone "
        + _list([f"{_size(begun[kind, words])} times in the {NAMES[kind]}" for kind in known])
        for words in CHANGED.values()
        if (known := [kind for kind in ("lstm", "gru") if (kind, words) in begun])
    ]
    if told:
        said.append(f"With gates that influence is multiplied {_list(told)}.")
    return said


def _bounds(task: pd.DataFrame) -> list[str]:
    """Say whether products of norms bound the influence."""
    said = []
    elman, gated = (task[(task["kind"] == "elman") == plain] for plain in (True, False))
    if len(elman):
        over = int((elman["log_norm"] > elman["log_bound"] + 1e-6).sum())
        sloped = int((elman["log_norm"] > elman["log_sloped"] + 1e-6).sum())
        said.append(
            f"Of {len(elman):,} cases in Elman networks the influence was above ∏‖W_hh‖ in {over}, "
            f"and above ∏ max σ′ ‖W_hh‖, which counts the slopes, in {sloped}: "
            + ("both are upper bounds." if over == sloped == 0 else "they are no bounds here.")
        )
    free = elman[(elman["cell"] == FREE) & (elman["when"] == "trained") & (elman["lag"] == FAR)]
    if len(free):
        bound, found = _power(mean(free["log_bound"])), _power(mean(free["log_norm"]))
        said.append(
            "A bound is no equality: after training, in Elman networks whose matrix is not kept "
            f"within a norm, ∏‖W_hh‖ over {FAR} days was {_size(bound)}, the influence "
            f"{_size(found)}. What lies between is the slopes' part, a factor of "
            f"{_factor(_power(mean((free['log_norm'] - free['log_bound']) / FAR)))} a day."
        )
    begun = gated[(gated["when"] == "start") & (gated["lag"] == FAR)]
    if len(begun):
        above = float((begun["log_norm"] > begun["log_bound"] + 1e-6).mean())
        said.append(
            f"In gated cells before training the influence over {FAR} days was above ∏‖W_hh‖ of "
            f"the candidate's matrix in {above:.0%} of cases: the state also passes beside that "
            "matrix, through the gate that keeps it, and the product says nothing of it."
        )
    return said


def _learned(task: pd.DataFrame) -> list[str]:
    """Say whether those learned whose influence reached at the start."""
    far = task[task["lag"] == FAR]
    start = far[far["when"] == "start"].set_index(["cell", "seed"])["log_norm"]
    done = far[far["when"] == "trained"].set_index(["cell", "seed"])["accuracy"] >= LEARNED
    both = pd.concat([start, done], axis=1).dropna()
    near, reaching = both[both["log_norm"] < -3.0], both[both["log_norm"] >= -3.0]
    if near.empty or reaching.empty:
        return []
    return [
        f"Of {len(reaching)} trainings that began with an influence of a thousandth or more over "
        f"{FAR} days, {int(reaching['accuracy'].sum())} learned to tell the first day's sign "
        f"(accuracy {LEARNED:.0%} or more); of {len(near)} that began with less, "
        f"{int(near['accuracy'].sum())}."
    ]


def _died(died: pd.DataFrame) -> list[str]:
    """Say how often an influence was exactly zero."""
    far = died[died["lag"] == FAR]
    if far.empty:
        return []
    counts = far.groupby(["cell", "when"], sort=False, as_index=False).size()
    told = [
        f"{row['size']} ({row['cell']}, {TIMES[row['when']]})" for row in counts.to_dict("records")
    ]
    return [
        f"The influence over {FAR} days was exactly zero for {_list(told)} of the seeds, where all "
        "rectified units had been switched off on the way; means leave these out."
    ]


def _on_growth(ends: Intervals) -> list[str]:
    """Say how the gradient on growth changed over a training."""
    said = []
    for kind in dict.fromkeys(kind for kind, _ in ends):
        epochs = sorted(epoch for name, epoch in ends if name == kind)
        first, last = ends[kind, epochs[0]], ends[kind, epochs[-1]]
        told = (
            f"On growth the gradient of a day's loss in the {NAMES[kind]} falls below a hundredth "
            f"within {_days(first)} before training"
        )
        if len(epochs) > 1:
            moved = "shorter" if last[2] < first[1] else "longer" if last[1] > first[2] else None
            change = f"training made its reach {moved}" if moved else "no change is shown"
            told += f" and {_days(last)} after {epochs[-1]} epochs: {change}"
        said.append(f"{told}.")
    return said


AXES = ("T − t (days)", "‖∂s_T/∂s_t‖₂")
CHANGED = {"chrono": "chrono biases", "orthogonal": "orthogonal matrices of each gate"}
"""What is other than by default."""
NAMES = {"elman": "Elman network", "lstm": "LSTM", "gru": "GRU"}


def _size(interval: Interval) -> str:
    """Write a positive number of any size with its interval."""
    middle, low, high = (float(f"{value:.2g}") for value in interval)
    return f"{middle:,g} ({low:,g} to {high:,g})"


def _factor(interval: Interval) -> str:
    return "{:.3f} ({:.3f} to {:.3f})".format(*interval)


def _days(interval: Interval) -> str:
    return "{:.0f} ({:.0f} to {:.0f}) days".format(*interval)


def _list(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return a row a condition, time and lag: log10 of the influence, its interval, the bound."""
    table = over_seeds(rows, KEYS, "log_norm")
    bounds = rows.groupby(KEYS)["log_bound"].mean()
    return table.join(bounds, on=KEYS)


def _plots(task: pd.DataFrame, growth: pd.DataFrame) -> Iterator[Plot]:
    """Draw influence against lag."""
    plain = task[task["cell"].str.startswith("elman, norm")]
    yield Plot(
        "elman",
        "Influence of a state on that of later days in Elman networks before training, by the norm "
        "of their orthogonal recurrent matrix. Dashes: ∏‖W_hh‖, which bounds it from above; what "
        "lies between are the slopes of tanh.",
        *AXES,
        [
            *_curves(plain[plain["when"] == "start"], "log_norm"),
            *_curves(plain[plain["when"] == "start"], "log_bound", "dashes", "∏ of "),
        ],
        log_y=True,
    )
    yield Plot(
        "elman_trained",
        "The same after training on the task, where units have saturated. The matrices' norms are "
        "kept within those they began with.",
        *AXES,
        [
            *_curves(plain[plain["when"] == "trained"], "log_norm"),
            *_curves(plain[plain["when"] == "trained"], "log_bound", "dashes", "∏ of "),
        ],
        log_y=True,
    )
    other = task[~task["cell"].str.startswith("elman, norm")]
    yield Plot(
        "starts",
        "Influence by first weights: lines before training, dashes after training on the task.",
        *AXES,
        [
            *_curves(other[other["when"] == "start"], "log_norm"),
            *_curves(other[other["when"] == "trained"], "log_norm", "dashes", "trained: "),
        ],
        log_y=True,
    )
    ends = growth[growth["epoch"].isin([growth["epoch"].min(), growth["epoch"].max()])]
    ends = ends.assign(cell=ends["kind"] + ", " + ends["when"].astype(str))
    yield Plot(
        "growth",
        "Gradient of a day's loss on real growth with respect to the state of the days before, "
        "beside that of the day itself, before training and after its last epoch.",
        "T − t (days)",
        "‖∂L_T/∂s_t‖ / ‖∂L_T/∂s_T‖",
        _curves(ends, "log_norm"),
        log_y=True,
    )


def _curves(rows: pd.DataFrame, value: str, style: str = "line", before: str = "") -> list[Curve]:
    """Draw a mean of logarithms against the lag, a curve a cell."""
    curves: list[Curve] = []
    if rows.empty:
        return curves
    for cell, own in over_seeds(rows, ["cell", "lag"], value).groupby("cell", sort=False):
        y: list[float] = list(10.0 ** own[value])
        low: list[float] | None = list(10.0 ** own["low"])
        high: list[float] | None = list(10.0 ** own["high"])
        if style != "line":
            low = high = None
        curves.append(Curve(f"{before}{cell}", list(own["lag"]), y, low, high, style))
    return curves
