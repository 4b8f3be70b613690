"""The table of architectures, and the one function that builds any of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras

from models import (
    attention,
    bidirectional,
    elman,
    gru,
    hybrid,
    jordan,
    lstm,
    memory,
    seq2seq,
    stacked,
)
from models.cells import cell
from models.network import Sizes
from models.suggest import pick


@dataclass(frozen=True)
class Architecture:
    """One kind of network."""

    name: str
    summary: str
    build: Callable[[Sizes], keras.Model]
    parameters: Callable[[Sizes], int]
    """The number of parameters by formula, without building the network."""
    causal: Callable[[Sizes], bool] = lambda _: True
    composed: bool = False
    """Whether it is made of `layers` layers of a recurrent kind, `cell`."""
    layers: int = 1
    """Layers, unless told otherwise."""
    horizon: int = 1
    """Days ahead, unless told otherwise."""


ARCHITECTURES = {
    kind.name: kind
    for kind in (
        Architecture(
            "elman",
            "one recurrent layer without gates (Elman 1990)",
            elman.build,
            elman.parameters,
        ),
        Architecture(
            "jordan",
            "feeds its output back, not its hidden layer (Jordan 1986)",
            jordan.build,
            jordan.parameters,
        ),
        Architecture(
            "lstm",
            "a memory cell with forget, input and output gates (Hochreiter, Schmidhuber 1997)",
            lstm.build,
            lstm.parameters,
        ),
        Architecture(
            "gru",
            "one state with an update and a reset gate (Cho et al. 2014)",
            gru.build,
            gru.parameters,
        ),
        Architecture(
            "bidirectional",
            "reads its window forwards and backwards (Schuster, Paliwal 1997)",
            bidirectional.build,
            bidirectional.parameters,
            causal=lambda _: False,
            composed=True,
        ),
        Architecture(
            "stacked",
            "several recurrent layers, each over the states of the one below",
            stacked.build,
            stacked.parameters,
            composed=True,
            layers=2,
        ),
        Architecture(
            "attention",
            "each day looks back at the states of the days before (Bahdanau et al. 2015)",
            attention.build,
            attention.parameters,
            causal=lambda sizes: sizes.attention == "causal",
            composed=True,
        ),
        Architecture(
            "seq2seq",
            "an encoder reads the past, a decoder writes the days ahead (Cho et al. 2014)",
            seq2seq.build,
            seq2seq.parameters,
            composed=True,
            horizon=5,
        ),
        Architecture(
            "hybrid",
            "causal convolutions in front of a recurrent layer (Sainath et al. 2015)",
            hybrid.build,
            hybrid.parameters,
            composed=True,
        ),
        Architecture(
            "memory",
            "a recurrent controller with a memory that it writes and reads (Graves et al. 2014)",
            memory.build,
            memory.parameters,
        ),
    )
}


def architecture(name: str) -> Architecture:
    """Return an architecture by name; an unknown name raises ValueError with suggestions."""
    return pick(name, ARCHITECTURES, "architecture")


def sizes(name: str, *, features: int, **options: Any) -> Sizes:
    """Return the sizes that an architecture is built with.

    Parameters
    ----------
    name
        One of `ARCHITECTURES`.
    features
        d_in, inputs a day.
    **options
        Any other of `Sizes`; `horizon` and `layers`, where they are missing or None, are the
        architecture's own.

    Raises
    ------
    ValueError
        If there is no architecture or cell of that name, or a size is one that the architecture
        cannot have.
    """
    kind = architecture(name)
    for option in ("horizon", "layers"):
        if options.get(option) is None:
            options[option] = getattr(kind, option)
    answer = Sizes(features=features, **options)
    if kind.composed:
        cell(answer.cell)
    elif answer.layers != 1:
        raise ValueError(
            f"{name} has one recurrent layer, but layers is {answer.layers}: take stacked with "
            f"the cell {name}."
        )
    return answer


def build(name: str, *, features: int, **options: Any) -> keras.Model:
    """Build a network with a Student-t head.

    Parameters
    ----------
    name, features, **options
        As of `sizes`.

    Returns
    -------
    keras.Model
        From (batch, days, d_in) to location, scale and degrees of freedom: (batch, days, H, 3) of
        a causal network, one forecast at the end of every day, else (batch, H, 3) at the end of
        the window.

    Raises
    ------
    ValueError
        As `sizes` does.

    Examples
    --------
    >>> build("stacked", features=5, cell="lstm", layers=3).output_shape
    (None, None, 1, 3)
    """
    return architecture(name).build(sizes(name, features=features, **options))
