"""Scores and quality as tables, as the page's template reads them."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

from pipeline.evaluation.columns import BY_KEY
from pipeline.evaluation.rows import run_rows
from pipeline.evaluation.score import Metric
from pipeline.evaluation.scores import SCORES
from pipeline.evaluation.titles import model_title
from pipeline.outputs import Json
from pipeline.report.style import NETWORK
from pipeline.words import number

RUN_SCORES = tuple(score for score in SCORES if score.run)
"""Columns of the scores of a run."""
SHARES = ("crps_skill", "coverage_50", "coverage_90")
"""What is told of a day ahead beside the CRPS of all models."""


@dataclass(frozen=True)
class Cell:
    """A text in a table, and whether it is the best of its column."""

    text: str
    best: bool = False


@dataclass(frozen=True)
class Head:
    """A column's name, its unit and what it means."""

    name: str
    unit: str = ""
    meaning: str = ""


@dataclass(frozen=True)
class Row:
    """A row, and whether it is the network's own."""

    cells: list[Cell]
    own: bool = False


@dataclass(frozen=True)
class Grid:
    """A table whose first `words` columns are words and whose others are numbers."""

    heads: list[Head]
    rows: list[Row]
    words: int = 1


def score_grid(scores: Json, control: Json | None = None) -> Grid:
    """Lay out the scores of the network, of a control and of the baselines, a row a model.

    Parameters
    ----------
    scores : dict
        `Evaluated.scores`, or one of its `by_horizon`.
    control : dict
        `Controlled.beside`; empty or None: there is none.

    Returns
    -------
    Grid
        A column a metric; scores that are not defined are dashes and never best.
    """
    return model_grid(run_rows(scores, control or {}), RUN_SCORES, {NETWORK})


def model_grid(models: Mapping[str, Json], metrics: Sequence[Metric], own: Container[str]) -> Grid:
    """Lay out metrics of several models, a row a model.

    Parameters
    ----------
    models : mapping of str to dict
        Values by model; a text is written as it is.
    metrics : sequence of Metric
        The columns.
    own : container of str
        Models whose rows are set off.
    """
    columns = [_column(metric, models) for metric in metrics]
    rows = [
        Row([Cell(model_title(model)), *(column[i] for column in columns)], own=model in own)
        for i, model in enumerate(models)
    ]
    heads = [Head(m.titled, m.unit, m.meaning) for m in metrics]
    return Grid([Head("model"), *heads], rows)


def _column(metric: Metric, models: Mapping[str, Json]) -> list[Cell]:
    """Write one metric of all models, the best of them marked; those that look equal are equal."""
    values = [scores.get(metric.key) for scores in models.values()]
    texts = [v if isinstance(v, str) else number(v, metric.style) for v in values]
    if metric.better == "neither":
        return [Cell(text) for text in texts]
    known = [(metric.loss(v), text) for v, text in zip(values, texts, strict=True) if v is not None]
    best = min(known)[1] if len(known) > 1 else None
    return [Cell(text, best=text == best) for text in texts]


def horizon_grid(by_horizon: list[Json]) -> Grid | None:
    """Lay out CRPS by day ahead, a row a day; nothing when only one day ahead is forecast."""
    if len(by_horizon) < 2:
        return None
    baselines = list(by_horizon[0]["baselines"])
    models = [NETWORK, *baselines]
    heads = [Head("days ahead"), *(Head(model_title(m), "CRPS ↓, 1/year") for m in models)]
    skill, *shares = (BY_KEY[key] for key in SHARES)
    heads += [Head(skill.titled, skill.unit), *(Head(m.name, m.arrow) for m in shares)]
    return Grid(heads, [_horizon_row(scores, baselines) for scores in by_horizon])


def _horizon_row(scores: Json, baselines: list[str]) -> Row:
    """Write the scores of one day ahead."""
    column = _column(
        BY_KEY["crps"], {NETWORK: scores, **{m: scores["baselines"][m] for m in baselines}}
    )
    rest = [Cell(number(scores.get(key), BY_KEY[key].style)) for key in SHARES]
    return Row([Cell(str(scores["horizon"])), *column, *rest])


def rule_rows(rules: list[Json]) -> list[dict[str, str]]:
    """Write what each quality rule found.

    Parameters
    ----------
    rules : list of dict
        `Ingested.quality["rules"]`: `rule action count firms examples sentence`.

    Returns
    -------
    list of dict
        `name count firms action sentence examples` as texts.
    """
    return [
        {
            "name": str(rule["rule"]).replace("_", " "),
            "count": f"{rule['count']:,}",
            "firms": f"{rule['firms']:,}",
            "action": str(rule["action"]),
            "sentence": str(rule["sentence"]),
            "examples": "; ".join(rule["examples"][:3]),
        }
        for rule in rules
    ]
