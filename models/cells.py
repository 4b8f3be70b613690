"""The recurrent kinds that other networks are composed of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from models import elman, gru, lstm
from models.network import Sizes
from models.suggest import pick


@dataclass(frozen=True)
class Cell:
    """One recurrent kind.

    `layer(sizes, return_sequences=…, name=…)` makes the Keras layer, `parameters(sizes, inputs)`
    counts its parameters.
    """

    layer: Callable[..., Any]
    parameters: Callable[[Sizes, int], int]


CELLS = {
    "elman": Cell(elman.layer, elman.layer_parameters),
    "lstm": Cell(lstm.layer, lstm.layer_parameters),
    "gru": Cell(gru.layer, gru.layer_parameters),
}


def cell(name: str) -> Cell:
    """Return a recurrent kind by name; an unknown name raises ValueError with suggestions."""
    return pick(name, CELLS, "cell")
