"""Whether the newest days are still what the champion learned from, and it as good as it was.

Firms of one day are close to one observation, and days depend on one another: a test that takes
firm-days as independent would raise an alarm every week. So every figure is a value a day, and
the mean of the newest days is placed among the means of as many days before (`placement`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from pipeline.daily.drift.days import TAIL, champion_days, data_days
from pipeline.daily.drift.placement import LEAST_WINDOWS, Placement, place
from pipeline.outputs import Baselined, Evaluated, Grown, Json, Windowed
from pipeline.settings.daily import Drift
from pipeline.words import number

Call = Literal["look", "retrain"]
FEW = 3
"""So many firm-days more than in the reference are not yet a faulty source."""


@dataclass(frozen=True)
class Figure:
    """What is watched, and what is called for when it leaves the reference."""

    name: str
    call: Call
    words: str
    """What is said of it, with a place for the number."""
    style: str
    """How the number is written."""
    least: float
    """A smaller departure is no alarm, however sure."""
    both: bool = True
    """Whether too low is an alarm as well as too high."""
    rare: bool = False
    """Whether it is a share of firm-days that is mostly near zero."""
    right: float | None = None
    """The value that is right: coming nearer to it is no alarm."""


Placed = Mapping[Figure, Placement]
FIGURES = (
    Figure("gaps", "look", "{} of growth rates are missing", ".1%", 0.01, both=False, rare=True),
    Figure(
        "zeros", "look", "{} of growth rates are exactly zero", ".1%", 0.01, both=False, rare=True
    ),
    Figure(
        "tails",
        "look",
        f"{{}} of growth rates are beyond {TAIL:g} running volatilities from the day's median",
        ".1%",
        0.01,
        both=False,
        rare=True,
    ),
    Figure("size", "look", "growth is {} running volatilities in size", ".2f", 0.05),
    Figure("market", "look", "the market's growth is {} running volatilities a day", ".2f", 0.05),
    Figure("dispersion", "look", "firms are {} running volatilities apart", ".2f", 0.05),
    Figure("crps", "retrain", "CRPS is {} of GARCH's", ".3f", 0.005, both=False),
    Figure("log_score", "retrain", "log score less GARCH's is {}", ".3f", 0.005, both=False),
    Figure("coverage_90", "retrain", "90 % intervals held {}", ".1%", 0.01, right=0.9),
    Figure(
        "spread",
        "retrain",
        "mean |2 PIT − 1| (more: intervals too narrow) less GARCH's is {}",
        ".3f",
        0.005,
    ),
)
"""The figures of the data, then those of the champion."""
TOLD = ("crps", "coverage_90", "size", "gaps")
"""Figures that are named where nothing has drifted."""


def drift(
    section: Drift, evaluated: Evaluated, baselined: Baselined, grown: Grown, windowed: Windowed
) -> Json:
    """Compare the newest days, and the champion on them, with the days before.

    Figures of the data are placed among the training and validation days, those of the champion
    among its earlier test days. All figures share `section.level`, so that it bounds the chance
    of any alarm at one look where nothing has changed.

    Parameters
    ----------
    section
        How many sessions are new, and the level.
    evaluated
        The champion's forecasts of days that it has not seen, up to the newest.
    baselined
        Those of GARCH on the same firm-days: what they share is the market's doing.
    grown
        Growth rates, T × N, up to the newest day.
    windowed
        Running volatility and fold of the same days.

    Returns
    -------
    dict
        `call`: `look` if a figure of the data has left its reference (the source may be faulty,
        and retraining would learn from that), else `retrain` if one of the champion has, else
        `none`; `sentence`; and `checks`, a list of {name, recent, reference, low, high, share,
        days, alarm}: the figure's mean over the newest days, the centre of its reference, the
        ends beyond which it is an alarm, the share of the reference's windows at or below it
        and the days of the reference. What cannot be told is null.

    Raises
    ------
    InputError
        If the baselines have no forecasts of GARCH.
    """
    fold = windowed.fold
    data, champion = data_days(grown, windowed), champion_days(evaluated, baselined)
    champion = champion.reindex(data.index)
    newest = max(0, len(data) - section.days)
    learned = slice(fold.train[0] + 1, min(fold.test[0] + 1, newest))
    unseen = slice(int(champion["crps"].notna().to_numpy().argmax()), newest)
    level = section.level / sum(1 + figure.both for figure in FIGURES)
    placed = {}
    for figure in FIGURES:
        days, past = (data, learned) if figure.call == "look" else (champion, unseen)
        values = days[figure.name].to_numpy(np.float64)
        few = FEW / (section.days * grown.growth.shape[1]) if figure.rare else 0.0
        found = place(values[newest:], values[past], level, figure.rare, figure.least + few)
        placed[figure] = _sided(figure, found)
    called = {figure.call for figure, found in placed.items() if found.side}
    return {
        "call": "look" if "look" in called else "retrain" if called else "none",
        "sentence": _sentence(section, placed),
        "checks": [_check(figure, found) for figure, found in placed.items()],
    }


def _sided(figure: Figure, placed: Placement) -> Placement:
    """Return the placement with the ends that are an alarm for this figure."""
    low = placed.low if figure.both else float("nan")
    if figure.right is None:
        return replace(placed, low=low)
    low, high = np.minimum(low, figure.right), np.maximum(placed.high, figure.right)
    return replace(placed, low=float(low), high=float(high))


def _check(figure: Figure, placed: Placement) -> Json:
    """Return a figure and where it stands, as plain JSON."""
    numbers = {
        name: value if np.isfinite(value) else None
        for name in ("recent", "reference", "low", "high", "share")
        for value in [float(getattr(placed, name))]
    }
    return {"name": figure.name, **numbers, "days": placed.days, "alarm": placed.side != 0}


def _sentence(section: Drift, placed: Placed) -> str:
    """Say in one line what is called for, and by which figures."""
    alarms = [_alarm(figure, found) for figure, found in placed.items() if found.side]
    calls = [figure.call for figure, found in placed.items() if found.side]
    told = {figure.name: (figure, found) for figure, found in placed.items()}
    calm = [
        f"{_words(figure, found.recent)} (reference {number(found.reference, figure.style)})"
        for figure, found in (told[name] for name in TOLD)
        if np.isfinite(found.share)
    ]
    span = f"the last {section.days} sessions"
    if "look" in calls:
        lead = f"Look at the data before anything is retrained: in {span} "
    elif calls:
        lead = f"Retrain the champion: in {span} "
    else:
        lead = f"No drift in {span}: " if calm else "Drift cannot be told yet"
    untold = [text for call in ("look", "retrain") if (text := _untold(section, placed, call))]
    said = [lead + ", ".join(alarms or calm), *untold]
    return "; ".join(said) + "."


def _alarm(figure: Figure, placed: Placement) -> str:
    """Say how far a figure has gone, and in which direction."""
    bound, end = ("at most", placed.high) if placed.side > 0 else ("at least", placed.low)
    reference = number(placed.reference, figure.style)
    expected = f"reference {reference}, {bound} {number(end, figure.style)} expected"
    return f"{_words(figure, placed.recent)} ({expected})"


def _untold(section: Drift, placed: Placed, call: Call) -> str:
    """Say why the data or the champion cannot be judged and from when on; empty if they can."""
    of = [found for figure, found in placed.items() if figure.call == call]
    if any(np.isfinite(found.share) for found in of):
        return ""
    whose = "data" if call == "look" else "champion"
    needed, days = LEAST_WINDOWS * section.days, max(found.days for found in of)
    if days < needed:
        return (
            f"the {whose} can be judged from {needed - days} more sessions on "
            f"(the reference has {days} of {needed} that are needed)"
        )
    return f"fewer than half of these sessions have growth or forecasts to judge the {whose} by"


def _words(figure: Figure, value: float) -> str:
    return figure.words.format(number(value, figure.style))
