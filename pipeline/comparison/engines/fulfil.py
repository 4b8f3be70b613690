"""What a process that trains for a comparison does."""

from __future__ import annotations

import socket

from pipeline.errors import StoreError
from pipeline.run.order import Order
from pipeline.store import open_store

GIVEN = ("ingest", "growth", "window", "baselines")
"""Stages whose outputs a comparison has in the store before it trains."""


def fulfil(order: Order) -> None:
    """Train and evaluate one network, and leave both in the store.

    Raises
    ------
    StoreError
        If this process does not see the comparison's store.
    EngineError
        If this process would put the outputs elsewhere, since its code or libraries are others.
    FirmamentError
        What the training raises.
    """
    _see(order)
    order.flow("evaluate").reach("evaluate")


def _see(order: Order) -> None:
    """Make sure that this process has the comparison's store, before it would begin another."""
    store = open_store(order.settings["data_root"], order.settings["mirror_root"])
    if not all(store.has(name, order.fingerprints[name]) for name in GIVEN):
        raise StoreError(
            f"The worker on {socket.gethostname()} does not see what this comparison has in "
            f"{store.address}: mount the file system of that folder there, at the same path, or "
            "give it the endpoint and the credentials of that address."
        )
