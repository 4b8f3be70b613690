"""The card of a trained network: what it learned from, how it does, and what it is not for."""

from __future__ import annotations

import pandas as pd

from pipeline.evaluation.columns import BY_KEY
from pipeline.evaluation.rows import run_rows
from pipeline.evaluation.titles import model_title
from pipeline.outputs import Evaluated, Grown, Ingested, Json, Trained, Windowed
from pipeline.run.flow import Flow
from pipeline.words import listed, number, plural

SHOWN = ("crps", "log_score", "mae", "coverage_50", "coverage_90")
"""Scores of a card's table."""


def model_card(flow: Flow, control: Json, *more: str) -> str:
    """Return the card of a flow's network, in Markdown.

    Parameters
    ----------
    flow
        With its stages to `evaluate` made.
    control
        As `Controlled.beside`, or the scores of a control alone; empty where there is none.
    *more
        Paragraphs between its scores and its limits.
    """
    scores = flow.made(Evaluated).scores
    model, train = flow.settings.model, flow.settings.train
    head = (
        f"A network of firmament ({model_title(model.name)}, {model.units} units, "
        f"{flow.made(Trained).summary['parameters']:,} parameters, seed {train.seed}). It "
        "forecasts the distribution of the daily growth of firms, in 1/year."
    )
    parts = (head, _learned(flow), _scores(scores, control), *more, _limits(flow))
    return "\n\n".join(parts) + "\n"


def scores_table(scores: Json, control: Json) -> str:
    """Return the scores of a network beside those of control and baselines, in Markdown."""
    table = pd.DataFrame.from_dict(run_rows(scores, control), orient="index")
    columns = [BY_KEY[key] for key in SHOWN]
    lines = ["| | " + " | ".join(column.titled for column in columns) + " |"]
    lines.append("|---" * (1 + len(columns)) + "|")
    for name, row in table.iterrows():
        cells = [number(row[column.key], column.form) for column in columns]
        lines.append(f"| {model_title(str(name))} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _learned(flow: Flow) -> str:
    """Say what the network was trained on, from what start."""
    quality, basis = flow.made(Ingested).quality, flow.made(Grown).basis
    windowed, summary = flow.made(Windowed), flow.made(Trained).summary
    spans = windowed.fold.spans(windowed.dates)
    training, validation = (
        f"{first} to {last}" for first, last in (spans["training"], spans["validation"])
    )
    start = summary.get("start", "fresh")
    if summary.get("pretrained"):
        start += f" from {summary['pretrained']}, which saw growth to {summary['pretrained_to']}"
    refit = ", then trained anew on both" if summary.get("refit") else ""
    return (
        f"**Trained on** {plural(quality['firms_kept'], 'firm')}, growth of {basis['used']}, "
        f"{training}; {validation} chose epoch {summary['best_epoch']} of {summary['epochs']}"
        f"{refit}. Start: {start}. Prices: {flow.source.describe.rstrip('.')}. It sees "
        f"{windowed.fold.lookback} sessions of {plural(len(windowed.names), 'feature')}: "
        f"{', '.join(windowed.names)}."
    )


def _scores(scores: Json, control: Json) -> str:
    """Tell the scores, and the two ratios that are to be believed."""
    beside = [_ratio(scores, "crps_over_best", "dm_p", model_title(scores["best_baseline"]))]
    if "crps_over_control" in control:
        title = f"{model_title(control['name'])}, the control without recurrence"
        beside.append(_ratio(control, "crps_over_control", "dm_p_control", title))
    return (
        f"**Scores** of {plural(scores['forecasts'], 'forecast')} of "
        f"{plural(scores['firms'], 'firm')}, {scores['first']} to {scores['last']}, days that it "
        f"never saw. Its CRPS is {listed(beside)}.\n\n{scores_table(scores, control)}"
    )


def _ratio(told: Json, ratio: str, p_value: str, title: str) -> str:
    low, high = (number(told.get(f"{ratio}_{end}"), ".4f") for end in ("low", "high"))
    return (
        f"{number(told.get(ratio), '.4f')} of that of {title} (95 % interval {low} to {high}, "
        f"p {number(told.get(p_value), 'p')})"
    )


def _limits(flow: Flow) -> str:
    """Say what the network is not for."""
    windowed = flow.made(Windowed)
    horizon, lookback = windowed.fold.horizon, windowed.fold.lookback
    seen_to = windowed.fold.spans(windowed.dates)["validation"][1]
    return " ".join(
        [
            f"**Limits.** It forecasts {plural(horizon, 'session')} ahead, firms with {lookback} "
            f"growth rates or more. Days to {seen_to} cannot judge it. A single training does not "
            "tell what its seed did. Growth itself is close to unpredictable: its distribution is "
            "what is forecast.",
            *flow.made(Ingested).quality.get("notes", []),
        ]
    )
