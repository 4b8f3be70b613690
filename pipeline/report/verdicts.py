"""What the page says about a comparison in plain language; every sentence follows the numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.evaluation.columns import REFERENCE
from pipeline.evaluation.titles import model_title
from pipeline.outputs import Json
from pipeline.report.added import SURE, Gain, p_value
from pipeline.words import listed, number, plural

GARCH = model_title(REFERENCE)


def verdict(board: pd.DataFrame, ladder: pd.DataFrame | None = None) -> str:
    """Say who won, whether that is more than chance, and what recurrence and features add to it.

    Parameters
    ----------
    board : DataFrame
        As `leaderboard` returns it.
    ladder : DataFrame
        As `ladder` returns it; empty or None: there is none.
    """
    judged, baselines = contestants(board), board[board["kind"] == "baseline"]
    first, best = judged.iloc[0], baselines.iloc[0]
    noun, count = str(first["kind"]), len(judged)
    gap = 1.0 - first["crps"] / best["crps"]
    lead = f"has the lowest CRPS of the {noun}s," if count > 1 else "has a CRPS that is"
    inside = int(judged["in_set"].sum())
    said = [
        f"{model_title(first['name'])} {lead} {number(abs(gap), '.1%')} "
        f"{'better' if gap > 0 else 'worse'} than that of the best "
        f"baseline ({model_title(best['name'])}): {_sure(first, count)}.",
        *_beside_control(board, first),
        *_beside_raw(ladder, str(first["name"])),
        f"{inside} of {plural(count, noun)} "
        f"{'is' if 1 in (inside, count) else 'are'} in the 90 % model confidence set.",
    ]
    return " ".join(said)


def contestants(board: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that a comparison is about: networks; controls, where there are none."""
    networks = board[board["kind"] == "network"]
    return networks if len(networks) else board[board["kind"] == "control"]


def _beside_control(board: pd.DataFrame, first: pd.Series) -> list[str]:
    """Say what recurrence adds to the best control, and whether that one leads all networks."""
    controls = board[board["kind"] == "control"]
    if first["kind"] == "control" or controls.empty:
        return []
    control = controls.iloc[0]
    gain = Gain.of(first, "crps_over_control", "dm_p_control")
    said = f"Beside the best control on the same inputs ({model_title(control['name'])}), "
    leads = control["crps"] < first["crps"]
    lead = ["The CRPS of that control is below that of every network."] if leads else []
    return [f"{said}{gain.said('recurrence adds')}.", *lead]


def _beside_raw(ladder: pd.DataFrame | None, name: str) -> list[str]:
    """Say what features add to raw inputs, where a ladder has both."""
    if ladder is None or ladder.empty:
        return []
    rows = ladder[(ladder["architecture"] == name) & (ladder["inputs"] == "raw")]
    if rows.empty:
        return []
    raw = rows.iloc[0]
    # The whole over the raw: the ladder has the raw over the whole, whose ends change places.
    turned = {
        "ratio": 1.0 / raw["crps_over_whole"],
        "ratio_low": 1.0 / raw["crps_over_whole_high"],
        "ratio_high": 1.0 / raw["crps_over_whole_low"],
        "p": raw["dm_p_whole"],
    }
    gain = Gain.of(turned, "ratio", "p")
    return [f"Beside itself on raw inputs, {gain.said('the features add')}."]


def shown_less(ladder: pd.DataFrame, name: str) -> list[str]:
    """Say how much of its gain on GARCH a network keeps that is shown its last days alone.

    Parameters
    ----------
    ladder : DataFrame
        As `ladder` returns it.
    name : str
        The network.
    """
    rows = ladder[(ladder["architecture"] == name) & (ladder["days"] > 0)].sort_values("days")
    rows = rows[rows["kept"].notna()]
    if rows.empty:
        return []
    kept = [
        f"{number(row['kept'], '.0%')} with {plural(int(row['days']), 'day')}"
        for row in rows.to_dict("records")
    ]
    return [
        f"Of its gain on {GARCH}, {model_title(name)} keeps {listed(kept)}: as trained, but shown "
        "no more before each forecast."
    ]


