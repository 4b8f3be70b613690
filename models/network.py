"""What every network shares: its sizes, its input, its head, its hidden states."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any

import keras

from models.student_t import student_t
from models.suggest import pick

HIDDEN = "hidden"
"""Name of the layer that gives the hidden states of every network, first if it gives more."""

SPANS = {"causal": "days up to t", "full": "all days of the window"}
"""What `Sizes.attention` may be."""

LEAST = {"dropout": 0.0, "recurrent_dropout": 0.0, "teacher_forcing": 0.0}
"""Bounds from below of the sizes that may be less than 1."""


@dataclass(frozen=True)
class Sizes:
    """The sizes and options that a network is built with; each takes those that it has.

    Parameters
    ----------
    features
        d_in, inputs a day.
    horizon
        H, days ahead; the head has d_out = 3·H outputs.
    units
        h, units of a hidden layer.
    layers
        Recurrent layers of a network that is composed of a recurrent kind.
    cell
        That recurrent kind, one of `models.catalogue.CELLS`.
    activation
        σ of the hidden state.
    dropout, recurrent_dropout
        Shares of a hidden layer's inputs and of its recurrent inputs that are dropped in training.
    spectral_norm
        Bound on ‖U‖₂ of every recurrent matrix; None: none.
    reset_after
        The GRU variant that cuDNN runs; False is the textbook's.
    state_units
        s, state units of `jordan`; None: as many as hidden units.
    attention
        `causal`: attention looks back from each day; `full`: at all days of the window.
    attention_days
        Days that causal attention spans, the day itself included.
    convolutions, kernel_days
        Convolution layers of `hybrid`, and the days that each of them joins.
    window_days
        Days that `feedforward` sees, the day itself included.
    slots, slot_width
        N and W, the shape of the memory of `memory`.
    teacher_forcing
        Share of the days of training on which `seq2seq` is told the growth before each day ahead.

    Raises
    ------
    ValueError
        For a size that no network can have.
    """

    features: int
    horizon: int = 1
    units: int = 32
    layers: int = 1
    cell: str = "gru"
    activation: str = "tanh"
    dropout: float = 0.0
    recurrent_dropout: float = 0.0
    spectral_norm: float | None = None
    reset_after: bool = False
    state_units: int | None = None
    attention: str = "causal"
    attention_days: int = 64
    convolutions: int = 2
    kernel_days: int = 5
    window_days: int = 1
    slots: int = 8
    slot_width: int = 16
    teacher_forcing: float = 0.5

    def __post_init__(self) -> None:
        for field in fields(self):
            self._check(field.name, str(field.type), getattr(self, field.name))
        for name in ("dropout", "recurrent_dropout"):
            if not getattr(self, name) < 1.0:
                raise ValueError(f"{name} is {getattr(self, name)}: give a share below 1.")
        if not self.teacher_forcing <= 1.0:
            raise ValueError(f"teacher_forcing is {self.teacher_forcing}: give a share up to 1.")
        if self.spectral_norm is not None and not 0.0 < self.spectral_norm < math.inf:
            raise ValueError(f"spectral_norm is {self.spectral_norm}: give a number above 0.")
        pick(self.attention, SPANS, "attention")

    @staticmethod
    def _check(name: str, kind: str, value: object) -> None:
        """Refuse what is no number, or not a whole one, and a number that is too small."""
        if kind in ("str", "bool") or (value is None and kind.endswith("None")):
            return
        whole = kind.startswith("int")
        if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
            raise ValueError(f"{name} is {value!r}: give a {'whole ' if whole else ''}number.")
        least = LEAST.get(name, 1)
        if name != "spectral_norm" and not value >= least:
            raise ValueError(f"{name} is {value}: give {least} or more.")


def days(sizes: Sizes) -> Any:
    """Return the input of a network: (batch, days, features), of any number of days."""
    return keras.Input((None, sizes.features), name="days")


def finish(name: str, inputs: Any, seen: Any, sizes: Sizes) -> keras.Model:
    """Put the Student-t head on what the network has seen, and close the network.

    Parameters
    ----------
    name
        The architecture's.
    inputs
        What `days` gave.
    seen
        (batch, days, …), or (batch, …) of a network that forecasts at the end of its window only:
        the hidden states, and what else the head may read.
    sizes
        Of which the horizon counts here.

    Returns
    -------
    keras.Model
        With output (batch, days, H, 4) or (batch, H, 4).
    """
    return keras.Model(inputs, student_t(seen, sizes.horizon), name=name)


def head_parameters(width: int, horizon: int) -> int:
    """Return the parameters of the head: d_out (w + 1) with d_out = 3·H, on w numbers a day."""
    return 3 * horizon * (width + 1)


def is_causal(network: keras.Model) -> bool:
    """Say whether the network's state at day t depends on days ≤ t alone.

    A causal network forecasts at the end of every day, (batch, days, H, 4); any other gives
    (batch, H, 4), for it may be asked at the end of its window only.
    """
    return len(network.output_shape) == 4


def states(network: keras.Model) -> keras.Model:
    """Return the network from its input to the hidden states of its last hidden layer.

    Those of `linear`, which has none, are its inputs.

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
    if isinstance(hidden, list | tuple):
        hidden = hidden[0]
    return keras.Model(network.input, hidden, name=f"{network.name}_states")
