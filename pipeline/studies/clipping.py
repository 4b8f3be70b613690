r"""What clipping the gradient's norm mends: success of plain gradient descent by sequence length.

After R. Pascanu, T. Mikolov and Y. Bengio, "On the difficulty of training recurrent neural
networks", ICML 2013: Elman networks on the temporal order task, trained by stochastic gradient
descent from the same first weights on the same sequences.

A training has succeeded, and ends, once fewer than 1 % of new sequences are told wrongly, as theirs
had. It is tried with several learning rates, for clipping may do no more than a smaller rate.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pipeline.studies.intervals import mean, over_seeds, share
from pipeline.studies.populations.descent import Crowd
from pipeline.studies.populations.norms import Gradient, clip_each, clip_whole
from pipeline.studies.study import FULL_SEEDS, SEEDS, Cell, Curve, Figure, Found, Plot, Row
from pipeline.studies.tasks import TASKS
from pipeline.words import listed

TASK = TASKS["temporal_order"]
TITLES = {
    "plain": "plain",
    "each": "each variable clipped",
    "whole": "clipped",
    "constrained": "clipped, with the constraint",
}
"""Methods: gradients as they are; each variable's clipped to a norm; that of all variables; the
same, of the loss and the soft constraint Ω on what is propagated back."""
NORM = 1.0
"""That gradients are clipped to."""
WEIGHT = 1.0
"""Of Ω beside the loss."""
EVERY = 250
"""Steps from one test to the next."""


def design(full: bool) -> list[dict[str, Any]]:
    """Return the cells: methods by lengths by learning rates."""
    return [
        {
            "cell": f"{method}, {days} days, rate {rate:g}",
            "method": method,
            "days": days,
            "rate": rate,
            "steps": 3000 if full else 2000,
            "seeds": FULL_SEEDS if full else SEEDS,
        }
        for days in ((20, 30, 40, 60) if full else (20, 30, 40))
        for method in TITLES
        for rate in (0.01, 0.05, 0.25)
    ]


def measure(cell: Cell) -> list[Row]:
    """Train a network a seed: whether it succeeded, and what was done to its gradients.

    Returns
    -------
    list of dict
        A row a seed: `seed`; `solved`; `taken`, steps; `wrong`, share of new sequences at the end;
        `above`, share of steps whose gradient's norm is above `NORM`; `kept`, the mean share of the
        norm that clipping leaves; `cosine`, `least_cosine` of the gradient before and after.
    """
    method = cell["method"]
    weight = WEIGHT if method == "constrained" else 0.0
    crowd = Crowd(TASK, cell["days"], cell["seeds"], NORM, weight)
    for step in range(1, cell["steps"] + 1):
        gradient = crowd.gradient()
        crowd.step(gradient, _clipped(gradient, method), cell["rate"])
        if step % EVERY == 0 or step == cell["steps"]:
            crowd.test(step)
        if len(crowd.there) == 0:
            break
    return crowd.rows()


def _clipped(gradient: Gradient, method: str) -> Gradient:
    if method == "plain":
        return gradient
    return clip_each(gradient, NORM) if method == "each" else clip_whole(gradient, NORM)


def conclude(rows: pd.DataFrame) -> Found:
    """Compare the methods, each at its best rate and all at the same."""
    table = _table(rows)
    methods = [method for method in TITLES if method in set(rows["method"])]
    best = {method: _best(rows, method) for method in methods}
    at_best = rows[rows["rate"] == rows["method"].map(best)]
    return Found(
        answer=_answer(rows, at_best, best),
        sentences=[
            *_compared(at_best),
            *_lost(rows),
            *_directions(rows),
            *_limits(rows),
        ],
        rows=table,
        figures=_figures(rows, at_best, best),
        plots=_plots(rows, at_best, methods),
    )


def _table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return a row a condition: the share solved, and means of what clipping did."""
    keys = ["method", "days", "rate"]
    table = over_seeds(rows, keys, "solved")
    for name in ("above", "kept", "cosine"):
        told = over_seeds(rows, keys, name)
        table[[name, f"{name}_low", f"{name}_high"]] = told[[name, "low", "high"]]
    return table


def _best(rows: pd.DataFrame, method: str) -> float:
    """Return the rate at which a method succeeded most often over all lengths, the smallest."""
    solved = rows[rows["method"] == method].groupby("rate")["solved"].mean()
    return float(solved.index.to_numpy()[solved.to_numpy().argmax()])


