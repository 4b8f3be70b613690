"""The step that decides who is champion, and the way back."""

from __future__ import annotations

from pipeline.candidate import keep
from pipeline.daily.champion import Contender
from pipeline.daily.day import Day
from pipeline.daily.duel import Outcome, duel
from pipeline.errors import InputError
from pipeline.registry.decisions import (
    HELD,
    PROMOTED,
    RESTORED,
    Decision,
    history,
    log,
    reign,
)
from pipeline.registry.versions import CHAMPION, FORECASTER, Version, aliased, numbered
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
    for made in reversed(history(tracker)):
        if (made.challenger, made.date) == (number, str(day.date)) and made.outcome != RESTORED:
            return made
    challenger, champion = numbered(tracker, number), aliased(tracker, CHAMPION)
    outcome = _judge(day, tracker, challenger, champion)
    if outcome.kind == PROMOTED:
        _equip(day, challenger)
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


def restore(tracker: Tracker) -> Decision:
    """Make the champion before the present one champion again, and log it.

    Raises
    ------
    InputError
        If there is none before.
    """
    champion = aliased(tracker, CHAMPION)
    champions = reign(history(tracker))
    if champion is None or len(champions) < 2:
        raise InputError(
            f"{FORECASTER} has no champion before the present one: `firmament registry history` "
            "shows who was."
        )
    former = numbered(tracker, champions[-2])
    return log(
        tracker,
        Decision(
            outcome=RESTORED,
            date=str(former.day),
            challenger=former.number,
            before=champion.number,
            champion=former.number,
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
    rivals = [Contender(day, tracker, version).rival() for version in (challenger, champion)]
    return duel(day.settings.daily, rivals[0], rivals[1], day.date)


def _equip(day: Day, challenger: Version) -> None:
    """Train the further networks that peers are told by, and keep them with the version."""
    tracker = day.tracker()
    flow = Contender(day, tracker, challenger).flow
    tracker.run_id = challenger.run_id
    keep(tracker, flow, day.settings.embed.networks)
