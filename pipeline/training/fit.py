"""Fit a network to the training days, and let validation choose the epoch."""

from __future__ import annotations

import math
from typing import Any

import keras

import models
from pipeline.errors import ConfigError
from pipeline.outputs import Windowed
from pipeline.settings.train import Train
from pipeline.training.batches import Batches
from pipeline.training.diary import Diary, validation
from pipeline.training.gradient_flow import GradientFlow
from pipeline.training.trainer import Trainer
from pipeline.watch import Watch


def fit(
    network: keras.Model,
    batches: Batches,
    section: Train,
    windowed: Windowed,
    *,
    watch: Watch,
    judged_before: bool = False,
) -> Diary:
    """Fit a network in place, and return what happened; the epoch that validated best is kept.

    Parameters
    ----------
    network
        Made by `models.build`.
    batches
        What it learns from.
    section
        Epochs, steps, clipping. No epochs are none: the network is only validated.
    windowed
        The panel, whose validation origins choose.
    watch
        Told of each epoch.
    judged_before
        Whether the network as it comes is validated too, as epoch 0.

    Raises
    ------
    ConfigError
        If a network that is not causal is to be supervised at every day: it would be shown the
        very days that it is asked to forecast; or if its gradient flow is asked for.
    """
    if batches.per_day and not models.is_causal(network):
        raise ConfigError(
            f"The architecture {network.name} is not causal, so it cannot be supervised at every "
            "day of a sequence: train it on windows, at their last day."
        )
    recurs = network.name not in models.CONTROLS  # else there is nothing that flows back
    flow = GradientFlow(network, batches).norms if section.gradient_flow and recurs else None
    trainer = Trainer(network, section, len(batches) * section.epochs)
    validate = validation(network, windowed, batches.fold, section)
    diary = Diary(validate, section.epochs, watch, flow)
    if judged_before:
        diary.judge_before()
    if section.epochs:
        callbacks = [diary, *schedule(section), _stopping(section)]
        trainer.run(batches, section.epochs, callbacks)
    return diary


def _stopping(section: Train) -> Any:
    """Stop when validation no longer improves, and restore the best weights in any case."""
    return keras.callbacks.EarlyStopping(
        "valid_loss", mode="min", patience=section.patience, restore_best_weights=True
    )


def schedule(section: Train) -> list[Any]:
    """Return the callbacks that change the learning rate by epoch."""
    if section.schedule == "cosine":
        return [keras.callbacks.LearningRateScheduler(lambda epoch: cosine(epoch, section))]
    if section.schedule == "plateau":
        patience = max(1, section.patience // 2)
        return [keras.callbacks.ReduceLROnPlateau("valid_loss", 0.5, patience, mode="min")]
    return []


def cosine(epoch: int, section: Train) -> float:
    """Return the learning rate of an epoch (counted from 0): half a cosine from full to nothing.

    η_e = η (1 + cos(π e / E)) / 2 with E epochs at most (Loshchilov and Hutter, "SGDR", 2017).
    """
    return 0.5 * section.learning_rate * (1.0 + math.cos(math.pi * epoch / section.epochs))
