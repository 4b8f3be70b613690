"""The step that decides who is champion, and the way back."""

from __future__ import annotations

from datetime import date

from pipeline.daily.day import Day
from pipeline.daily.duel import Outcome, duel
from pipeline.daily.publication import later
from pipeline.daily.registered import Registered
from pipeline.errors import InputError
from pipeline.outputs import Grown, Json
from pipeline.registry.decisions import (
    HELD,
    PROMOTED,
    RESTORED,
    Decision,
    log,
    recorded,
    reign,
    settled,
)
from pipeline.registry.versions import CHAMPION, FORECASTER, Version, aliased, listed, numbered
from pipeline.run.registration import described
from pipeline.tracking import Tracker


def decide(day: Day, number: str) -> Decision:
    """Promote a day's challenger or hold it, and log the decision; once for all.

    Parameters
    ----------
    day
        The day.
    number
        Of the version that its comparison registered.
    """
    tracker = day.tracker()
    for made in reversed(settled(tracker)):
        if (made.challenger, made.date) == (number, str(day.date)) and made.outcome != RESTORED:
            return made
    challenger, champion = numbered(tracker, number), aliased(tracker, CHAMPION)
    outcome = _judge(day, tracker, challenger, champion)
    before = champion.number if champion else ""
    return log(
        tracker,
        Decision(
            outcome=outcome.kind,
            date=str(day.date),
            challenger=number,
            before=before,
            champion=before if outcome.kind == HELD else number,
            reason=outcome.reason,
            numbers=outcome.numbers,
        ),
    )


def standing(day: Day, tracker: Tracker, champion: Version) -> Json | None:
    """Return the decision by which a version is champion on a day.

    The last one of the day, or of a rollback since, that left it champion; else the last one of
    any day; None if it was given the alias by hand.
    """
    made = [d for d in recorded(tracker)[0] if d.champion == champion.number]
    own = [d for d in made if d.date == str(day.date) or d.outcome == RESTORED]
    found = own or made
    return found[-1].as_json() if found else None


def restore(tracker: Tracker, day: str) -> Decision:
    """Make the champion before the present one champion again, and log it.

    Champions whose version was deleted since are passed over.

    Parameters
    ----------
    tracker
        Of the registry's store.
    day
        The day (ISO) that is published.

    Raises
    ------
    InputError
        If there is none before.
    """
    champion, there = aliased(tracker, CHAMPION), listed(tracker)
    former = [number for number in reign(settled(tracker)) if number in there]
    if champion is not None:
        former = [number for number in former if number != champion.number]
    if champion is None or not former:
        raise InputError(
            f"{FORECASTER} has no champion before the present one: `firmament registry history` "
            "shows who was."
        )
    return log(
        tracker,
        Decision(
            outcome=RESTORED,
            date=day,
            challenger=former[-1],
            before=champion.number,
            champion=former[-1],
            reason=f"Version {champion.number} was taken back.",
        ),
    )


def _judge(day: Day, tracker: Tracker, challenger: Version, champion: Version | None) -> Outcome:
    """Let a challenger meet the champion, if there is one."""
    if champion is None:
        return Outcome(PROMOTED, "There was no champion.", {})
    if champion.day > day.date:
        reason = f"Version {champion.number} is of {champion.day}, a later day."
        return Outcome(HELD, reason, {"champion_days": float((day.date - champion.day).days)})
    newer = later(day)
    if newer:
        return Outcome(HELD, f"What is published is of {newer}, a later day.", {})
    if _blind(day, tracker, champion):
        number = champion.number
        reason = f"Version {number} sees ranges and volumes, which the source no longer tells."
        return Outcome(PROMOTED, reason, {})
    one = Registered(day, tracker, challenger).side()
    other = Registered(day, tracker, champion).side(_since(tracker, champion))
    return duel(day.settings.daily, one, other, day.date)


def _blind(day: Day, tracker: Tracker, champion: Version) -> bool:
    """Say whether a version sees what the day's source does not tell: it cannot go on."""
    flow = day.flow()
    flow.reach("growth")
    return described(tracker, champion).traded and not flow.made(Grown).trading_told


def _since(tracker: Tracker, champion: Version) -> date:
    """Return the day on which a version was made champion last; its own, if that was by hand."""
    made = [
        d.date
        for d in recorded(tracker)[0]
        if d.champion == champion.number and d.outcome in (PROMOTED, RESTORED)
    ]
    return date.fromisoformat(made[-1]) if made else champion.day
