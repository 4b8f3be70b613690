"""Whatever makes outputs holds the store, so that none are removed under its hands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from pathlib import Path

import pytest
from command import QUICK, planted

from pipeline.comparison.compare import compare
from pipeline.comparison.engines import open_engine
from pipeline.daily.steps import run_day
from pipeline.errors import StoreError
from pipeline.run.run import run, run_stage
from pipeline.settings.load import load
from pipeline.settings.settings import Settings
from pipeline.stages import PLAN
from pipeline.store import open_store
from pipeline.watch import Watch

DAY = date(2016, 7, 14)
"""The last day of the planted universe."""
MAKERS: dict[str, Callable[[Settings, Watch], object]] = {
    "run": partial(run, PLAN),
    "stage": lambda settings, watch: run_stage(PLAN, settings, "growth", watch),
    "compare": lambda settings, watch: compare(PLAN, settings, open_engine(None, 1), watch),
    "daily": lambda settings, watch: run_day(PLAN, settings, DAY, watch),
}


class Intruder:
    """A watch that tries to have the store alone when a stage is made, and then interrupts."""

    def __init__(self, settings: Settings) -> None:
        self.store = open_store(settings.data_root)
        self.refused = 0

    def step(self, task: str, done: int, total: int) -> None:  # noqa: ARG002
        if task != "growth":
            return
        with pytest.raises(StoreError, match="A run is using the store"), self.store.alone():
            pass
        self.refused += 1
        raise KeyboardInterrupt

    def epoch(self, number: int, metrics: Mapping[str, float]) -> None: ...

    def note(self, sentence: str) -> None: ...


@pytest.mark.parametrize("maker", MAKERS)
def test_the_store_is_held_while_outputs_are_made(tmp_path: Path, maker: str) -> None:
    place = planted(tmp_path)
    options = {"source": f"files:{place.prices}", "data_root": f"{tmp_path}/store"}
    settings = load(None, QUICK[1::2], {**options, "tracking_uri": place.tracking_uri})
    watch = Intruder(settings)
    with pytest.raises(KeyboardInterrupt):
        MAKERS[maker](settings, watch)
    assert watch.refused == 1
    with watch.store.alone():
        pass
