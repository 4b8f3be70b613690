r"""First weights of networks, drawn with NumPy: a seed gives the same ones on every backend.

What a recurrent network can learn to remember depends on how it forgets before it has learned
anything. A gate that keeps a share f of the state each day forgets with time constant 1 / (1 − f)
days. With a bias of zero that is two days; with the bias ln u it is u + 1 days.

Every start draws all weights of a network anew: matrices after Glorot, the recurrent ones
orthogonal, biases zero but for the 1 of an LSTM's forget gates, all as Keras does, and zero what
feeds a Jordan network's output back, as it begins itself. Those other than `default` then change
the layers that recur over days. A seq2seq network's decoder, which has a few days ahead to
remember, keeps its default.

Sources: X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward neural
networks", AISTATS 2010, equation 16; A. Saxe, J. McClelland and S. Ganguli, "Exact solutions to the
nonlinear dynamics of learning in deep linear neural networks", ICLR 2014 (orthogonal); C. Tallec
and Y. Ollivier, "Can recurrent neural networks warp time?", ICLR 2018 (chrono);
Q. Le, N. Jaitly and G. Hinton, "A simple way to initialize recurrent networks of rectified linear
units", arXiv:1504.00941 (2015) (identity).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.catalogue import CELLS
from models.suggest import pick

Array = NDArray[np.float64]
KINDS = {
    "SimpleRNNCell": "elman",
    "JordanCell": "jordan",
    "LSTMCell": "lstm",
    "GRUCell": "gru",
    "MemoryCell": "memory",
}
"""A cell's class → its recurrent kind."""
SMALL = 1e-3
"""Deviation of the input matrix of `identity_relu`, as in the paper."""


@dataclass(frozen=True)
class Given:
    """What a start is told."""

    random: np.random.Generator
    longest: int | None
    gain: float


@dataclass(frozen=True)
class Start:
    """One way to draw the first weights."""

    name: str
    title: str
    summary: str
    change: Callable[[Any, Given], None] | None = None
    """What is done to each recurrent cell after Keras's own draw; None: nothing."""
    kinds: tuple[str, ...] = CELLS
    """The recurrent kinds that it is defined for."""
    activation: str | None = None
    """The only activation it is defined for; None: any."""
    longest: bool = False
    """Whether it has to be told the longest memory."""
    gain: bool = False
    """Whether the recurrent matrices may be scaled."""


def start(
    network: Any, name: str, *, seed: int, longest: int | None = None, gain: float = 1.0
) -> None:
    """Draw the first weights of a network anew, in place.

    Parameters
    ----------
    network
        Any that `models.build` made, or another Keras model with recurrent layers.
    name
        One of `STARTS`.
    seed
        The same seed gives the same weights.
    longest
        T_max of `chrono`, days: the longest memory that is expected, 2 or more.
    gain
        What orthogonal and identity matrices are multiplied by.

    Raises
    ------
    ValueError
        If there is no start of that name, or it is not defined for the network or what it is told.
        The weights are then what they were.

    Examples
    --------
    >>> from models import build
    >>> network = build("gru", features=5)
    >>> start(network, "chrono", longest=250, seed=1)
    """
    row, cells = pick(name, STARTS, "start"), list(_cells(network))
    _check(row, cells, longest, gain)
    given = Given(np.random.default_rng(seed), longest, gain)
    for weight in network.trainable_weights:
        weight.assign(_default(weight.name, tuple(weight.shape), given.random))
    for cell in cells:
        if _kind(cell) == "lstm":
            cell.bias.assign(_side_by_side(cell, f=np.ones(cell.units)))
        if row.change is not None:
            row.change(cell, given)


def _cells(network: Any) -> Iterator[Any]:
    """Give the cells that recur over days; a decoder's, over days ahead, is not among them."""
    for layer in network.layers:
        directions = (getattr(layer, f"{way}_layer", None) for way in ("forward", "backward"))
        for one in (layer, *directions):
            cell = getattr(one, "cell", None)
            if _kind(cell) is not None:
                yield cell


def _kind(cell: Any) -> str | None:
    return KINDS.get(type(cell).__name__)


