"""Models that forecast the next day of sequences: hidden Markov models and small networks.

Each is fitted to a seed's sequences and scored on others: minus the log probability, or density, of
each day given those before it (nats), B × T.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.evaluation.student import fit as fit_student
from pipeline.evaluation.student import symmetric
from pipeline.studies.populations.adam import Adam
from pipeline.studies.populations.losses import CrossEntropy, Loss, StudentLoss
from pipeline.studies.populations.recurrent import KINDS
from pipeline.studies.sequences.hidden_markov import fit, parameters

Given = tuple[NDArray[Any], NDArray[Any], int]
"""Sequences (B × T) to learn from, others to be scored on, and the number of symbols; 0: numbers,
and NaN where there is a gap in those that are scored."""
NETWORKS = {"elman": ("elman", 7), "gru": ("gru", 4), "wider gru": ("gru", 9)}
"""Name → kind and units. The first two have as many parameters as a model of 8 states, within some
fifth; the third has four times as many."""
STATES = (1, 2, 3, 4, 6, 8)
NORMAL = ", normal"
"""What follows the name of a network whose head has no tails."""
STEPS, RATE, WARM = 200, 0.02, 10
"""Gradient steps on all sequences, Adam's rate, and the days of each that are not learned from."""


@dataclass(frozen=True)
class Scored:
    """What a model of a seed is called, its size, and its scores."""

    model: str
    parameters: int
    seed: int
    scores: NDArray[Any]


def hidden_markov(given: Sequence[Given], starts: int) -> Iterator[Scored]:
    """Fit hidden Markov models of 1 to 8 states, each from a number of starts."""
    for seed, (learned, tested, symbols) in enumerate(given):
        for states in STATES:
            random = np.random.default_rng([seed, states])
            scores = fit(learned, states, symbols, starts, random).scores(tested)
            name = f"{states} state{'s' * (states > 1)}"
            yield Scored(name, parameters(states, symbols), seed, scores)


def constant(name: str, given: Sequence[Given]) -> Iterator[Scored]:
    """Fit one Student-t distribution to all days."""
    for seed, (learned, tested, _) in enumerate(given):
        middle = learned.mean()
        scale, df = fit_student(learned - middle)
        location, spread, tails = (np.full(tested.size, value) for value in (middle, scale, df))
        density = symmetric(location, spread, tails).log_density(tested.ravel())
        yield Scored(name, 3, seed, -density.reshape(tested.shape))


def network(name: str, given: Sequence[Given]) -> Iterator[Scored]:
    """Train one of `NETWORKS` from each seed; of numbers, with a Student-t and a normal head."""
    symbols = given[0][2]
    if symbols:
        yield from _trained(name, name, CrossEntropy(), symbols - 1, given)
    else:
        yield from _trained(name, name, StudentLoss(), 3, given)
        yield from _trained(f"{name}{NORMAL}", name, StudentLoss(tails=False), 2, given)


def _trained(
    title: str, name: str, loss: Loss, outputs: int, given: Sequence[Given]
) -> Iterator[Scored]:
    """Train a network from each seed, all side by side, and score it."""
    learned, tested = (np.stack([own[part] for own in given]) for part in (0, 1))
    symbols = given[0][2]
    shown, answers = _as_inputs(learned, symbols)
    kind, units = NETWORKS[name]
    net = KINDS[kind](shown.shape[-1], units, outputs)
    drawn = [net.first(1, np.random.default_rng([seed, units])) for seed in range(len(given))]
    weights, adam = np.concatenate(drawn).astype(np.float32), Adam(RATE)
    for _ in range(STEPS):
        seen = net.run(weights, shown)
        slope = loss.slope(net.read(weights, seen, WARM), answers[WARM:])
        weights = adam.step(weights, net.gradient(weights, seen, slope, WARM))
    shown, answers = _as_inputs(tested, symbols)
    scores = loss.each(net.outputs_of(weights, shown, 0), answers)
    for seed, own in enumerate(scores.transpose(1, 2, 0)):
        # The first day cannot be forecast from anything.
        yield Scored(title, net.parameters, seed, np.insert(own, 0, np.nan, axis=1))


def _as_inputs(shown: NDArray[Any], symbols: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return what a network is shown (S, B, T − 1, F), and is asked (T − 1, S, B).

    A symbol is shown as −1 and 1, one feature each but for the first symbol; a gap of numbers as 0.
    """
    before, answers = shown[..., :-1], shown[..., 1:].transpose(2, 0, 1)
    if symbols:
        inputs = 2.0 * (before[..., None] == np.arange(1, symbols)) - 1.0
    else:
        inputs = np.nan_to_num(before)[..., None]
    return inputs.astype(np.float32), answers
