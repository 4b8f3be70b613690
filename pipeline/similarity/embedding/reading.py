"""A trained reading of states: scores that are expected correlations, without a framework."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from models import comovement
from models.comovement import Sizes, States, Vectors, Weights
from pipeline.similarity.embedding.exposures import HALF_LIVES
from pipeline.similarity.embedding.frame import ENOUGH, FIRM, PORTFOLIO
from pipeline.similarity.embedding.lessons import Lesson

SIZES = Sizes(len(HALF_LIVES), FIRM, PORTFOLIO)

NEAR, SAY = 1.0, 7.0
"""Standard deviations above the mean of all pairs beyond which a pair is near, and the say that
its running correlation then has beside what the network says. Of near pairs it
knows the order better than anything learned."""


Knots = tuple[float, ...]

PARTS = ("all_pairs", "running_correlation", "exposures", "ties")
"""What a score is the sum of: what is expected of any two firms; what their running correlation
says; what their exposures say, as the network weighs them; and how each is tied to all others."""


SHARES = (0.0, 0.01, 0.1, 0.3, 0.5, 0.7, 0.85, 0.95, 0.98, 0.995, 1.0)
"""Shares of all pairs, by what is said of them, between which what is said is averaged beside the
correlations that came: few pairs are close, and of these most is asked."""

_ROWS = 256
"""Firms of a lesson whose pairs with all others make the scale."""

LEAST = 1e-3
"""Correlation by which the scale rises at least, for each standard deviation of what is said."""


@dataclass(frozen=True)
class Scale:
    """From what a network says to correlations: a rising line through knots, straight beyond."""

    say: float = SAY
    """What is added for each standard deviation that a pair is nearer than `NEAR`."""
    said: Knots = tuple(np.linspace(-6.0, 6.0, len(SHARES) - 1).tolist())
    expected: Knots = tuple(np.linspace(-1.0, 1.0, len(SHARES) - 1).tolist())

    def __call__(self, said: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return the correlations that are expected, in [−1, 1]; shapes as given."""
        x, y = np.array(self.said), np.array(self.expected)
        found: NDArray[np.floating] = np.interp(said, x, y)
        for end, inner in ((0, 1), (-1, -2)):
            slope = (y[end] - y[inner]) / (x[end] - x[inner])
            beyond = said < x[0] if end == 0 else said > x[-1]
            found = np.where(beyond, y[end] + slope * (said - x[end]), found)
        found.clip(-1.0, 1.0, out=found)
        return found


@dataclass(frozen=True)
class Reading:
    """What a network makes of states, and how it is scaled."""

    weights: Weights
    scale: Scale

    def vectors(self, states: States) -> Vectors:
        """Read vectors of firms from their states."""
        return comovement.read(np, self.weights, states)

    def score(
        self, rows: Vectors, columns: Vectors, near: NDArray[np.floating]
    ) -> NDArray[np.float32]:
        """Correlations that are expected of pairs: (n, N) in [−1, 1].

        Parameters
        ----------
        rows, columns : Vectors
            Of n firms and of N.
        near : (n, N)
            How near the pairs are, as `nearness` has it.
        """
        said = comovement.score(np, self.weights, rows, columns)
        said = said + self.scale.say * np.maximum(near - NEAR, 0.0)
        expected: NDArray[np.float32] = self.scale(said).astype(np.float32)
        return expected

    def parts(self, pair: Vectors, near: float) -> list[float]:
        """Return what the score of two firms is the sum of, in the order of `PARTS`."""
        bias, straight, exposed, squared = (float(part) for part in self.weights["score"])
        alike, beside, common = (
            float(one @ other) for one, other in (pair.exposure, pair.direction, pair.common)
        )
        running = straight * beside + self.scale.say * max(near - NEAR, 0.0)
        parts = (running, exposed * alike + squared * alike**2, common)
        total = sum(parts)
        level, score = self.scale(np.array([bias, bias + total]))
        slope = (score - level) / total if total else 0.0
        return [float(level), *(float(slope * part) for part in parts)]

    def packed(self) -> NDArray[np.float32]:
        """Return all its numbers in a row: (P,)."""
        arrays = [np.ravel(self.weights[name]) for name in comovement.shapes(SIZES)]
        scale = (self.scale.say, *self.scale.said, *self.scale.expected)
        return np.concatenate([*arrays, scale]).astype(np.float32)

    @classmethod
    def unpacked(cls, numbers: NDArray[np.float32]) -> Reading:
        """Return the reading of which `packed` made a row."""
        weights, at = {}, 0
        for name, shape in comovement.shapes(SIZES).items():
            size = int(np.prod(shape))
            weights[name] = np.asarray(numbers[at : at + size]).reshape(shape)
            at += size
        say, *knots = (float(number) for number in numbers[at:])
        half = len(knots) // 2
        return cls(weights, Scale(say, tuple(knots[:half]), tuple(knots[half:])))


