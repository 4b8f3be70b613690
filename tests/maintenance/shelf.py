"""Small stores and registries whose contents are laid out by hand."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import time
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import command
from command import lay_out_tracking

from pipeline.registry.versions import FORECASTER
from pipeline.settings.settings import Settings
from pipeline.store import Store

DAY = 86400.0


@dataclass(frozen=True)
class Made:
    """As little as an output can be."""

    facts: dict[str, Any]


@dataclass(frozen=True)
class Shelf:
    """A store and a tracking store in a folder, with the settings that name them."""

    folder: Path

    @property
    def store(self) -> Store:
        return Store(self.folder / "store")

    @property
    def uri(self) -> str:
        return f"sqlite:///{self.folder}/mlruns/mlflow.db"

    @property
    def settings(self) -> Settings:
        return Settings(data_root=str(self.store.root), tracking_uri=self.uri)

    def put(
        self,
        stage: str,
        fingerprint: str,
        needs: Mapping[str, str] | Iterable[str] = (),
        days: float = 100.0,
    ) -> None:
        """Lay down an output that was not used for some days."""
        needs = dict(needs) if isinstance(needs, Mapping) else list(needs)
        about = {"stage": stage, "fingerprint": fingerprint, "needs": needs}
        place = self.store.write(stage, fingerprint, Made({"of": fingerprint}), about)
        then = time.time() - days * DAY
        os.utime(place / "about.json", (then, then))

    def there(self) -> set[str]:
        """The outputs that are there, as `stage/fingerprint`."""
        return {"/".join(output) for output in self.store.outputs()}


def register(shelf: Shelf, networks: Mapping[str, str]) -> str:
    """Register a version with networks that are hand-made, seed → fingerprint."""
    tracker = command.tracker(shelf.folder)
    run_id = tracker.start("planted", "planted", {}, {})
    about = {"model": {}, "train": {}, "window": {}, "seen_to": "2020-01-02", "networks": networks}
    with TemporaryDirectory() as folder:
        elsewhere = Store(folder)
        for seed, fingerprint in networks.items():
            noted = {"fingerprint": fingerprint}
            place = elsewhere.write("train", fingerprint, Made({"of": fingerprint}), noted)
            tracker.artifacts(sorted(place.iterdir()), f"trainings/{seed}")
    tracker.text(json.dumps(about), "trainings/about.json")
    tracker.end("FINISHED")
    if not tracker.client.search_registered_models():
        tracker.client.create_registered_model(FORECASTER)
    made = tracker.client.create_model_version(FORECASTER, str(shelf.folder), run_id)
    return str(made.version)


def outdated(shelf: Shelf) -> None:
    """Give a shelf a tracking store of an earlier MLflow, which no process has opened yet."""
    elsewhere = Shelf(shelf.folder / "elsewhere")
    lay_out_tracking(elsewhere.folder)
    database = shelf.folder / "mlruns" / "mlflow.db"
    database.parent.mkdir()
    shutil.copyfile(elsewhere.folder / "mlruns" / "mlflow.db", database)
    with closing(sqlite3.connect(database)) as opened:
        opened.execute("UPDATE alembic_version SET version_num = '451aebb31d03'")
        opened.commit()
