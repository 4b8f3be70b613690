"""One self-contained HTML page about a comparison."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pipeline.evaluation.columns import REFERENCE
from pipeline.evaluation.entry import by_day
from pipeline.outputs import Compared
from pipeline.report import sentences, standings, verdicts
from pipeline.report.figures import calibration, course, ladder, standing
from pipeline.report.peers import named
from pipeline.report.sheet import Plots, sheet
from pipeline.report.style import entry_colours

TITLE = "Networks compared"
SECTIONS = {
    "leaderboard": "Leaderboard",
    "ladder": "Ladder",
    "course": "Over time",
    "firms": "Firms",
    "calibration": "Calibration",
    "ahead": "Days ahead",
    "training": "Training",
    "folds": "Folds",
    "limits": "Limits",
}
DRAWN = 5
"""Networks that are drawn at first, the best ones."""
Content = dict[str, Any]


def page(found: Compared, facts: dict[str, str], firms: pd.DataFrame) -> str:
    """Write everything that a comparison found on one page that needs no other file.

    Parameters
    ----------
    found : Compared
        Its tables; its `page` is not read.
    facts : dict of str to str
        Labels and values shown on top, such as source, dates and seeds.
    firms : DataFrame
        `symbol name sector` of the firms.

    Returns
    -------
    str
        The page. The same inputs give the same page, byte by byte.
    """
    board, summary = found.board, found.summary
    kinds = {kind: list(rows["name"]) for kind, rows in board.groupby("kind")}
    trained = [*kinds.get("network", []), *kinds.get("control", [])]
    networks = list(verdicts.contestants(board)["name"])
    colours = entry_colours(trained, kinds["baseline"])
    several = summary["horizon"] > 1
    told = {"ahead": several, "ladder": not found.ladder.empty}
    absent = {section for section, there in told.items() if not there}
    plots = Plots()
    plots.add(
        "leaderboard",
        "forest",
        standing.forest(board, colours),
        "CRPS relative to GARCH with its 95 % interval; left of the dotted line is "
        "better. Filled: in the 90 % model confidence set. Networks (circles) and controls "
        "(diamonds) in colour, baselines in grey.",
    )
    plots.add(
        "training",
        "cost",
        standing.cost(board, colours),
        "CRPS relative to GARCH against the time of a training, a mean over seeds and "
        "folds; below the dotted line is better.",
    )
    plots.add(
        "folds",
        "timeline",
        course.timeline(summary["folds"]),
        "The days that each part forecasts. Training learns, validation chooses the "
        "epoch, test days choose nothing.",
    )
    content = {
        "title": TITLE,
        "headline": verdicts.headline(summary),
        "facts": facts,
        "sections": {k: v for k, v in SECTIONS.items() if k not in absent},
        "grids": standings.grids(board, networks, trained),
        "metrics": {table: standings.columns_of(table) for table in standings.TABLES},
        "beside": verdicts.beside_reference(board),
        "ladder": None if "ladder" in absent else _ladder(found, plots),
        "horizon": None,
        "cost": verdicts.cost(board),
        "folds": verdicts.folds(summary),
        "fold_grid": standings.fold_grid(summary["folds"]),
        "limits": [verdicts.fallbacks(summary), sentences.SURVIVORS],
        **_course(found, networks, colours, plots),
        **_firms(found, networks, named(firms), colours, plots),
        **_calibration(found, networks, colours, plots),
    }
    if several:
        plots.add(
            "ahead",
            "ahead",
            standing.ahead(found.ahead, colours),
            "CRPS relative to GARCH of the same day ahead; below the dotted line is "
            "better. Click a baseline's name to show it.",
        )
        content["horizon"] = {
            "sentence": verdicts.ahead(found.ahead, summary["winner"]),
            "grid": standings.ahead_grid(found.ahead, networks),
        }
    return sheet("comparison.html.jinja", plots, content)


def _ladder(found: Compared, plots: Plots) -> Content:
    """Show what inputs, recurrence and memory each add."""
    plots.add(
        "ladder",
        "ladder",
        ladder.ladder(found.ladder),
        "CRPS relative to GARCH with its 95 % interval; left of the dotted line is better. Filled: "
        "on all inputs and all days.",
    )
    return {
        "sentences": verdicts.shown_less(found.ladder, str(found.summary["winner"])),
        "grid": standings.ladder_grid(found.ladder),
    }


def _course(found: Compared, networks: list[str], colours: dict[str, str], plots: Plots) -> Content:
    """Show who gained on the reference when."""
    beside = gained(found.daily)
    order = [name for name in found.board["name"] if name != REFERENCE]
    best = (found.summary["best_control"], found.summary["best_baseline"])
    shown = {*networks[:DRAWN], *filter(None, best)}
    plots.add(
        "course",
        "accumulated",
        course.accumulated(beside[order], colours, shown),
        "CRPS less that of GARCH, added up over the test days, as a share of the "
        "whole CRPS of GARCH. A falling line gains on GARCH, and a line ends at the "
        "share by which the whole is better or worse. Click a name to show or hide "
        "it.",
    )
    return {"course": verdicts.course(beside.loc[:, str(found.summary["winner"])])}


def gained(daily: pd.DataFrame) -> pd.DataFrame:
    """Return what each day adds to the gap between an entry's whole CRPS and the reference's.

    Parameters
    ----------
    daily : DataFrame
        As `Compared.daily`.

    Returns
    -------
    DataFrame, days × names
        CRPS less that of the reference, as a share of the reference's whole CRPS, so that a
        column adds up to the entry's `crps_ratio` − 1. Days count by their forecasts.
    """
    by_name = daily.groupby("name")
    means = pd.DataFrame({str(name): by_day(rows, "crps") for name, rows in by_name})
    forecasts = by_name.get_group(REFERENCE).groupby("date")["forecasts"].sum()
    total = means.mul(forecasts, axis=0)
    return total.sub(total[REFERENCE], axis=0) / total[REFERENCE].sum()


def _firms(
    found: Compared,
    networks: list[str],
    firms: pd.DataFrame,
    colours: dict[str, str],
    plots: Plots,
) -> Content:
    """Show for which firms the best networks are better than the reference."""
    ratios = found.firms.div(found.firms[REFERENCE], axis=0)
    names = dict(zip(firms["symbol"], firms["name"], strict=True))
    plots.add(
        "firms",
        "by_firm",
        standing.by_firm(ratios[networks[:DRAWN]], names, colours),
        "Each firm's CRPS relative to the same firm's under GARCH, for the best "
        "networks; left of the dotted line is better.",
    )
    return {"by_firm": verdicts.by_firm(ratios.loc[:, str(found.summary["winner"])])}


def _calibration(
    found: Compared, networks: list[str], colours: dict[str, str], plots: Plots
) -> Content:
    """Show whether forecasts mean what they say."""
    winner, bins = found.summary["winner"], found.calibration
    best = (found.summary["best_control"], found.summary["best_baseline"])
    drawn = {*networks[:DRAWN], REFERENCE, *filter(None, best)}
    plots.add(
        "calibration",
        "pit",
        calibration.pit(bins[bins["model"].isin({winner, REFERENCE})], winner, colours),
        "Where growth fell in its forecast distribution (probability integral "
        "transform), of the best network and of GARCH. A ∪ shape means intervals that "
        "are too narrow, a ∩ shape intervals that are too wide.",
    )
    plots.add(
        "calibration",
        "reached",
        calibration.reached(bins[bins["model"].isin(drawn)], winner, colours),
        "Share of growth inside a central interval, less the interval's nominal "
        "share; below zero the intervals are too narrow.",
    )
    return {"calibrated": verdicts.calibrated(found.board)}
