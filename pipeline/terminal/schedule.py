"""What a person sees of scheduled runs: a day, the decisions, what is published."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from rich.console import Console
from rich.text import Text

from pipeline.evaluation.forecasts import QUANTILE
from pipeline.report.added import p_value
from pipeline.terminal.tables import fitting, origin, plain, text, wide_console
from pipeline.words import number, plural

DECISIONS = (
    plain("made", need=4),
    plain("date", heading="day"),
    plain("challenger"),
    plain("outcome"),
    plain("champion", need=1),
    plain("challenger_crps", ".4f", "CRPS", need=2),
    plain("champion_crps", ".4f", "champion's", need=3),
    plain("p_value", ".3f", "p", need=5),
    plain("days", ".0f", need=6),
    plain("champion_days", ".0f", "age", need=7),
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
    console.print(fitting(console, decisions, DECISIONS))
    newest = decisions.iloc[0]
    decided = f"{newest['date']}, version {newest['challenger']} {newest['outcome']}: "
    console.print(Text(decided + newest["reason"]), soft_wrap=True)


UNITS = {
    "growth": "growth rate, 1/year",
    "percent": "log return in percent",
}
"""What a forecast may be told as."""


def forecasts_table(record: Mapping[str, Any], forecasts: pd.DataFrame, unit: str) -> None:
    """Print the quantiles of forecasts of the next sessions, which are in one of `UNITS`."""
    console = wide_console()
    shown = forecasts.assign(date=forecasts["date"].dt.strftime("%Y-%m-%d"))
    levels = [name for name in map(str, forecasts) if QUANTILE.fullmatch(name)]
    middle = len(levels) // 2
    quantiles = [
        plain(name, "+.2f", f"{name[1:].lstrip('0')}%", need=abs(number - middle))
        for number, name in enumerate(levels)
    ]
    columns = [text("symbol", heading="firm"), text("date", 1, "day"), *quantiles]
    console.print(fitting(console, shown, columns))
    when = f", at the end of {record['date']}" if "date" in record else ""
    line = f"Quantiles of the day's {UNITS[unit]}, by {_made_by(record)}{when}."
    console.print(Text(line), soft_wrap=True)
    console.print(origin(record), soft_wrap=True)


def _made_by(record: Mapping[str, Any]) -> str:
    """Say which network forecast: the champion's version, or that of a single run."""
    model = record.get("model", "network")
    if "version" in record:
        return f"the champion, version {record['version']} ({model})"
    if "seen_to" in record:
        return f"the {model} network, which saw growth to {record['seen_to']}"
    return f"the {model} of run {record['run_id']}"


def checked_line(check: Mapping[str, Any], *, aside: bool = False) -> None:
    """Print how a pretrained network did on the last sessions, as one line.

    Beside results that are read by programs it is told aside, on standard error.
    """
    console = Console(highlight=False, stderr=aside)
    if "reason" in check:
        console.print(Text(f"It was not checked: {check['reason']}."), soft_wrap=True)
        return
    by = " and ".join(
        _beside(check, *pair)
        for pair in (("garch", "GARCH"), ("ewma_volatility", "the EWMA volatility"))
    )
    line = (
        f"Checked on the last {plural(check['sessions'], 'session')}, {check['first']} to "
        f"{check['last']}, none of which it has seen: by CRPS {by}, both fitted to these firms; "
        f"{number(check['in_90'], '.1%')} of growth was in the intervals of 90 %."
    )
    young = max(check["fallbacks"].values())
    if young:
        line += f" {plural(young, 'firm')} had too short a history for a GARCH of its own."
    console.print(Text(line), soft_wrap=True)


def _beside(check: Mapping[str, Any], name: str, title: str) -> str:
    """Say how much better or worse than a baseline it was."""
    gain = 1.0 - check[f"crps_over_{name}"]
    better = f"{number(abs(gain), '.2%')} {'better' if gain >= 0 else 'worse'} than {title}"
    return f"{better} ({p_value(check[f'dm_p_{name}'])})"
