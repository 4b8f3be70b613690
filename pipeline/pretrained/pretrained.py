"""Which pretrained networks come with firmament, and how one is found and read."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import StoreError
from pipeline.pretrained.card import Card
from pipeline.pretrained.digests import DIGESTS

FOLDER = Path(__file__).parents[2] / "models" / "pretrained"
INPUTS = ("growth", "traded")
"""What the networks see: features of growth alone, or of ranges and volumes too."""
DEFAULT = "gru"
"""The architecture that forecasts where nothing was trained."""


@dataclass(frozen=True)
class Pretrained:
    """A network that was trained on other firms."""

    name: str
    """`ARCHITECTURE-INPUTS`; the architecture is one of `models.catalogue.PRETRAINED`."""
    card: Card
    network: bytes
    """A `.keras` file's content."""


def shipped(architecture: str, features: Sequence[str]) -> Pretrained | None:
    """Return the pretrained network of an architecture that sees given features, in this order.

    Raises
    ------
    StoreError
        If its files are not what firmament came with.
    """
    for inputs in INPUTS:
        name = f"{architecture}-{inputs}"
        if name in DIGESTS:
            found = load(name)
            if found.card.features == tuple(features):
                return found
    return None


def load(name: str) -> Pretrained:
    """Read a pretrained network and its card.

    Raises
    ------
    StoreError
        If they are not what firmament came with.
    """
    network, card = files(name)
    try:
        content, text = network.read_bytes(), card.read_text(encoding="utf-8")
    except OSError as error:
        raise StoreError(f"{_named(name)} cannot be read ({error}): {_CURE}") from error
    if digest(content, text) != DIGESTS[name]:
        raise StoreError(f"{_named(name)} is not what firmament came with: {_CURE}")
    return Pretrained(name, Card.read(text, card), content)


def files(name: str) -> tuple[Path, Path]:
    """Return where the network and the card of that name are."""
    return FOLDER / f"{name}.keras", FOLDER / f"{name}.md"


def digest(network: bytes, card: str) -> str:
    """Return what tells a network and its card from others."""
    return hashlib.sha256(network + card.encode()).hexdigest()


def _named(name: str) -> str:
    return f"The pretrained network {name} in {FOLDER}"


_CURE = "install firmament again."
