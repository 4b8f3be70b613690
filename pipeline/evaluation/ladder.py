"""The ladder: what a network's inputs, its recurrence and its memory each add.

A rung is an architecture on raw or on all inputs, or one that is shown its last days alone: the
trained network, whose state is zero before them. What it loses by that is what it remembered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.evaluation.columns import REFERENCE
from pipeline.evaluation.entry import Entry, kind_of
from pipeline.evaluation.leaderboard import daily_table, versus
from pipeline.evaluation.resampling import bootstrap_intervals
from pipeline.words import plural

ALL, RAW = "all", "raw"


@dataclass(frozen=True)
class Rung:
    """An architecture on some inputs, shown some days."""

    architecture: str
    inputs: str = ALL
    """`all`: those of the comparison, or `raw`."""
    days: int | None = None
    """Last days that the trained network is shown; None: all of them."""

    @property
    def name(self) -> str:
        """What it is called beside others; on the leaderboard, the architecture's name."""
        raw = f" {RAW}" if self.inputs == RAW else ""
        shown = "" if self.days is None else f" last {plural(self.days, 'day')}"
        return f"{self.architecture}{raw}{shown}"

    @property
    def whole(self) -> bool:
        """Whether it is shown everything, as an entry of the leaderboard is."""
        return self.inputs == ALL and self.days is None


def ladder(rungs: Mapping[Rung, Entry], reference: Entry) -> pd.DataFrame:
    """Score every rung beside GARCH, and beside its architecture that is shown everything.

    Parameters
    ----------
    rungs
        In the order of the ladder; all on the firm-days of the reference.
    reference
        `REFERENCE`.

    Returns
    -------
    DataFrame
        A row a rung: `name kind architecture inputs days crps crps_ratio crps_ratio_low
        crps_ratio_high dm_p_garch kept crps_over_whole crps_over_whole_low crps_over_whole_high
        dm_p_whole`. `days` is 0 where all are shown. `kept` is the share of the gain on GARCH of
        its architecture that is shown everything; NaN where that gains nothing.
    """
    entries = [*rungs.values(), reference]
    horizon = max(int(entry.ahead["horizon"].max()) for entry in entries)
    daily = daily_table(entries, "crps")
    ratios = bootstrap_intervals(daily, relative_to=REFERENCE)
    crps = pd.Series({entry.name: float(entry.scores["crps"]) for entry in entries})
    p_values = versus(daily, REFERENCE, horizon)
    whole = {name: _beside_whole(name, rungs, daily, horizon) for name in _architectures(rungs)}
    rows = []
    for rung in rungs:
        name, own = rung.name, rung.architecture
        gain = 1.0 - crps[own] / crps[REFERENCE]
        rows.append(
            {
                "name": name,
                "kind": kind_of(own),
                "architecture": own,
                "inputs": rung.inputs,
                "days": rung.days or 0,
                "crps": crps[name],
                "crps_ratio": crps[name] / crps[REFERENCE],
                "crps_ratio_low": ratios.loc[name, "low"],
                "crps_ratio_high": ratios.loc[name, "high"],
                "dm_p_garch": p_values[name],
                "kept": (1.0 - crps[name] / crps[REFERENCE]) / gain if gain > 0.0 else np.nan,
                "crps_over_whole": crps[name] / crps[own],
                **whole[own].loc[name].to_dict(),
            }
        )
    return pd.DataFrame(rows)


def _architectures(rungs: Mapping[Rung, Entry]) -> list[str]:
    return list(dict.fromkeys(rung.architecture for rung in rungs))


def _beside_whole(
    architecture: str, rungs: Mapping[Rung, Entry], daily: pd.DataFrame, horizon: int
) -> pd.DataFrame:
    """Return intervals and p-values of an architecture's rungs beside the whole of it."""
    own = daily[[rung.name for rung in rungs if rung.architecture == architecture]]
    ratios = bootstrap_intervals(own, relative_to=architecture)
    return pd.DataFrame(
        {
            "crps_over_whole_low": ratios["low"],
            "crps_over_whole_high": ratios["high"],
            "dm_p_whole": pd.Series(versus(own, architecture, horizon), dtype=np.float64),
        }
    )
