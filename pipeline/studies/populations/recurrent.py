r"""Populations of small recurrent networks, all of them run in one batched product a day.

Each member has weights of its own, so that a population of a search, or trainings from many first
weights, cost one pass. Elman (1990) and the GRU of Cho et al. (2014), equations as of
`models.elman` and `models.gru`; outputs are linear in the state:

.. math:: y_t = V h_t + c

Gradients are backpropagated through all days (P. J. Werbos, "Backpropagation through time: what it
does and how to do it", Proceedings of the IEEE 78, 1990). The type of the weights, float32 or
float64, is that of all results.

Shapes: M members, S sets of sequences (M a multiple of S: the first M / S members see the first
set, and so on), B sequences, T days, F features, H units, O outputs, P parameters.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True)
class Network(ABC):
    """The sizes of all members."""

    features: int
    units: int
    outputs: int

    gates = 1
    """Maps of the state before and the day's features, each as wide as the state."""

    @property
    def width(self) -> int:
        """H + F + 1: what a map reads, which is the state before, the features and a one."""
        return self.units + self.features + 1

    @property
    def parameters(self) -> int:
        """P."""
        return self.gates * self.units * self.width + self.outputs * (self.units + 1)

    def first(self, members: int, random: np.random.Generator) -> Array:
        """Draw first weights (M, P) as Keras does.

        Orthogonal from state to state, uniform after Glorot and Bengio (2010) else, biases zero.
        """
        maps, readout = self.split(np.zeros((members, self.parameters)))
        for gate in range(self.gates):
            columns = slice(gate * self.units, (gate + 1) * self.units)
            square = random.normal(size=(members, self.units, self.units))
            turned, triangle = np.linalg.qr(square)
            signs = np.sign(np.diagonal(triangle, axis1=1, axis2=2))
            maps[:, : self.units, columns] = turned * signs[:, None, :]
        fans = ((maps[:, self.units : -1], self.features + self.gates * self.units),)
        for part, fan in (*fans, (readout[:, :-1], self.units + self.outputs)):
            part[...] = random.uniform(-1.0, 1.0, part.shape) * np.sqrt(6.0 / fan)
        return joined(maps, readout)

    def split(self, weights: Array) -> tuple[Array, Array]:
        """Return views of weights (M, P): maps (M, H + F + 1, gates · H), readout (M, H + 1, O)."""
        cut = self.gates * self.units * self.width
        return (
            weights[:, :cut].reshape(-1, self.width, self.gates * self.units),
            weights[:, cut:].reshape(-1, self.units + 1, self.outputs),
        )

    @abstractmethod
    def step(self, maps: Array, seen: Array) -> Array:
        """Return the states (M, B, H) after a day on which (M, B, H + F + 1) was seen."""

    def run(self, weights: Array, shown: Array) -> Array:
        """Run all members over their sequences, and keep all that they saw.

        Parameters
        ----------
        weights
            (M, P).
        shown
            (S, B, T, F).

        Returns
        -------
        ndarray
            (T + 1, M, B, H + F + 1): the state at the end of the day before, the day's features, a
            one. The last has the last state and no features.
        """
        maps, days, members = self.split(weights)[0], shown.shape[2], len(weights) // len(shown)
        seen = np.zeros((days + 1, len(weights), shown.shape[1], self.width), weights.dtype)
        seen[:-1, ..., self.units : -1] = np.repeat(shown.transpose(2, 0, 1, 3), members, axis=1)
        seen[..., -1] = 1.0
        for day in range(days):
            seen[day + 1, ..., : self.units] = self.step(maps, seen[day])
        return seen

    def read(self, weights: Array, seen: Array, first: int) -> Array:
        """Return the outputs at the end of the days from `first` on: (T − first, M, B, O)."""
        readout = self.split(weights)[1]
        return seen[first + 1 :, ..., : self.units] @ readout[:, :-1] + readout[:, -1:]

    def outputs_of(self, weights: Array, shown: Array, first: int) -> Array:
        """Return what `read` makes of `run`, and keep no more than a day at a time."""
        maps, readout = self.split(weights)
        members, days = len(weights) // len(shown), shown.shape[2]
        seen = np.zeros((len(weights), shown.shape[1], self.width), weights.dtype)
        seen[..., -1] = 1.0
        found = np.empty((days - first, *seen.shape[:2], self.outputs), weights.dtype)
        for day in range(days):
            seen[..., self.units : -1] = np.repeat(shown[:, :, day], members, axis=0)
            seen[..., : self.units] = self.step(maps, seen)
            if day >= first:
                found[day - first] = seen[..., : self.units] @ readout[:, :-1] + readout[:, -1:]
        return found

    @abstractmethod
    def back(self, weights: Array, seen: Array, slope: Array, first: int) -> Array:
        """Return the slope by the maps (M, H + F + 1, gates · H), given that by the states.

        Parameters
        ----------
        weights
            (M, P).
        seen
            What `run` returned.
        slope
            (T − first, M, B, H): of the loss by the states at the end of the days from `first` on,
            as they are read.
        first
            The first day whose state is read.
        """

    def gradient(self, weights: Array, seen: Array, slope: Array, first: int) -> Array:
        """Return the gradient (M, P) of the loss, given its slope by the outputs.

        Parameters
        ----------
        weights, seen, first
            As of `back`.
        slope
            (T − first, M, B, O): of each member's loss by its outputs.
        """
        readout = self.split(weights)[1]
        states = seen[first + 1 :, ..., : self.units]
        by_readout = np.concatenate(
            [
                np.einsum("tmbh,tmbo->mho", states, slope, optimize=True),
                slope.sum(axis=(0, 2))[:, None],
            ],
            axis=1,
        )
        by_states = slope @ readout[:, :-1].transpose(0, 2, 1)
        return joined(self.back(weights, seen, by_states, first), by_readout)


