"""What a comparison comes to: the trainings in the store as a leaderboard, tables and a page."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from pipeline.cores import side_by_side
from pipeline.evaluation import columns
from pipeline.evaluation.ahead import days_ahead
from pipeline.evaluation.columns import REFERENCE
from pipeline.evaluation.earned import marked
from pipeline.evaluation.entry import Entry, kind_of
from pipeline.evaluation.ladder import Rung, ladder
from pipeline.evaluation.leaderboard import leaderboard
from pipeline.outputs import (
    Baselined,
    Compared,
    Evaluated,
    Grown,
    Ingested,
    Json,
    Trained,
    Windowed,
)
from pipeline.report.facts import panel_facts
from pipeline.report.verdicts import verdict
from pipeline.run.flow import Flow
from pipeline.words import plural

FACTS = tuple(fact.key for fact in columns.FACTS)
"""What the leaderboard tells of training, from the summary and the history."""
Trainings = Mapping[Rung, Sequence[Flow]]
"""What is judged → the flows of its trainings, a fold and a seed each."""


def ranked(first: Flow, trainings: Trainings, folds: Sequence[Flow]) -> Compared:
    """Rank networks, controls and baselines, and write the page.

    Parameters
    ----------
    first
        The flow of the comparison.
    trainings
        Flows whose `evaluate` stage is made.
    folds
        A flow a fold, whose `baselines` stage is made.

    Returns
    -------
    Compared
        Everything that is told of the comparison.
    """
    judged = {rung: _trained(rung, flows) for rung, flows in trainings.items()}
    whole = [rung.architecture for rung in judged if rung.whole]
    about = {
        **{
            kinds: [name for name in whole if kind_of(name) == kind]
            for kinds, kind in (("networks", "network"), ("controls", "control"))
        },
        "seeds": first.settings.compare.seeds,
        "horizon": first.settings.window.horizon,
        "folds": [_bounds(number, flow) for number, flow in enumerate(folds, start=1)],
    }
    firms = first.made(Ingested).firms
    entries = [*_baselines(folds), *(entry for rung, entry in judged.items() if rung.whole)]
    steps = judged if first.settings.compare.ladder else {}
    return compared(entries, about, _facts(first, trainings), firms, steps)


def compared(
    entries: Sequence[Entry],
    about: Json,
    facts: dict[str, str],
    firms: pd.DataFrame,
    rungs: Mapping[Rung, Entry] | None = None,
) -> Compared:
    """Return the tables and the page of a comparison from what its entries earned.

    Parameters
    ----------
    entries
        Networks, controls and baselines on the same firm-days.
    about
        `networks controls seeds horizon folds` of `Compared.summary`.
    facts
        Shown on top of the page, label → value.
    firms
        `symbol name sector` of the firms.
    rungs
        Of a ladder, in its order; those that are shown everything are among the entries, too.
    """
    from pipeline.report.comparison import page

    board = leaderboard(entries)
    (reference,) = (entry for entry in entries if entry.name == REFERENCE)
    steps = ladder(rungs, reference) if rungs else pd.DataFrame()
    dates = entries[0].daily["date"]
    summary = {
        "verdict": verdict(board, steps),
        "winner": _first(board, "network") or _first(board, "control"),
        "best_control": _first(board, "control"),
        "best_baseline": _first(board, "baseline"),
        "reference": REFERENCE,
        **about,
        "firms": len(entries[0].firms),
        "forecasts": int(entries[0].daily["forecasts"].sum()),
        "first": f"{dates.min():%Y-%m-%d}",
        "last": f"{dates.max():%Y-%m-%d}",
        "fallbacks": {e.name: e.scores["fallbacks"] for e in entries if e.kind == "baseline"},
    }
    daily = [entry.daily.assign(name=entry.name) for entry in entries]
    found = Compared(
        board=board,
        ahead=days_ahead(entries),
        daily=pd.concat(daily, ignore_index=True),
        firms=pd.DataFrame({entry.name: entry.firms for entry in entries}).rename_axis("symbol"),
        calibration=pd.concat([entry.calibration for entry in entries], ignore_index=True),
        summary=summary,
        page="",
        ladder=steps,
    )
    return replace(found, page=page(found, facts, firms))


def _trained(rung: Rung, flows: Sequence[Flow]) -> Entry:
    """Sum up what the trainings of one rung earned."""
    marks, facts = [], []
    for flow in map(Flow.opened, flows):
        marks.append(marked(flow.made(Evaluated).forecasts, flow.settings.train.seed))
        facts.append(cost(flow.made(Trained)))
    means = {key: float(np.mean([each[key] for each in facts])) for key in FACTS}
    kind = kind_of(rung.architecture)
    return Entry.of(rung.name, kind, pd.concat(marks, ignore_index=True), means)


def cost(trained: Trained) -> dict[str, float]:
    """Return what one training took; NaN for what there is none of, as nothing was trained."""
    known = {**trained.summary, "clipped_share": trained.history["clipped_share"].mean()}
    return {name: math.nan if known[name] is None else float(known[name]) for name in FACTS}


def _baselines(folds: Sequence[Flow]) -> list[Entry]:
    """Sum up the baselines of all folds, and how many firms each could not be fitted to."""
    fallbacks: dict[str, int] = {}
    forecasts: dict[str, list[pd.DataFrame]] = {}
    for flow in map(Flow.opened, folds):
        made = flow.made(Baselined)
        for fitted, count in made.fallbacks.items():
            fallbacks[fitted] = fallbacks.get(fitted, 0) + int(count)
        for name, rows in made.forecasts.groupby("baseline", sort=False):
            forecasts.setdefault(str(name), []).append(rows)

    def judged(name: str) -> Entry:
        marks = pd.concat(map(marked, forecasts.pop(name)), ignore_index=True)
        return Entry.of(name, "baseline", marks, {"fallbacks": fallbacks[name]})

    return list(side_by_side(judged, list(forecasts)))


def _first(board: pd.DataFrame, kind: str) -> str | None:
    """Return the best entry of a kind; None where there is none."""
    names = board.loc[board["kind"] == kind, "name"]
    return str(names.iloc[0]) if len(names) else None


def _bounds(number: int, flow: Flow) -> Json:
    """Return the first and the last day of each part of a fold, and the purge between them."""
    windowed = flow.opened().made(Windowed)
    fold = windowed.fold
    return {"fold": number, "purge": fold.purge, **fold.spans(windowed.dates)}


def _facts(first: Flow, judged: Trainings) -> dict[str, str]:
    """Return what a reader of the page should know of its making, label → value."""
    settings = first.settings
    asked, train, model = settings.compare, settings.train, settings.model
    trainings = sum(len(flows) for rung, flows in judged.items() if rung.days is None)
    return {
        **panel_facts(settings, first.source, first.made(Ingested), first.made(Grown)),
        "Networks": f"{', '.join(asked.trained)}; {model.units} units",
        "Trainings": f"{trainings:,}: {plural(len(asked.trained), 'architecture')}, "
        f"{plural(asked.seeds, 'seed')} from 0, {plural(asked.folds, 'fold')}",
        "Budget of each": f"{plural(train.epochs, 'epoch')} at most, stopped after "
        f"{train.patience} without a lower validation loss",
        "Days seen and forecast": f"{settings.window.lookback} days seen, "
        f"{settings.window.horizon} ahead",
    }
