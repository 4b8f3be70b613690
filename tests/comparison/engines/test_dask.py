"""Comparisons on real Dask clusters of this machine: workers, and a scheduler, are killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import psutil
import pytest
from command import ONCE, QUICK, SEEN, Place, planted
from nursery import environment
from toy import PLAN, TOY

from pipeline.comparison.compare import cells
from pipeline.comparison.engines import dask, open_engine
from pipeline.errors import ConfigError, EngineError, StoreError
from pipeline.outputs import Grown
from pipeline.panel.folds import walk_forward
from pipeline.run.flow import Flow
from pipeline.run.order import Order
from pipeline.settings.load import load
from pipeline.watch import Silence

if TYPE_CHECKING:
    from distributed import Client

LONG = ("--set", "train.epochs=50")
"""Trainings of half a second, so that a worker can be met with one."""
ALONE = ("--set", "compare.controls=[]")
ASKED = (*ONCE, *LONG, *ALONE, "--models", "elman", "--seeds", "3", "--format", "json")
CLOCKS = ["seconds", "targets_per_second"]


class Cluster:
    """A scheduler on the loopback, and workers in processes of their own, without a nanny."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []
        self.scheduler = self._start("scheduler", "--port", "0", "--scheduler-file", self.file)
        until(lambda: Path(self.file).is_file() and self.address)

    @property
    def file(self) -> str:
        return str(self.folder / "scheduler.json")

    @property
    def address(self) -> str:
        """Of the scheduler, as Dask writes it."""
        try:
            return str(json.loads(Path(self.file).read_text())["address"])
        except ValueError:  # it is being written
            return ""

    @property
    def engine(self) -> str:
        """The address as an option of firmament."""
        return self.address.replace("tcp://", "dask://")

    def worker(self, name: str, threads: int = 1) -> subprocess.Popen[bytes]:
        """Start a worker."""
        scratch = ("--local-directory", str(self.folder))
        run = ("--name", name, "--nthreads", str(threads), "--no-nanny", *scratch)
        return self._start("worker", self.address, *run)

    def stop(self) -> None:
        for process in reversed(self.processes):
            process.kill()
            process.wait()

    def _start(self, kind: str, *options: str) -> subprocess.Popen[bytes]:
        loopback = ("--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0", "--no-dashboard")
        with (self.folder / f"{kind}{len(self.processes)}.log").open("w") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.dask_{kind}", *options, *loopback],
                cwd=self.folder,
                env=environment() | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                stdout=log,
                stderr=log,
            )
        self.processes.append(process)
        return process


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    folder.mkdir()
    made = Cluster(folder)
    try:
        yield made
    finally:
        made.stop()


