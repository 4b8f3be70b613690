"""A trained reading of states: scores that are expected correlations, without a framework."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models import comovement
from models.comovement import Sizes, States, Vectors, Weights
from pipeline.similarity.embedding.exposures import FIRM, HALF_LIVES, PORTFOLIO
from pipeline.similarity.embedding.lessons import Lesson

SIZES = Sizes(len(HALF_LIVES), FIRM, PORTFOLIO)

NEAR = 1.0
"""Standard deviations above the mean of all pairs beyond which a pair is near: there its running
correlation has a say of its own. Of near pairs it knows the order better than anything learned."""


PARTS = ("all_pairs", "running_correlation", "exposures", "ties")
"""What a score is the sum of: what is expected of any two firms; what their running correlation
says; what their exposures say, as the network weighs them; and how each is tied to all others."""


@dataclass(frozen=True)
class Scale:
    """From what a network says to correlations."""

    spread: float = 1.0
    """Standard deviation of what it says over pairs."""
    slope: float = 1.0
    """Correlation a unit of score."""
    level: float = 0.0
    """Correlation at a score of zero."""


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
        said = said + self.scale.spread * np.maximum(near - NEAR, 0.0)
        expected = self.scale.level + self.scale.slope * said
        found: NDArray[np.float32] = np.clip(expected, -1.0, 1.0).astype(np.float32)
        return found

    def parts(self, pair: Vectors, near: float) -> list[float]:
        """Return what the score of two firms is the sum of, in the order of `PARTS`."""
        bias, straight, exposed, squared = (float(part) for part in self.weights["score"])
        alike, beside, common = (
            float(one @ other) for one, other in (pair.exposure, pair.direction, pair.common)
        )
        running = straight * beside + self.scale.spread * max(near - NEAR, 0.0)
        said = (bias, running, exposed * alike + squared * alike**2, common)
        level, *rest = (self.scale.slope * part for part in said)
        return [self.scale.level + level, *rest]

    def packed(self) -> NDArray[np.float32]:
        """Return all its numbers in a row: (P,)."""
        scale = (self.scale.spread, self.scale.slope, self.scale.level)
        arrays = [np.ravel(self.weights[name]) for name in comovement.shapes(SIZES)]
        return np.concatenate([*arrays, scale]).astype(np.float32)

    @classmethod
    def unpacked(cls, numbers: NDArray[np.float32]) -> Reading:
        """Return the reading of which `packed` made a row."""
        weights, at = {}, 0
        for name, shape in comovement.shapes(SIZES).items():
            size = int(np.prod(shape))
            weights[name] = np.asarray(numbers[at : at + size]).reshape(shape)
            at += size
        return cls(weights, Scale(*(float(number) for number in numbers[at:])))


def joined(vectors: Vectors) -> NDArray[np.float32]:
    """All that a network reads of each firm, side by side: (N, 2 K + C)."""
    return np.concatenate(vectors, axis=-1).astype(np.float32)


def nearness(rows: NDArray[np.floating], directions: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return running correlations in standard deviations from the mean of all pairs: (n, N).

    Parameters
    ----------
    rows, directions : (n, K), (N, K)
        Directions of some firms and of all, of length 1 or 0.
    """
    mean, spread = _moments(directions)
    standard: NDArray[np.floating] = (rows @ directions.T - mean) / spread
    return standard


def _moments(directions: NDArray[np.floating]) -> tuple[float, float]:
    """Mean and standard deviation of the products of all pairs of rows of length 1."""
    known = directions[np.abs(directions).max(axis=1, initial=0.0) > 0.0].astype(np.float64)
    count = len(known)
    if count < 2:
        return 0.0, 1.0
    pairs = count * (count - 1.0)
    mean = (float((known.sum(axis=0) ** 2).sum()) - count) / pairs
    square = (float(((known.T @ known) ** 2).sum()) - count) / pairs
    return mean, max(float(np.sqrt(max(square - mean**2, 0.0))), 1e-6)


def scaled_to(weights: Weights, taught: Sequence[Lesson]) -> Reading:
    """Scale what a network says to the correlations that came, by least squares over lessons."""
    spreads = [_said(weights, lesson).std() for lesson in taught]
    plain = Reading(weights, Scale(float(np.mean(spreads)) if spreads else 1.0))
    if not spreads:
        return plain
    moments = np.zeros(5)
    for lesson in taught:
        known = np.isfinite(lesson.later)
        vectors = plain.vectors(lesson.known)
        near = nearness(lesson.known.direction, lesson.known.direction)
        said = comovement.score(np, weights, vectors, vectors)
        x = (said + plain.scale.spread * np.maximum(near - NEAR, 0.0))[known].astype(np.float64)
        y = lesson.later[known].astype(np.float64)
        moments += len(x), x.sum(), y.sum(), x @ x, x @ y
    _, x, y, xx, xy = moments / max(moments[0], 1.0)
    variance = xx - x * x
    slope = float((xy - x * y) / variance) if variance > 1e-12 else 0.0
    # A score that foretells the contrary of what came would turn all peers around.
    slope = max(slope, 1e-3)
    return Reading(weights, Scale(plain.scale.spread, slope, float(y - slope * x)))


def _said(weights: Weights, lesson: Lesson) -> NDArray[np.floating]:
    """Return what a network says of the pairs of a lesson that are known."""
    vectors = comovement.read(np, weights, lesson.known)
    said: NDArray[np.floating] = comovement.score(np, weights, vectors, vectors)
    return said[np.isfinite(lesson.later)]
