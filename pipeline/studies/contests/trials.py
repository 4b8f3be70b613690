"""Trials: one way of learning, from one seed, on one problem, until it is solved or spent.

One evaluation is one forward pass of a network over the fixed sequences of a seed. A gradient is
counted as three: for each product of the pass forth, the pass back computes two, by the weights
and by the state. What an optimiser computes for itself is not counted.

All seeds are evaluated side by side. Shapes as in `pipeline.studies.populations.recurrent`;
the sets S are the seeds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.studies.contests.searches import SEARCHES, WORST
from pipeline.studies.populations.adam import Adam
from pipeline.studies.populations.losses import Loss, mean
from pipeline.studies.populations.recurrent import Network

Array = NDArray[Any]
GRADIENT = 3
"""Forward passes that a gradient costs."""
RATE = 0.01
"""Learning rate of Adam; a third of it and three times it solve no more latches of 200 days."""


@dataclass(frozen=True)
class Problem:
    """What is to be learned."""

    network: Network
    loss: Loss
    shown: Array
    """(S, B, T, F)."""
    answers: Array
    """(D, S, B), of the last D days."""
    solves: Callable[[Array, int], bool] = lambda _weights, _seed: False
    """Whether weights (1, P) solve it for a seed, on sequences that were not shown."""
    error: Callable[[Array, Array], Array] | None = None
    """From outputs and answers to each member's error; weights are tried with `solves` only when it
    is at most `most`. None: there is no such thing as solving it."""
    most: float = 0.0

    @property
    def first(self) -> int:
        """The first day whose output is read."""
        return int(self.shown.shape[2] - self.answers.shape[0])

    def run(self, weights: Array, seeds: list[int]) -> tuple[Array, Array]:
        """Return the outputs of the seeds' members, and the answers beside them."""
        outputs = self.network.outputs_of(weights, self.shown[seeds], self.first)
        return outputs, np.repeat(self.answers[:, seeds], len(weights) // len(seeds), axis=1)


@dataclass
class Trial:
    """What came of one seed."""

    weights: Array
    """(P,): those of the least loss so far."""
    loss: float = np.inf
    solved: int | None = None
    """Evaluations, or gradients, until it was solved."""


@dataclass
class _Notes:
    """Notes what happens to all seeds."""

    problem: Problem
    trials: list[Trial] = field(default_factory=list)

    def take(self, seed: int, weights: Array, losses: Array, errors: Array, spent: int) -> None:
        """Note the losses (m,) and errors (m,) of a seed's points (m, P), the first the next."""
        trial, best = self.trials[seed], int(losses.argmin())
        if losses[best] < trial.loss:
            trial.loss, trial.weights = float(losses[best]), weights[best].copy()
        for place in np.flatnonzero(errors <= self.problem.most)[:1]:
            if trial.solved is None and self.problem.solves(weights[place : place + 1], seed):
                trial.solved = spent + int(place) + 1

    def judged(self, outputs: Array, answers: Array) -> tuple[Array, Array]:
        """Return losses and errors of all members."""
        losses = np.nan_to_num(mean(self.problem.loss, outputs, answers), nan=WORST, posinf=WORST)
        if self.problem.error is None:
            return losses, np.full(len(losses), np.inf)
        return losses, self.problem.error(outputs, answers)

    def left(self) -> list[int]:
        """Return the seeds that have not solved it."""
        return [seed for seed, trial in enumerate(self.trials) if trial.solved is None]


def search(problem: Problem, name: str, seeds: int, budget: int) -> list[Trial]:
    """Search without gradients; a trial a seed.

    Parameters
    ----------
    problem
        What is to be learned.
    name
        One of `SEARCHES`.
    seeds
        S.
    budget
        Evaluations of each seed.
    """
    kind, parameters = SEARCHES[name], problem.network.parameters
    generators = [np.random.default_rng([seed, len(name)]) for seed in range(seeds)]
    searches = [kind(parameters, budget, random) for random in generators]
    notes = _Notes(problem, [Trial(np.zeros(parameters)) for _ in range(seeds)])
    spent, left = 0, notes.left()
    while left and spent < budget:
        asked = [searches[seed].ask() for seed in left]
        weights = np.concatenate(asked).astype(problem.shown.dtype)
        outputs, answers = problem.run(weights, left)
        losses, errors = notes.judged(outputs, answers)
        size = len(asked[0])
        for place, seed in enumerate(left):
            own = slice(place * size, (place + 1) * size)
            notes.take(seed, weights[own], losses[own], errors[own], spent)
            searches[seed].tell(losses[own])
        spent, left = spent + size, notes.left()
    return notes.trials


def descend(problem: Problem, seeds: int, budget: int) -> list[Trial]:
    """Descend along gradients that are backpropagated through all days; a trial a seed.

    Parameters
    ----------
    problem, seeds
        As of `search`.
    budget
        Gradients of each seed.
    """
    network, adam = problem.network, Adam(RATE)
    generators = [np.random.default_rng([seed, 0]) for seed in range(seeds)]
    drawn = [network.first(1, random) for random in generators]
    weights = np.concatenate(drawn).astype(problem.shown.dtype)
    notes = _Notes(problem, [Trial(own) for own in weights])
    every = list(range(seeds))
    for spent in range(budget):
        seen = network.run(weights, problem.shown)
        outputs = network.read(weights, seen, problem.first)
        losses, errors = notes.judged(outputs, problem.answers)
        for seed in every:
            one = slice(seed, seed + 1)
            notes.take(seed, weights[one], losses[one], errors[one], spent)
        if not notes.left():
            break
        slope = problem.loss.slope(outputs, problem.answers)
        weights = adam.step(weights, network.gradient(weights, seen, slope, problem.first))
    return notes.trials