class Elman(Network):
    """h_t = tanh(W x_t + U h_{t−1} + b)."""

    def step(self, maps: Array, seen: Array) -> Array:
        """Return the states after a day; see `Network.step`."""
        return np.asarray(np.tanh(seen @ maps))

    def back(self, weights: Array, seen: Array, slope: Array, first: int) -> Array:
        """Return the slope by the maps; see `Network.back`."""
        maps, units = self.split(weights)[0], self.units
        found, carried = np.zeros_like(maps), np.zeros_like(seen[0, ..., :units])
        to_state = np.ascontiguousarray(maps[:, :units].transpose(0, 2, 1))
        for day in reversed(range(len(seen) - 1)):
            by_state = carried + slope[day - first] if day >= first else carried
            by_sum = by_state * (1.0 - seen[day + 1, ..., :units] ** 2)
            found += seen[day].transpose(0, 2, 1) @ by_sum
            carried = by_sum @ to_state
        return found


class GRU(Network):
    """The gated recurrent unit: columns of the maps are update, reset, candidate."""

    gates = 3

    def step(self, maps: Array, seen: Array) -> Array:
        """Return the states after a day; see `Network.step`."""
        update, _, _, candidate = self._gates(maps, seen)
        return np.asarray(update * seen[..., : self.units] + (1.0 - update) * candidate)

    def _gates(self, maps: Array, seen: Array) -> tuple[Array, Array, Array, Array]:
        """Return a day's update, reset, what the candidate reads, and the candidate."""
        units = self.units
        both = 0.5 + 0.5 * np.tanh(0.5 * (seen @ maps[..., : 2 * units]))
        update, reset = both[..., :units], both[..., units:]
        reads = seen.copy()
        reads[..., :units] *= reset
        return update, reset, reads, np.tanh(reads @ maps[..., 2 * units :])

    def back(self, weights: Array, seen: Array, slope: Array, first: int) -> Array:
        """Return the slope by the maps; see `Network.back`."""
        maps, units = self.split(weights)[0], self.units
        found, carried = np.zeros_like(maps), np.zeros_like(seen[0, ..., :units])
        turned = np.ascontiguousarray(maps[:, :units].transpose(0, 2, 1))
        for day in reversed(range(len(seen) - 1)):
            by_state = carried + slope[day - first] if day >= first else carried
            update, reset, reads, candidate = self._gates(maps, seen[day])
            before = seen[day, ..., :units]
            by_candidate = by_state * (1.0 - update) * (1.0 - candidate**2)
            by_read = by_candidate @ turned[:, 2 * units :]
            by_update = by_state * (before - candidate) * update * (1.0 - update)
            by_reset = by_read * before * reset * (1.0 - reset)
            by_gates = np.concatenate([by_update, by_reset], axis=-1)
            found[..., : 2 * units] += seen[day].transpose(0, 2, 1) @ by_gates
            found[..., 2 * units :] += reads.transpose(0, 2, 1) @ by_candidate
            carried = by_state * update + by_read * reset + by_gates @ turned[:, : 2 * units]
        return found


def joined(maps: Array, readout: Array) -> Array:
    """Return weights (M, P) of maps and readout, as `Network.split` takes them apart."""
    return np.concatenate([part.reshape(len(part), -1) for part in (maps, readout)], axis=1)


KINDS: dict[str, type[Network]] = {"elman": Elman, "gru": GRU}
