"""The training step: weighted likelihood, exact gradients, and how often clipping acted.

To make and compile its graph takes seconds, so that it is done once for all networks that compute
the same, and lent to one training after the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any

import keras
import tensorflow as tf
from keras import ops

import models
from models import in_training, is_causal
from models.adam import Adam
from pipeline.settings.train import Train
from pipeline.training.objective import location_variance, weighted_loss

COMPILE_FROM = 500
"""Steps from which on fusing a step's operations (XLA) repays the seconds that it takes."""
COMPILE_SOON = {"attention": 50, "memory": 50}
"""The same of networks whose steps are many operations on large arrays: fused, a step of attention
takes a third of the time."""

PART = 64
"""Sequences that are learned from on one core: a larger batch is cut into parts, which run side by
side, unless a sequence has one target alone. Their number is the batch's, never the machine's, so
that all machines add alike."""

KEPT = 4
"""Steps that are kept for the next training, the last used."""


@dataclass(frozen=True)
class Kind:
    """What decides a step's graph, but for the shapes of batches."""

    blueprint: str
    """Of the network."""
    parts: int
    """That a batch is cut into."""
    compiled: bool
    """Whether its operations are fused (XLA)."""
    penalty: float
    """On how far locations differ."""
    each: float | None
    """The norm at which the gradient of each array of weights is clipped."""
    whole: float | None
    """The norm at which the whole gradient is clipped."""

    @classmethod
    def of(cls, network: keras.Model, section: Train, steps: int) -> Kind:
        """Return the kind for a network that is to take a number of steps at most."""
        # Around the mean of a few locations alone, the penalty is another one.
        parts = _parts(section.batch_size) if is_causal(network) else 1
        compiled = steps >= COMPILE_SOON.get(network.name, COMPILE_FROM) and _fusible(network)
        clipping = (section.clipnorm, section.global_clipnorm)
        blueprint = models.blueprint(network)
        return cls(blueprint, parts, compiled, section.location_penalty, *clipping)


