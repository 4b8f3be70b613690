"""The stages of a plan over one configuration: what is stale is run, what is there is reused."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from copy import copy
from datetime import date
from pathlib import Path
from typing import Any, Protocol, TypeVar

from pipeline.outputs import Evaluated, Trained
from pipeline.run.code import code
from pipeline.run.fingerprint import fingerprint
from pipeline.run.plan import Plan, Stage
from pipeline.settings.settings import Settings
from pipeline.sources import open_source
from pipeline.store import open_store
from pipeline.watch import Silence, Watch

T = TypeVar("T")


class Helper(Protocol):
    """Who makes some outputs beside a run."""

    def makes(self, name: str, fingerprint: str) -> bool:
        """Say whether an output of a stage is still to come."""

    def wait(self, name: str, fingerprint: str) -> bool:
        """Wait for an output if it is to come; say whether it was to come from here."""


class Flow:
    """The stages of a plan over one configuration and one store.

    A stage's output is addressed by a fingerprint of its code, its sections of the configuration
    and the outputs it needs, so all places are known before anything has run.

    Parameters
    ----------
    plan
        The stages.
    settings
        The configuration.
    watch
        Told what is done.
    origin
        `origin` of another flow on the same prices, which are then not asked for.
    """

    def __init__(
        self, plan: Plan, settings: Settings, watch: Watch, origin: Sequence[str] | None = None
    ) -> None:
        self.plan = plan
        self.settings = settings
        self.watch = watch
        self.store = open_store(settings.data_root, settings.mirror_root)
        self.store.prepare()
        self.source = open_source(
            settings.source, settings.ingest, settings.yahoo, self.store.cache
        )
        self.origin = origin or self._origin()
        self.adopted: Mapping[int, str] = {}
        self.taken: Mapping[str, str] = {}
        self.helper: Helper | None = None
        self._begin()

    def vary(self, settings: Settings, watch: Watch) -> Flow:
        """Return the flow of other settings on the same prices, which are not asked for again."""
        other = copy(self)
        other.settings, other.watch = settings, watch
        other._begin()
        return other

    def adopt(self, settings: Settings, networks: Mapping[int, str]) -> Flow:
        """Return the flow of networks that were trained on other days.

        Parameters
        ----------
        settings
            With the sections `model` and `train` of those networks.
        networks
            Seed → fingerprint of an output of `train` that the store has.
        """
        other = copy(self)
        other.settings, other.adopted = settings, networks
        other._begin()
        return other

    def take(self, outputs: Mapping[str, str]) -> Flow:
        """Return the flow that takes some outputs as they are, whatever its settings.

        Parameters
        ----------
        outputs
            Stage → fingerprint of an output that the store has.
        """
        other = copy(self)
        other.taken = outputs
        other._begin()
        return other

    def _begin(self) -> None:
        self.fingerprints: dict[str, str] = {}
        for stage in self.plan:
            given = self.taken.get(stage.name)
            if stage.makes is Trained:
                given = self.adopted.get(self.settings.train.seed, given)
            self.fingerprints[stage.name] = given or self._fingerprint(stage)
        self.stages: dict[str, dict[str, Any]] = {}
        self._made: dict[type[Any], Any] = {}

    def opened(self) -> Flow:
        """Return these stages to read from; what is read is forgotten with them.

        Else the forecasts of all trainings of a comparison would be held at once.
        """
        return self.vary(self.settings, Silence())

    def reach(self, name: str) -> None:
        """Make a stage and, where they are missing, those that it needs."""
        for stage in self.plan.needed(name):
            self.make(stage)

    def made(self, kind: type[T]) -> T:
        """Return a stage's output, read from the store once."""
        if kind not in self._made:
            name = self.plan.making(kind).name
            self._made[kind] = self.store.read(kind, name, self.fingerprints[name])
        return self._made[kind]  # type: ignore[no-any-return]

    def judged(self, architecture: str) -> Evaluated:
        """Return what another architecture earns with the same settings and days."""
        other = self.other(architecture)
        self.watch.step(f"training {architecture}", 0, 1)
        other.reach("evaluate")
        self.watch.step(f"training {architecture}", 1, 1)
        return other.made(Evaluated)

    def other(self, architecture: str) -> Flow:
        """Return the flow of another architecture that is trained alike, told to nobody.

        Networks that were trained on other days are not taken for it.
        """
        other = self.adopt(self.settings.beside(architecture), {})
        other.watch = Silence()
        return other

    def make(self, stage: Stage) -> None:
        """Run a stage, or reuse its output; note which and how long it took."""
        begin = time.perf_counter()
        fingerprint = self.fingerprints[stage.name]
        beside = self.helper is not None and self.helper.wait(stage.name, fingerprint)
        there = self.store.has(stage.name, fingerprint)
        if not there:
            self.watch.step(stage.name, 0, 1)
            outputs = stage.function(self)
            about = {
                "stage": stage.name,
                "fingerprint": fingerprint,
                "settings": {name: _plain(self.settings, name) for name in stage.sections},
                "needs": {name: self.fingerprints[name] for name in stage.needs},
                "seconds": round(time.perf_counter() - begin, 3),
            }
            self.store.write(stage.name, fingerprint, outputs, about)
        reused = there and not beside
        seconds = round(time.perf_counter() - begin, 3)
        if there and beside:
            seconds = self.about(stage.name).get("seconds", seconds)
        self.stages[stage.name] = {"seconds": seconds, "reused": reused}
        self.watch.step(f"{stage.name} (reused)" if reused else stage.name, 1, 1)

    def folder(self, name: str) -> Path:
        """Return the folder of a stage's output."""
        return self.store.folder(name, self.fingerprints[name])

    def about(self, name: str) -> dict[str, Any]:
        """Return what was noted when a stage's output was made."""
        return self.store.about(name, self.fingerprints[name])

    def whole(self) -> bool:
        """Tell whether the outputs of all stages are there."""
        return all(self.store.has(*place) for place in self.fingerprints.items())

    def _origin(self) -> Sequence[str]:
        """Return what tells these prices from others."""
        prices = (self.source.digest(self.watch), self.source.name)
        if self.settings.ingest.quality.future == "refuse":
            return prices
        return (*prices, str(date.today()))  # which rows are of the future changes by the day

    def _fingerprint(self, stage: Stage) -> str:
        needs = [self.fingerprints[name] for name in stage.needs] or list(self.origin)
        plain = {name: _plain(self.settings, name) for name in stage.sections}
        return fingerprint(stage.name, needs, plain, code(stage.function))


def _plain(settings: Settings, section: str) -> Any:
    return getattr(settings, section).model_dump(mode="json")
