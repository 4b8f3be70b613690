"""Trainings on real growth from many first weights."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import keras
import pandas as pd

import models
from pipeline.outputs import Windowed
from pipeline.settings.model import Model
from pipeline.settings.train import Train
from pipeline.training.batches import Sequences
from pipeline.training.diary import Diary, validation
from pipeline.training.fit import cosine
from pipeline.training.trainer import Trainer
from pipeline.watch import Silence


def trainings(
    section: Train, model: Model, windowed: Windowed, seeds: Iterable[int]
) -> Iterator[pd.DataFrame]:
    """Train a causal network once a seed, as `pipeline.training.train` does; give each history.

    All epochs are trained, with a learning rate that falls as a cosine, and nothing is refitted.

    Parameters
    ----------
    section
        Budget and steps; its seed does not count.
    model
        Architecture and sizes.
    windowed
        The panel and its fold.
    seeds
        Of first weights and batches: the same ones as where `section` has that seed.
    """
    features, horizon = windowed.features.shape[2], windowed.fold.horizon
    options = model.model_dump() | {"features": features, "horizon": horizon}
    given = [*seeds]
    steps = -(-section.sequences_per_epoch // section.batch_size) * section.epochs
    for seed in given:
        keras.utils.set_random_seed(seed)
        network = models.build(**options)
        # The step is compiled once: it is for all seeds that this repays its seconds, or not.
        trainer = Trainer(network, section, steps * len(given))
        own = section.model_copy(update={"seed": seed})
        batches = Sequences(windowed, windowed.fold, own)
        diary = Diary(validation(network, windowed, windowed.fold, own), own.epochs, Silence())
        trainer.run(batches, own.epochs, [diary, _falling(own)])
        yield diary.history


def _falling(section: Train) -> keras.callbacks.Callback:
    """Let the learning rate fall over the epochs."""
    return keras.callbacks.LearningRateScheduler(lambda epoch: cosine(epoch, section))
