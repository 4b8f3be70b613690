"""The table of architectures, and the one function that builds any of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import keras

from models import bidirectional, elman, gru, lstm, stacked
from models.network import Sizes
from models.suggest import pick


@dataclass(frozen=True)
class Architecture:
    """One kind of network."""

    name: str
    summary: str
    causal: bool
    build: Callable[[Sizes], keras.Model]
    parameters: Callable[[Sizes], int]
    """The number of parameters by formula, without building the network."""


ARCHITECTURES = {
    kind.name: kind
    for kind in (
        Architecture(
            "elman",
            "one recurrent layer without gates (Elman 1990)",
            True,
            elman.build,
            elman.parameters,
        ),
        Architecture(
            "lstm",
            "a memory cell with forget, input and output gates (Hochreiter, Schmidhuber 1997)",
            True,
            lstm.build,
            lstm.parameters,
        ),
        Architecture(
            "gru",
            "one state with an update and a reset gate (Cho et al. 2014)",
            True,
            gru.build,
            gru.parameters,
        ),
        Architecture(
            "bidirectional",
            "reads its window forwards and backwards (Schuster, Paliwal 1997)",
            False,
            bidirectional.build,
            bidirectional.parameters,
        ),
        Architecture(
            "stacked",
            "several recurrent layers, each over the states of the one below",
            True,
            stacked.build,
            stacked.parameters,
        ),
    )
}


def architecture(name: str) -> Architecture:
    """Return an architecture by name; an unknown name raises ValueError with suggestions."""
    return pick(name, ARCHITECTURES, "architecture")


def build(
    name: str,
    *,
    features: int,
    horizon: int = 1,
    units: int = 32,
    layers: int = 2,
    cell: str = "gru",
    activation: str = "tanh",
    dropout: float = 0.0,
    recurrent_dropout: float = 0.0,
    reset_after: bool = False,
) -> keras.Model:
    """Build a network with a Student-t head.

    Parameters
    ----------
    name
        One of `ARCHITECTURES`.
    features
        d_in, inputs a day.
    horizon
        H, days ahead.
    units
        h, hidden units of a recurrent layer.
    layers
        Recurrent layers of `stacked`.
    cell
        Recurrent kind inside `bidirectional` and `stacked`.
    activation
        σ of the hidden state.
    dropout, recurrent_dropout
        Shares of inputs and of recurrent inputs that are dropped in training.
    reset_after
        The GRU variant that cuDNN runs; False is the textbook's.

    Returns
    -------
    keras.Model
        From (batch, days, d_in) to location, scale and degrees of freedom: (batch, days, H, 3) of
        a causal network, one forecast at the end of every day, else (batch, H, 3) at the end of
        the window.

    Raises
    ------
    ValueError
        If there is no architecture or cell of that name.
    """
    sizes = Sizes(
        features=features,
        horizon=horizon,
        units=units,
        layers=layers,
        cell=cell,
        activation=activation,
        dropout=dropout,
        recurrent_dropout=recurrent_dropout,
        reset_after=reset_after,
    )
    return architecture(name).build(sizes)
