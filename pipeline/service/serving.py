"""Start the service: one process, or several that share a port."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from pipeline.errors import ConfigError, ServiceError
from pipeline.service.hosts import LOOPBACK

VARIABLE = "FIRMAMENT_SERVED"
"""What a process of several reads its options from."""

CONNECTIONS, IDLE, QUEUE = 512, 5, 2048
"""Connections of a process beyond which others are told to come again (503), seconds after its last
answer in which a connection is closed, and connections that wait to be accepted."""


@dataclass(frozen=True)
class Served:
    """What a service answers from, and whom."""

    data_root: str
    mirror_root: str
    run_id: str | None
    allowed: tuple[str, ...]


def serve(
    served: Served, host: str, port: int, workers: int = 1, *, open_page: bool = False
) -> None:
    """Answer until interrupted.

    Parameters
    ----------
    served : Served
        What is answered from. An edition must be there.
    host, port : str, int
        Where to listen.
    workers : int
        Processes.
    open_page : bool
        Whether this machine's browser is sent there.

    Raises
    ------
    ConfigError
        If another machine could ask, and no host is allowed by whose name it may.
    ServiceError
        If the port is in use.
    FirmamentError
        If there is nothing to answer from.
    """
    import uvicorn
    from uvicorn.supervisors import Multiprocess

    _check(host, served.allowed)
    app: Any = _made(served)
    if workers > 1:
        os.environ[VARIABLE] = json.dumps(asdict(served))
        app = "pipeline.service.serving:factory"
    config = uvicorn.Config(
        app,
        factory=workers > 1,
        workers=workers,
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        limit_concurrency=CONNECTIONS,
        timeout_keep_alive=IDLE,
    )

    with _listening(host, port) as listener:
        address = f"http://{_named(host, served.allowed)}:{port}"
        print(f"Answering at {address} until interrupted (Ctrl-C).", flush=True)
        if open_page:
            import webbrowser

            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
        # It ends as it should when it is interrupted.
        with suppress(KeyboardInterrupt):
            if workers > 1:
                Multiprocess(config, sockets=[listener]).run()
            else:
                uvicorn.Server(config).run(sockets=[listener])


def factory() -> Any:
    """Return the application, in a process of several."""
    told = json.loads(os.environ[VARIABLE])
    return _made(Served(**{**told, "allowed": tuple(told["allowed"])}))


def _made(served: Served) -> Any:
    """Open what is answered from, and return the application."""
    from pipeline.service.app import application
    from pipeline.service.edition import Editions
    from pipeline.store import open_store

    editions = Editions(open_store(served.data_root, served.mirror_root), served.run_id)
    editions.current()
    return application(editions, served.allowed)


def _check(host: str, allowed: Sequence[str]) -> None:
    """Refuse to serve whom nobody meant."""
    if host not in (*LOOPBACK, "::1") and not allowed:
        raise ConfigError(
            f"--host {host} lets other machines ask: name the host that they ask by with "
            "--allow-host, or leave --host out to serve this machine alone."
        )
    for name in allowed:
        if not name or name != name.strip() or set(name) & set(":/ "):
            raise ConfigError(
                f"--allow-host {name!r} is no name of a host: give it without protocol and port, "
                "as firms.example.org."
            )


def _named(host: str, allowed: Sequence[str]) -> str:
    """Return the host by whose name it may be asked."""
    if host in ("0.0.0.0", "::"):
        return allowed[0]
    return f"[{host}]" if ":" in host else host


def _listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises
    ------
    ServiceError
        If it cannot.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # An answer is sent in two parts: the second is not to wait until the first is acknowledged.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        listener.bind((host, port))
        # Who asks before the processes are ready waits, and is not refused.
        listener.listen(QUEUE)
    except OSError as error:
        listener.close()
        raise ServiceError(
            f"{host}:{port} cannot be served ({error.strerror}): give another --port."
        ) from error
    return listener
