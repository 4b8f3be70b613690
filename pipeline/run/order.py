"""A flow, told so that any process that shares its store can make its outputs."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from pydantic import ValidationError

from pipeline.errors import EngineError
from pipeline.run.flow import Flow
from pipeline.run.plan import Plan
from pipeline.settings.settings import Settings
from pipeline.watch import Silence


@dataclass(frozen=True)
class Order:
    """What another process must know to make an output of a flow."""

    settings: dict[str, Any]
    """With the store's absolute path or address; where runs are tracked is no worker's business."""
    origin: Sequence[str]
    """Of the prices, as `Flow.origin` has it: they are in the store, and not asked for again."""
    fingerprints: dict[str, str]
    """Of all stages."""
    plan: str
    """`Plan.home` of the stages."""
    taken: Mapping[str, str] = field(default_factory=dict)
    """Outputs that are taken as they are, as `Flow.take` has them."""

    @classmethod
    def of(cls, flow: Flow) -> Order:
        """Return the order of a flow."""
        settings = flow.settings.model_dump(mode="json", exclude={"tracking_uri"})
        placed = settings | {"data_root": flow.store.address}
        return cls(placed, flow.origin, flow.fingerprints, flow.plan.home, flow.taken)

    @classmethod
    def from_json(cls, text: str) -> Order:
        """Return what `to_json` has written."""
        return cls(**json.loads(text))

    def to_json(self) -> str:
        """Return the order as a line of JSON."""
        return json.dumps(asdict(self))

    def flow(self, name: str) -> Flow:
        """Return the flow, whose output of a stage goes where it is looked for.

        Raises
        ------
        EngineError
            If this process would put it elsewhere, since its code or libraries are others.
        """
        try:
            settings = Settings.model_validate(self.settings)
            flow = Flow(Plan.at(self.plan), settings, Silence(), self.origin).take(self.taken)
            same = flow.fingerprints[name] == self.fingerprints[name]
        except ValidationError:
            same = False
        if not same:
            raise EngineError(
                f"The worker on {socket.gethostname()} has another version of firmament, or of a "
                "library that it computes with, than who asked: install the same on both."
            )
        return flow
