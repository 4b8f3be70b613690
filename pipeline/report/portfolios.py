"""Portfolios by similarity, as a table and in words."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd

from pipeline.outputs import Json
from pipeline.report.tables import Cell, Grid, Head, Row
from pipeline.similarity.study.portfolio import CORRELATION, LEARNED, PRESENT, SHUFFLED
from pipeline.words import number, plural

Figures = dict[Hashable, Any]
"""The figures of a portfolio by name."""


def portfolio_grid(portfolios: pd.DataFrame) -> Grid:
    """Lay out portfolios, a row each, the lowest volatility marked.

    Parameters
    ----------
    portfolios : DataFrame
        `Held.portfolios`.

    Returns
    -------
    Grid
        The mean return and the Sharpe ratio are shown and never best: a few years say next to
        nothing about them.
    """
    heads = [
        Head("portfolio"),
        Head("volatility ↓", "1/year", "standard deviation of daily returns, annualised"),
        Head("less correlation’s", "95 % interval", f"volatility less that of {CORRELATION}"),
        Head("mean return", "1/year", "mean of daily returns, annualised, costs not counted"),
        Head("Sharpe", "", "mean return over volatility"),
        Head("drawdown", "", "largest fall from a peak"),
        Head("firms", "effective", "1 over the sum of squared weights"),
        Head("turnover", "a refit", "weight bought when weights are made anew"),
    ]
    lowest = number(float(portfolios["volatility"].min()), ".2%")
    rows = [
        Row(
            [
                Cell(str(row["portfolio"])),
                Cell(text := number(row["volatility"], ".2%"), best=text == lowest),
                Cell(_interval(row)),
                Cell(number(row["mean_return"], ".1%")),
                Cell(number(row["sharpe"], ".2f")),
                Cell(number(row["drawdown"], ".1%")),
                Cell(number(row["effective_firms"], ".0f")),
                Cell(number(row["turnover"], ".1%")),
            ],
            own=row["portfolio"] == LEARNED,
        )
        for row in portfolios.to_dict("records")
    ]
    return Grid(heads, rows)


def _interval(row: Figures) -> str:
    """Write a difference of volatilities with its interval."""
    if not np.isfinite(row["difference"]):
        return number(None)
    middle = number(row["difference"], "+.2%")
    if not np.isfinite(row["low"]):
        return middle
    return f"{middle} ({number(row['low'], '+.2%')} to {number(row['high'], '+.2%')})"


def portfolios_in_words(portfolios: pd.DataFrame, held: Json) -> list[str]:
    """Say whether the learned distance made a calmer portfolio than correlation did.

    Parameters
    ----------
    portfolios : DataFrame
        `Held.portfolios`.
    held : dict
        `firms`, `left_out`, `refits` and `days`, as in the summary of `Studied`.

    Returns
    -------
    list of str
        What was done, what came of it, and which firms were left out.
    """
    rows = {str(row["portfolio"]): row for row in portfolios.to_dict("records")}
    made = "once" if held["refits"] == 1 else f"{held['refits']} times"
    what = (
        f"Hierarchical risk parity of {plural(held['firms'], 'firm')}, which differs between the "
        "distances in nothing but the order of the firms: weights were made "
        f"{made} from the days before and held for {plural(held['days'], 'later day')}; "
        "distances are of the first days alone, costs are not counted."
    )
    sentences = [
        what,
        _verdict(rows[LEARNED], rows[CORRELATION]),
        _chance(rows[LEARNED], rows[SHUFFLED]),
    ]
    if held["left_out"]:
        sentences.append(
            f"{plural(held['left_out'], 'firm')} that traded on fewer than "
            f"{number(PRESENT, '.0%')} of the first or of the later days, or did not move, were "
            "left out; in gaps of the others, prices are taken not to have changed."
        )
    return sentences


def _verdict(learned: Figures, correlation: Figures) -> str:
    """Compare the learned distance with correlation."""
    own, other = (number(row["volatility"], ".2%") for row in (learned, correlation))
    beside = f"{own} a year against {other} with that of correlation"
    low, high = learned["low"], learned["high"]
    if not np.isfinite(low):
        return f"With the learned distance the volatility was {beside}: too few days to compare."
    ends = f"95 % interval of the difference {number(low, '+.2%')} to {number(high, '+.2%')}"
    if low <= 0.0 <= high:
        return (
            f"The learned distance is not better: the volatility was {beside}, which is not told "
            f"apart from chance ({ends})."
        )
    if low > 0.0:
        return f"The learned distance is worse: the volatility was {beside} ({ends})."
    return f"The learned distance is better: the volatility was {beside} ({ends})."


def _chance(learned: Figures, shuffled: Figures) -> str:
    """Say how much the distance did, by one whose firms were shuffled."""
    own, other = learned["volatility"], shuffled["volatility"]
    return (
        "With its firms shuffled once, so that it knows nothing, the same distance gave "
        f"{number(other, '.2%')}: what it knows changed the volatility by "
        f"{number(own - other, '+.2%')}."
    )