def joined(vectors: Vectors) -> NDArray[np.float32]:
    """All that a network reads of each firm, side by side: (N, 2 K + C)."""
    return np.concatenate(vectors, axis=-1).astype(np.float32)


def nearness(
    rows: NDArray[np.floating],
    directions: NDArray[np.floating],
    about: tuple[float, float] | None = None,
) -> NDArray[np.floating]:
    """Return running correlations in standard deviations from the mean of all pairs: (n, N).

    Parameters
    ----------
    rows, directions : (n, K), (N, K)
        Directions of some firms and of all, of length 1 or 0.
    about : (float, float), optional
        `moments` of the latter, where they are known.
    """
    mean, spread = about or moments(directions)
    standard: NDArray[np.floating] = (rows @ directions.T - mean) / spread
    return standard


def moments(directions: NDArray[np.floating]) -> tuple[float, float]:
    """Return mean and standard deviation of the products of all pairs of rows of length 1.

    Of many rows, those of every so many.
    """
    directions = directions[:: 1 + len(directions) // ENOUGH]
    count = int(np.count_nonzero(directions.any(axis=1)))
    if count < 2:
        return 0.0, 1.0
    pairs = count * (count - 1.0)
    total = directions.sum(axis=0, dtype=np.float64)
    gram = (directions.T @ directions).astype(np.float64)
    mean = (float(total @ total) - count) / pairs
    square = (float((gram**2).sum()) - count) / pairs
    return mean, max(float(np.sqrt(max(square - mean**2, 0.0))), 1e-6)


def scaled_to(weights: Weights, taught: Sequence[Lesson]) -> Reading:
    """Scale what a network says to the correlations that came, over the pairs of all lessons.

    Pairs are sorted by what is said of them and cut at `SHARES`; a knot is the mean of what is
    said of a part of them and of what came. Where fewer came than of the part before, knots are
    averaged, so that the scale rises (isotonic regression; Barlow et al. 1972).
    """
    pairs = [_said(weights, lesson) for lesson in taught]
    spread = float(np.mean([said.std() for said, *_ in pairs])) if pairs else 0.0
    if not spread > 0.0:
        return Reading(weights, Scale())
    said = np.concatenate([said + SAY * spread * near for said, near, _ in pairs])
    later = np.concatenate([later for *_, later in pairs])
    order = np.argsort(said, kind="stable")
    cuts = np.unique((np.array(SHARES) * len(order)).astype(np.intp))
    parts = [order[first:stop] for first, stop in pairwise(cuts.tolist())]
    x = np.array([said[part].mean(dtype=np.float64) for part in parts])
    y = np.array([later[part].mean(dtype=np.float64) for part in parts])
    rising = _rising(y, np.diff(cuts).astype(np.float64))
    apart = np.concatenate([[True], np.diff(x) > 1e-3 * spread])
    return Reading(weights, _through(spread, x[apart], rising[apart]))


def _through(spread: float, x: NDArray[np.float64], y: NDArray[np.float64]) -> Scale:
    """Put a scale through knots, of which few pairs make fewer: the last line is gone on with."""
    y = y + LEAST / spread * (x - x.mean())
    if len(x) < 2:
        return Scale(SAY * spread)
    lacking = np.arange(1, len(SHARES) - len(x))
    slope = (y[-1] - y[-2]) / (x[-1] - x[-2])
    x, y = np.append(x, x[-1] + spread * lacking), np.append(y, y[-1] + slope * spread * lacking)
    return Scale(SAY * spread, tuple(x.tolist()), tuple(y.tolist()))


def _rising(values: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Average neighbours until none is below the one before."""
    from sklearn.isotonic import isotonic_regression

    found: NDArray[np.float64] = isotonic_regression(values, sample_weight=weights)
    return found


def _said(weights: Weights, lesson: Lesson) -> tuple[NDArray[np.floating], ...]:
    """Return what is said of a lesson's pairs, how near they are beyond `NEAR`, and what came.

    Of the pairs that are known, of some of the firms with all.
    """
    rows = np.unique(np.linspace(0, len(lesson.later) - 1, _ROWS).astype(np.intp))
    known = np.isfinite(lesson.later[rows])
    vectors = comovement.read(np, weights, lesson.known)
    some = Vectors(*(part[rows] for part in vectors))
    said = comovement.score(np, weights, some, vectors)
    near = nearness(lesson.known.lasting[rows], lesson.known.lasting)
    return said[known], np.maximum(near - NEAR, 0.0)[known], lesson.later[rows][known]
