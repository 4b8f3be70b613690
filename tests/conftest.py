"""What every test shares."""

from __future__ import annotations

import fcntl
import gc
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

# What is imported at collection stays: to look for garbage in it takes a third of its time.
gc.disable()
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# Matrices are small here, and tests run side by side: threads would wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("LOKY_MAX_CPU_COUNT", "1")
# What several tests share lies beside them, in modules that are no tests.
HELPERS = {
    file.parent for file in Path(__file__).parent.rglob("*.py") if not file.name.startswith("test_")
}
sys.path[:0] = sorted(map(str, HELPERS))

if TYPE_CHECKING:
    from command import Place

# On a machine that others use, any example may take long.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")

LONG = ("faces", "faults", "comparison", "daily", "dags", "training", "models", "report")
"""Folders whose tests take longest."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the long files, so that no process is alone with one of them at the end."""
    items.sort(key=lambda item: not set(LONG) & set(item.path.parts))


def pytest_collection_finish() -> None:
    """Leave what was imported out of the collection of garbage, which costs a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    gc.enable()


@dataclass(frozen=True)
class World:
    """A planted universe of twelve firms, with one real run of firmament from a cold start.

    All tests share it, those of other processes too: they ask it, and add nothing that another
    test counts. What is to be changed is changed in a copy (`Place.copied`).
    """

    place: Place
    result: dict[str, Any]
    """What the run printed."""


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> World:
    from command import ONCE, Place, planted

    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "world"
    with _alone(folder.with_suffix(".lock")):
        told = folder / "told.json"
        if not told.exists():
            place = planted(folder, firms=12, days=600)
            done = place.cold("run", *place.options, *ONCE, "--format", "json")
            assert done.returncode == 0, done.stderr
            told.write_text(done.stdout)
        return World(Place(folder), json.loads(told.read_text()))


@pytest.fixture(scope="session")
def stock(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Place:
    """A store of the toy plan with a published day and a run; what is spoilt is a copy."""
    import universe
    from command import ONCE, Place, planted
    from toy import TOY

    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "stock"
    place = Place(folder, TOY)
    with _alone(folder.with_suffix(".lock")):
        if not place.store.exists():
            planted(folder, firms=5, days=330, plan=TOY)
            day = str(universe.SESSIONS[329].date())
            alone = ("--set", "daily.models=[elman]", "--set", "compare.controls=[]")
            daily = ("daily", "--date", day, *alone)
            for words in (daily, ("run",)):
                done = place.run(*words, *place.options, *ONCE)
                assert done.returncode == 0, done.stderr
    return place


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    """Wait until no other process is within."""
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
