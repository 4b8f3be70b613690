"""Disks that fill, databases that are locked, servers that stop; see `make faults`."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import requests
from command import environment
from nursery import Child
from scene import Scene

pytestmark = pytest.mark.full

FAILED = "The tracking store failed while it was written"


@contextmanager
def small_disk(folder: Path) -> Iterator[Callable[[int | None], None]]:
    """Put a folder on a disk of its own; gives what leaves so many bytes of it, or enough again."""
    aside = folder.with_name("aside")
    folder.rename(aside)
    folder.mkdir()

    def mount(*options: str) -> int:
        command = ["mount", "-t", "tmpfs", *options, "tmpfs", str(folder)]
        return subprocess.run(command, check=False, capture_output=True).returncode

    if os.geteuid() != 0 or mount() != 0:
        pytest.skip("A small disk can only be mounted by root, where mounting is allowed.")
    try:
        shutil.copytree(aside, folder, dirs_exist_ok=True)

        def leave(free: int | None) -> None:
            size = "1g" if free is None else str(shutil.disk_usage(folder).used + free)
            assert mount("-o", f"remount,size={size}") == 0

        leave(None)
        yield leave
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def locked(scene: Scene) -> Iterator[None]:
    """Hold the tracking database alone, as a backup may."""
    file = scene.place.folder / "mlruns" / "mlflow.db"
    with closing(sqlite3.connect(file, timeout=60.0, isolation_level=None)) as database:
        database.execute("BEGIN EXCLUSIVE")
        yield
        database.execute("ROLLBACK")


@contextmanager
def server(scene: Scene, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Serve the tracking database over HTTP; killed in the end, if not before."""
    command = [sys.executable, "-m", "mlflow", "server", "--workers", "1", "--port", str(port)]
    command += ["--backend-store-uri", scene.place.tracking_uri]
    command += ["--default-artifact-root", f"{scene.place.folder}/mlruns/artifacts"]
    quiet = environment() | {
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    }
    with (scene.folder / "server.txt").open("w") as log:
        process = subprocess.Popen(
            command, env=quiet, stdout=log, stderr=log, start_new_session=True
        )
    try:
        _until(lambda: _answers(port))
        yield process
    finally:
        kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a server and its workers."""
    try:
        os.killpg(process.pid, 9)
    except ProcessLookupError:
        return
    process.wait()


def _answers(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/health", timeout=5).ok
    except requests.ConnectionError:
        return False


def _until(true: Callable[[], bool], seconds: float = 300.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def told(child: Child, text: str) -> None:
    """Wait until a run has told something."""
    _until(lambda: child.errors.exists() and text in child.told)


@pytest.mark.parametrize("place", ["store", "mlruns"])
def test_no_run_begins_on_a_full_disk(scene: Scene, place: str) -> None:
    with small_disk(scene.place.folder / place) as leave:
        leave(400_000)
        scene.refused(scene.daily(scene.today), "a run needs 0.25 GiB: free some space")
        leave(None)
        scene.ends_well()


@pytest.mark.parametrize("free", [8_000, 150_000])
def test_a_disk_that_fills_under_the_store(scene: Scene, free: int) -> None:
    with small_disk(scene.store) as leave:
        child = scene.start(scene.today)
        told(child, "ingest: done")
        leave(free)
        scene.refused(scene.nursery.wait(child), "the disk is full; free some space")
        leave(None)
        scene.ends_well()


@pytest.mark.parametrize("free", [8_000, 300_000])
def test_a_disk_that_fills_under_the_tracking_database(prepared: Scene, free: int) -> None:
    with small_disk(prepared.place.folder / "mlruns") as leave:
        child = prepared.start(prepared.today)
        told(child, "ingest (reused): done")
        leave(free)
        prepared.refused(prepared.nursery.wait(child), FAILED)
        leave(None)
        prepared.ends_well()


def test_a_database_that_is_locked_for_a_moment(prepared: Scene) -> None:
    child = prepared.start(prepared.today)
    told(child, "trainings: done")
    with locked(prepared):
        time.sleep(2.0)
    assert prepared.nursery.wait(child).status == 0
    prepared.ends_well()


@pytest.mark.parametrize("midway", [False, True], ids=["before", "midway"])
def test_a_database_that_stays_locked(prepared: Scene, midway: bool) -> None:
    if midway:
        child = prepared.start(prepared.today)
        told(child, "trainings: done")
    with locked(prepared):
        if not midway:
            child = prepared.start(prepared.today)
        ended = prepared.nursery.wait(child)
    prepared.refused(ended, "database is locked")
    prepared.ends_well()


def test_a_server_that_stops_and_comes_back(prepared: Scene) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    options = [
        f"http://127.0.0.1:{port}" if option == prepared.place.tracking_uri else option
        for option in prepared.options
    ]
    with server(prepared, port) as process:
        child = prepared.start(prepared.today, arguments=options)
        # By then a run is open.
        _until(lambda: "runs/log-batch" in (prepared.folder / "server.txt").read_text())
        kill(process)
        prepared.refused(prepared.nursery.wait(child), FAILED)
    with server(prepared, port):
        assert prepared.daily(prepared.today, arguments=options).status == 0
    prepared.ends_well()
