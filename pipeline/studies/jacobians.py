r"""Jacobians of recurrent cells in closed form, and the norms of their products over days.

The influence of the state of day t on that of day T is

.. math:: \frac{∂s_T}{∂s_t} = J_T J_{T-1} ⋯ J_{t+1}, \qquad J_k = \frac{∂s_k}{∂s_{k-1}}

Of an Elman network :math:`J_k = \mathrm{diag}(σ'(a_k)) U^⊤`, so that

.. math:: \Bigl\|\frac{∂s_T}{∂s_t}\Bigr\|_2 ≤ \prod_k \max_i σ'(a_k)_i · \|U\|_2 ≤ \|U\|_2^{T-t}

where the last step needs slopes of at most 1. Source: R. Pascanu, T. Mikolov and Y. Bengio, "On
the difficulty of training recurrent neural networks", ICML 2013. The equations of the cells are
those of `models.elman`, `models.lstm` and `models.gru`, the order of the gates is Keras's, and
:math:`J_{ij}` is the derivative of the i-th new state with respect to the j-th old one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Weights = Mapping[str, Array]
"""`kernel`, `recurrent_kernel` and `bias` as Keras keeps them."""
Course = tuple[Array, Array]
"""States after each day (n, T, S), and the Jacobians of each day (n, T, S, S)."""
Day = Callable[[Array, Array], tuple[Array, Array]]
"""From a_t = W x_t + b and the states before, what comes after, and its Jacobian."""


def elman(weights: Weights, inputs: Array, activation: str = "tanh") -> Course:
    """Run an Elman cell over inputs (n, T, d) with h_0 = 0; S = h.

    Parameters
    ----------
    weights
        Of the cell.
    inputs
        (n, T, d).
    activation
        `tanh` or `relu`.
    """
    u = weights["recurrent_kernel"]
    activate, slope = ACTIVATIONS[activation]

    def day(a: Array, h: Array) -> tuple[Array, Array]:
        new = activate(a + h @ u)
        return new, _rows(slope(new), u.T)

    return _run(day, inputs @ weights["kernel"] + weights["bias"], len(u))


def lstm(weights: Weights, inputs: Array) -> Course:
    """Run an LSTM cell over inputs (n, T, d); the state is [h_t ; c_t], S = 2 h."""
    recurrent = weights["recurrent_kernel"]
    u_i, u_f, u_g, u_o = (gate.T for gate in np.split(recurrent, 4, axis=1))

    def day(a: Array, state: Array) -> tuple[Array, Array]:
        h, c = np.split(state, 2, axis=1)
        i, f, g, o = np.split(a + h @ recurrent, 4, axis=1)
        i, f, g, o = _logistic(i), _logistic(f), np.tanh(g), _logistic(o)
        kept = f * c + i * g
        shown = np.tanh(kept)
        c_by_h = _rows(g * i * (1.0 - i), u_i) + _rows(c * f * (1.0 - f), u_f)
        c_by_h += _rows(i * (1.0 - g * g), u_g)
        through = o * (1.0 - shown * shown)
        h_by_h = _rows(shown * o * (1.0 - o), u_o) + _rows(through, c_by_h)
        top = np.concatenate([h_by_h, _diagonal(through * f)], axis=2)
        bottom = np.concatenate([c_by_h, _diagonal(f)], axis=2)
        return np.concatenate([o * shown, kept], axis=1), np.concatenate([top, bottom], axis=1)

    return _run(day, inputs @ weights["kernel"] + weights["bias"], 2 * len(recurrent))


def gru(weights: Weights, inputs: Array, reset_after: bool = False) -> Course:
    """Run a GRU cell over inputs (n, T, d); S = h.

    Parameters
    ----------
    weights
        Of the cell.
    inputs
        (n, T, d).
    reset_after
        Whether r resets the product with h, as in cuDNN, or h itself, as in the textbook.
    """
    recurrent, bias = weights["recurrent_kernel"], weights["bias"]
    u_z, u_r, u_h = np.split(recurrent, 3, axis=1)
    given, past = (bias[0], bias[1]) if reset_after else (bias, np.zeros_like(bias))
    b_z, b_r, b_h = np.split(past, 3)

    def day(a: Array, h: Array) -> tuple[Array, Array]:
        a_z, a_r, a_h = np.split(a, 3, axis=1)
        z, r = _logistic(a_z + h @ u_z + b_z), _logistic(a_r + h @ u_r + b_r)
        if reset_after:
            product = h @ u_h + b_h
            new = np.tanh(a_h + r * product)
            by_h = _rows(r, u_h.T) + _rows(product * r * (1.0 - r), u_r.T)
        else:
            new = np.tanh(a_h + (r * h) @ u_h)
            by_h = u_h.T @ (_diagonal(r) + _rows(h * r * (1.0 - r), u_r.T))
        jacobian = _diagonal(z) + _rows((h - new) * z * (1.0 - z), u_z.T)
        jacobian += _rows((1.0 - z) * (1.0 - new * new), by_h)
        return z * h + (1.0 - z) * new, jacobian

    return _run(day, inputs @ weights["kernel"] + given, len(recurrent))


def norms(jacobians: Array, lags: Sequence[int]) -> Array:
    """Return ‖∂s_T/∂s_t‖₂ of the last day T, (n, lags).

    Parameters
    ----------
    jacobians
        (n, T, S, S), of each day.
    lags
        T − t in days, rising from 1 or more, up to T.
    """
    product = np.broadcast_to(np.eye(jacobians.shape[-1]), jacobians[:, 0].shape)
    answer = []
    for lag in range(1, lags[-1] + 1):
        product = product @ jacobians[:, -lag]
        if lag in lags:
            answer.append(np.linalg.norm(product, 2, axis=(1, 2)))
    return np.stack(answer, axis=1)


def largest_slopes(states: Array, activation: str = "tanh") -> Array:
    """Return max_i σ'(a_t)_i of an Elman cell, (n, T), from its states h_t = σ(a_t)."""
    slopes: Array = ACTIVATIONS[activation][1](states).max(axis=2)
    return slopes


ACTIVATIONS: dict[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "tanh": (np.tanh, lambda y: 1.0 - y * y),
    "relu": (lambda x: np.maximum(x, 0.0), lambda y: (y > 0.0).astype(np.float64)),
}
"""σ, and σ' as a function of y = σ(x)."""


def _run(day: Day, a: Array, size: int) -> Course:
    """Run over days, from a state of zeros."""
    state, states, jacobians = np.zeros((len(a), size)), [], []
    for today in range(a.shape[1]):
        state, jacobian = day(a[:, today], state)
        states.append(state)
        jacobians.append(jacobian)
    return np.stack(states, axis=1), np.stack(jacobians, axis=1)


def _logistic(x: Array) -> Array:
    answer: Array = 0.5 * (1.0 + np.tanh(0.5 * x))
    return answer


def _rows(factors: Array, matrix: Array) -> Array:
    """Return diag(factors) times a matrix, or one of each of n: (n, h), (…, h, h) → (n, h, h)."""
    return factors[:, :, None] * matrix


def _diagonal(values: Array) -> Array:
    """Return diag(values): (n, h) → (n, h, h)."""
    return values[:, :, None] * np.eye(values.shape[1])
