"""A registered network on a day's prices: judged, embedded and reported on like any other."""

from __future__ import annotations

from datetime import date

from pipeline.daily.day import Day
from pipeline.daily.duel import Side
from pipeline.outputs import Evaluated, Grown, Trained, Windowed
from pipeline.registry.versions import Version
from pipeline.run.flow import Flow
from pipeline.run.registration import Training, recall
from pipeline.tracking import Tracker


class Registered:
    """A version of the registry and its stages on a day's prices.

    Its networks are those that were registered: nothing is trained. They see the features that
    they were trained on, and are judged on days that they have not seen.

    Parameters
    ----------
    day
        Whose prices.
    tracker
        Of the registry's store; what the store of the day lacks is fetched from there.
    version
        Which.
    """

    def __init__(self, day: Day, tracker: Tracker, version: Version) -> None:
        self.version = version
        self.training: Training = recall(tracker, version, day.store)
        networks = {int(seed): name for seed, name in self.training.networks.items()}
        flow = day.flow()
        flow.reach("growth")
        settings = self.training.settings(day.settings, flow.made(Grown).trading_told)
        self.flow: Flow = self._unseen(flow.adopt(settings, networks))

    @property
    def seen_to(self) -> date:
        """The last day that the network has seen."""
        return date.fromisoformat(self.training.seen_to)

    def side(self, since: date | None = None) -> Side:
        """Return its test forecasts, ready to be compared; `since` when it is champion."""
        self.flow.reach("evaluate")
        return Side(
            number=self.version.number,
            day=self.version.day,
            since=since or self.version.day,
            seen_to=self.seen_to,
            forecasts=self.flow.made(Evaluated).forecasts,
            network=self.flow.made(Trained).network,
        )

    def _unseen(self, flow: Flow) -> Flow:
        """Return the flow with test days that begin after those that the network has seen."""
        flow.reach("window")
        windowed = flow.made(Windowed)
        spans = windowed.fold.spans(windowed.dates)
        if spans["validation"][1] >= self.training.seen_to:
            return flow
        ends = {
            "train_end": date.fromisoformat(spans["training"][1]),
            "valid_end": self.seen_to,
        }
        window = flow.settings.window.model_copy(update=ends)
        moved = flow.settings.model_copy(update={"window": window})
        return flow.adopt(moved, flow.adopted)
