"""Random sequences of symbols whose entropy rate is known: no forecast can do better than that."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.studies.sequences.hidden_markov import Chain, categorical, log_scores

Symbols = NDArray[np.int64]


@dataclass(frozen=True)
class Lagged:
    """Bits, each a copy of the one L days before but for flips, and nothing else.

    Given the last L bits, a bit is the one L days ago with probability 1 − q, whatever the others
    are. The L bits in between have to be kept to forecast: as states of a Markov chain, 2^L.
    """

    lag: int
    flips: float = 0.1
    """q."""

    symbols = 2

    def draw(self, number: int, days: int, random: np.random.Generator) -> Symbols:
        """Return sequences (number, days); the first L bits of each are fair coins."""
        bits = random.integers(0, 2, (number, days))
        flipped = random.random((number, days)) < self.flips
        for day in range(self.lag, days):
            bits[:, day] = bits[:, day - self.lag] ^ flipped[:, day]
        return bits

    def best_scores(self, shown: Symbols) -> NDArray[np.float64]:
        """Return the entropy rate for each symbol (number, days)."""
        return np.full(shown.shape, self.entropy_rate())

    def entropy_rate(self) -> float:
        """Return −q ln q − (1 − q) ln(1 − q), in nats a day."""
        q = self.flips
        return -q * math.log(q) - (1.0 - q) * math.log1p(-q)


@dataclass(frozen=True)
class Hidden:
    """Symbols of a hidden Markov chain: each state lasts, and prefers a symbol of its own."""

    states: int = 3
    lasts: float = 0.9
    """Probability of staying in a state; else any other comes."""
    prefers: float = 0.8
    """Probability of the state's own symbol; else any other comes."""

    @property
    def symbols(self) -> int:
        """As many as there are states."""
        return self.states

    @property
    def chain(self) -> Chain:
        """The true start and moves."""
        return Chain(np.full(self.states, 1.0 / self.states), _diagonal(self.states, self.lasts))

    @property
    def emissions(self) -> NDArray[np.float64]:
        """The true probabilities of symbols (columns) in each state."""
        return _diagonal(self.states, self.prefers)

    def draw(self, number: int, days: int, random: np.random.Generator) -> Symbols:
        """Return sequences (number, days), begun in any state."""
        states = random.integers(0, self.states, number)
        shown = np.empty((number, days), np.int64)
        for day in range(days):
            shown[:, day] = self._kept(states, self.prefers, random)
            states = self._kept(states, self.lasts, random)
        return shown

    def _kept(self, states: Symbols, probability: float, random: np.random.Generator) -> Symbols:
        """Keep each number with a probability, else draw one of the others."""
        others = (states + random.integers(1, self.states, len(states))) % self.states
        return np.where(random.random(len(states)) < probability, states, others)

    def best_scores(self, shown: Symbols) -> NDArray[np.float64]:
        """Return minus the log probability (nats) of each symbol given those before it.

        By the forward algorithm with the true parameters; its mean tends to the entropy rate.
        """
        return log_scores(self.chain, categorical(self.emissions, shown))


def _diagonal(size: int, kept: float) -> NDArray[np.float64]:
    matrix = np.full((size, size), (1.0 - kept) / (size - 1))
    np.fill_diagonal(matrix, kept)
    return matrix
