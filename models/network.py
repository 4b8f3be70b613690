"""What every network shares: its sizes, its head, its hidden states."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras

from models.student_t import student_t

HIDDEN = "hidden"
"""Name of the last recurrent layer of every network."""


@dataclass(frozen=True)
class Sizes:
    """The sizes and options that an architecture is built with.

    d_in = `features`, h = `units`, H = `horizon`; the head has d_out = 3·H outputs.
    """

    features: int
    horizon: int = 1
    units: int = 32
    layers: int = 2
    cell: str = "gru"
    activation: str = "tanh"
    dropout: float = 0.0
    recurrent_dropout: float = 0.0
    reset_after: bool = False


def days(sizes: Sizes) -> Any:
    """Return the input of a network: (batch, days, features), of any number of days."""
    return keras.Input((None, sizes.features), name="days")


def finish(name: str, inputs: Any, hidden: Any, sizes: Sizes) -> keras.Model:
    """Put the Student-t head on hidden states and close the network.

    Parameters
    ----------
    name
        The architecture's.
    inputs
        What `days` gave.
    hidden
        (batch, days, U), the output of the layer named `HIDDEN`, or (batch, U) of a network that
        forecasts at the end of its window only.
    sizes
        Of which the horizon counts here.

    Returns
    -------
    keras.Model
        With output (batch, days, H, 3) or (batch, H, 3).
    """
    return keras.Model(inputs, student_t(hidden, sizes.horizon), name=name)


def head_parameters(units: int, horizon: int) -> int:
    """Return the parameters of the head: d_out (h + 1) with d_out = 3·H."""
    return 3 * horizon * (units + 1)


def is_causal(network: keras.Model) -> bool:
    """Say whether the network's state at day t depends on days ≤ t alone.

    A causal network forecasts at the end of every day, (batch, days, H, 3); any other gives
    (batch, H, 3), for it may be asked at the end of its window only.
    """
    return len(network.output_shape) == 4


def states(network: keras.Model) -> keras.Model:
    """Return the network from its input to the hidden states of its last recurrent layer.

    Parameters
    ----------
    network
        Any network that `models.build` made, also after loading.

    Returns
    -------
    keras.Model
        Shares the weights. Output (batch, days, U) of a causal network, else (batch, U).
    """
    hidden = network.get_layer(HIDDEN).output
    return keras.Model(network.inputs, hidden, name=f"{network.name}_states")
