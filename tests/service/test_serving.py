"""The service as it is started, asked and ended."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest
import requests
from command import FIRMAMENT
from conftest import World
from nursery import environment


def free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def test_it_answers_until_it_is_interrupted_and_loads_no_networks(world: World) -> None:
    port = free()
    words = ("serve", "--port", str(port), *world.place.places)
    with subprocess.Popen(
        [*FIRMAMENT, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=world.place.folder,
        env=environment(),
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == (
                f"Answering at http://127.0.0.1:{port} until interrupted (Ctrl-C).\n"
            )
            for _ in range(200):
                try:
                    told = requests.get(f"http://127.0.0.1:{port}/healthz", timeout=5).json()
                    break
                except requests.ConnectionError:
                    time.sleep(0.05)
            assert (told["status"], told["run_id"]) == ("ok", world.result["run_id"])
            asked = f"http://127.0.0.1:{port}/api/similar?symbol=F01"
            assert requests.get(asked, timeout=30).status_code == 200
            mapped = Path(f"/proc/{process.pid}/maps").read_text()
            assert "tensorflow" not in mapped
        finally:
            process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--host", "0.0.0.0"), "name the host that they ask by with --allow-host"),
        (("--host", "no.such.host.invalid"), "--allow-host"),
        (("--allow-host", "firms.example.org:80"), "give it without protocol and port"),
        (("--run", "zzzz"), "There is no run 'zzzz'"),
    ],
)
def test_what_cannot_be_served_is_refused(
    world: World, words: tuple[str, ...], sentence: str
) -> None:
    done = world.place.run("serve", *words, *world.place.places)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr


def test_a_port_in_use_is_told(world: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = world.place.run("serve", "--port", port, *world.place.places)
    assert done.returncode == 2
    assert f"127.0.0.1:{port} cannot be served" in done.stderr
