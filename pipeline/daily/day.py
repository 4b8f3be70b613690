"""The day that a scheduled run is of: its session, its settings, its prices."""

from __future__ import annotations

from datetime import date

import pandas as pd

from pipeline.errors import ConfigError, InputError
from pipeline.ingest.calendar import sessions_between
from pipeline.outputs import Ingested, Json
from pipeline.run.flow import Flow
from pipeline.run.plan import Plan
from pipeline.settings.settings import Settings
from pipeline.store import DAYS, Store, open_store
from pipeline.tracking import Tracker
from pipeline.watch import Watch

CLOSED = pd.Timedelta(days=30)
"""Longest that an exchange is taken to be closed between two sessions."""


class Day:
    """One session of the exchange, and what is done on it.

    All steps of a day work on the prices that its step `ingest` found: a source that is asked
    again in between might answer otherwise.

    Parameters
    ----------
    plan
        The stages.
    settings
        Of which the dates are replaced by the day's.
    asked
        The day; where the exchange was closed, the session before it is meant.
    watch
        Told what is done.

    Raises
    ------
    ConfigError
        If the calendar is unknown.
    InputError
        If the day has not come yet, or the calendar does not reach it.
    """

    def __init__(self, plan: Plan, settings: Settings, asked: date, watch: Watch) -> None:
        if asked > date.today():
            raise InputError(f"The day {asked} has not come yet: give --date a day that is over.")
        self.date = session(settings.ingest.calendar, asked)
        self.plan = plan
        self.settings = _dated(settings, self.date).compared()
        self.watch = watch
        self.store: Store = open_store(settings.data_root, settings.mirror_root)
        self.store.prepare()
        if self.date != asked:
            watch.note(f"{asked} is no session of {settings.ingest.calendar}: it is {self.date}.")

    def tracker(self) -> Tracker:
        """Open the tracking store."""
        return Tracker(self.settings.tracking_uri)

    def flow(self) -> Flow:
        """Return the stages on the day's prices.

        Raises
        ------
        ConfigError
            If the settings name another source than the day was read from.
        InputError
            If the day's prices have not been read; or if they are not in the store as these
            settings would have them, and the source now has others.
        """
        origin = self.record("ingest")["origin"]
        flow = Flow(self.plan, self.settings, self.watch, origin)
        if flow.source.name != origin[1]:
            raise ConfigError(
                f"The prices of {self.date} were read from {origin[1]}, but the source is now "
                f"{flow.source.name}: give the same --source, --config and --set as the schedule."
            )
        there = self.store.has("ingest", flow.fingerprints["ingest"])
        if not there and flow.source.digest(self.watch) != origin[0]:
            raise InputError(
                f"The prices of {self.date} are not in {self.store.address} as these settings "
                f"would have them, and {origin[1]} has other ones now: give the settings of the "
                f"schedule, or begin anew with `firmament daily --date {self.date}`."
            )
        return flow

    def source(self) -> str:
        """Return the name of the source that the day was read from."""
        return str(self.record("ingest")["origin"][1])

    def known(self) -> Json:
        """Return what has been noted of the day, step by step."""
        return self.store.kept(self._name) or {}

    def record(self, step: str) -> Json:
        """Return what a step of the day has noted.

        Raises
        ------
        InputError
            If it has not been done.
        """
        known = self.known()
        if step not in known:
            raise InputError(
                f"The step {step} of {self.date} has not been done in {self.store.address}: run "
                f"`firmament daily --date {self.date} --step {step}` first, or all steps."
            )
        return dict(known[step])

    def note(self, step: str, facts: Json) -> None:
        """Note what a step has found; what was noted by it before is replaced."""
        self.store.keep(self._name, {**self.known(), step: facts})

    @property
    def _name(self) -> str:
        return f"{DAYS}/{self.date}"

    def before(self, source: str) -> Ingested | None:
        """Return a source's prices of the last day before, if they are still there."""
        past = [name for name in self.store.records(DAYS) if name < self._name]
        for name in reversed(past):
            known = (self.store.kept(name) or {}).get("ingest")
            if not known or known["origin"][1] != source:
                continue
            if self.store.has("ingest", known["fingerprint"]):
                return self.store.read(Ingested, "ingest", known["fingerprint"])
        return None


def session(calendar: str, asked: date) -> date:
    """Return a day if the exchange was open on it, else the session before.

    Raises
    ------
    ConfigError
        If the calendar is unknown.
    InputError
        If the calendar does not reach the day.
    """
    beyond = InputError(
        f"The calendar {calendar} does not reach {asked}: give --date a day that it knows."
    )
    day = pd.Timestamp(asked)
    found = sessions_between(calendar, day - CLOSED, day, beyond)
    if found.empty:
        raise beyond
    last: date = found[-1].date()
    return last


def _dated(settings: Settings, day: date) -> Settings:
    """Return the settings of a day: prices up to it, and the architectures of scheduled runs."""
    ingest = settings.ingest
    if ingest.start and ingest.start >= day:
        raise ConfigError(f"ingest.start {ingest.start} is not before the day {day}: move one.")
    compare = {"models": settings.daily.models, "seeds": 1, "folds": 1, "ladder": False}
    return settings.model_copy(
        update={
            "ingest": ingest.model_copy(update={"end": day}),
            "compare": settings.compare.model_copy(update=compare),
        }
    )
