"""An S3 server on the loopback, in a process of its own."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import fsspec
import pytest

BUCKET = "bucket"


@contextmanager
def served() -> Iterator[str]:
    """Serve S3 with one empty bucket, and let the environment lead to it; its address."""
    address = f"http://127.0.0.1:{free_port()}"
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1"]
    server = subprocess.Popen(
        [*command, "-p", address.rpartition(":")[2]],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _until_it_answers(server, address)
        with pytest.MonkeyPatch.context() as patch:
            lead(patch, address)
            urllib.request.urlopen(
                urllib.request.Request(f"{address}/{BUCKET}", method="PUT")
            ).close()
            yield address
    finally:
        server.kill()
        server.wait()


def lead(patch: pytest.MonkeyPatch, address: str) -> None:
    """Let the environment lead to a server, with credentials for it."""
    forget()
    patch.setenv("AWS_ENDPOINT_URL", address)
    patch.setenv("AWS_ACCESS_KEY_ID", "key")
    patch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    patch.setenv("AWS_CONFIG_FILE", "nowhere")
    patch.setenv("AWS_MAX_ATTEMPTS", "1")


def forget() -> None:
    """Let what is opened from now on look at the environment again."""
    fsspec.get_filesystem_class("s3").clear_instance_cache()


def free_port() -> int:
    """A port of the loopback that nothing listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _until_it_answers(server: subprocess.Popen[bytes], address: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(f"{address}/moto-api/").close()
            return
        except urllib.error.URLError:
            assert server.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
