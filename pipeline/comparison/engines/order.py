"""A training, told so that any process that shares the store can do it."""

from __future__ import annotations

import json
import socket
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pydantic import ValidationError

from pipeline.errors import EngineError, StoreError
from pipeline.run.flow import Flow
from pipeline.run.plan import Plan
from pipeline.settings.settings import Settings
from pipeline.store import open_store
from pipeline.watch import Silence

GIVEN = ("ingest", "growth", "window", "baselines")
"""Stages whose outputs a comparison has in the store before it trains."""


@dataclass(frozen=True)
class Order:
    """What another process must know to train and evaluate one network."""

    settings: dict[str, Any]
    """With the store's absolute path or address; where runs are tracked is no worker's business."""
    origin: Sequence[str]
    """Of the prices, as `Flow.origin` has it: they are in the store, and not asked for again."""
    fingerprints: dict[str, str]
    """Of all stages."""
    plan: str
    """`Plan.home` of the stages."""

    @classmethod
    def of(cls, flow: Flow) -> Order:
        """Return the order of a flow."""
        settings = flow.settings.model_dump(mode="json", exclude={"tracking_uri"})
        placed = settings | {"data_root": flow.store.address}
        return cls(placed, flow.origin, flow.fingerprints, flow.plan.home)

    @classmethod
    def from_json(cls, text: str) -> Order:
        """Return what `to_json` has written."""
        return cls(**json.loads(text))

    def to_json(self) -> str:
        """Return the order as a line of JSON."""
        return json.dumps(asdict(self))


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
    _flow(order).reach("evaluate")


def _see(order: Order) -> None:
    """Make sure that this process has the comparison's store, before it would begin another."""
    store = open_store(order.settings["data_root"], order.settings["mirror_root"])
    if not all(store.has(name, order.fingerprints[name]) for name in GIVEN):
        raise StoreError(
            f"The worker on {socket.gethostname()} does not see what this comparison has in "
            f"{store.address}: mount the file system of that folder there, at the same path, or "
            "give it the endpoint and the credentials of that address."
        )


def _flow(order: Order) -> Flow:
    """Return the stages of an order, whose outputs go where the comparison looks for them."""
    try:
        settings = Settings.model_validate(order.settings)
        flow = Flow(Plan.at(order.plan), settings, Silence(), order.origin)
        same = flow.fingerprints["evaluate"] == order.fingerprints["evaluate"]
    except ValidationError:
        same = False
    if not same:
        raise EngineError(
            f"The worker on {socket.gethostname()} has another version of firmament, or of a "
            "library that it computes with, than the comparison: install the same on both."
        )
    return flow
