"""MLflow's UI."""

from __future__ import annotations

import errno
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from pipeline.errors import ConfigError, ServiceError
from pipeline.tracking.address import Kind, kind
from pipeline.tracking.client import artifacts_of
from pipeline.tracking.landing import landing
from pipeline.tracking.probe import probe

HOST = "127.0.0.1"
PATIENCE = 120.0
"""Seconds in which the UI must answer."""
TRIED = 100
"""Ports that are tried for a free one."""


def serve(uri: str, port: int, *, open_page: bool = False) -> None:
    """Serve MLflow's UI on a tracking store, with one worker, for this host; until interrupted.

    Once it answers its address is printed, and those of what to look at first.

    Parameters
    ----------
    uri
        The tracking store.
    port
        To listen on.
    open_page
        Whether this machine's browser is sent to the first of these.

    Raises
    ------
    ConfigError
        If the store is a server, which has a UI of its own, or is not there; or the port is taken.
    StoreError
        If the store cannot be opened.
    ServiceError
        If the UI does not come up, or ends.
    """
    way = kind(uri)
    if way is Kind.server:
        raise ConfigError(f"{uri} is the address of an MLflow server: open it in a browser.")
    if way is Kind.other:
        raise ConfigError(
            f"The tracking store {uri} has pages of its own: open those; `firmament ui` shows what "
            "lies in a database."
        )
    if not probe(uri):
        raise ConfigError(
            f"There is no tracking store at {uri}: `firmament run` makes one; or give "
            "--tracking-uri of one that is there."
        )
    _check_port(port)
    root = f"http://{HOST}:{port}"
    with _served(uri, port) as process:
        pages = {name: f"{root}/{page}" for name, page in landing(uri).items()}
        end = time.monotonic() + PATIENCE
        while process.poll() is None and not _answers(port):
            if time.monotonic() > end:
                raise ServiceError(
                    f"MLflow's UI has not answered within {PATIENCE:.0f} seconds at "
                    f"{root}: see what it says above, and try again."
                )
            time.sleep(0.1)
        if process.poll() is None:
            print(f"MLflow UI: {root} (Ctrl-C ends it)")
            print("".join(f"{name}: {page}\n" for name, page in pages.items()), end="", flush=True)
            if open_page:
                first = next(iter(pages.values()), root)
                threading.Thread(target=webbrowser.open, args=(first,), daemon=True).start()
        status = process.wait()
    raise ServiceError(
        f"MLflow's UI at {root} has ended by itself (status {status}): see what it "
        "says above, and start it again."
    )


def _check_port(port: int) -> None:
    """Refuse a port that cannot be listened on."""
    refusal = _refusal(port)
    if refusal is None:
        return
    reason = {
        errno.EADDRINUSE: "is in use by another program",
        errno.EACCES: "may be used by the system's administrator alone",
    }.get(refusal.errno or 0, f"cannot be used ({refusal.strerror})")
    first = port + 1 if port >= 1024 else 5000
    free = (other for other in range(first, min(first + TRIED, 65536)) if not _refusal(other))
    advice = next((f"--port {other}, which is free" for other in free), "another --port")
    raise ConfigError(f"The port {port} {reason}: give {advice}.")


def _refusal(port: int) -> OSError | None:
    """Listen on a port for a moment, and return what the system has against it."""
    with socket.socket() as ear:
        ear.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do
        try:
            ear.bind((HOST, port))
            ear.listen()
        except OSError as error:
            return error
    return None


@contextmanager
def _served(uri: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Serve the UI in a process, which ends with this one, and its workers with it."""
    # Jobs are for judging language models; their five processes would only heat this machine.
    quiet = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    command = [sys.executable, "-m", "mlflow", "ui", "--backend-store-uri", uri]
    command += ["--host", HOST, "--port", str(port), "--workers", "1"]
    command += ["--allowed-hosts", f"{HOST}:{port},localhost:{port}"]
    artifacts = artifacts_of(uri)
    if artifacts is not None:
        command += ["--default-artifact-root", artifacts]
    # Standard output belongs to results. In a session of its own, all of it is ended at once.
    process = subprocess.Popen(
        command, env=quiet | os.environ, stdout=sys.stderr.fileno(), start_new_session=True
    )
    try:
        yield process
    finally:
        for number in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, number)
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=3.0)


def _answers(port: int) -> bool:
    """Tell whether something answers on a port."""
    try:
        socket.create_connection((HOST, port), timeout=1.0).close()
        return True
    except OSError:
        return False
