"""What the outputs of a population are judged by: each loss, and its slope by the outputs.

Shapes: outputs are (D, M, B, O), of the D days that are asked for, M members and B sequences;
answers are (D, M, B), or broadcast to it. A loss is a mean over days and sequences, one a member.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma, expit, gammaln

from pipeline.evaluation.student import LEAST_DF

Array = NDArray[Any]
LEAST_SCALE = 1e-3
"""As of the Student-t head of `models`."""


class Loss(Protocol):
    """A loss that has a slope."""

    def each(self, outputs: Array, answers: Array) -> Array:
        """Return the loss of every answer: (D, M, B); NaN where there is no answer."""

    def slope(self, outputs: Array, answers: Array) -> Array:
        """Return the slope of each member's mean loss by its outputs: (D, M, B, O)."""


@dataclass(frozen=True)
class CrossEntropy:
    """Minus the log probability (nats) of a class, of O + 1 classes.

    The outputs are the logits of all classes but the first, whose logit is zero: no parameter is
    there in vain.
    """

    def each(self, outputs: Array, answers: Array) -> Array:
        """Return the loss of every answer; see `Loss`."""
        logits = _with_first(outputs)
        chosen = np.take_along_axis(logits, answers[..., None].astype(np.intp), axis=-1)[..., 0]
        return np.asarray(np.logaddexp.reduce(logits, axis=-1) - chosen)

    def slope(self, outputs: Array, answers: Array) -> Array:
        """Return the slope by the outputs; see `Loss`."""
        logits = _with_first(outputs)
        shares = np.exp(logits - np.logaddexp.reduce(logits, axis=-1)[..., None])
        hits = answers[..., None] == np.arange(logits.shape[-1])
        return np.asarray((shares - hits)[..., 1:] / _answers_each(outputs), outputs.dtype)


@dataclass(frozen=True)
class Squared:
    """The squared error of a number."""

    def each(self, outputs: Array, answers: Array) -> Array:
        """Return the loss of every answer; see `Loss`."""
        return np.asarray(np.square(outputs[..., 0] - answers))

    def slope(self, outputs: Array, answers: Array) -> Array:
        """Return the slope by the outputs; see `Loss`."""
        return 2.0 * (outputs - answers[..., None]) / _answers_each(outputs)


@dataclass(frozen=True)
class StudentLoss:
    """Minus the log density (nats) of a Student-t distribution; NaN where there is no answer.

    The three outputs stand for location, scale and degrees of freedom as in the head of
    `models.student_t`. Without `tails` two of them stand for mean and deviation of a normal.
    """

    tails: bool = True

    def each(self, outputs: Array, answers: Array) -> Array:
        """Return the loss of every answer; see `Loss`."""
        location, scale, df = self.distribution(outputs)
        ratio = (answers - location) / scale
        if not self.tails:
            return np.asarray(np.log(scale) + 0.5 * np.log(2.0 * np.pi) + 0.5 * ratio**2)
        norm = gammaln(0.5 * df) - gammaln(0.5 * (df + 1.0)) + 0.5 * np.log(np.pi * df)
        return np.asarray(norm + np.log(scale) + 0.5 * (df + 1.0) * np.log1p(ratio**2 / df))

    def slope(self, outputs: Array, answers: Array) -> Array:
        """Return the slope by the outputs; see `Loss`."""
        location, scale, df = self.distribution(outputs)
        ratio = (answers - location) / scale
        pull = (df + 1.0) * ratio / (df + ratio**2) if self.tails else ratio
        slopes = [-pull / scale, (1.0 - pull * ratio) / scale * expit(outputs[..., 1])]
        if self.tails:
            by_df = digamma(0.5 * df) - digamma(0.5 * (df + 1.0)) + 1.0 / df
            by_df = by_df + np.log1p(ratio**2 / df) - ratio * pull / df
            slopes.append(0.5 * by_df * expit(outputs[..., 2]))
        found = np.where(np.isfinite(answers)[..., None], np.stack(slopes, axis=-1), 0.0)
        known = np.isfinite(np.broadcast_to(answers, outputs.shape[:-1])).sum(axis=(0, 2))
        return np.asarray(found / np.maximum(known, 1)[:, None, None], outputs.dtype)

    def distribution(self, outputs: Array) -> tuple[Array, Array, Array]:
        """Return location, scale and degrees of freedom, each (D, M, B)."""
        scale = LEAST_SCALE + np.logaddexp(0.0, outputs[..., 1])
        df = LEAST_DF + np.logaddexp(0.0, outputs[..., -1]) if self.tails else np.inf * scale
        return outputs[..., 0], scale, df


def mean(loss: Loss, outputs: Array, answers: Array) -> Array:
    """Return each member's mean loss (M,); answers that are NaN have no weight."""
    return np.asarray(np.nanmean(loss.each(outputs, answers), axis=(0, 2), dtype=np.float64))


def _with_first(outputs: Array) -> Array:
    return np.concatenate([np.zeros_like(outputs[..., :1]), outputs], axis=-1)


def _answers_each(outputs: Array) -> int:
    return int(outputs.shape[0] * outputs.shape[2])
