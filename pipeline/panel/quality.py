"""Quality control: what is wrong with prices, and what is done about it.

Real prices are never clean, and a fault that is passed on becomes a growth rate that a network
learns from. Every rule here therefore counts what it finds, gives examples, and does one of three
things that the configuration chooses: it repairs the rows, it sets the firms apart
(quarantine), or it refuses the data. Nothing is ever filled in: a repair only drops, or makes a
gap.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.errors import InputError
from pipeline.sections import Action, Quality
from pipeline.watch import Watch

Mask = NDArray[np.bool_]
EXAMPLES = 5
WRONG_CALENDAR = 0.05
"""Share of rows on closed days from which on the calendar is wrong, and not the rows."""
JUDGED = ("close", "adj_close")
"""Prices that a firm is judged by; the others only ever become gaps."""


@dataclass(frozen=True)
class Finding:
    """What one rule found, and what was done."""

    rule: str
    action: str
    count: int
    """Rows (for `missing` sessions, for `short` firms)."""
    firms: int
    """Firms that are concerned."""
    examples: list[str]
    """At most five, such as ``AAPL 2020-01-02: close 0``."""
    sentence: str

    def as_json(self) -> dict[str, Any]:
        """Return the finding as plain values."""
        return dict(vars(self))


@dataclass(frozen=True)
class Setting:
    """What rules need to know beside the prices.

    Attributes
    ----------
    quality : Quality
        The configuration.
    source : str
        The source's name, for errors.
    today : datetime64
        Rows after this day are from the future.
    calendar : str
        The exchange's code.
    sessions : DatetimeIndex
        Days on which the exchange was open, over all dates of the prices.
    """

    quality: Quality
    source: str
    today: np.datetime64
    calendar: str
    sessions: pd.DatetimeIndex


@dataclass(frozen=True)
class Rule:
    """A fault of rows: how it is found, shown and mended."""

    name: str
    fault: str
    """Completes "12 rows …"."""
    remedy: str
    """Completes "12 rows …: …" after a repair."""
    find: Callable[[pd.DataFrame, Setting], Mask]
    mend: Callable[[pd.DataFrame, Mask], pd.DataFrame]
    grave: Callable[[pd.DataFrame, Mask], Mask] = lambda _, rows: rows
    """Those of the rows found for which a firm is set apart or the data refused."""
    show: Callable[[pd.DataFrame, int], str] | None = None
    """Detail of an example; the row's prices without it."""


def inspect(
    prices: pd.DataFrame, setting: Setting, watch: Watch
) -> tuple[pd.DataFrame, list[Finding], dict[str, str]]:
    """Put prices under quality control.

    Parameters
    ----------
    prices : DataFrame
        Long: `date`, `symbol` (categorical) and prices, in any order of rows.
    setting : Setting
        Configuration, today and the exchange's sessions.
    watch : Watch
        Told after each rule.

    Returns
    -------
    prices : DataFrame
        Sorted by symbol and date, one row a firm and date, with `broken`; firms that were set
        apart are gone, and so are rows without any of `close` and `adj_close`.
    findings : list of Finding
        One a rule, in the order in which the rules acted.
    quarantined : dict
        {symbol: why it was set apart}.

    Raises
    ------
    InputError
        If a rule whose action is refuse finds its fault.
    """
    prices = prices.assign(broken=False)
    symbols = list(prices["symbol"].cat.categories)
    findings: list[Finding] = []
    quarantined: dict[str, str] = {}
    for done, rule in enumerate(RULES):
        prices, finding = _apply(rule, prices, setting, quarantined)
        findings.append(finding)
        watch.step("quality control", done, len(RULES) + 2)
    prices = prices[_priced(prices)]
    for judge in (_missing, _short):
        finding = judge(prices, [s for s in symbols if s not in quarantined], setting, quarantined)
        findings.append(finding)
        prices = _without(prices, quarantined)
    watch.step("quality control", len(RULES) + 2, len(RULES) + 2)
    return prices.reset_index(drop=True), findings, quarantined


