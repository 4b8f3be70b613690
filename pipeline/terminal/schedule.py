"""What a person sees of scheduled runs: a day, the decisions, what is published."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from rich.console import Console
from rich.text import Text

from pipeline.terminal.tables import laid_out, plain, text, wide_console

DECISIONS = (
    plain("made"),
    plain("date", heading="day"),
    plain("challenger"),
    plain("outcome"),
    plain("champion"),
    plain("challenger_crps", ".4f", "CRPS"),
    plain("champion_crps", ".4f", "champion's"),
    plain("p_value", ".3f", "p"),
    plain("days", ".0f"),
    plain("champion_days", ".0f", "age"),
)
"""Columns of the decisions."""


def day(told: Mapping[str, Any]) -> None:
    """Print what a scheduled run came to."""
    console = Console(highlight=False)
    steps = told["steps"]
    decision, published = steps["promote"], steps["publish"]
    lines = [
        f"{told['date']}: {steps['compare']['verdict']}",
        f"Version {decision['challenger']} {decision['outcome']}. {decision['reason']}",
    ]
    if "report" in published:
        lines += [
            f"Published: forecasts, peers and report of version {published['version']} "
            f"({published['model']}), in {published['folder']}",
            published["drift"]["sentence"],
            f"Report: {published['report']}",
        ]
    else:
        lines.append(f"Published is {published['published']}, a later day: it stays.")
    for line in lines:
        console.print(Text(line), soft_wrap=True)


def decisions_table(decisions: pd.DataFrame) -> None:
    """Print the decisions about who is champion, the newest first."""
    console = wide_console()
    if decisions.empty:
        console.print("No decision has been made yet: `firmament daily` makes the first one.")
        return
    console.print(laid_out(decisions, DECISIONS))
    newest = decisions.iloc[0]
    decided = f"{newest['date']}, version {newest['challenger']} {newest['outcome']}: "
    console.print(Text(decided + newest["reason"]), soft_wrap=True)


def forecasts_table(
    record: Mapping[str, Any], forecasts: pd.DataFrame, growth: Mapping[str, Any]
) -> None:
    """Print forecasts of the next sessions as daily log returns in percent.

    Growth is turned back as it was taken, by the `days_per_year` and `risk_free` of `growth`.
    """
    console = wide_console()
    levels = [name for name in map(str, forecasts) if name.startswith("q")]
    returns = (forecasts[levels] + growth["risk_free"]) / growth["days_per_year"]
    shown = forecasts.assign(date=forecasts["date"].dt.strftime("%Y-%m-%d"))
    shown[levels] = 100.0 * returns
    quantiles = [plain(name, "+.2f", f"{int(name[1:])}%") for name in levels]
    columns = [text("symbol", heading="firm"), plain("date", heading="day"), *quantiles]
    console.print(laid_out(shown, columns))
    when = f", at the end of {record['date']}" if "date" in record else ""
    line = f"Quantiles of the day's log return in percent, by {_made_by(record)}{when}."
    console.print(Text(line), soft_wrap=True)


def _made_by(record: Mapping[str, Any]) -> str:
    """Say which network forecast: the champion's version, or that of a single run."""
    model = record.get("model", "network")
    if "version" in record:
        return f"the champion, version {record['version']} ({model})"
    return f"the {model} of run {record['run_id']}"
