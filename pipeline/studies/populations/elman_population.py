r"""Many small Elman networks that are trained at once, each from its own first weights.

.. math:: h_t = \tanh(x_t W + h_{t-1} U + b), \qquad y = h_T V + c

The networks are the first axis of every array, and a product of all of them is one batched product
of NumPy: what a seed costs is its arithmetic alone. The gradient is that of backpropagation through
time (P. Werbos, Proceedings of the IEEE 78, 1990).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
RADIUS = 0.95
"""Spectral radius that recurrent matrices begin with."""


class Weights(NamedTuple):
    """The variables of S networks of h units, or their gradients."""

    inputs: Array
    """W, (S, d, h)."""
    recurrent: Array
    """U, (S, h, h)."""
    bias: Array
    """b, (S, 1, h)."""
    readout: Array
    """V, (S, h, classes)."""
    readout_bias: Array
    """c, (S, 1, classes)."""

    def of(self, members: Any) -> Weights:
        """Return the variables of some of the networks."""
        return Weights(*(variable[members] for variable in self))


class Pass(NamedTuple):
    """What one pass forwards and back through time found."""

    loss: Array
    """Mean cross entropy (nats), (S,)."""
    gradient: Weights
    """Of the loss."""
    constraint: Array
    """Ω, (S,); see `constrained`."""
    constraint_gradient: Array
    """∂⁺Ω/∂U, (S, h, h)."""


class Room:
    """Arrays that are used again in the next step.

    A system takes longer to hand out new ones than NumPy takes to fill them.
    """

    def __init__(self) -> None:
        self._kept: dict[str, Array] = {}

    def empty(self, name: str, like: Array, shape: tuple[int, ...]) -> Array:
        """Return an array of a shape and of the type of another, with anything in it."""
        kept = self._kept.get(name)
        if kept is None or kept.shape != shape or kept.dtype != like.dtype:
            kept = self._kept[name] = np.empty(shape, like.dtype)
        return kept


def begin(
    members: int, features: int, units: int, classes: int, random: np.random.Generator
) -> Weights:
    """Draw first weights: normal, U scaled to a spectral radius of `RADIUS`; biases are 0."""

    def normal(rows: int, columns: int) -> Array:
        return random.normal(0.0, 1.0 / np.sqrt(rows), (members, rows, columns))

    recurrent = normal(units, units)
    radii = np.abs(np.linalg.eigvals(recurrent)).max(axis=1)
    drawn = Weights(
        normal(features, units),
        recurrent * (RADIUS / radii)[:, None, None],
        np.zeros((members, 1, units)),
        normal(units, classes),
        np.zeros((members, 1, classes)),
    )
    return Weights(*(variable.astype(np.float32) for variable in drawn))


def forward(weights: Weights, shown: Array, room: Room | None = None) -> tuple[Array, Array]:
    """Run the networks over sequences of their own.

    Parameters
    ----------
    weights
        Of S networks.
    shown
        (S, days, batch, d).
    room
        Where the states lie; None: they are the caller's to keep.

    Returns
    -------
    states
        h, (S, days + 1, batch, h), of which the first is 0.
    logits
        (S, batch, classes).
    """
    members, days, batch, features = shown.shape
    units = weights.recurrent.shape[1]
    states = (room or Room()).empty("states", shown, (members, days + 1, batch, units))
    states[:, 0] = 0.0
    driven = states[:, 1:].reshape(members, days * batch, units)  # a view
    np.matmul(shown.reshape(members, days * batch, features), weights.inputs, out=driven)
    driven += weights.bias
    product = np.empty_like(states[:, 0])
    for day in range(days):
        now = states[:, day + 1]
        now += np.matmul(states[:, day], weights.recurrent, out=product)
        np.tanh(now, out=now)
    return states, states[:, -1] @ weights.readout + weights.readout_bias


def backward(
    weights: Weights,
    shown: Array,
    answers: Array,
    *,
    constrain: bool = False,
    room: Room | None = None,
) -> Pass:
    """Return losses and their gradients.

    Parameters
    ----------
    weights, shown
        As of `forward`.
    answers
        Classes, (S, batch).
    constrain
        Whether the soft constraint is measured, too; else it is 0.
    room
        What lies there is lost.
    """
    room = room or Room()
    states, logits = forward(weights, shown, room)
    loss, error = _cross_entropy(logits, answers)
    deltas = _slopes(states, room.empty("deltas", states, states[:, 1:].shape))
    turned = np.ascontiguousarray(weights.recurrent.swapaxes(1, 2))
    back = error @ weights.readout.swapaxes(1, 2)
    for day in reversed(range(deltas.shape[1])):
        delta = deltas[:, day]
        delta *= back
        np.matmul(delta, turned, out=back)
    flat = _flat(deltas)
    gradient = Weights(
        _flat(shown).swapaxes(1, 2) @ flat,
        _flat(states[:, :-1]).swapaxes(1, 2) @ flat,
        flat.sum(axis=1, keepdims=True),
        states[:, -1].swapaxes(1, 2) @ error,
        error.sum(axis=1, keepdims=True),
    )
    if constrain:
        return Pass(loss, gradient, *constrained(deltas, states, room))
    return Pass(loss, gradient, np.zeros_like(loss), np.zeros_like(weights.recurrent))


def constrained(deltas: Array, states: Array, room: Room) -> tuple[Array, Array]:
    r"""Return the soft constraint Ω on the norm of what is propagated back, and its gradient.

    .. math:: Ω = \frac{1}{T - 1} \sum_t
        \left( \frac{‖(δ_t U^⊤) ⊙ σ'_{t-1}‖}{‖δ_t‖} - 1 \right)^2

    as a mean over the batch, with :math:`δ_t = ∂L/∂a_t` of what goes into σ. Source: R. Pascanu,
    T. Mikolov and Y. Bengio, "On the difficulty of training recurrent neural networks", ICML 2013.
    As there, δ and σ' are taken as given: only the U that is written there is derived (∂⁺). The
    sum is theirs, the mean over days ours, so that one weight means the same at all lengths. A day
    whose δ has vanished from float32 has no part.

    Parameters
    ----------
    deltas
        δ, (S, days, batch, h). There is an error at the end of sequences alone, so that
        :math:`δ_{t-1} = (δ_t U^⊤) ⊙ σ'_{t-1}`.
    states
        h, (S, days + 1, batch, h).
    room
        For what is needed on the way.

    Returns
    -------
    constraint, gradient
        (S,), (S, h, h).
    """
    square = np.einsum("sdbh,sdbh->sdb", deltas, deltas)[..., None]
    norms, there = np.sqrt(square), (square[:, 1:] > 0.0) & (square[:, :-1] > 0.0)
    ratio = np.divide(norms[:, :-1], norms[:, 1:], out=np.ones_like(norms[:, 1:]), where=there)
    # Of lengths that are nearly nothing the product would be nothing: each is divided by its own.
    far, near = (np.where(there, part, np.inf) for part in (norms[:, :-1], norms[:, 1:]))
    number = max(1, there[0].size)
    part = deltas[:, 1:].shape
    left = _slopes(states[:, :-1], room.empty("left", deltas, part))
    left *= deltas[:, :-1]
    left /= far
    right = room.empty("right", deltas, part)
    np.multiply(2.0 / number * (ratio - 1.0) / near, deltas[:, 1:], out=right)
    constraint = np.square(ratio - 1.0).sum(axis=(1, 2, 3)) / number
    return constraint, _flat(left).swapaxes(1, 2) @ _flat(right)


def _slopes(states: Array, out: Array) -> Array:
    """Return σ' of all days, (S, days, batch, h), from h of these and the one before."""
    np.square(states[:, 1:], out=out)
    return np.subtract(1.0, out, out=out)


def _cross_entropy(logits: Array, answers: Array) -> tuple[Array, Array]:
    """Return the mean loss of each network, (S,), and its gradient by the logits."""
    shifted = logits - logits.max(axis=2, keepdims=True)
    likelihood = shifted - np.log(np.exp(shifted).sum(axis=2, keepdims=True))
    told = np.eye(logits.shape[2], dtype=logits.dtype)[answers.astype(int)]
    loss = -(told * likelihood).sum(axis=2).mean(axis=1)
    return loss, (np.exp(likelihood) - told) / logits.shape[1]


def _flat(days: Array) -> Array:
    """Return (S, days · batch, …) from (S, days, batch, …)."""
    return days.reshape(len(days), -1, days.shape[3])
