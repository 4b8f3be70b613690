"""Running firmament as its users do: from its real entry point, in a process of its own.

Most commands are born by the nursery, which has imported everything before. Those that show how
firmament starts do so from cold.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import universe
from nursery import Child, environment, nursery

from pipeline.panel.growth import grow  # noqa: F401  (fails early if the package is not installed)
from pipeline.tracking import Tracker

FIRMAMENT = [sys.executable, "-m", "pipeline"]
QUICK = [
    *("--set", "model.units=6"),
    *("--set", "train.epochs=2"),
    *("--set", "train.sequence=32"),
    *("--set", "train.batch_size=16"),
    *("--set", "train.sequences_per_epoch=64"),
    *("--set", "window.lookback=20"),
    *("--set", "ingest.calendar=24/5"),
    *("--set", "embed.networks=1"),
    *("--set", "study.permutations=99"),
    *("--set", "study.draws=200"),
]
"""Settings that make a run on the planted universe a matter of seconds."""
ONCE = ["--set", "train.refit=false"]
"""For runs of which the network is not what is asked: a refit takes as long again."""
SEEN = ["--set", "window.features=[growth]"]
"""For toy plans, whose networks see nothing."""


@dataclass(frozen=True)
class Place:
    """Prices, store and tracking of one test, all in its own folder."""

    folder: Path
    plan: str = ""
    """Where other stages than firmament's own are found, for commands of `run` and `begin`."""

    @property
    def prices(self) -> Path:
        return self.folder / "prices"

    @property
    def store(self) -> Path:
        return self.folder / "store"

    @property
    def tracking_uri(self) -> str:
        return f"sqlite:///{self.folder}/mlruns/mlflow.db"

    @property
    def options(self) -> list[str]:
        seen = SEEN if self.plan else []
        return ["--source", f"files:{self.prices}", *self.places, *QUICK, *seen]

    @property
    def places(self) -> list[str]:
        return ["--data-root", f"{self.folder}/store", "--tracking-uri", self.tracking_uri]

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, with variables of the environment."""
        ended = nursery().wait(self.begin(*arguments, variables=variables))
        words = ["firmament", *arguments]
        return subprocess.CompletedProcess(words, ended.status, ended.output, ended.told)

    def begin(self, *arguments: str, **options: Any) -> Child:
        """Begin a command; `options` as of `Nursery.start`."""
        plan = {"plan": self.plan} if self.plan else {}
        return nursery().start(self.folder, list(arguments), **plan, **options)

    def cold(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end from a cold start."""
        return subprocess.run(
            [*FIRMAMENT, *arguments],
            capture_output=True,
            text=True,
            cwd=self.folder,
            env=environment() | variables,
            check=False,
            timeout=240,
        )

    def copied(self, folder: Path) -> Place:
        """Return a place with the same prices and outputs, and with nothing tracked yet."""
        shutil.copytree(self.prices, folder / "prices")
        shutil.copytree(self.store, folder / "store")
        lay_out_tracking(folder)
        return Place(folder, self.plan)


@cache
def _database() -> Path:
    """Return an MLflow database without runs: to lay out its tables takes longer than to copy."""
    place = Place(Path(tempfile.mkdtemp(prefix="firmament-database-")))
    done = place.run("daily", "--step", "upgrade", "--date", "2016-07-14", *place.places)
    assert done.returncode == 0, done.stderr
    return place.folder / "mlruns" / "mlflow.db"


def lay_out_tracking(folder: Path) -> None:
    """Put an empty tracking store into a place."""
    (folder / "mlruns").mkdir(parents=True)
    shutil.copy(_database(), folder / "mlruns" / "mlflow.db")


def tracker(folder: Path) -> Tracker:
    """Return a tracker of a place's store, which is laid out if there is none."""
    if not (folder / "mlruns" / "mlflow.db").exists():
        lay_out_tracking(folder)
    return Tracker(Place(folder).tracking_uri)


def planted(folder: Path, firms: int = 8, days: int = 400, plan: str = "") -> Place:
    """Lay out the planted universe as files of a user's own, and an empty tracking store."""
    place = Place(folder, plan)
    place.prices.mkdir(parents=True)
    lay_out_tracking(folder)
    growth = universe.growth_panel(firms=firms, days=days)
    universe.prices(growth).to_parquet(place.prices / "prices.parquet", index=False)
    universe.firms_table(growth).to_csv(place.prices / "firms.csv", index=False)
    return place
