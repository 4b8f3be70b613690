"""The training step: weighted likelihood, exact gradients, and how often clipping acted."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf
from keras import ops

from models import in_training, negative_log_likelihood
from pipeline.settings.train import Train

COMPILE_FROM = 1_000
"""Steps from which on fusing a step's operations (XLA) repays the seconds that it takes."""
COMPILE_SOON = {"attention": 50, "memory": 50}
"""The same of networks whose steps are many operations on large arrays: fused, a step of attention
takes a third of the time."""


class Trainer(keras.Model):  # type: ignore[misc]
    """A thin shell around a network: it fits the network, and is thrown away after.

    Each step minimises the mean negative log-likelihood over the targets that are there and a
    penalty on how far their locations differ, and measures the gradient's global norm before Adam
    clips it.

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
        super().__init__()
        self.network = network
        self.forecast = in_training(network)
        self.each, self.whole = section.clipnorm, section.global_clipnorm
        self.penalty = section.location_penalty
        mean, total = keras.metrics.Mean, keras.metrics.Sum
        self.mean_loss, self.targets = mean("loss"), total("targets")
        self.norm, self.clipped = mean("gradient_norm"), mean("clipped_share")
        optimizer = keras.optimizers.Adam(
            section.learning_rate,
            clipnorm=section.clipnorm,
            global_clipnorm=section.global_clipnorm,
        )
        # A recurrent step is many small operations. Keras never fuses them where there is only a
        # CPU; where there is a GPU, its "auto" knows when cuDNN is better.
        gpu = bool(tf.config.list_physical_devices("GPU"))
        least = COMPILE_SOON.get(network.name, COMPILE_FROM)
        self.compile(optimizer, jit_compile="auto" if gpu else steps >= least)
        optimizer.build(network.trainable_variables)
        self.built = True

    @property
    def metrics(self) -> list[keras.Metric]:
        """Averages and sums over an epoch."""
        return [self.mean_loss, self.targets, self.norm, self.clipped]

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Return the network's forecasts."""
        return self.network(inputs, training=training)

    def train_step(self, data: tuple[Any, ...]) -> dict[str, Any]:
        """Take one step on features (B, days, F) and targets (B, days, H) or (B, H)."""
        features, target = data[:2]
        with tf.GradientTape() as tape:
            forecast = self.forecast(features, target)
            loss, weight = weighted_loss(target, forecast)
            objective = loss + self.penalty * location_variance(target, forecast)
        variables = self.network.trainable_variables
        gradients = [tf.convert_to_tensor(g) for g in tape.gradient(objective, variables)]
        self.optimizer.apply(gradients, variables)
        self.mean_loss.update_state(loss, sample_weight=weight)
        self.targets.update_state(weight)
        norms = ops.stack([ops.norm(ops.ravel(gradient)) for gradient in gradients])
        self.norm.update_state(ops.norm(norms))
        self.clipped.update_state(self._clipped(norms))
        return {metric.name: metric.result() for metric in self.metrics}

    def _clipped(self, norms: Any) -> Any:
        """Say (0 or 1) whether clipping acts on gradients of these norms."""
        if self.each is not None:
            return ops.cast(ops.any(norms > self.each), "float32")
        if self.whole is not None:
            return ops.cast(ops.norm(norms) > self.whole, "float32")
        return ops.zeros(())


def weighted_loss(target: Any, forecast: Any) -> tuple[Any, Any]:
    """Return the mean negative log-likelihood over known targets, and their number.

    Parameters
    ----------
    target
        (…), NaN where there is none: such a place has no weight, and no gradient.
    forecast
        (…, 3).
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
        (…, 3).
    """
    known = ops.cast(ops.isfinite(target), "float32")
    number = ops.maximum(ops.sum(known), 1.0)
    ratio = forecast[..., 0] / ops.stop_gradient(forecast[..., 1])
    distance = ratio - ops.sum(known * ratio) / number
    return ops.sum(known * distance * distance) / number