def _apply(
    rule: Rule, prices: pd.DataFrame, setting: Setting, quarantined: dict[str, str]
) -> tuple[pd.DataFrame, Finding]:
    action: Action = getattr(setting.quality, rule.name)
    rows = rule.find(prices, setting)
    grave = rule.grave(prices, rows)
    examples = _examples(prices, grave if grave.any() else rows, rule.show)
    firms = prices["symbol"][rows].nunique()
    count = int(rows.sum())
    fault = f"{_counted(count, 'row')} {rule.fault}"
    if action == "refuse" and grave.any():
        _refuse(rule.name, f"{_counted(int(grave.sum()), 'row')} {rule.fault}", examples, setting)
    done = rule.remedy
    if action == "quarantine" and grave.any():
        counts = prices["symbol"][grave].value_counts()
        apart = counts[counts > 0]
        for symbol, number in apart.items():
            quarantined[str(symbol)] = f"{rule.name}: {_counted(number, 'row')} {rule.fault}"
        done = f"{_counted(len(apart), 'firm')} set apart"
        kept = ~prices["symbol"].isin(apart.index).to_numpy()
        prices, rows = prices[kept].reset_index(drop=True), rows[kept]
    sentence = (
        f"{fault} in {_counted(firms, 'firm')}: {done}." if count else f"No rows {rule.fault}."
    )
    finding = Finding(rule.name, action, count, firms, examples, sentence)
    return rule.mend(prices, rows), finding


def _refuse(rule: str, fault: str, examples: list[str], setting: Setting) -> None:
    choices = "quarantine" if rule == "short" else "repair or quarantine"
    raise InputError(
        f"The prices of {setting.source} have {fault} (for example {examples[0]}): "
        f"correct them, or set ingest.quality.{rule} to {choices}."
    )


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def _without(prices: pd.DataFrame, quarantined: dict[str, str]) -> pd.DataFrame:
    return prices[~prices["symbol"].isin(list(quarantined))]


def _examples(
    prices: pd.DataFrame, rows: Mask, show: Callable[[pd.DataFrame, int], str] | None = None
) -> list[str]:
    texts = []
    for at in np.flatnonzero(rows)[:EXAMPLES]:
        detail = (show or _show_values)(prices, int(at))
        day = f"{prices['symbol'].iloc[at]} {prices['date'].iloc[at]:%Y-%m-%d}"
        texts.append(f"{day}: {detail}" if detail else day)
    return texts


def _show_values(prices: pd.DataFrame, at: int) -> str:
    names = [c for c in (*JUDGED, "open", "high", "low", "volume") if c in prices]
    values = prices[names].iloc[at].dropna()
    return ", ".join(f"{name} {value:g}" for name, value in values.items())


def _show_change(prices: pd.DataFrame, at: int) -> str:
    """Show a price beside the firm's price before (the row's own day comes last)."""
    basis = next(c for c in JUDGED[::-1] if c in prices and not pd.isna(prices[c].iloc[at]))
    earlier = prices[basis].iloc[:at].dropna().iloc[-1]
    return f"{basis} {earlier:g} → {prices[basis].iloc[at]:g}"


def _show_both(prices: pd.DataFrame, at: int) -> str:
    return f"{_show_values(prices, at)} or {_show_values(prices, at + 1)}"


def _priced(prices: pd.DataFrame) -> Mask:
    judged = [c for c in JUDGED if c in prices]
    return np.asarray(prices[judged].notna().to_numpy().any(axis=1))


def _same_firm(prices: pd.DataFrame) -> Mask:
    """Mark rows whose firm is also that of the row before."""
    codes = prices["symbol"].cat.codes.to_numpy()
    same = np.zeros(len(codes), dtype=bool)
    same[1:] = codes[1:] == codes[:-1]
    return same


def _drop(prices: pd.DataFrame, rows: Mask) -> pd.DataFrame:
    return prices[~rows].reset_index(drop=True) if rows.any() else prices


def _find_unsorted(prices: pd.DataFrame, setting: Setting) -> Mask:  # noqa: ARG001
    order = np.argsort(prices["symbol"].cat.codes.to_numpy(), kind="stable")
    dates = prices["date"].to_numpy()[order]
    late = np.zeros(len(prices), dtype=bool)
    late[1:] = dates[1:] < dates[:-1]
    late &= _same_firm(prices.iloc[order])
    rows = np.zeros(len(prices), dtype=bool)
    rows[order] = late
    return rows


