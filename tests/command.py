"""Running firmament as its users do: its real entry point, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import universe

from pipeline.panel.growth import grow  # noqa: F401  (fails early if the package is not installed)

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


@dataclass(frozen=True)
class Place:
    """Prices, store and tracking of one test, all in its own folder."""

    folder: Path

    @property
    def prices(self) -> Path:
        return self.folder / "prices"

    @property
    def tracking_uri(self) -> str:
        return f"sqlite:///{self.folder}/mlruns/mlflow.db"

    @property
    def options(self) -> list[str]:
        return ["--source", f"files:{self.prices}", *self.places, *QUICK]

    @property
    def places(self) -> list[str]:
        return ["--data-root", f"{self.folder}/store", "--tracking-uri", self.tracking_uri]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            [*FIRMAMENT, *arguments],
            capture_output=True,
            text=True,
            cwd=self.folder,
            env=environment(),
            check=False,
            timeout=240,
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command whose standard error can be read line by line."""
        return subprocess.Popen(
            [*FIRMAMENT, *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.folder,
            env=environment(),
        )


def environment() -> dict[str, str]:
    """The process's environment without settings of firmament."""
    return {key: value for key, value in os.environ.items() if not key.startswith("FIRMAMENT_")}


def planted(folder: Path, firms: int = 8, days: int = 400) -> Place:
    """Lay out the planted universe as files of a user's own."""
    place = Place(folder)
    place.prices.mkdir(parents=True)
    growth = universe.growth_panel(firms=firms, days=days)
    universe.prices(growth).to_parquet(place.prices / "prices.parquet", index=False)
    universe.firms_table(growth).to_csv(place.prices / "firms.csv", index=False)
    return place
