"""Servers are started, and end with all that they started, but nobody else does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from deploy.processes import ClusterError, Processes, Server

PARENT = """
import subprocess, sys
child = [sys.executable, "-c", "import time; time.sleep(600)"]
print(subprocess.Popen(child, start_new_session=True).pid, "child", flush=True)
__import__("time").sleep(600)
"""


@pytest.fixture
def processes(tmp_path: Path) -> Processes:
    return Processes(tmp_path / "servers")


def server(processes: Processes, code: str) -> Server:
    def ready() -> bool:
        return "child" in processes.log("one").read_text()

    return Server("one", [sys.executable, "-c", code], dict(os.environ), Path.cwd(), ready)


def child(processes: Processes) -> int:
    return int(processes.log("one").read_text().split()[0])


@pytest.mark.parametrize("way", ["kill", "stop"])
def test_a_server_ends_with_what_it_started_in_a_session_of_its_own(
    processes: Processes, way: str
) -> None:
    processes.start(server(processes, PARENT))
    assert processes.names() == ["one"]
    number = child(processes)
    assert psutil.pid_exists(number)
    getattr(processes, way)("one")
    assert not psutil.pid_exists(number) or psutil.Process(number).status() == "zombie"
    assert processes.names() == []


def test_a_server_that_ends_is_told_with_its_log(processes: Processes) -> None:
    with pytest.raises(ClusterError, match=r"one does not answer: see .*one\.log"):
        processes.start(server(processes, "print('no')"))


def test_a_server_that_does_not_run_cannot_be_killed(processes: Processes) -> None:
    with pytest.raises(ClusterError, match="one does not run"):
        processes.kill("one")


def test_another_process_with_the_same_id_is_left_alone(processes: Processes) -> None:
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        processes.folder.mkdir()
        (processes.folder / "one.pid").write_text(f"{other.pid} 1.0\n")
        processes.stop("one")
        assert other.poll() is None
        assert processes.names() == []
    finally:
        other.kill()
        other.wait()