def until(found: Callable[[], Any], seconds: float = 180.0) -> Any:
    """Wait for something to be so, and return it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := found():
            return answer
        time.sleep(0.02)
    raise AssertionError("waited in vain")


def busy(client: Client) -> list[str]:
    """The names of the workers that have a training."""
    names = {key: worker["name"] for key, worker in client.scheduler_info()["workers"].items()}
    return [names[key] for key, tasks in client.processing().items() if tasks and key in names]


def child(worker: subprocess.Popen[bytes]) -> psutil.Process | None:
    """The process in which a worker trains."""
    return next(iter(psutil.Process(worker.pid).children()), None)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return planted(tmp_path_factory.mktemp("engines"), firms=5, days=420, plan=TOY)


@pytest.fixture(scope="module")
def plain(place: Place) -> pd.DataFrame:
    """The leaderboard of this machine alone."""
    done = place.run("compare", *place.options, *ASKED)
    assert done.returncode == 0, done.stderr
    return pd.DataFrame(json.loads(done.stdout)["leaderboard"])


def flows(place: Place, store: Path) -> list[Flow]:
    """Return two trainings as a comparison orders them."""
    asked = [*QUICK[1::2], *ONCE[1::2], *SEEN[1::2], *LONG[1::2], *ALONE[1::2]]
    asked += ["compare.models=[elman]", "compare.seeds=2"]
    source = {"source": f"files:{place.prices}", "data_root": str(store)}
    first = Flow(PLAN, load(None, asked, source), Silence())
    first.reach("growth")
    dates = first.made(Grown).growth.index.to_numpy()
    (window,) = walk_forward(first.settings.window, dates, 1)
    folds = [first.vary(first.settings.model_copy(update={"window": window}), Silence())]
    return [cell.flow for cell in cells(first, folds)]


@pytest.fixture(scope="module")
def begun(place: Place) -> Path:
    """A store with what a comparison makes before it trains."""
    store = place.folder / "begun"
    for flow in flows(place, store):
        flow.reach("baselines")
    return store


@pytest.fixture
def trainings(place: Place, begun: Path, tmp_path: Path) -> list[Flow]:
    """Two trainings that are not done yet, over a copy of the store."""
    store = tmp_path / "store"
    shutil.copytree(begun, store)
    return flows(place, store)


@pytest.mark.full
def test_a_worker_that_is_killed_changes_nothing(
    place: Place, plain: pd.DataFrame, tmp_path: Path
) -> None:
    from distributed import Client

    elsewhere = ("--data-root", "on-cluster")  # relative: the workers are not where the client is
    with cluster(tmp_path / "cluster") as made, Client(made.address) as client:
        workers = {name: made.worker(name, threads) for name, threads in (("a", 1), ("b", 2))}
        client.wait_for_workers(2, timeout=60)
        options = (*place.options, *elsewhere, *ASKED, "--engine", made.engine)
        asked = threading.Thread(target=lambda: done.append(place.run("compare", *options)))
        done: list[subprocess.CompletedProcess[str]] = []
        asked.start()
        trained = place.folder / "on-cluster" / "stages" / "evaluate"
        until(lambda: trained.is_dir() and any(trained.iterdir()))
        for name in until(lambda: busy(client)):
            os.kill(workers[name].pid, signal.SIGSTOP)
            if name in busy(client):  # midway: what stands still cannot end its training
                break
            os.kill(workers[name].pid, signal.SIGCONT)
        children = psutil.Process(workers[name].pid).children()
        os.kill(workers[name].pid, signal.SIGKILL)
        _, alive = psutil.wait_procs(children, timeout=20)
        assert not alive  # what trained for a dead worker ends with it
        asked.join()
        assert len(client.nthreads()) == 1
    assert done[0].returncode == 0, done[0].stderr
    assert len(list(trained.iterdir())) == 3
    board = pd.DataFrame(json.loads(done[0].stdout)["leaderboard"])
    boards = (board.drop(columns=CLOCKS) for board in (board, plain))
    pd.testing.assert_frame_equal(*boards, check_exact=True)


@pytest.mark.full
def test_a_worker_that_is_not_fit_is_told_and_a_process_that_dies_replaced(
    trainings: list[Flow], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, copied = Order.of, tmp_path / "copied"
    shutil.copytree(trainings[0].store.root, copied)

    def sent(data_root: Path, fingerprint: str | None = None) -> Callable[[Flow], Order]:
        def of(flow: Flow) -> Order:
            true = order(flow)
            told = true.fingerprints | ({"evaluate": fingerprint} if fingerprint else {})
            return replace(
                true, settings=true.settings | {"data_root": str(data_root)}, fingerprints=told
            )

        return of

    with cluster(tmp_path / "cluster") as made:
        worker = made.worker("a")
        engine = open_engine(made.engine, None)
        monkeypatch.setattr(dask, "PATIENCE", 20.0)
        monkeypatch.setattr(Order, "of", sent(tmp_path / "unseen"))
        with pytest.raises(StoreError, match="does not see what this comparison has in"):
            list(engine(trainings))
        assert not (tmp_path / "unseen").exists()
        monkeypatch.setattr(Order, "of", sent(trainings[0].store.root, "another"))
        with pytest.raises(EngineError, match="another version of firmament, or of a library"):
            list(engine(trainings))
        monkeypatch.setattr(dask, "PATIENCE", 1.0)
        monkeypatch.setattr(Order, "of", sent(copied))
        with pytest.raises(StoreError, match="and not the same file system, or it has another"):
            list(engine(trainings[:1]))
        monkeypatch.setattr(Order, "of", order)
        death = threading.Thread(target=lambda: until(lambda: child(worker)).kill())
        death.start()
        assert len(list(engine(trainings))) == 2  # one of which was trained twice
        death.join()
    assert all(flow.store.has("evaluate", flow.fingerprints["evaluate"]) for flow in trainings)


def test_a_cluster_without_workers_is_told_and_a_scheduler_that_dies(
    trainings: list[Flow],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    with cluster(tmp_path / "cluster") as made:
        engine = open_engine(made.engine, None)
        assert list(engine([])) == []
        with monkeypatch.context() as hurried:
            hurried.setattr(dask, "PATIENCE", 1.0)
            with pytest.raises(EngineError, match="has had no worker for 1 seconds: start some"):
                list(engine(trainings))
        monkeypatch.setattr(dask, "CONNECT", 2.0)
        death = threading.Timer(2.0, made.scheduler.kill)
        death.start()
        with pytest.raises(EngineError, match="connection to the Dask scheduler was lost: what"):
            list(engine(trainings))
        death.join()
        with pytest.raises(EngineError, match=r"No Dask scheduler answers at dask://127\.0\.0\.1"):
            list(engine(trainings))
    assert capfd.readouterr().err == ""


def test_a_training_that_kills_its_workers_is_told(
    trainings: list[Flow], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from distributed import Client

    monkeypatch.setenv("DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES", "0")
    with cluster(tmp_path / "cluster") as made, Client(made.address) as client:
        worker = made.worker("a")
        client.wait_for_workers(1, timeout=60)
        death = threading.Thread(target=lambda: until(lambda: busy(client)) and worker.kill())
        death.start()
        with pytest.raises(EngineError, match="died over a training one after another"):
            list(open_engine(made.engine, None)(trainings))
        death.join()


@pytest.mark.parametrize(
    "address",
    [
        "local",
        "tcp://127.0.0.1:8786",
        "dask://",
        "dask://127.0.0.1",
        "dask://127.0.0.1:port",
        "dask://:8786",
        "dask://127.0.0.1:0",
        "dask://127.0.0.1:99999",
        "dask://127.0.0.1:8786/path",
    ],
)
def test_an_address_of_another_form_is_refused(address: str) -> None:
    with pytest.raises(ConfigError, match="is unknown: write dask://HOST:PORT"):
        open_engine(address, None)


def test_jobs_are_the_clusters_own(place: Place) -> None:
    asked = ("--engine", "dask://127.0.0.1:8786", "--jobs", "2")
    done = place.run("compare", *place.options, *asked)
    assert done.returncode == 2
    assert "--jobs and --engine exclude each other" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


def test_a_missing_dask_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ConfigError, match="needs the package distributed: install it with"):
        open_engine("dask://127.0.0.1:8786", None)


def test_an_order_tells_nothing_of_tracking(trainings: list[Flow]) -> None:
    order = Order.of(trainings[0])
    assert "tracking_uri" not in order.settings
    again = Order.from_json(order.to_json())
    assert again == replace(order, origin=list(order.origin))