def _sort(prices: pd.DataFrame, rows: Mask) -> pd.DataFrame:  # noqa: ARG001
    keys = (prices["date"].to_numpy(), prices["symbol"].cat.codes.to_numpy())
    return prices.iloc[np.lexsort(keys)].reset_index(drop=True)


def _same_day(prices: pd.DataFrame) -> Mask:
    """Mark rows that have the firm and the date of the row before."""
    dates = prices["date"].to_numpy()
    same = _same_firm(prices)
    same[1:] &= dates[1:] == dates[:-1]
    return same


def _find_duplicates(prices: pd.DataFrame, setting: Setting) -> Mask:  # noqa: ARG001
    rows = _same_day(prices)
    # Equal rows need not be neighbours among those of one day, so all of the day are looked at;
    # they are few, which spares comparing every row with every other.
    crowd = rows | np.append(rows[1:], False)
    rows[crowd] = prices[crowd].duplicated().to_numpy()
    return rows


def _find_conflicts(prices: pd.DataFrame, setting: Setting) -> Mask:  # noqa: ARG001
    # The last of a day is kept, so the rows before it are those at fault.
    return np.append(_same_day(prices)[1:], False)


def _find_future(prices: pd.DataFrame, setting: Setting) -> Mask:
    return np.asarray(prices["date"].to_numpy() > setting.today)


def _find_off_calendar(prices: pd.DataFrame, setting: Setting) -> Mask:
    rows = ~prices["date"].isin(setting.sessions).to_numpy()
    if rows.sum() > WRONG_CALENDAR * len(prices):
        raise InputError(
            f"{rows.mean():.0%} of the rows of {setting.source} fall on days when "
            f"{setting.calendar} was closed (for example {_examples(prices, rows)[0]}): set "
            "ingest.calendar to the ISO 10383 code of the exchange that the prices are from."
        )
    return rows


def _faulty_values(prices: pd.DataFrame) -> pd.DataFrame:
    names = [c for c in (*JUDGED, "open", "high", "low", "vwap") if c in prices]
    values = prices[names]
    faults = (values <= 0) | np.isinf(values)
    if "volume" in prices:
        faults["volume"] = (prices["volume"] < 0) | np.isinf(prices["volume"])
    return faults


def _find_nonpositive(prices: pd.DataFrame, setting: Setting) -> Mask:  # noqa: ARG001
    return np.asarray(_faulty_values(prices).to_numpy().any(axis=1))


def _grave_nonpositive(prices: pd.DataFrame, rows: Mask) -> Mask:
    faults = _faulty_values(prices)
    return rows & faults[[c for c in JUDGED if c in faults]].to_numpy().any(axis=1)


def _blank_values(prices: pd.DataFrame, rows: Mask) -> pd.DataFrame:
    if not rows.any():
        return prices
    faults = _faulty_values(prices)
    return prices.assign(**{str(c): prices[c].mask(faults[c]) for c in faults})


def _find_stale(prices: pd.DataFrame, setting: Setting) -> Mask:
    """Mark all but the first row of each long run of one price of one firm."""
    basis = prices[[c for c in JUDGED[::-1] if c in prices]].bfill(axis=1).iloc[:, 0].to_numpy()
    at = np.flatnonzero(~np.isnan(basis))
    price = basis[at]
    starts = ~_same_firm(prices.iloc[at])
    starts[1:] |= price[1:] != price[:-1]
    run = np.cumsum(starts) - 1
    long = np.bincount(run, minlength=1)[run] >= setting.quality.stale_days
    rows = np.zeros(len(prices), dtype=bool)
    rows[at] = long & ~starts
    return rows


def _find_jumps(prices: pd.DataFrame, setting: Setting) -> Mask:
    """Mark prices whose log return on the firm's price before is too large to be true.

    Both closes are looked at, since it is not known here which one growth is taken on.
    """
    rows = np.zeros(len(prices), dtype=bool)
    for basis in (c for c in JUDGED if c in prices):
        at = np.flatnonzero(prices[basis].notna())
        leap = np.zeros(len(at), dtype=bool)
        growth = np.diff(np.log(prices[basis].to_numpy()[at]))
        leap[1:] = np.abs(growth) >= setting.quality.jump_size
        rows[at] |= leap & _same_firm(prices.iloc[at])
    return rows


