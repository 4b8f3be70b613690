"""Firms by what an analyst begins to type: a symbol, a name, a sector."""

from __future__ import annotations

from difflib import get_close_matches

import pandas as pd

from pipeline.outputs import UNKNOWN

FARTHEST = 0.6
"""Likeness (of `difflib`) below which a symbol or a word of a name is no slip of the fingers."""


def search(firms: pd.DataFrame, query: str, limit: int = 10) -> pd.DataFrame:
    """Find firms, those that are most likely meant first.

    Parameters
    ----------
    firms : DataFrame
        `symbol name sector industry market_cap`.
    query : str
        A symbol, a name, words of it, a sector or an industry, or the beginning of any of these;
        where none begins so, what is written nearly so. Nothing: the largest firms.
    limit : int
        Firms at most.

    Returns
    -------
    DataFrame
        Rows of `firms`, and `match`: where it was found (`symbol name sector industry`), or
        `spelling` for what is written nearly so, or `size` where nothing was asked.
    """
    asked = query.strip().casefold()
    if not asked:
        size = pd.to_numeric(firms["market_cap"], errors="coerce")
        largest = size.sort_values(ascending=False, kind="stable").index[:limit]
        return firms.loc[largest].assign(match="size").reset_index(drop=True)
    text = {name: _folded(firms[name]) for name in ("symbol", "name", "sector", "industry")}
    place = pd.Series(len(_WAYS), index=firms.index)
    for number, (column, how) in reversed(list(enumerate(_WAYS))):
        place[how(text[column], asked)] = number
    found = place[place < len(_WAYS)].sort_values(kind="stable").index[:limit]
    if not len(found):
        return _spelt(firms, text, asked, limit)
    matches = [_WAYS[number][0] for number in place[found]]
    return firms.loc[found].assign(match=matches).reset_index(drop=True)


def _spelt(
    firms: pd.DataFrame, text: dict[str, pd.Series[str]], asked: str, limit: int
) -> pd.DataFrame:
    """Find firms whose symbol or a word of whose name is written nearly so."""
    words: dict[str, list[int]] = {}
    for number, (symbol, name) in enumerate(zip(text["symbol"], text["name"], strict=True)):
        for word in (symbol, *name.split()):
            words.setdefault(word, []).append(number)
    close = get_close_matches(asked, words, limit, FARTHEST)
    rows = list(dict.fromkeys(number for word in close for number in words[word]))[:limit]
    return firms.iloc[rows].assign(match="spelling").reset_index(drop=True)


def _folded(column: pd.Series[str]) -> pd.Series[str]:
    """Write a column so that case does not matter; what is not known is nothing."""
    known = column.where(column.notna() & (column != UNKNOWN), "")
    return known.astype(str).str.casefold()


def _is(text: pd.Series[str], asked: str) -> pd.Series[bool]:
    return text == asked


def _begins(text: pd.Series[str], asked: str) -> pd.Series[bool]:
    return text.str.startswith(asked)


def _has_word(text: pd.Series[str], asked: str) -> pd.Series[bool]:
    return text.str.contains(f" {asked}", regex=False)


def _holds(text: pd.Series[str], asked: str) -> pd.Series[bool]:
    return text.str.contains(asked, regex=False)


_WAYS = (
    ("symbol", _is),
    ("name", _is),
    ("symbol", _begins),
    ("name", _begins),
    ("name", _has_word),
    ("sector", _begins),
    ("industry", _begins),
    ("sector", _has_word),
    ("industry", _has_word),
    ("name", _holds),
)
"""Where a query is looked for, and how, the likeliest first."""
