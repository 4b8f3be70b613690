"""Products of a state with recurrent matrices, forwards and backwards."""

from __future__ import annotations

from typing import Any

from keras import ops

from models.recurrence.scan import Tensors


class Products:
    """Products of h_{t-1} with the recurrent matrices, in groups of gates that are made at once.

    Parameters
    ----------
    kernels
        A matrix a group, (h, gates·h).
    biases
        As many, (gates·h,); empty: none.
    dropped
        Masks of recurrent dropout, (all gates, batch, h); None: nothing is dropped.
    """

    def __init__(self, kernels: Tensors, biases: Tensors = (), dropped: Any = None) -> None:
        self.kernels, self.biases, self.dropped = kernels, biases, dropped
        self.turned = tuple(map(ops.transpose, kernels))

    def forward(self, group: int, state: Any) -> Any:
        """Return the product of a group: (batch, h) → (batch, gates·h)."""
        kernel = self.kernels[group]
        if self.dropped is None:
            answer = ops.matmul(state, kernel)
        else:
            gates = [ops.matmul(state * m, kernel[:, at]) for m, at in self._gates(group)]
            answer = ops.concatenate(gates, axis=-1)
        return answer + self.biases[group] if self.biases else answer

    def backward(self, group: int, gradient: Any) -> Any:
        """Return the gradient of the state, (batch, h), from that of its product."""
        turned = self.turned[group]
        if self.dropped is None:
            return ops.matmul(gradient, turned)
        gates = self._gates(group)
        return sum(m * ops.matmul(gradient[:, at], turned[at]) for m, at in gates)

    def weights(self, group: int, states: Any, gradients: Any) -> Any:
        """Return the gradient of a group's matrix.

        Parameters
        ----------
        group
            Which.
        states, gradients
            What it was multiplied with, (T, batch, h), and the gradients of the products, (T,
            batch, gates·h).
        """
        if self.dropped is None:
            return _outer(states, gradients)
        gates = [_outer(states * m, gradients[..., at]) for m, at in self._gates(group)]
        return ops.concatenate(gates, axis=-1)

    def _gates(self, group: int) -> list[tuple[Any, slice]]:
        """Return the mask and the columns of each gate of a group."""
        units = self.kernels[0].shape[0]
        first = sum(kernel.shape[1] for kernel in self.kernels[:group]) // units
        number = self.kernels[group].shape[1] // units
        return [
            (self.dropped[first + gate], slice(gate * units, (gate + 1) * units))
            for gate in range(number)
        ]


def _outer(states: Any, gradients: Any) -> Any:
    """Return Σ state ⊗ gradient over days and batch."""
    flat = ops.reshape(states, (-1, states.shape[-1]))
    return ops.matmul(ops.transpose(flat), ops.reshape(gradients, (-1, gradients.shape[-1])))
