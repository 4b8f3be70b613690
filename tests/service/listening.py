"""The service on the loopback, in a thread of the tests."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from pipeline.service.app import application
from pipeline.service.edition import Editions


@contextmanager
def listening(editions: Editions, allowed: tuple[str, ...] = ()) -> Iterator[str]:
    """Answer for a while; gives the address."""
    config = uvicorn.Config(
        application(editions, allowed), port=0, log_level="warning", lifespan="off"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()
