"""Training of the network that tells from states how firms will move together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from models import comovement
from models.comovement import States, Weights
from pipeline.similarity.embedding.exposures import some
from pipeline.similarity.embedding.lessons import Lesson
from pipeline.similarity.embedding.reading import SIZES

STEPS, RATE, DECAY = 400, 0.02, 1e-3
"""Steps of Adam (Kingma & Ba 2015), the size of the first, which falls to nothing by the last, and
the penalty on the squares of matrices."""

READ = 4
"""Parts of states that a network reads."""

BATCH, ROWS = 6, 96
"""Lessons a step, and firms of each that are compared with all the others."""

CLOSE = 0.5
"""How much more a pair counts for each standard deviation that it came closer than the mean."""


class Comovement(keras.Model):  # type: ignore[misc]
    """The network of `models.comovement`, to be trained: states of two sets of firms to scores.

    Parameters
    ----------
    seed : int
        Of the first weights.
    """

    def __init__(self, seed: int) -> None:
        super().__init__(name="comovement")
        self.read_weights = {
            name: self.add_weight(
                shape=drawn.shape,
                name=name,
                initializer=keras.initializers.Constant(drawn),
                regularizer=keras.regularizers.L2(DECAY) if drawn.ndim == 2 else None,
            )
            for name, drawn in comovement.initial(SIZES, seed).items()
        }
        self.built = True

    def call(self, inputs: tuple[Any, ...]) -> Any:
        """Score firms with others: two tuples of (batch, …) states make (batch, n, N)."""
        rows, columns = States(*inputs[:READ]), States(*inputs[READ:])
        weights = self.read_weights
        read = [comovement.read(ops, weights, states) for states in (rows, columns)]
        return comovement.score(ops, weights, *read)

    def drawn(self) -> dict[str, NDArray[np.float32]]:
        """Return the weights as arrays by name."""
        return {name: np.array(value) for name, value in self.read_weights.items()}


class _Batches(keras.utils.PyDataset):  # type: ignore[misc]
    """Firms of lessons drawn at random, beside all others of theirs.

    In turn firms are seen with all that is known of both; with the last days alone of the firm, as
    one that was listed lately; and of both, as over a short range.
    """

    def __init__(self, lessons: Sequence[Lesson], seed: int) -> None:
        super().__init__()
        self._lessons, self._random = lessons, np.random.default_rng(seed)
        self._targets = [_standard(lesson.later) for lesson in lessons]

    def __len__(self) -> int:
        return STEPS

    def __getitem__(self, step: int) -> tuple[tuple[Any, ...], NDArray[np.float32]]:
        drawn = self._random.integers(len(self._lessons), size=BATCH)
        rows, columns, targets = [], [], []
        for place, number in enumerate(drawn.tolist()):
            lesson = self._lessons[number]
            count = len(lesson.later)
            firms = np.sort(self._random.choice(count, min(ROWS, count), replace=False))
            lately = lesson.lately[self._random.integers(len(lesson.lately))]
            mine = lesson.known if place % 3 == 0 else lately
            theirs = lately if place % 3 == 2 else lesson.known
            rows.append(some(mine, firms)[:READ])
            columns.append(theirs[:READ])
            targets.append(self._targets[number][firms])
        stacked = [np.stack(part) for side in (rows, columns) for part in zip(*side, strict=True)]
        return tuple(stacked), np.stack(targets)


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
    network = Comovement(seed)
    rate = keras.optimizers.schedules.PolynomialDecay(RATE, STEPS, 0.0)
    # Compiled by XLA, steps are no faster, and the first takes seconds.
    network.compile(keras.optimizers.Adam(rate), _missed, jit_compile=False)
    network.fit(_Batches(lessons, seed), epochs=1, verbose=0, shuffle=False)
    return network.drawn()


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
