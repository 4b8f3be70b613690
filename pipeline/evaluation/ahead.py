"""Each day ahead of a comparison on its own.

A mean over days ahead hides where a model is good: volatility that is known today tells much of
tomorrow and less of the day after.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from pipeline.evaluation.entry import Entry
from pipeline.evaluation.leaderboard import REFERENCE, daily_table, versus


def days_ahead(entries: Sequence[Entry]) -> pd.DataFrame:
    """Score every entry on each day ahead.

    Parameters
    ----------
    entries
        All on the same firm-days; one of them is `REFERENCE`.

    Returns
    -------
    DataFrame
        A row a day ahead and entry, of each day ahead the best first: `horizon name kind
        forecasts crps log_score coverage_90 crps_ratio dm_p_garch`. The last two are beside
        `REFERENCE` on the same day ahead; the test allows for errors that overlap for as many
        days.
    """
    tables = [_day(entries, int(horizon)) for horizon in entries[0].ahead["horizon"]]
    return pd.concat(tables, ignore_index=True)


def _day(entries: Sequence[Entry], horizon: int) -> pd.DataFrame:
    """Score the entries on one day ahead."""
    rows = pd.concat(
        [entry.ahead.assign(name=entry.name, kind=entry.kind) for entry in entries]
    ).query("horizon == @horizon")
    crps = rows.set_index("name")["crps"]
    rows["crps_ratio"] = (crps / crps[REFERENCE]).to_numpy()
    p_values = versus(daily_table(entries, "crps", horizon), REFERENCE, horizon)
    rows["dm_p_garch"] = rows["name"].map(p_values)
    first = ["horizon", "name", "kind"]
    return rows[first + [c for c in rows if c not in first]].sort_values("crps", kind="stable")
