r"""Tasks that ask for memory: sequences whose answer depends on what was shown long before.

Each draws fresh sequences from a generator, so that nothing can be learned by heart. Sources:
S. Hochreiter and J. Schmidhuber, "Long short-term memory", Neural Computation 9 (1997) (adding,
temporal order); M. Arjovsky, A. Shah and Y. Bengio, "Unitary evolution recurrent neural networks",
ICML 2016 (adding on [0, 1], copying); Y. Bengio, P. Simard and P. Frasconi, "Learning long-term
dependencies with gradient descent is difficult", IEEE Transactions on Neural Networks 5 (1994)
(latch, parity).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Drawn = tuple[NDArray[np.float32], NDArray[np.float32]]
"""Sequences (number, days, features) and answers: (number,) of numbers or classes, or of classes
(number, days)."""
BEFORE = 5
"""Days before the one that is to be recalled."""
SYMBOLS, COPIED = 8, 10
"""Symbols of copying, and how many of them are to be copied."""


@dataclass(frozen=True)
class Task:
    """One task.

    Parameters
    ----------
    name, title
        For code, and for people.
    features
        Inputs a day.
    classes
        Of the answer; 0: the answer is a number.
    draw
        From a number of sequences, the days that memory has to span, and a generator.
    naive
        Loss of the best answer without memory, by the days: mean squared error of a number, cross
        entropy (nats) of a class, as a mean over all days that count.
    """

    name: str
    title: str
    features: int
    classes: int
    draw: Callable[[int, int, np.random.Generator], Drawn]
    naive: Callable[[int], float]


def adding(number: int, days: int, random: np.random.Generator) -> Drawn:
    """Add the two of T numbers, uniform on −1 … 1, that are marked, one in each half."""
    values = random.uniform(-1.0, 1.0, (number, days)).astype(np.float32)
    marks, rows, half = np.zeros_like(values), np.arange(number), days // 2
    marks[rows, random.integers(0, half, number)] = 1.0
    marks[rows, random.integers(half, days, number)] = 1.0
    return np.stack([values, marks], axis=-1), (values * marks).sum(axis=1)


def recall(number: int, days: int, random: np.random.Generator) -> Drawn:
    """Tell the number, uniform on −1 … 1, of the marked day T days before the last.

    The delay is never shorter: who forgets sooner is shown nothing that could be learned from.
    """
    values = random.uniform(-1.0, 1.0, (number, BEFORE + 1 + days)).astype(np.float32)
    marks = np.zeros_like(values)
    marks[:, BEFORE] = 1.0
    return np.stack([values, marks], axis=-1), values[:, BEFORE]


def copying(number: int, days: int, random: np.random.Generator) -> Drawn:
    """Repeat ten symbols after T blank days; of T + 20 days, the last ten are answers.

    Classes: 0 … 7 the symbols, 8 blank, 9 the sign to begin.
    """
    total = days + 2 * COPIED
    shown = np.full((number, total), SYMBOLS)
    answer = np.full((number, total), SYMBOLS)
    symbols = random.integers(0, SYMBOLS, (number, COPIED))
    shown[:, :COPIED], answer[:, -COPIED:] = symbols, symbols
    shown[:, -COPIED - 1] = SYMBOLS + 1
    return np.eye(SYMBOLS + 2, dtype=np.float32)[shown], answer.astype(np.float32)


def temporal_order(number: int, days: int, random: np.random.Generator) -> Drawn:
    """Tell in which order two symbols (X or Y each) came, one early and one halfway.

    All other days show one of four distractors. The early one comes within 10–20 % of the days, the
    other within 50–60 %; the answer is one of four classes: XX, XY, YX, YY.
    """
    shown, rows = random.integers(2, 6, (number, days)), np.arange(number)
    answer = np.zeros(number)
    for first, last in ((0.1, 0.2), (0.5, 0.6)):
        low = math.floor(first * days)
        day = random.integers(low, max(low + 1, math.ceil(last * days)), number)
        symbol = random.integers(0, 2, number)
        shown[rows, day], answer = symbol, 2 * answer + symbol
    return np.eye(6, dtype=np.float32)[shown], answer.astype(np.float32)


def parity(number: int, days: int, random: np.random.Generator) -> Drawn:
    """Tell whether the number of ones among T bits, shown as −1 and 1, is odd."""
    bits = random.integers(0, 2, (number, days))
    return (2.0 * bits - 1.0).astype(np.float32)[..., None], (bits.sum(axis=1) % 2).astype(
        np.float32
    )


def latch(number: int, days: int, random: np.random.Generator) -> Drawn:
    """Tell the sign of the first day (−1 or 1) after T − 1 days of noise (deviation 0.2)."""
    values = random.normal(0.0, 0.2, (number, days)).astype(np.float32)
    sign = random.integers(0, 2, number)
    values[:, 0] = 2.0 * sign - 1.0
    return values[..., None], sign.astype(np.float32)


TASKS = {
    task.name: task
    for task in (
        Task("adding", "adding", 2, 0, adding, lambda _: 2.0 / 3.0),
        Task("recall", "recall", 2, 0, recall, lambda _: 1.0 / 3.0),
        Task(
            "copying",
            "copying",
            SYMBOLS + 2,
            SYMBOLS + 1,
            copying,
            lambda days: COPIED * math.log(SYMBOLS) / (days + 2 * COPIED),
        ),
        Task("temporal_order", "temporal order", 6, 4, temporal_order, lambda _: math.log(4.0)),
        Task("parity", "parity", 1, 2, parity, lambda _: math.log(2.0)),
        Task("latch", "latch", 1, 2, latch, lambda _: math.log(2.0)),
    )
}