def _answer(rows: pd.DataFrame, at_best: pd.DataFrame, best: dict[str, float]) -> str:
    """Say whether clipping helps where all have one rate, and where each has its best."""
    if not {"plain", "whole"} <= set(best):
        return "There is nothing to compare: plain descent or clipping was not measured."
    two = at_best[at_best["method"].isin(["plain", "whole"])]
    one = rows[(rows["rate"] == best["whole"]) & rows["method"].isin(["plain", "whole"])]
    same = f"with the rate that clipping does best with ({best['whole']:g}), {_pair(one)}"
    own = f"Each with its own best rate (plain: {best['plain']:g}), {_pair(two)}."
    if best["plain"] == best["whole"]:
        own = "It is the best rate of plain descent, too."
    lead = "It is not shown to help"
    if _better(two):
        lead = "Yes"
    elif _better(one):
        lead = "It lets descent take larger steps, and no more is shown"
    return f"{lead}: {same}. {own}"


def _better(rows: pd.DataFrame) -> bool:
    """Say whether clipping succeeded more often than plain descent, beyond chance."""
    rows = _common(rows, "plain", "whole")
    solved = rows.groupby("method")["solved"].mean()
    return not rows.empty and bool(
        solved["whole"] > solved["plain"] and _fisher(rows, "plain") < 0.05
    )


def _pair(rows: pd.DataFrame, one: str = "plain", other: str = "whole") -> str:
    """Say how often two methods succeeded over all lengths, and whether that tells them apart."""
    words = {"plain": "plain descent", "each": "clipping each variable", "whole": "clipping"}
    words["constrained"] = "clipping with the constraint"
    rows = _common(rows, one, other)
    told = {method: _counted(rows[rows["method"] == method]) for method in (one, other)}
    probability = _fisher(rows, one)
    verdict = "a difference" if probability < 0.05 else "which shows no difference"
    return (
        f"{words[one]} learned the task in {told[one]} and {words[other]} in {told[other]}, "
        f"{verdict} (p {_p(probability)}, exact test within lengths)"
    )


def _common(rows: pd.DataFrame, one: str, other: str) -> pd.DataFrame:
    """Return the trainings of two methods over the lengths that both were measured with."""
    lengths = [set(rows.loc[rows["method"] == method, "days"]) for method in (one, other)]
    return rows[rows["days"].isin(lengths[0] & lengths[1]) & rows["method"].isin([one, other])]


def _counted(rows: pd.DataFrame) -> str:
    number = int(rows["solved"].sum())
    if rows.empty:
        return "none of no trainings"
    _, low, high = share(number, len(rows))
    return f"{number} of {len(rows)} trainings ({low:.0%} to {high:.0%})"


def _p(probability: float) -> str:
    return "< 0.001" if probability < 0.001 else f"= {probability:.2g}"


def _fisher(rows: pd.DataFrame, one: str) -> float:
    """Return the p-value of one of two methods' successes, compared within each length.

    Fisher's exact test, of several tables at once: given how many succeeded over a length, those of
    one method are drawn as from an urn. Lengths that all learn, or none, so have no say.
    """
    from scipy import stats

    odds, seen = np.ones(1), 0
    for _, own in rows.groupby("days"):
        mine = own.loc[own["method"] == one, "solved"]
        urn = stats.hypergeom(len(own), int(own["solved"].sum()), len(mine))
        odds = np.convolve(odds, urn.pmf(np.arange(len(mine) + 1)))
        seen += int(mine.sum())
    return float(odds[odds <= odds[seen] * (1.0 + 1e-9)].sum())


def _compared(at_best: pd.DataFrame) -> list[str]:
    """Compare the kinds of clipping, each at its best rate, and tell each length."""
    known, answer = set(at_best["method"]), []
    for one, other in (("each", "whole"), ("whole", "constrained")):
        if {one, other} <= known:
            answer.append(f"Each at its best rate, {_pair(at_best, one, other)}.")
    for days, own in at_best.groupby("days"):
        told = [
            f"{TITLES[str(method)]} {int(each['solved'].sum())} of {len(each)}"
            for method, each in own.groupby("method", sort=False)
        ]
        answer.append(f"Over {days} days, at the best rates: {listed(told)}.")
    return answer