class Step:
    """Takes steps that minimise the objective of a network that it has taken up.

    The objective is the mean negative log-likelihood over the targets that are there and a penalty
    on how far their locations differ (in each part of a batch, see `PART`). The gradient's global
    norm is measured before Adam clips it.

    Parameters
    ----------
    kind
        Of the networks that can be taken up.
    network
        Any of them: it stays as it is.
    """

    def __init__(self, kind: Kind, network: keras.Model) -> None:
        self.kind, self._network = kind, models.twin(network)
        self._forecast = in_training(self._network)
        clipping = {"clipnorm": kind.each, "global_clipnorm": kind.whole}
        self.optimizer = Adam(self._network.trainable_variables, **clipping)
        # Layers draw masks where they forecast, too: with seeds of its own, what is learned does
        # not depend on how often a network was asked in between.
        self._seeds = [tf.Variable(tf.convert_to_tensor(each.value)) for each in self._drawn()]
        # Parts are compiled one by one: within one program they would take turns.
        several = kind.parts > 1
        self._part = (
            tf.function(self._learn, autograph=False, jit_compile=kind.compiled)
            if several
            else self._learn
        )
        self._whole = tf.function(
            self._step, autograph=False, jit_compile=kind.compiled and not several
        )

    def take_up(self, network: keras.Model, learning_rate: float) -> None:
        """Begin with a network's weights and seeds, and an optimiser that has seen nothing."""
        self._network.set_weights(network.get_weights())
        self.optimizer.begin()
        self.optimizer.learning_rate = learning_rate
        for seed, drawn in zip(self._seeds, network.non_trainable_variables, strict=True):
            seed.assign(tf.convert_to_tensor(drawn.value))

    def __call__(self, features: Any, target: Any) -> Any:
        """Take one step on features (B, days, F) and targets (B, days, H) or (B, H).

        Returns
        -------
        tensor
            Its loss, number of targets, gradient norm, and 1 if clipping acted, else 0.
        """
        return self._whole(features, target)

    def hand_over(self, network: keras.Model) -> None:
        """Give a network what was learned until now."""
        for own, other in zip(
            self._network.trainable_variables, network.trainable_variables, strict=True
        ):
            other.assign(own.value)

    def _step(self, features: Any, target: Any) -> Any:
        variables = self._network.trainable_variables
        values = [tf.convert_to_tensor(variable.value) for variable in variables]
        number = ops.sum(ops.cast(ops.isfinite(target), "float32"))
        learned = []
        for part, rows in enumerate(_rows(features.shape[0], self.kind.parts)):
            seeds = [_seed(tf.convert_to_tensor(each), part) for each in self._seeds]
            learned.append(self._part(features[rows], target[rows], number, values, seeds))
        several, losses, after = zip(*learned, strict=True)
        gradients = [sum(parts) for parts in zip(*several, strict=True)]
        self.optimizer.apply(gradients, variables)
        for variable, seed in zip(self._seeds, after[0], strict=True):
            variable.assign(seed)
        norms = ops.stack([ops.norm(ops.ravel(gradient)) for gradient in gradients])
        return ops.stack([sum(losses), number, ops.norm(norms), self._clipped(norms)])

    def _learn(
        self, features: Any, target: Any, number: Any, values: list[Any], seeds: list[Any]
    ) -> tuple[list[Any], Any, list[Any]]:
        """Learn from a part of a batch of which a number of targets is known.

        Nothing is read from or written to variables, for which parts would wait for each other.

        Returns
        -------
        gradients
            Of the part's share of the objective, for given weights.
        loss
            The part's share of the mean loss.
        seeds
            After the part.
        """
        variables, drawn = self._network.trainable_variables, self._drawn()
        mapping = [*zip(variables, values, strict=True), *zip(drawn, seeds, strict=True)]
        with tf.GradientTape() as tape, keras.StatelessScope(state_mapping=mapping) as scope:
            tape.watch(values)
            forecast = self._forecast(features, target)
            loss, known = weighted_loss(target, forecast)
            share = known / ops.maximum(number, 1.0)
            objective = share * (loss + self.kind.penalty * location_variance(target, forecast))
        gradients = tape.gradient(objective, values, unconnected_gradients="zero")
        return gradients, share * loss, [scope.get_current_value(each) for each in drawn]

    def _drawn(self) -> list[Any]:
        """Return the variables that random numbers are drawn from: no others are untrained."""
        drawn: list[Any] = self._network.non_trainable_variables
        return drawn

    def _clipped(self, norms: Any) -> Any:
        """Say (0 or 1) whether clipping acts on gradients of these norms."""
        if self.kind.each is not None:
            return ops.cast(ops.any(norms > self.kind.each), "float32")
        if self.kind.whole is not None:
            return ops.cast(ops.norm(norms) > self.kind.whole, "float32")
        return ops.zeros(())


_idle: list[Step] = []
_lock = Lock()


@contextmanager
def lent(network: keras.Model, section: Train, steps: int) -> Iterator[Step]:
    """Lend a step that has taken up a network; nobody else has it meanwhile.

    Parameters
    ----------
    network
        Made by `models.build`. It is given what is learned when it is handed over.
    section
        Learning rate, clipping and penalty.
    steps
        Steps that are to be taken at most.
    """
    kind = Kind.of(network, section, steps)
    with _lock:
        step = next((each for each in reversed(_idle) if each.kind == kind), None)
        if step is not None:
            _idle.remove(step)
    step = step or Step(kind, network)
    try:
        step.take_up(network, section.learning_rate)
        yield step
    finally:
        with _lock:
            _idle.append(step)
            del _idle[:-KEPT]


def _parts(size: int) -> int:
    """Return how many parts of equal size, of `PART` sequences or more, a batch is cut into."""
    return max(number for number in range(1, max(1, size // PART) + 1) if size % number == 0)


def _rows(size: int, parts: int) -> list[slice]:
    """Return the rows of each part."""
    return [slice(part * size // parts, (part + 1) * size // parts) for part in range(parts)]


def _seed(state: Any, part: int) -> Any:
    """Return what a part draws from: (seed, count) with a seed of its own."""
    return state + tf.constant([part, 0], state.dtype)


def _fusible(network: keras.Model) -> bool:
    """Say whether XLA can compile a network: whether no layer is left to cuDNN."""
    return all(layer.supports_jit for layer in network.layers)
