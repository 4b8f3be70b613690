"""Fit a network anew to training and validation days, with nothing left to choose by."""

from __future__ import annotations

from dataclasses import dataclass

import keras
import numpy as np

from pipeline.errors import ConfigError
from pipeline.settings.train import Train
from pipeline.training.batches import Batches
from pipeline.training.fit import schedule
from pipeline.training.trainer import Trainer
from pipeline.watch import Silence, Watch

FEWEST = 8
"""Sequences that a step of the refit takes at least: with four, forecasts were worse."""


def refit(
    network: keras.Model, batches: Batches, section: Train, epochs: int, *, watch: Watch
) -> None:
    """Fit a network in place for a number of epochs, with nothing to choose among them by.

    The learning rate falls to its end within those epochs (for `plateau` it stays).

    Raises
    ------
    ConfigError
        If the loss diverges.
    """
    shorter = section.model_copy(update={"epochs": epochs})
    trainer = Trainer(network, shorter, len(batches) * epochs)
    told = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, _: watch.step("refit", epoch + 1, epochs)
    )
    callbacks = [told, *(schedule(shorter) if section.schedule == "cosine" else [])]
    if not np.isfinite(trainer.run(batches, epochs, callbacks)).all():
        raise ConfigError(
            "Training diverged when it was repeated on training and validation days: lower "
            f"train.learning_rate (now {section.learning_rate:g}), or set train.refit to false."
        )


def refit_batch_size(section: Train, passes_an_epoch: float) -> int:
    """Return how many sequences a step of the refit takes.

    An epoch draws the same number of sequences however many firms there are: of few firms it
    passes over their days many times, of many over a part. In a number of sequences a step that is
    proportional to those passes, an epoch of the refit takes as many steps as one pass in steps of
    `train.refit_batch_size` does: the more there is to learn from, the more steps.
    """
    size = round(min(section.refit_batch_size * passes_an_epoch, section.batch_size))
    return min(section.batch_size, max(FEWEST, size))


@dataclass(frozen=True)
class AsSteps(Silence):
    """Tells of a fit's epochs as steps of a task: those of a training are of one fit alone."""

    watch: Watch
    task: str

    def step(self, task: str, done: int, total: int) -> None:  # noqa: ARG002
        """Report an epoch."""
        self.watch.step(self.task, done, total)