def _check(row: Start, cells: list[Any], longest: int | None, gain: float) -> None:
    """Refuse what the start is not defined for."""
    kinds = dict.fromkeys(map(_kind, cells))
    wrong = [kind for kind in kinds if kind not in row.kinds]
    if wrong or (row.change is not None and not kinds):
        raise ValueError(
            f"The start {row.name} is for {', '.join(row.kinds)}: this network has "
            f"{' and '.join(map(str, wrong)) or 'no'} layers."
        )
    for cell in cells:
        if row.activation not in (None, cell.activation.__name__):
            raise ValueError(
                f"The start {row.name} is for the activation {row.activation}, not for "
                f"{cell.activation.__name__}: build the network with it."
            )
    if row.longest and (longest is None or longest < 2):
        raise ValueError(
            f"The start {row.name} is for a longest memory of 2 days or more: give longest, which "
            f"is {longest}."
        )
    if gain != 1.0 and not row.gain:
        raise ValueError(f"The start {row.name} has no gain: leave it at 1, not {gain}.")


def _default(name: str, shape: tuple[int, ...], random: np.random.Generator) -> Array:
    """Draw a weight as Keras does."""
    if "bias" in name or name == "feedback_kernel":  # of a Jordan cell
        return np.zeros(shape)
    if name == "recurrent_kernel":
        return _orthonormal(shape, random)
    inputs, outputs = np.prod(shape[:-1]), np.prod(shape[:-2]) * shape[-1]
    limit = np.sqrt(6.0 / (inputs + outputs))
    return random.uniform(-limit, limit, shape)


def _orthonormal(shape: tuple[int, ...], random: np.random.Generator) -> Array:
    """Draw a matrix (h, n h) with orthonormal rows, all of them equally likely."""
    q, r = np.linalg.qr(random.normal(size=shape[::-1]))
    answer: Array = (q * np.sign(np.diag(r))).T
    return answer


def _side_by_side(cell: Any, **gates: Array) -> Array:
    """Return a bias with those of some gates set, in Keras's order, and the others zero."""
    order = "ifco" if _kind(cell) == "lstm" else "zrh"
    row = np.concatenate([gates.get(gate, np.zeros(cell.units)) for gate in order])
    # A GRU that resets after the product has a second bias, within the state's part.
    return np.stack([row, 0.0 * row]) if len(cell.bias.shape) == 2 else row


def _chrono(cell: Any, given: Given) -> None:
    """Let gates keep the state for 2 … T_max days.

    The paper's GRU keeps 1 − z of the state, Keras's z: so its bias is ln u, not −ln u.
    """
    assert given.longest is not None  # `_check` has seen to it
    keep = np.log(given.random.uniform(1.0, given.longest - 1.0, cell.units))
    gates = {"f": keep, "i": -keep} if _kind(cell) == "lstm" else {"z": keep}
    cell.bias.assign(_side_by_side(cell, **gates))


def _orthogonal(cell: Any, given: Given) -> None:
    """Make the matrix of each gate orthogonal; Keras makes the rows of all together so."""
    h, width = tuple(cell.recurrent_kernel.shape)
    matrices = [_orthonormal((h, h), given.random) for _ in range(width // h)]
    cell.recurrent_kernel.assign(given.gain * np.concatenate(matrices, axis=1))


def _identity(cell: Any, given: Given) -> None:
    """Let each unit add up what it is given; the bias is zero already."""
    cell.recurrent_kernel.assign(given.gain * np.eye(cell.units))
    cell.kernel.assign(given.random.normal(0.0, SMALL, tuple(cell.kernel.shape)))


STARTS = {
    row.name: row
    for row in (
        Start("default", "Keras's", "recurrent matrices side by side with orthonormal rows"),
        Start(
            "chrono",
            "chrono",
            "gates that keep the state for 2 to `longest` days (Tallec, Ollivier 2018)",
            _chrono,
            ("lstm", "gru", "memory"),
            longest=True,
        ),
        Start(
            "orthogonal",
            "orthogonal",
            "the matrix of each gate orthogonal (Saxe et al. 2014)",
            _orthogonal,
            gain=True,
        ),
        Start(
            "identity_relu",
            "identity, ReLU",
            "recurrent matrix the identity, rectified linear units (Le et al. 2015)",
            _identity,
            ("elman",),
            activation="relu",
            gain=True,
        ),
    )
}
