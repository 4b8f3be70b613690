"""The card of a pretrained network: a page for people, whose head says what programs must know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from pipeline.errors import StoreError

RULE = "---\n"
"""What stands before and after a card's head."""


@dataclass(frozen=True)
class Card:
    """What a pretrained network is, and what it has seen."""

    architecture: str
    sizes: Mapping[str, Any]
    """Settings of the section `model` that make the network what it is."""
    features: tuple[str, ...]
    """Names of `pipeline.features.features.FEATURES`, in the order of its training."""
    lookback: int
    """Growth rates that a firm must have before it is forecast."""
    horizon: int
    """Days ahead that it forecasts."""
    seen_from: date
    """The first day whose growth it saw."""
    seen_to: date
    """The last day whose growth moved a weight or chose anything: no test day may be before."""
    firms: int
    """Firms whose growth it learned from."""

    def written(self, page: str) -> str:
        """Return the card's text: its head, and a page for people."""
        head = {**asdict(self), "features": list(self.features), "sizes": dict(self.sizes)}
        return RULE + yaml.safe_dump(head, sort_keys=False, width=98) + RULE + page

    @classmethod
    def read(cls, text: str, name: Path) -> Card:
        """Read a card's text.

        Raises
        ------
        StoreError
            If its head is not that of a card.
        """
        try:
            _, head, _ = text.split(RULE, 2)
            facts = yaml.safe_load(head)
            return cls(**{**facts, "features": tuple(facts["features"])})
        except (ValueError, TypeError, KeyError, yaml.YAMLError) as error:
            raise StoreError(
                f"The card {name} is damaged: install firmament again, or make its networks anew "
                "with python -m benchmarks.pretrain."
            ) from error
