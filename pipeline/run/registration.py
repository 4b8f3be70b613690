"""A trained network that can be champion: registered with all that it takes to go on from it.

The registry keeps more than the forecaster itself. The outputs of `train` behind it lie beside,
so that the network can be judged, embedded and reported on later days, on another machine, and
after the store that it was trained in is gone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from pipeline.errors import StoreError
from pipeline.forecaster.example import interface
from pipeline.forecaster.forecaster import About, write
from pipeline.outputs import Grown, Trained, Windowed
from pipeline.registry.register import register
from pipeline.registry.versions import TRAININGS, Version, trainings
from pipeline.run.flow import Flow
from pipeline.settings.model import Model
from pipeline.settings.section import Section
from pipeline.settings.settings import Settings
from pipeline.settings.train import Train
from pipeline.store import Store
from pipeline.tracking import Tracker

ABOUT = "about.json"
SEEN = ("features", "traded", "lookback", "horizon")
"""What of the section `window` belongs to a network: which days it is judged on does not."""


S = TypeVar("S", bound=Section)


@dataclass(frozen=True)
class Training:
    """What a registered version's networks were trained as."""

    model: Mapping[str, Any]
    train: Mapping[str, Any]
    window: Mapping[str, Any]
    """`features traded lookback horizon`."""
    seen_to: str
    """The last day (ISO) whose growth trained it or chose among its epochs."""
    networks: Mapping[str, str]
    """Seed → fingerprint of its output of `train`."""

    @property
    def traded(self) -> bool:
        """Whether they see ranges and volumes; those of before there were any do not."""
        return bool(self.window.get("traded", False))

    def settings(self, others: Settings, told: bool) -> Settings:
        """Return these settings of a network among others, if the source tells of trading or not.

        A setting that comes to the same stays as it is, so that one panel does for both.
        """
        same = others.window.with_trading(told) == self.traded
        traded = others.window.traded if same else self.traded
        window = {**self.window, "features": tuple(self.window["features"]), "traded": traded}
        return others.model_copy(
            update={
                "model": _known(Model, self.model),
                "train": _known(Train, self.train),
                "window": others.window.model_copy(update=window),
            }
        )


def _known(kind: type[S], kept: Mapping[str, Any]) -> S:
    """Return a section as a version keeps it, without settings that there are no longer."""
    return kind.model_validate({key: kept[key] for key in kept.keys() & kind.model_fields})


def enter(tracker: Tracker, flow: Flow, tags: Mapping[str, str], card: str) -> str:
    """Register the network of a flow by a run that goes on; return the version's number."""
    about = About.of(flow.settings, flow.opened().made(Grown))
    keep(tracker, flow)
    with TemporaryDirectory() as folder:
        files = write(Path(folder), flow.opened().made(Trained).network, about)
        asked = interface(about.quantiles, about.lookback)
        return register(tracker, files, asked, card, tags)


def keep(tracker: Tracker, flow: Flow) -> Training:
    """Keep the network of a flow among a run's artifacts."""
    flow.reach("train")
    opened = flow.opened()
    windowed, told = opened.made(Windowed), opened.made(Grown).trading_told
    settings = flow.settings
    found = Training(
        model=settings.model.model_dump(mode="json"),
        train=settings.train.model_dump(mode="json"),
        window=settings.window.model_dump(mode="json", include=set(SEEN))
        | {"traded": settings.window.with_trading(told)},
        seen_to=windowed.fold.spans(windowed.dates)["validation"][1],
        networks={str(settings.train.seed): flow.fingerprints["train"]},
    )
    for number, fingerprint in found.networks.items():
        folder = flow.store.folder("train", fingerprint)
        tracker.artifacts(sorted(folder.iterdir()), f"{TRAININGS}/{number}")
    # Last: what it names is there.
    tracker.text(json.dumps(vars(found), indent=1), f"{TRAININGS}/{ABOUT}")
    return found


def recall(tracker: Tracker, version: Version, store: Store) -> Training:
    """Return what a version was trained as, with its outputs of `train` in the store."""
    found = described(tracker, version)
    for seed, fingerprint in found.networks.items():
        if not store.has("train", fingerprint):
            fetch(tracker, version, seed, fingerprint, store)
    return found


def described(tracker: Tracker, version: Version) -> Training:
    """Return what a version was trained as; its networks are not fetched.

    Raises
    ------
    StoreError
        If the registry does not have it, or it cannot be read.
    """
    with TemporaryDirectory() as folder:
        about = trainings(tracker, version, ABOUT, Path(folder))
        try:
            return Training(**json.loads(about.read_text(encoding="utf-8")))
        except (ValueError, TypeError) as error:
            raise StoreError(
                f"The artifact {TRAININGS}/{ABOUT} of run {version.run_id}, of version "
                f"{version.number}, is damaged: restore it from a backup."
            ) from error


def fetch(tracker: Tracker, version: Version, seed: str, fingerprint: str, store: Store) -> None:
    """Bring a network of a version from the registry into a store.

    Raises
    ------
    StoreError
        If the registry does not have it whole.
    """
    with TemporaryDirectory() as folder:
        place = trainings(tracker, version, seed, Path(folder))
        store.adopt("train", fingerprint, place)
