"""Training over epochs: batches, steps, and what is told of each epoch."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import keras
import numpy as np

from pipeline.settings.train import Train
from pipeline.training.batches import Batch, Batches
from pipeline.training.step import lent


class Trainer:
    """Fits a network, and is thrown away after. Keras's callbacks take it for the model.

    Parameters
    ----------
    network
        Made by `models.build`.
    section
        Learning rate, clipping and penalty.
    steps
        Steps that are to be taken at most.
    """

    optimizer: keras.optimizers.Optimizer
    """Of the steps, while they are taken."""

    def __init__(self, network: keras.Model, section: Train, steps: int) -> None:
        self.network, self.section, self.steps = network, section, steps
        self.stop_training = False

    def get_weights(self) -> list[Any]:
        """Return the network's weights, for callbacks."""
        weights: list[Any] = self.network.get_weights()
        return weights

    def set_weights(self, weights: list[Any]) -> None:
        """Set the network's weights, for callbacks."""
        self.network.set_weights(weights)

    def run(self, batches: Batches, epochs: int, callbacks: list[Any]) -> list[float]:
        """Take all steps of the epochs, unless a callback stops; return the loss of each epoch.

        The network has learned from an epoch when callbacks are told of its end.
        """
        told = keras.callbacks.CallbackList(callbacks, model=self, epochs=epochs)
        losses = []
        with lent(self.network, self.section, self.steps) as step:
            self.optimizer = step.optimizer
            told.on_train_begin()
            for epoch in range(epochs):
                told.on_epoch_begin(epoch)
                logs = _epoch(np.array([step(*batch) for batch in _ahead(batches)]))
                step.hand_over(self.network)
                batches.on_epoch_end()
                losses.append(logs["loss"])
                told.on_epoch_end(epoch, logs)
                if self.stop_training:
                    break
            told.on_train_end()
        return losses


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