def _sure(first: pd.Series, comparisons: int) -> str:
    """Say whether a difference to the best baseline is more than chance."""
    p = first["dm_p_holm"]
    if not np.isfinite(p):
        return "on too few days to tell from chance"
    ends = (1.0 - first["crps_over_best_high"], 1.0 - first["crps_over_best_low"])
    interval = " to ".join(number(end, ".1%") for end in ends)
    sure = "more than chance" if p < SURE else "not told apart"
    holm = f", for {comparisons} comparisons" if comparisons > 1 else ""
    return f"{sure} (95 % interval {interval}; Diebold–Mariano {p_value(p)}{holm})"


def headline(summary: Json) -> list[str]:
    """Say what was compared, and what came of it.

    Parameters
    ----------
    summary : dict
        `Compared.summary`.

    Returns
    -------
    list of str
        Sentences.
    """
    networks, folds = len(summary["networks"]), len(summary["folds"])
    horizon = summary["horizon"]
    ahead = "one day ahead" if horizon == 1 else f"1 to {horizon} days ahead"
    each = summary["seeds"] * folds
    noun = "network" if networks else "control"
    networks = networks or len(summary["controls"])
    what = (
        f"{plural(networks, noun)} forecast the daily growth of "
        f"{plural(summary['firms'], 'firm')}, {ahead}, from {summary['first']} to "
        f"{summary['last']}, beside {_others(summary)} on the same {summary['forecasts']:,} "
        "firm-days. "
        f"{'Each was' if networks > 1 else 'It was'} trained "
        f"{'once' if each == 1 else f'{each} times'}: {plural(summary['seeds'], 'seed')} in "
        f"{plural(folds, 'fold')}."
    )
    return [what, summary["verdict"]]


def _others(summary: Json) -> str:
    """Name what stands beside those that are compared."""
    beside = summary["controls"] if summary["networks"] else []
    return f"{plural(len(beside), 'control')} and baselines" if beside else "baselines"


def beside_reference(board: pd.DataFrame) -> str:
    """Say which networks are better or worse than GARCH by more than chance."""
    networks = contestants(board)
    sure = networks["dm_p_garch"] < SURE
    better = networks["crps_ratio"] < 1.0
    groups = {
        f"better than {GARCH} by more than chance": networks[sure & better],
        f"worse than {GARCH} by more than chance": networks[sure & ~better],
        f"not told apart from {GARCH}": networks[~sure],
    }
    parts = [
        f"{listed(list(map(_with_ratio, rows['name'], rows['crps_ratio'])))} "
        f"{'is' if len(rows) == 1 else 'are'} {what}"
        for what, rows in groups.items()
        if len(rows)
    ]
    return f"{'; '.join(parts)} (at 5 %, each on its own)."


def _with_ratio(name: str, ratio: float) -> str:
    return f"{model_title(name)} ({number(ratio, '.4f')})"


def course(gained: pd.Series) -> list[str]:
    """Say when the best network gained on GARCH and when it lost.

    Parameters
    ----------
    gained : Series
        Its CRPS of a day less that of GARCH, in any unit, by date; named after it.
    """
    name, days = model_title(str(gained.name)), gained.dropna()
    won = number(float((days < 0.0).mean()), ".0%")
    said = [f"{name} had a lower CRPS than {GARCH} on {won} of {plural(len(days), 'day')}."]
    months = days.groupby(pd.DatetimeIndex(days.index).strftime("%Y-%m")).sum()
    if len(months) > 2 and months.min() < 0.0 < months.max():
        said.append(
            f"Month by month it gained most in {months.idxmin()} and lost most in "
            f"{months.idxmax()}."
        )
    return said


