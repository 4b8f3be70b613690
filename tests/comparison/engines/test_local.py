"""Trainings in several processes of this machine, one of which is killed."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from command import planted
from nursery import nursery
from toy import TOY

from pipeline.outputs import Evaluated
from pipeline.store import read

ASKED = (
    *("--models", "elman", "--seeds", "8", "--set", "compare.controls=[]"),
    *("--jobs", "2", "--set", "train.epochs=100"),
)
"""Trainings of a second."""


def workers(process: int) -> list[int]:
    """The process ids of a comparison's worker processes."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    lines = {int(child): Path(f"/proc/{child}/cmdline").read_text() for child in children}
    return [child for child, line in lines.items() if "popen_loky" in line]


def test_a_worker_that_dies_ends_the_comparison_and_keeps_what_was_trained(tmp_path: Path) -> None:
    place = planted(tmp_path, firms=5, days=330, plan=TOY)
    child = place.begin("compare", *place.options, *ASKED)
    trained = place.store / "stages" / "evaluate"
    while Path(f"/proc/{child.number}/stat").read_text().split()[2] != "Z" and not (
        trained.is_dir() and any(trained.iterdir())
    ):
        time.sleep(0.05)
    os.kill(workers(child.number)[0], signal.SIGKILL)
    ended = nursery().wait(child)
    assert ended.status == 2
    (sentence,) = [line for line in ended.told.splitlines() if line.startswith("firmament:")]
    assert "A process that trained a network died" in sentence
    assert "Traceback" not in ended.told
    kept = list(trained.iterdir())
    assert 1 <= len(kept) < 8
    for folder in kept:
        assert len(read(Evaluated, folder).forecasts)
