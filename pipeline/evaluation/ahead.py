"""Each day ahead of a comparison on its own.

A mean over days ahead hides where a model is good: volatility that is known today tells much of
tomorrow and less of the day after.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from pipeline.evaluation.columns import AHEAD, REFERENCE
from pipeline.evaluation.entry import Entry, by_day
from pipeline.evaluation.leaderboard import versus


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
        forecasts` and `AHEAD`. `crps_ratio` and `dm_p_garch` are beside `REFERENCE` on the same
        day ahead; the test allows for errors that overlap for as many days.
    """
    tables = [_day(entries, int(horizon)) for horizon in entries[0].ahead["horizon"]]
    return pd.concat(tables, ignore_index=True)


def _day(entries: Sequence[Entry], horizon: int) -> pd.DataFrame:
    """Score the entries on one day ahead."""
    rows = pd.concat(
        [
            entry.ahead[entry.ahead["horizon"] == horizon].assign(name=entry.name, kind=entry.kind)
            for entry in entries
        ]
    )
    crps = rows.set_index("name")["crps"].to_dict()
    rows["crps_ratio"] = rows["crps"] / crps[REFERENCE]
    daily = pd.DataFrame(
        {
            entry.name: by_day(entry.daily[entry.daily["horizon"] == horizon], "crps")
            for entry in entries
        }
    )
    p_values = versus(daily, REFERENCE, horizon)
    rows["dm_p_garch"] = rows["name"].map(p_values)
    told = [score.key for score in AHEAD]
    return rows[["horizon", "name", "kind", "forecasts", *told]].sort_values("crps", kind="stable")
