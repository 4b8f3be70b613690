"""Ingest: from a source's raw prices to prices that later stages may rely on."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from pipeline.errors import ConfigError, InputError
from pipeline.ingest.calendar import sessions_between
from pipeline.ingest.plausible import plausible
from pipeline.ingest.prices import BASES, check, firms_schema, prices_schema
from pipeline.ingest.quality import Finding, inspect
from pipeline.ingest.rules import Setting
from pipeline.outputs import UNKNOWN, Ingested, Json
from pipeline.settings.ingest import Ingest
from pipeline.sources.source import PRICES, Raw, firms_table
from pipeline.watch import Watch
from pipeline.words import plural


def ingest(section: Ingest, raw: Raw, source: str, *, today: date, watch: Watch) -> Ingested:
    """Choose the dates, control the quality, and validate what is left.

    Parameters
    ----------
    section : Ingest
        Dates, calendar and quality rules.
    raw : Raw
        What the source gave.
    source : str
        The source's name, for the quality report and errors.
    today : date
        Prices dated later are from the future.
    watch : Watch
        Told how far quality control is.

    Returns
    -------
    Ingested
        Its `quality` counts rows and firms between ``start`` and ``end`` only, and holds the
        source's `outcomes` beside what `Ingested` names. `broken` is judged on `close` and
        `adj_close` alike.

    Raises
    ------
    InputError
        If the dates hold no prices, a rule refuses, or too few firms are left.
    ConfigError
        If the calendar is unknown or does not reach over the prices' dates.
    """
    prices = _chosen(section, raw.prices, source)
    plausible(prices, source)
    past = prices["date"] <= pd.Timestamp(today)
    known = prices.loc[past, "date"] if past.any() else pd.Series([pd.Timestamp(today)])
    sessions = _sessions(section.calendar, known.min(), known.max())
    setting = Setting(section.quality, source, np.datetime64(today), section.calendar, sessions)
    kept, findings, quarantined = inspect(prices, setting, watch)
    _enough(kept, section.min_firms, source, quarantined)
    kept = _tidy(kept)
    symbols = pd.Index(kept["symbol"].unique())
    firms, note = _firms(raw.firms, symbols)
    sessions = sessions[(sessions >= kept["date"].min()) & (sessions <= kept["date"].max())]
    quality = _summary(source, prices, kept, len(sessions), findings, quarantined)
    matched = int(raw.firms["symbol"].isin(raw.prices["symbol"].unique()).sum())
    quality |= {"notes": [*raw.notes, *note], "outcomes": raw.outcomes}
    quality |= {"understood": raw.understood, "matched": matched}
    return Ingested(
        prices=check(kept, prices_schema(), f"The prices of {source}"),
        firms=check(firms, firms_schema(), f"The firms of {source}"),
        sessions=sessions.to_numpy(),
        quality=quality,
    )


def _chosen(section: Ingest, prices: pd.DataFrame, source: str) -> pd.DataFrame:
    """Keep known columns and the dates asked for; symbols become categories."""
    if prices.empty:
        raise InputError(f"The source {source} has no rows: give it prices, or use another one.")
    bases = [c for c in BASES if c in prices]
    if not bases:
        raise InputError(f"The prices of {source} have no column close or adj_close: add one.")
    if prices[bases].isna().to_numpy().all():
        raise InputError(f"The prices of {source} are NaN everywhere: check how they were made.")
    dates = prices["date"]
    inside = pd.Series(True, index=prices.index)
    if section.start:
        inside &= dates >= pd.Timestamp(section.start)
    if section.end:
        inside &= dates <= pd.Timestamp(section.end)
    if not inside.any():
        raise InputError(
            f"No prices of {source} lie between ingest.start {section.start or '(empty)'} and "
            f"ingest.end {section.end or '(empty)'}: choose dates between "
            f"{dates.min():%Y-%m-%d} and {dates.max():%Y-%m-%d}."
        )
    values = [c for c in PRICES if c in prices]
    table = prices.loc[inside, ["date", "symbol", *values]].reset_index(drop=True)
    kinds = {"date": "datetime64[us]", "symbol": "category"} | dict.fromkeys(values, "float64")
    return table.astype(kinds)


def _sessions(calendar: str, first: pd.Timestamp, last: pd.Timestamp) -> pd.DatetimeIndex:
    """Days from first to last on which the exchange was open, datetime64[us]."""
    beyond = ConfigError(
        f"The calendar {calendar} does not reach over the prices' dates, {first:%Y-%m-%d} to "
        f"{last:%Y-%m-%d}: set ingest.start and ingest.end to dates that it knows."
    )
    return sessions_between(calendar, first, last, beyond).as_unit("us")


def _enough(kept: pd.DataFrame, least: int, source: str, quarantined: dict[str, str]) -> None:
    """Refuse to go on with too few firms."""
    count = kept["symbol"].nunique()
    if count >= least:
        return
    why = ""
    if quarantined:
        symbol, reason = next(iter(quarantined.items()))
        why = f" ({len(quarantined)} set apart, for example {symbol} for {reason})"
    raise InputError(
        f"{source} has {plural(count, 'usable firm')}{why}, but ingest.min_firms "
        f"is {least}: add firms or days, or relax ingest.quality."
    )


def _tidy(kept: pd.DataFrame) -> pd.DataFrame:
    """Give columns their order; a column without any value is left out."""
    values = [c for c in PRICES if c in kept and kept[c].notna().any()]
    return kept[["date", "symbol", *values, "broken"]].astype({"symbol": "str"})


def _firms(table: pd.DataFrame, symbols: pd.Index) -> tuple[pd.DataFrame, list[str]]:
    """Give every firm a row, and say what is not known of them."""
    firms = firms_table(table).set_index("symbol").reindex(symbols)
    notes = []
    lacking = list(firms.index[firms["sector"].isna()])
    if lacking:
        shown = ", ".join(lacking[:10]) + (", …" if len(lacking) > 10 else "")
        notes.append(
            f"{len(lacking)} of {len(firms)} firms lack a sector and count as {UNKNOWN}: {shown}."
        )
    undated = firms["as_of"].isna() & (firms["sector"].notna() | firms["market_cap"].notna())
    if undated.any():
        notes.append(
            f"The firms' table does not say (column as_of) when the sector or market "
            f"capitalisation of {int(undated.sum())} firms was read."
        )
    firms["name"] = firms["name"].fillna(pd.Series(firms.index, index=firms.index))
    firms[["sector", "industry"]] = firms[["sector", "industry"]].fillna(UNKNOWN)
    return firms.rename_axis("symbol").reset_index().astype({"symbol": "str"}), notes


def _summary(
    source: str,
    read: pd.DataFrame,
    kept: pd.DataFrame,
    sessions: int,
    findings: list[Finding],
    quarantined: dict[str, str],
) -> Json:
    first, last = kept["date"].min(), kept["date"].max()
    return {
        "source": source,
        "rows_read": len(read),
        "rows_kept": len(kept),
        "firms_read": len(read["symbol"].cat.categories),
        "firms_kept": kept["symbol"].nunique(),
        "first": f"{first:%Y-%m-%d}",
        "last": f"{last:%Y-%m-%d}",
        "sessions": sessions,
        "rules": [finding.as_json() for finding in findings],
        "quarantined": dict(sorted(quarantined.items())),
        "notes": [],
    }
