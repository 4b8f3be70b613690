"""Firms by what an analyst types."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.errors import InputError, UnknownFirmError
from pipeline.outputs import UNKNOWN
from pipeline.words import plural, shown

CAPS = {"small": (0.0, 2e9), "mid": (2e9, 10e9), "large": (10e9, np.inf)}
"""Market capitalisation in the source's currency: at least the first, below the second."""


def position(symbol: str, firms: pd.DataFrame, which: str = "") -> int:
    """Find a firm by its symbol, in upper or lower case; `which` firms there are, for the sentence.

    Raises
    ------
    UnknownFirmError
        When there is none; it suggests firms of a like symbol or name.
    """
    symbols = firms["symbol"].astype(str).tolist()
    if symbol in symbols:
        return symbols.index(symbol)
    wanted = symbol.strip().upper()
    upper = [known.upper() for known in symbols]
    if wanted in upper:
        return upper.index(wanted)
    close = [symbols[upper.index(one)] for one in get_close_matches(wanted, upper)]
    named = [
        known
        for known, name in zip(symbols, firms["name"], strict=True)
        if len(wanted) > 2 and isinstance(name, str) and wanted in name.upper()
    ]
    suggestions = list(dict.fromkeys(named + close))[:5]
    if suggestions:
        advice = f"did you mean {' or '.join(suggestions)}?"
    else:
        advice = f"ask for one of them: {shown(symbols, 5)}."
    known = f"{plural(len(upper), 'firm')}{which}"
    raise UnknownFirmError(f"There is no firm {symbol!r} among the {known}; {advice}")


def basket(firms: Sequence[str]) -> str:
    """Name the firm that is asked about, or the firms of a basket."""
    return firms[0] if len(firms) == 1 else f"the basket of {', '.join(firms)}"


def chosen(
    firms: pd.DataFrame, sector: str | None, exclude_sector: str | None, cap: str | None
) -> NDArray[np.bool_]:
    """Say which firms an analyst wants to see.

    Parameters
    ----------
    firms : DataFrame
        `sector` and `market_cap` of N firms.
    sector, exclude_sector : str, optional
        A sector's name or its beginning, in upper or lower case.
    cap : str, optional
        ``"small"``, ``"mid"`` or ``"large"`` (see `CAPS`); a firm of unknown capitalisation is
        none of them.

    Returns
    -------
    (N,) bool

    Raises
    ------
    InputError
        For a sector or capitalisation that no firm has.
    """
    wanted = np.ones(len(firms), dtype=np.bool_)
    if sector is not None:
        wanted &= _of_sector(firms, sector)
    if exclude_sector is not None:
        wanted &= ~_of_sector(firms, exclude_sector)
    if cap is not None:
        if cap not in CAPS:
            raise InputError(f"There is no capitalisation {cap!r}: ask for {', '.join(CAPS)}.")
        low, high = CAPS[cap]
        worth = pd.to_numeric(firms["market_cap"], errors="coerce").to_numpy(dtype=np.float64)
        if not np.isfinite(worth).any():
            raise InputError(
                "The source tells no market capitalisations: leave them out of the question."
            )
        wanted &= (worth >= low) & (worth < high)
    return wanted


def sectors(firms: pd.DataFrame) -> list[str]:
    """Return the names of the sectors that firms are of, sorted."""
    return sorted({str(one) for one in firms["sector"].dropna()} - {UNKNOWN})


def _of_sector(firms: pd.DataFrame, asked: str) -> NDArray[np.bool_]:
    """Say which firms belong to the sector that is meant."""
    known = sectors(firms)
    if not known:
        raise InputError("The source names no sectors: leave them out of the question.")
    if not asked.strip():
        raise InputError(
            f"A sector without a name was asked for: the sectors are {', '.join(known)}."
        )
    exact = [one for one in known if one.casefold() == asked.strip().casefold()]
    begun = [one for one in known if one.casefold().startswith(asked.strip().casefold())]
    meant = exact or begun
    if len(meant) == 1:
        return (firms["sector"] == meant[0]).to_numpy(dtype=np.bool_)
    raise InputError(
        f"The sector {asked!r} is {'ambiguous' if meant else 'unknown'}: the sectors are "
        f"{', '.join(known)}."
    )
