"""Forecasts of some firms, in the unit that is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from pipeline.similarity.asking.symbols import position

_WHICH = " with prices to the end, which have forecasts"


def wanted(
    found: pd.DataFrame, symbols: Sequence[str], growth: Mapping[str, Any], *, percent: bool
) -> pd.DataFrame:
    """Return the forecasts of some firms, or of all.

    Parameters
    ----------
    found : DataFrame
        As `Foreseen.forecasts`.
    symbols : sequence of str
        Firms, in upper or lower case; none: all.
    growth : mapping
        How growth was taken, as `section.key` of the section `growth`.
    percent : bool
        As daily log returns in percent, and not as growth rates (1/year).

    Raises
    ------
    InputError
        For a firm that there are no forecasts of.
    """
    if symbols:
        listed = found[["symbol"]].drop_duplicates().reset_index(drop=True).assign(name="")
        names = [listed["symbol"].iloc[position(symbol, listed, _WHICH)] for symbol in symbols]
        found = found[found["symbol"].isin(names)]
    if percent:
        from pipeline.evaluation.forecasts import in_percent

        return in_percent(found, growth)
    return found
