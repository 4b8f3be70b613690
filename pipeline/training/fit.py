"""Fit one network on the panel."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np

import models
from pipeline.errors import ConfigError
from pipeline.outputs import Json, Trained, Windowed
from pipeline.settings.model import Model
from pipeline.settings.train import Train
from pipeline.training.batches import Batches, Sequences, Windows
from pipeline.training.day_factors import day_factors
from pipeline.training.diary import Diary, validation
from pipeline.training.gradient_flow import GradientFlow
from pipeline.training.hindsight import hindsight
from pipeline.training.shape import fit_shape, skew_helps
from pipeline.training.trainer import Trainer
from pipeline.watch import Silence, Watch

FEWEST = 8
"""Sequences that a step of the refit takes at least: with four, forecasts were worse."""


def train(section: Train, model: Model, windowed: Windowed, *, watch: Watch) -> Trained:
    """Fit a network to the training origins; let validation choose the epoch.

    A causal network is supervised at every day of long sequences, any other at the last day of
    windows. Targets of training origins alone move the weights, those of validation origins alone
    choose among epochs. With `train.refit` the network is then fitted anew, from the same first
    weights and for the epochs that validation chose, to training and validation origins, of whose
    growth is taken what the firms of a day share (`day_factors`). That is what the first fit had
    to be stopped from learning by heart, so the second takes more steps where there are more firms
    to learn from (`refit_batch_size`), and last the shape of all forecasts is fitted to growth as
    it came (`fit_shape`). With `train.rehearse`, what validation chooses the refit's epochs by is
    the refit itself, on training origins alone. Without a refit, the weights that validated best
    are kept. The same inputs and seed give the same network, bit by bit, on the same machine.

    Parameters
    ----------
    section
        Epochs, batches, learning rate, clipping, seed.
    model
        Architecture and sizes.
    windowed
        The panel and its fold.
    watch
        Told the metrics of each epoch.

    Returns
    -------
    Trained
        The network, a row of metrics an epoch, a summary, and with `train.gradient_flow` how far
        the gradient of a day's loss reached back after each epoch of the first fit.

    Raises
    ------
    ConfigError
        If the architecture is unknown, the settings leave nothing to train on, or the loss
        diverges.
    """
    fold = windowed.fold
    started = time.perf_counter()
    network = _network(section, model, windowed)
    kind = Sequences if models.is_causal(network) else Windows
    batches = kind(windowed, fold, section)
    diary = fit(network, batches, section, windowed, watch=watch)
    epochs = diary.best_epoch
    if section.refit:
        both = replace(fold, train=(fold.train[0], fold.valid[1]))
        seen = hindsight(network, windowed, both.train, watch=watch)
        skewed, factors = skew_helps(seen, fold), day_factors(seen, len(windowed.dates))
        network = _network(section, model, windowed)
        size = refit_batch_size(section, batches.passes_an_epoch)
        again = section.model_copy(update={"batch_size": size, "gradient_flow": False})
        if section.rehearse:
            rehearsal, apart = (
                _network(section, model, windowed),
                kind(windowed, fold, again, factors),
            )
            epochs = fit(rehearsal, apart, again, windowed, watch=Rehearsing(watch)).best_epoch
        refit(network, kind(windowed, both, again, factors), again, epochs, watch=watch)
        seen = hindsight(network, windowed, both.train, watch=watch)
        models.set_shape(network, fit_shape(seen, skewed=skewed))
    summary = _summary(model, network, section, diary, time.perf_counter() - started)
    summary["refit_epochs"] = epochs if section.refit else 0
    return Trained(models.to_bytes(network), diary.history, summary, diary.gradient_flow)


def fit(
    network: keras.Model, batches: Batches, section: Train, windowed: Windowed, *, watch: Watch
) -> Diary:
    """Fit a network in place, and return what happened.

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
    callbacks = [diary, *_schedule(section), _stopping(section)]
    trainer.run(batches, section.epochs, callbacks)
    return diary


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
    callbacks = [told, *(_schedule(shorter) if section.schedule == "cosine" else [])]
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
class Rehearsing(Silence):
    """Tells of a rehearsal's epochs as of steps: those of the first fit are the training's own."""

    watch: Watch

    def step(self, task: str, done: int, total: int) -> None:  # noqa: ARG002
        """Report an epoch of the rehearsal."""
        self.watch.step("rehearse", done, total)


def _network(section: Train, model: Model, windowed: Windowed) -> keras.Model:
    """Build the network that the config asks for, the same one for the same seed."""
    keras.utils.set_random_seed(section.seed)
    features, horizon = windowed.features.shape[2], windowed.fold.horizon
    try:
        return models.build(**model.model_dump(), features=features, horizon=horizon)
    except ValueError as error:
        raise ConfigError(f"model: {error}") from error


def _stopping(section: Train) -> Any:
    """Stop when validation no longer improves, and restore the best weights in any case."""
    return keras.callbacks.EarlyStopping(
        "valid_loss", mode="min", patience=section.patience, restore_best_weights=True
    )


def _schedule(section: Train) -> list[Any]:
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


def _summary(
    model: Model, network: keras.Model, section: Train, diary: Diary, seconds: float
) -> Json:
    """Return what is worth knowing about a training at a glance."""
    history = diary.history
    clipping = {"clipnorm": section.clipnorm, "global_clipnorm": section.global_clipnorm}
    return {
        "architecture": model.name,
        "parameters": int(network.count_params()),
        "best_epoch": diary.best_epoch,
        "epochs": len(history),
        "seconds": seconds,
        "targets_per_second": float(history["targets_per_second"].median()),
        "clipping": next((k for k, v in clipping.items() if v is not None), "none"),
        "causal": models.is_causal(network),
        "refit": section.refit,
    }
