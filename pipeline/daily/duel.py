"""Champion against challenger on days that neither has seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from pipeline.evaluation.forecasts import forecast_of
from pipeline.evaluation.proper import crps
from pipeline.evaluation.significance import LEAST_DAYS, diebold_mariano
from pipeline.registry.decisions import HELD, PROMOTED
from pipeline.settings.daily import Daily
from pipeline.words import plural

FIRM_DAY = ["symbol", "date", "horizon"]


@dataclass(frozen=True)
class Side:
    """A side of a duel: champion or challenger."""

    number: str
    """Of its version."""
    day: date
    """The day of the run that it was trained by."""
    since: date
    """The day that it was made champion on, for the last time; a challenger's is its own."""
    seen_to: date
    """The last day that trained it, or chose among its epochs."""
    forecasts: pd.DataFrame
    """As `Evaluated.forecasts`."""
    network: bytes
    """To tell that two versions are one and the same."""


@dataclass(frozen=True)
class Outcome:
    """How a duel ended."""

    kind: str
    """`promoted` or `held`."""
    reason: str
    """One sentence."""
    numbers: Mapping[str, float]
    """`challenger_crps champion_crps difference low high p_value days firms champion_days level`;
    those that are there."""


def duel(section: Daily, challenger: Side, champion: Side, day: date) -> Outcome:
    """Decide whether a challenger becomes champion.

    Both are scored by the CRPS of the same firm-days: those after the last day that either has
    seen, the newest `daily.held_out_days` of them. The challenger wins if the Diebold–Mariano
    test at `daily.level` calls it better; or if it does not call it worse, and the champion has
    been champion for more than `daily.champion_days`, since what it has not seen grows by the day.
    Networks that are the same bit by bit do not meet: a day more of prices need not change one.

    Parameters
    ----------
    section
        Level, days and age.
    challenger, champion
        Their forecasts may have other firm-days: those of both count.
    day
        The day that is decided on, which the champion's age is counted to.
    """
    age = (day - champion.since).days
    known = {"champion_days": float(age), "level": section.level}
    if champion.day > day:
        reason = f"version {champion.number} is of {champion.day}, a later day"
        return Outcome(HELD, _sentence(reason), known)
    if challenger.network == champion.network:
        reason = f"it is the same network as version {champion.number}, of the same sequences"
        return Outcome(HELD, _sentence(reason), known)
    both = _both(section, challenger, champion)
    days = both["date"].nunique()
    if days < LEAST_DAYS:
        reason = f"only {days} days were seen by neither, fewer than {LEAST_DAYS}"
        return Outcome(HELD, _sentence(reason), {**known, "days": float(days)})
    return _judged(section, both, champion.number, known)


def _both(section: Daily, challenger: Side, champion: Side) -> pd.DataFrame:
    """Return the losses of both on the last firm-days that neither has seen."""
    seen = pd.Timestamp(max(challenger.seen_to, champion.seen_to))
    tables = []
    for side in (challenger, champion):
        rows = side.forecasts[side.forecasts["date"] > seen]
        loss = crps(forecast_of(rows), rows["growth"].to_numpy())
        tables.append(rows[FIRM_DAY].assign(loss=loss))
    both = tables[0].merge(tables[1], on=FIRM_DAY, suffixes=("", "_champion"))
    last = np.sort(both["date"].unique())[-section.held_out_days :]
    return both[both["date"].isin(last)].sort_values(FIRM_DAY[1:] + FIRM_DAY[:1])


def _judged(section: Daily, both: pd.DataFrame, number: str, known: Mapping[str, float]) -> Outcome:
    """Test the losses, and say what comes of it."""
    one, other = both["loss"].to_numpy(), both["loss_champion"].to_numpy()
    test = diebold_mariano(one, other, both["date"].to_numpy(), int(both["horizon"].max()))
    numbers = {
        **known,
        "challenger_crps": float(one.mean()),
        "champion_crps": float(other.mean()),
        "difference": test.mean,
        "low": test.low,
        "high": test.high,
        "p_value": test.p_value,
        "days": float(both["date"].nunique()),
        "firms": float(both["symbol"].nunique()),
    }
    # Where the test cannot tell (p is NaN), neither is called better.
    told = test.p_value < section.level
    facts = (
        f"CRPS {one.mean():.4f} against {other.mean():.4f} of version {number} on "
        f"{numbers['days']:.0f} days that neither has seen, p = {test.p_value:.3f}"
    )
    days = known["champion_days"]
    age = f"has been champion for {plural(round(days), 'day')}"
    if told and test.mean < 0.0:
        return Outcome(PROMOTED, _sentence(f"better: {facts}"), numbers)
    if told:
        return Outcome(HELD, _sentence(f"worse: {facts}"), numbers)
    if known["champion_days"] > section.champion_days:
        reason = f"not worse, and version {number} {age}, more than {section.champion_days}"
        return Outcome(PROMOTED, _sentence(f"{reason}: {facts}"), numbers)
    reason = f"not better, and version {number} {age}, not more than {section.champion_days}"
    return Outcome(HELD, _sentence(f"{reason}: {facts}"), numbers)


def _sentence(reason: str) -> str:
    return f"{reason[0].upper()}{reason[1:]}."