def by_firm(ratios: pd.Series) -> str:
    """Say for how many firms the best network is better than GARCH, and where it is best.

    Parameters
    ----------
    ratios : Series
        Its CRPS over that of GARCH, by symbol; named after it.
    """
    known = ratios.dropna().sort_values(kind="stable")
    better, (low, high) = int((known < 1.0).sum()), (known.index[0], known.index[-1])
    return (
        f"{model_title(str(ratios.name))} has a lower CRPS than {GARCH} for {better:,} of "
        f"{plural(len(known), 'firm')}, from {number(known.iloc[0])} of it ({low}) to "
        f"{number(known.iloc[-1])} ({high})."
    )


def calibrated(board: pd.DataFrame) -> str:
    """Say whose forecasts the test of uniformity refuses."""
    refused, passed = (
        [model_title(str(name)) for name in board.loc[rows, "name"]]
        for rows in (board["pit_p"] < SURE, board["pit_p"] >= SURE)
    )
    if not refused and not passed:
        return "There are too few days to test calibration."
    if not passed:
        return "At 5 %, the test refuses the calibration of every one of them."
    if not refused:
        return "At 5 %, the test refuses the calibration of none of them."
    return (
        f"At 5 %, the test refuses the calibration of {listed(refused)}, and not that of "
        f"{listed(passed)}."
    )


def ahead(table: pd.DataFrame, name: str) -> str:
    """Say on which days ahead the best network beats GARCH.

    Parameters
    ----------
    table : DataFrame
        As `days_ahead` returns it.
    name : str
        The network.
    """
    rows = table[table["name"] == name]
    lower = [str(day) for day in rows.loc[rows["crps_ratio"] < 1.0, "horizon"]]
    sure = [
        str(day)
        for day in rows.loc[(rows["crps_ratio"] < 1.0) & (rows["dm_p_garch"] < SURE), "horizon"]
    ]
    if not lower:
        return f"{model_title(name)} has a lower CRPS than {GARCH} on no day ahead."
    more = f"by more than chance on {listed(sure)}" if sure else "by more than chance on none"
    return (
        f"{model_title(name)} has a lower CRPS than {GARCH} of the same day ahead on "
        f"{listed(lower)} of {plural(len(rows), 'day')} ahead, {more}."
    )


def cost(board: pd.DataFrame) -> str:
    """Say what the best network cost beside the quickest one."""
    networks = contestants(board)
    first, quick = networks.iloc[0], networks.sort_values("seconds").iloc[0]
    took = f"{model_title(first['name'])} took {_time(first['seconds'])} a training"
    if len(networks) == 1:
        return f"{took}."
    if first["name"] == quick["name"]:
        return f"{took}, the shortest, and has the lowest CRPS of the {first['kind']}s."
    more = number(quick["crps"] / first["crps"] - 1.0, ".2%")
    return (
        f"{took}, {number(first['seconds'] / quick['seconds'], '.1f')} times as long as the "
        f"quickest, {model_title(quick['name'])} ({_time(quick['seconds'])}), whose CRPS is {more} "
        "higher."
    )


def _time(seconds: float) -> str:
    """Write a time in the unit that suits it."""
    return f"{number(seconds, '.1f')} s" if seconds < 120 else f"{number(seconds / 60, '.1f')} min"


def fallbacks(summary: Json) -> str:
    """Say which baselines could not be fitted to all firms."""
    fallen = [
        f"{model_title(name)} for {plural(count, 'firm')}"
        for name, count in summary["fallbacks"].items()
        if count
    ]
    if not fallen:
        return "Every baseline could be fitted to every firm in every fold."
    return (
        f"Some firms had too little history, or no fit that converged, and got a plainer "
        f"forecast: {listed(fallen)}, counted over all folds."
    )


def folds(summary: Json) -> str:
    """Say how days were split."""
    purge, count = summary["folds"][0]["purge"], len(summary["folds"])
    gap = (
        "a forecast reaches one day ahead, so that no day need be left out between two parts"
        if not purge
        else f"{plural(purge, 'day')} on which forecasts are made {'is' if purge == 1 else 'are'} "
        "left out between two parts (the purge), so that no day is forecast in both"
    )
    anew = (
        ""
        if count == 1
        else (" Features are scaled, networks trained and baselines fitted anew in each fold.")
    )
    return f"The days that each part forecasts; {gap}.{anew}"
