"""Training of the network that tells from states how firms will move together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice
from threading import Lock
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops
from numpy.typing import NDArray

from models import comovement
from models.adam import Adam
from models.comovement import States, Weights
from pipeline.similarity.embedding.frame import some
from pipeline.similarity.embedding.lessons import Lesson
from pipeline.similarity.embedding.reading import SIZES

STEPS, RATE, DECAY = 400, 0.02, 1e-3
"""Steps of Adam (Kingma & Ba 2015), the size of the first, which falls to nothing by the last, and
the penalty on the squares of matrices."""

PASSED_OVER = 2
"""Batches that are drawn and dropped: what is published was learned from those that follow."""

READ = 4
"""Parts of states that a network reads."""

BATCH, ROWS = 6, 96
"""Lessons a step, and firms of each that are compared with all the others."""

CLOSE = 0.5
"""How much more a pair counts for each standard deviation that it came closer than the mean."""


class Comovement(keras.Model):  # type: ignore[misc]
    """The network of `models.comovement`, to be trained: states of two sets of firms to scores."""

    def __init__(self) -> None:
        super().__init__(name="comovement")
        self.read_weights = {
            name: self.add_weight(
                shape=shape,
                name=name,
                regularizer=keras.regularizers.L2(DECAY) if len(shape) == 2 else None,
            )
            for name, shape in comovement.shapes(SIZES).items()
        }
        self.built = True

    def begin(self, seed: int) -> None:
        """Take the first weights of a seed."""
        for name, drawn in comovement.initial(SIZES, seed).items():
            self.read_weights[name].assign(drawn)

    def call(self, inputs: tuple[Any, ...]) -> Any:
        """Score firms with others: two tuples of (batch, …) states make (batch, n, N)."""
        rows, columns = States(*inputs[:READ]), States(*inputs[READ:])
        weights = self.read_weights
        read = [comovement.read(ops, weights, states) for states in (rows, columns)]
        return comovement.score(ops, weights, *read)

    def drawn(self) -> dict[str, NDArray[np.float32]]:
        """Return the weights as arrays by name."""
        return {name: ops.convert_to_numpy(value) for name, value in self.read_weights.items()}


class _Learner:
    """Trains one network after the other, by a step whose graph is made once."""

    def __init__(self, steps: int) -> None:
        self.network, self._steps, self._alone = Comovement(), steps, Lock()
        rate = keras.optimizers.schedules.PolynomialDecay(RATE, steps, 0.0)
        self._optimizer = Adam(self.network.trainable_variables, rate)
        # Compiled by XLA, steps are no faster, and the first takes seconds.
        self._take = tf.function(self._step, autograph=False)

    def learned(self, lessons: Sequence[Lesson], seed: int) -> Weights:
        """Train the network of a seed, and return its weights."""
        with self._alone:
            self.network.begin(seed)
            self._optimizer.begin()
            for seen, target in islice(
                _batches(lessons, seed), PASSED_OVER, PASSED_OVER + self._steps
            ):
                self._take(seen, target)
            return self.network.drawn()

    def _step(self, seen: tuple[Any, ...], target: Any) -> None:
        variables = self.network.trainable_variables
        with tf.GradientTape() as tape:
            loss = ops.mean(_missed(target, self.network(seen))) + sum(self.network.losses)
        self._optimizer.apply(tape.gradient(loss, variables), variables)


_learner = lru_cache(1)(_Learner)


def _batches(
    lessons: Sequence[Lesson], seed: int
) -> Iterator[tuple[tuple[Any, ...], NDArray[np.float32]]]:
    """Give without end firms of lessons drawn at random, beside all others of theirs.

    In turn firms are seen with all that is known of both; with the last days alone of the firm, as
    one that was listed lately; and of both, as over a short range.
    """
    random, standard = np.random.default_rng(seed), [_standard(each.later) for each in lessons]
    while True:
        rows, columns, targets = [], [], []
        for place, number in enumerate(random.integers(len(lessons), size=BATCH).tolist()):
            lesson = lessons[number]
            count = len(lesson.later)
            firms = np.sort(random.choice(count, min(ROWS, count), replace=False))
            lately = lesson.lately[random.integers(len(lesson.lately))]
            mine = lesson.known if place % 3 == 0 else lately
            theirs = lately if place % 3 == 2 else lesson.known
            rows.append(some(mine, firms)[:READ])
            columns.append(theirs[:READ])
            targets.append(standard[number][firms])
        stacked = [np.stack(part) for side in (rows, columns) for part in zip(*side, strict=True)]
        yield tuple(stacked), np.stack(targets)


def train(lessons: Sequence[Lesson], seed: int) -> Weights:
    """Train a network on lessons.

    Parameters
    ----------
    lessons : sequence of Lesson
        At least one, all of the same number of firms and portfolios.
    seed : int
        Of its first weights and of the order of lessons.

    Returns
    -------
    mapping of str to array
        Its weights.
    """
    return _learner(STEPS).learned(lessons, seed)


def _missed(target: Any, said: Any) -> Any:
    """Mean squared error over the pairs that are known, close ones counting more."""
    wanted, known = target[..., 0], target[..., 1]
    weights = known * (1.0 + CLOSE * ops.relu(wanted))
    missed = ops.sum(weights * ops.square(said - wanted), axis=(1, 2))
    return missed / ops.maximum(ops.sum(weights, axis=(1, 2)), 1.0)


def _standard(later: NDArray[np.float32]) -> NDArray[np.float32]:
    """Correlations in standard deviations from their mean, and where they are known: (N, N, 2)."""
    known = np.isfinite(later)
    values = later[known] if known.any() else np.zeros(1, dtype=np.float32)
    standard = (np.where(known, later, 0.0) - values.mean()) / max(float(values.std()), 1e-6)
    return np.stack([np.where(known, standard, 0.0), known], axis=-1).astype(np.float32)
