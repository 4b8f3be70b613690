"""Quality control: what is wrong with prices, and what is done about it.

Real prices are never clean, and a fault that is passed on becomes a growth rate that a network
learns from. Every rule here therefore counts what it finds, gives examples, and does one of three
things that the configuration chooses: it repairs the rows, it sets the firms apart
(quarantine), or it refuses the data. Nothing is ever filled in: a repair only drops, or makes a
gap.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pipeline.errors import InputError
from pipeline.ingest.prices import BASES
from pipeline.ingest.rules import EXAMPLES, RULES, Mask, Rule, Setting, examples_of
from pipeline.settings.ingest import Action
from pipeline.watch import Watch
from pipeline.words import plural


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
    examples = examples_of(prices, grave if grave.any() else rows, rule.show)
    firms = prices["symbol"][rows].nunique()
    count = int(rows.sum())
    fault = f"{plural(count, 'row')} {rule.fault}"
    if action == "refuse" and grave.any():
        _refuse(rule.name, f"{plural(int(grave.sum()), 'row')} {rule.fault}", examples, setting)
    done = rule.remedy
    if action == "quarantine" and grave.any():
        counts = prices["symbol"][grave].value_counts()
        apart = counts[counts > 0]
        for symbol, number in apart.items():
            quarantined[str(symbol)] = f"{rule.name}: {plural(number, 'row')} {rule.fault}"
        done = f"{plural(len(apart), 'firm')} set apart"
        kept = ~prices["symbol"].isin(apart.index).to_numpy()
        prices, rows = prices[kept].reset_index(drop=True), rows[kept]
    sentence = f"{fault} in {plural(firms, 'firm')}: {done}." if count else f"No rows {rule.fault}."
    finding = Finding(rule.name, action, count, firms, examples, sentence)
    return rule.mend(prices, rows), finding


def _refuse(rule: str, fault: str, examples: list[str], setting: Setting) -> None:
    choices = "quarantine" if rule == "short" else "repair or quarantine"
    raise InputError(
        f"The prices of {setting.source} have {fault} (for example {examples[0]}): "
        f"correct them, or set ingest.quality.{rule} to {choices}."
    )


def _without(prices: pd.DataFrame, quarantined: dict[str, str]) -> pd.DataFrame:
    return prices[~prices["symbol"].isin(list(quarantined))]


def _priced(prices: pd.DataFrame) -> Mask:
    judged = [c for c in BASES if c in prices]
    return np.asarray(prices[judged].notna().to_numpy().any(axis=1))


def _missing(
    prices: pd.DataFrame, symbols: list[str], setting: Setting, quarantined: dict[str, str]
) -> Finding:
    """Judge the sessions without a price, from each firm's first price to its last.

    A firm that was delisted is no worse for the years since: without it, only firms that survived
    would be left. Repair leaves them as gaps and sets apart only firms that miss more than
    `missing_share`; quarantine sets apart every firm that misses one.
    """
    action = setting.quality.missing
    held = prices.groupby("symbol", observed=True)["date"].agg(["min", "max", "count"])
    first, last = (setting.sessions.searchsorted(held[end].to_numpy()) for end in ("min", "max"))
    asked = last - first + 1
    missing = pd.Series(asked - held["count"].to_numpy(), index=held.index.astype(str))
    share = missing / asked
    limit = setting.quality.missing_share
    found = missing[missing > 0].sort_values(ascending=False)
    apart = found if action == "quarantine" else found[share[found.index] > limit]
    examples = [f"{s}: {plural(n, 'session')} ({share[str(s)]:.1%})" for s, n in found.items()]
    fault = f"{plural(int(found.sum()), 'session')} without a price"
    if action == "refuse" and len(found):
        _refuse("missing", fault, examples, setting)
    over = f", more than missing_share {limit:g}" if action != "quarantine" else ""
    quarantined |= {
        str(s): f"missing: {plural(n, 'session')} without a price ({share[str(s)]:.1%}{over})"
        for s, n in apart.items()
    }
    done = "left as gaps" + (f", {plural(len(apart), 'firm')} set apart" if len(apart) else "")
    sentence = (
        f"{fault} in {plural(len(found), 'firm')}: {done}."
        if len(found)
        else f"No sessions without a price of {plural(len(symbols), 'firm')}."
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
    examples = [f"{s}: {plural(n, 'price')}" for s, n in found.items()]
    fault = f"{plural(len(found), 'firm')} with fewer than {least} prices"
    if action == "refuse" and len(found):
        _refuse("short", fault, examples, setting)
    quarantined |= {
        str(s): f"short: {plural(n, 'price')}, fewer than min_days {least}"
        for s, n in found.items()
    }
    sentence = f"{fault}: set apart." if len(found) else f"No firms with fewer than {least} prices."
    return Finding("short", action, len(found), len(found), examples[:EXAMPLES], sentence)
