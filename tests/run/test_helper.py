"""A process beside a run makes what is needed later, and a run without it makes the same."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from command import QUICK, SEEN, Place, planted
from threadpoolctl import threadpool_info, threadpool_limits  # type: ignore[import-untyped]
from toy import HELPED

from pipeline import cores
from pipeline.evaluation.control import CONTROL
from pipeline.outputs import Baselined, Controlled
from pipeline.run.flow import Flow
from pipeline.run.helper import helped
from pipeline.run.run import run
from pipeline.settings.load import load
from pipeline.settings.settings import Settings
from pipeline.watch import Silence


@pytest.fixture(autouse=True)
def _two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cores, "count", lambda: 2)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return planted(tmp_path_factory.mktemp("helped"), firms=5)


def settings(place: Place, name: str) -> Settings:
    options = {
        "source": f"files:{place.prices}",
        "data_root": str(place.folder / name),
        "tracking_uri": place.tracking_uri,
    }
    return load(None, [*QUICK[1::2], *SEEN[1::2], "embed.networks=2"], options)


def prepared(place: Place, name: str) -> Flow:
    """Return a flow whose stages before the run are made."""
    flow = Flow(HELPED, settings(place, name), Silence())
    flow.reach("window")
    return flow


def later(flow: Flow) -> dict[str, str]:
    """Return the fingerprints of what a helper is to make."""
    other = flow.other(CONTROL)
    return {"baselines": flow.fingerprints["baselines"], "train": other.fingerprints["train"]}


def test_a_helper_makes_what_is_needed_later(place: Place) -> None:
    flow = prepared(place, "made")
    with helped(flow):
        assert flow.helper is not None
        assert all(flow.helper.makes(*output) for output in later(flow).items())
        assert all(flow.helper.wait(*output) for output in later(flow).items())
        assert all(flow.store.has(*output) for output in later(flow).items())
        assert not flow.helper.wait("train", flow.fingerprints["train"])
    flow.reach("evaluate")
    assert not flow.stages["baselines"]["reused"]
    alone = prepared(place, "alone")
    alone.reach("baselines")
    assert flow.made(Baselined).forecasts.equals(alone.made(Baselined).forecasts)


def test_what_a_dead_helper_has_not_made_the_run_makes(place: Place) -> None:
    flow = prepared(place, "dead")
    with helped(flow):
        process: Any = vars(flow.helper)["_process"]
        os.kill(process.pid, signal.SIGKILL)
        flow.reach("evaluate")
        flow.reach("control")
    assert flow.store.has("train", flow.other(CONTROL).fingerprints["train"])
    assert flow.made(Controlled).beside


def test_both_together_compute_on_no_more_threads_than_there_are_cores(place: Place) -> None:
    flow = prepared(place, "threads")
    with threadpool_limits(2, "blas"), helped(flow):
        process: Any = vars(flow.helper)["_process"]
        given = Path(f"/proc/{process.pid}/environ").read_text().split("\0")
        assert {"LOKY_MAX_CPU_COUNT=1", "OPENBLAS_NUM_THREADS=1"} <= {*given}
        assert all(pool["num_threads"] == 1 for pool in threadpool_info() if _multiplies(pool))


def _multiplies(pool: dict[str, Any]) -> bool:
    return bool(pool["user_api"] == "blas")


def test_a_helper_ends_with_its_run(place: Place) -> None:
    flow = prepared(place, "left")
    with pytest.raises(KeyboardInterrupt), helped(flow):
        process: Any = vars(flow.helper)["_process"]
        raise KeyboardInterrupt
    assert process.returncode is not None


def test_there_is_none_where_it_would_not_help(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = prepared(place, "none")
    monkeypatch.setattr(cores, "count", lambda: 1)
    with helped(flow):
        assert flow.helper is None
    monkeypatch.setattr(cores, "count", lambda: 2)
    flow.reach("train")
    with helped(flow):
        assert flow.helper is None


def test_a_run_with_a_helper_is_a_run(place: Place) -> None:
    result = run(HELPED, settings(place, "whole"), Silence())
    assert {name for name, stage in result["stages"].items() if not stage["reused"]} == {
        *HELPED.names
    }
    again = run(HELPED, settings(place, "whole"), Silence())
    assert again["run_id"] == result["run_id"]
    assert all(stage["reused"] for stage in again["stages"].values())


def test_a_helper_ends_when_its_run_is_killed(place: Place) -> None:
    flow = prepared(place, "killed")
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        with helped(flow):
            process: Any = vars(flow.helper)["_process"]
            os.write(writer, f"{process.pid}\n".encode())
            time.sleep(60.0)
    helper = int(os.read(reader, 20))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    deadline = time.monotonic() + 30.0
    while Path(f"/proc/{helper}").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(f"/proc/{helper}").exists()