def _lost(rows: pd.DataFrame) -> list[str]:
    """Say what clipping loses: trainings of the same weights and sequences, one by one."""
    keys = ["days", "rate", "seed"]
    plain = rows[rows["method"] == "plain"].set_index(keys)
    whole = rows[rows["method"] == "whole"].set_index(keys)
    both = plain.merge(whole, on=keys, suffixes=("_plain", "_whole"))
    learned = both[both["solved_plain"]]
    if learned.empty:
        return []
    kept = learned[learned["solved_whole"]]
    sentence = (
        f"Clipping loses little of what plain descent can: of {len(learned)} trainings that "
        f"succeeded without it, {len(kept)} did so with it, from the same first weights, on the "
        "same sequences and at the same rate"
    )
    if len(kept) < 0.9 * len(learned):
        sentence = sentence.replace("loses little", "loses some", 1)
    if len(kept) < 2:
        return [f"{sentence}."]
    longer = np.log(kept["taken_whole"] / kept["taken_plain"])
    ratio, low, high = np.exp(mean(longer))
    times = f"{ratio:.2f} times the steps ({low:.2f} to {high:.2f}; tests come every {EVERY})"
    return [f"{sentence}, in {times}."]


def _directions(rows: pd.DataFrame) -> list[str]:
    """Say what is kept of gradients, and how often clipping acts."""
    answer = []
    for method, own in rows[rows["method"] != "plain"].groupby("method", sort=False):
        middle, low, high = mean(own["cosine"])
        acted, *ends = mean(own["above"])
        least = own["least_cosine"].min()
        direction = "the direction is kept (the cosine with the gradient is 1)"
        if least < 1.0 - 1e-4:
            direction = (
                f"the direction is bent: the cosine with the gradient is {middle:.3f} on average "
                f"({low:.3f} to {high:.3f}), {least:.2f} at worst"
            )
        answer.append(
            f"{TITLES[str(method)].capitalize()}: {direction}; the norm of all variables was above "
            f"{NORM:g} on {acted:.0%} of the steps ({ends[0]:.0%} to {ends[1]:.0%})."
        )
    return answer


def _limits(rows: pd.DataFrame) -> list[str]:
    """Say what was published, and what this does not show."""
    return [
        "Pascanu, Mikolov and Bengio (2013; quoted, not measured here) found this task harder for "
        "plain descent the longer its sequences, and easier with clipping; with clipping and their "
        "constraint they learned it over longer sequences than those here.",
        f"Here a training has {rows['steps'].max():,} steps: one that has not succeeded might have "
        "with more. Best rates are chosen on the trainings that they are shown of, for all methods "
        f"alike; the norm ({NORM:g}) and the constraint's weight ({WEIGHT:g}) were not tuned.",
    ]


def _figures(rows: pd.DataFrame, at_best: pd.DataFrame, best: dict[str, float]) -> list[Figure]:
    """Return the shares solved at the best rates, and what clipping did to gradients."""
    answer = []
    told = over_seeds(at_best, ["days", "method"], "solved")
    names = ["days", "method", "solved", "low", "high"]
    for days, method, solved, low, high in told[names].to_numpy():
        name = f"solved over {days} days, {TITLES[method]}, rate {best[method]:g}"
        answer.append(Figure(name, solved, low, high, "share of trainings"))
    for method, own in rows.groupby("method", sort=False):
        title = TITLES[str(method)]
        answer.append(Figure(f"steps with a norm above {NORM:g}, {title}", *mean(own["above"])))
        if method != "plain":
            answer.append(Figure(f"cosine with the gradient, {title}", *mean(own["cosine"])))
    return answer


def _plots(rows: pd.DataFrame, at_best: pd.DataFrame, methods: list[str]) -> list[Plot]:
    """Return success by length and by rate, and the directions kept."""
    lengths = over_seeds(at_best, ["method", "days"], "solved")
    rates = over_seeds(rows, ["method", "rate"], "solved")
    cosines = over_seeds(rows, ["method", "days"], "cosine")
    share_of = "share of trainings that succeeded"
    return [
        Plot(
            "success_by_length",
            "Trainings on temporal order that succeeded, by the length of sequences, each method "
            "at its best rate; bars are 95 % intervals.",
            "length of sequences (days)",
            share_of,
            [_curve(lengths, method, "days", "solved") for method in methods],
        ),
        Plot(
            "success_by_rate",
            "The same by learning rate, over all lengths and not at the best rates alone.",
            "learning rate",
            share_of,
            [_curve(rates, method, "rate", "solved") for method in methods],
            log_x=True,
        ),
        Plot(
            "direction",
            "Cosine of the angle between a gradient and what clipping makes of it, as a mean over "
            "steps, trainings and rates: 1 is the same direction.",
            "length of sequences (days)",
            "cosine",
            [_curve(cosines, method, "days", "cosine") for method in methods if method != "plain"],
        ),
    ]


def _curve(told: pd.DataFrame, method: str, x: str, y: str) -> Curve:
    own = told[told["method"] == method].sort_values(x)
    low, high = own["low"].tolist(), own["high"].tolist()
    return Curve(TITLES[method], own[x].tolist(), own[y].tolist(), low, high)