def _mark_broken(prices: pd.DataFrame, rows: Mask) -> pd.DataFrame:
    return prices.assign(broken=rows)


RULES = (
    Rule("unsorted", "out of date order", "sorted", _find_unsorted, _sort),
    Rule("future", "dated after today", "dropped", _find_future, _drop),
    Rule("duplicates", "that repeat another one", "dropped", _find_duplicates, _drop),
    Rule(
        "conflicts",
        "that give a firm's day another price, as when two firms share a symbol",
        "dropped, the last row of each day kept",
        _find_conflicts,
        _drop,
        show=_show_both,
    ),
    Rule(
        "off_calendar",
        "on days when the exchange was closed",
        "dropped",
        _find_off_calendar,
        _drop,
    ),
    Rule(
        "nonpositive",
        "with a price that is zero, negative or infinite",
        "the values made gaps",
        _find_nonpositive,
        _blank_values,
        _grave_nonpositive,
    ),
    Rule("stale", "that repeat one price for too long", "dropped", _find_stale, _drop),
    Rule(
        "jumps",
        "with a jump",
        "that day's growth made a gap",
        _find_jumps,
        _mark_broken,
        show=_show_change,
    ),
)
"""In the order in which they act: later rules rely on what earlier ones mended."""


def _missing(
    prices: pd.DataFrame, symbols: list[str], setting: Setting, quarantined: dict[str, str]
) -> Finding:
    """Judge the sessions without a price, from each firm's first price to the last session."""
    action = setting.quality.missing
    held = prices.groupby("symbol", observed=True)["date"].agg(["min", "count"])
    first = setting.sessions.searchsorted(held["min"].to_numpy())
    asked = len(setting.sessions) - first
    missing = pd.Series(asked - held["count"].to_numpy(), index=held.index.astype(str))
    share = missing / asked
    limit = setting.quality.missing_share
    found = missing[missing > 0].sort_values(ascending=False)
    apart = found if action == "quarantine" else found[share[found.index] > limit]
    examples = [f"{s}: {_counted(n, 'session')} ({share[str(s)]:.1%})" for s, n in found.items()]
    fault = f"{_counted(int(found.sum()), 'session')} without a price"
    if action == "refuse" and len(found):
        _refuse("missing", fault, examples, setting)
    over = f", more than missing_share {limit:g}" if action != "quarantine" else ""
    quarantined |= {
        str(s): f"missing: {_counted(n, 'session')} without a price ({share[str(s)]:.1%}{over})"
        for s, n in apart.items()
    }
    done = "left as gaps" + (f", {_counted(len(apart), 'firm')} set apart" if len(apart) else "")
    sentence = (
        f"{fault} in {_counted(len(found), 'firm')}: {done}."
        if len(found)
        else f"No sessions without a price of {_counted(len(symbols), 'firm')}."
    )
    total = int(found.sum())
    return Finding("missing", action, total, len(found), examples[:EXAMPLES], sentence)


def _short(
    prices: pd.DataFrame, symbols: list[str], setting: Setting, quarantined: dict[str, str]
) -> Finding:
    """Judge the firms with too few prices, those without any included."""
    action, least = setting.quality.short, setting.quality.min_days
    counts = prices["symbol"].astype("str").value_counts().reindex(symbols, fill_value=0)
    found = counts[counts < least]
    examples = [f"{s}: {_counted(n, 'price')}" for s, n in found.items()]
    fault = f"{_counted(len(found), 'firm')} with fewer than {least} prices"
    if action == "refuse" and len(found):
        _refuse("short", fault, examples, setting)
    quarantined |= {
        str(s): f"short: {_counted(n, 'price')}, fewer than min_days {least}"
        for s, n in found.items()
    }
    sentence = f"{fault}: set apart." if len(found) else f"No firms with fewer than {least} prices."
    return Finding("short", action, len(found), len(found), examples[:EXAMPLES], sentence)
