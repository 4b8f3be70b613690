"""The training step: weighted likelihood, exact gradients, and how often clipping acted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from models import in_training, is_causal, negative_log_likelihood
from pipeline.settings.train import Train
from pipeline.training.batches import Batch, Batches

COMPILE_FROM = 500
"""Steps from which on fusing a step's operations (XLA) repays the seconds that it takes."""
COMPILE_SOON = {"attention": 50, "memory": 50}
"""The same of networks whose steps are many operations on large arrays: fused, a step of attention
takes a third of the time."""

PART = 64
"""Sequences that are learned from on one core: a larger batch is cut into parts, which run side by
side, unless a sequence has one target alone. Their number is the batch's, never the machine's, so
that all machines add alike."""


class Trainer:
    """Fits a network, and is thrown away after.

    Each step minimises the mean negative log-likelihood over the targets that are there and a
    penalty on how far their locations differ (in each part of a batch, see `PART`), and measures
    the gradient's global norm before Adam clips it. Keras's callbacks take it for the model.

    Parameters
    ----------
    network
        Made by `models.build`.
    section
        Learning rate, clipping and penalty.
    steps
        Steps that are to be taken at most.
    """

    def __init__(self, network: keras.Model, section: Train, steps: int) -> None:
        self.network, self.forecast = network, in_training(network)
        self.each, self.whole = section.clipnorm, section.global_clipnorm
        self.penalty = section.location_penalty
        self.stop_training = False
        self.optimizer = keras.optimizers.Adam(
            section.learning_rate,
            clipnorm=section.clipnorm,
            global_clipnorm=section.global_clipnorm,
        )
        self.optimizer.build(network.trainable_variables)
        # Layers draw masks where they forecast, too: with seeds of its own, what is learned does
        # not depend on how often a network was asked in between.
        self._seeds = [tf.Variable(tf.convert_to_tensor(each.value)) for each in self._drawn()]
        # Around the mean of a few locations alone, the penalty is another one.
        self.parts = _parts(section.batch_size) if is_causal(network) else 1
        compiled = steps >= COMPILE_SOON.get(network.name, COMPILE_FROM) and _fusible(network)
        # Parts are compiled one by one: within one program they would take turns.
        several = self.parts > 1
        self._part = (
            tf.function(self._learn, autograph=False, jit_compile=compiled)
            if several
            else self._learn
        )
        self.step: Callable[[Any, Any], Any] = tf.function(
            self._step, autograph=False, jit_compile=compiled and not several
        )
        """Take one step on features (B, days, F) and targets (B, days, H) or (B, H); return its
        loss, number of targets, gradient norm, and 1 if clipping acted, else 0."""

    def get_weights(self) -> list[Any]:
        """Return the network's weights, for callbacks."""
        weights: list[Any] = self.network.get_weights()
        return weights

    def set_weights(self, weights: list[Any]) -> None:
        """Set the network's weights, for callbacks."""
        self.network.set_weights(weights)

    def run(self, batches: Batches, epochs: int, callbacks: list[Any]) -> list[float]:
        """Take all steps of the epochs, unless a callback stops; return the loss of each epoch."""
        told = keras.callbacks.CallbackList(callbacks, model=self, epochs=epochs)
        told.on_train_begin()
        losses = []
        for epoch in range(epochs):
            told.on_epoch_begin(epoch)
            logs = _epoch(np.array([self.step(*batch) for batch in _ahead(batches)]))
            batches.on_epoch_end()
            losses.append(logs["loss"])
            told.on_epoch_end(epoch, logs)
            if self.stop_training:
                break
        told.on_train_end()
        return losses

    def _step(self, features: Any, target: Any) -> Any:
        variables = self.network.trainable_variables
        values = [tf.convert_to_tensor(variable.value) for variable in variables]
        number = ops.sum(ops.cast(ops.isfinite(target), "float32"))
        learned = []
        for part, rows in enumerate(_rows(features.shape[0], self.parts)):
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
        variables, drawn = self.network.trainable_variables, self._drawn()
        mapping = [*zip(variables, values, strict=True), *zip(drawn, seeds, strict=True)]
        with tf.GradientTape() as tape, keras.StatelessScope(state_mapping=mapping) as scope:
            tape.watch(values)
            forecast = self.forecast(features, target)
            loss, known = weighted_loss(target, forecast)
            share = known / ops.maximum(number, 1.0)
            objective = share * (loss + self.penalty * location_variance(target, forecast))
        gradients = tape.gradient(objective, values, unconnected_gradients="zero")
        return gradients, share * loss, [scope.get_current_value(each) for each in drawn]

    def _drawn(self) -> list[Any]:
        """Return the variables that random numbers are drawn from: no others are untrained."""
        drawn: list[Any] = self.network.non_trainable_variables
        return drawn

    def _clipped(self, norms: Any) -> Any:
        """Say (0 or 1) whether clipping acts on gradients of these norms."""
        if self.each is not None:
            return ops.cast(ops.any(norms > self.each), "float32")
        if self.whole is not None:
            return ops.cast(ops.norm(norms) > self.whole, "float32")
        return ops.zeros(())


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


def _ahead(batches: Batches) -> Iterator[Batch]:
    """Give the batches of an epoch; the next one is cut while one is learned from."""
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(batches.__getitem__, 0)
        for step in range(1, len(batches) + 1):
            batch = coming.result()
            if step < len(batches):
                coming = thread.submit(batches.__getitem__, step)
            yield batch


def _epoch(steps: Any) -> dict[str, float]:
    """Return what is told of an epoch from (steps, 4): averages, and the sum of targets."""
    losses, targets, norms, clipped = steps.astype(np.float64).T
    return {
        "loss": float((losses * targets).sum() / max(1.0, targets.sum())),
        "targets": float(targets.sum()),
        "gradient_norm": float(norms.mean()),
        "clipped_share": float(clipped.mean()),
    }


def weighted_loss(target: Any, forecast: Any) -> tuple[Any, Any]:
    """Return the mean negative log-likelihood over known targets, and their number.

    Parameters
    ----------
    target
        (…), NaN where there is none: such a place has no weight, and no gradient.
    forecast
        (…, 4).
    """
    known = ops.isfinite(target)
    losses = negative_log_likelihood(ops.where(known, target, 0.0), forecast)
    number = ops.sum(ops.cast(known, "float32"))
    total = ops.sum(ops.where(known, losses, 0.0))
    return total / ops.maximum(number, 1.0), number


def location_variance(target: Any, forecast: Any) -> Any:
    """Return the variance of locations in scales over known targets.

    Firms of one day share most of what moves them, so a few thousand days are all that a location
    can be learnt from, however many firms there are: without a penalty a network learns by heart
    which days rose. A weight λ on this variance is the prior that locations are normal around
    their mean with standard deviation 1 / √(2 λ) scales (ridge, whose intercept is free; Hoerl
    and Kennard, Technometrics 12, 1970): how far prices drift upwards all days together tell. The
    scale is taken as given: widening it is no way to bring locations together.

    Parameters
    ----------
    target
        (…), NaN where there is none.
    forecast
        (…, 4).
    """
    known = ops.cast(ops.isfinite(target), "float32")
    number = ops.maximum(ops.sum(known), 1.0)
    ratio = forecast[..., 0] / ops.stop_gradient(forecast[..., 1])
    distance = ratio - ops.sum(known * ratio) / number
    return ops.sum(known * distance * distance) / number
