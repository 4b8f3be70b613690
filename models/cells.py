"""The recurrent kinds that other networks are composed of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from models import elman, gru, jordan, lstm, memory
from models.network import Sizes
from models.suggest import pick


@dataclass(frozen=True)
class Cell:
    """One recurrent kind.

    `layer(sizes, return_sequences=…, name=…)` makes the Keras layer, (batch, days, d) →
    (batch, days, width) or (batch, width); `parameters(sizes, inputs)` counts its parameters and
    `width(sizes)` the numbers that it gives a day.
    """

    layer: Callable[..., Any]
    parameters: Callable[[Sizes, int], int]
    width: Callable[[Sizes], int] = lambda sizes: sizes.units


CELLS = {
    "elman": Cell(elman.layer, elman.layer_parameters),
    "jordan": Cell(jordan.layer, jordan.layer_parameters, jordan.width),
    "lstm": Cell(lstm.layer, lstm.layer_parameters),
    "gru": Cell(gru.layer, gru.layer_parameters),
    "memory": Cell(memory.layer, memory.layer_parameters, memory.width),
}


def cell(name: str) -> Cell:
    """Return a recurrent kind by name; an unknown name raises ValueError with suggestions."""
    return pick(name, CELLS, "cell")
