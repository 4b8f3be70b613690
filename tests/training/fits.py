"""A panel and small trainings on it, which the tests of a fit and of a refit share."""

from __future__ import annotations

from collections.abc import Mapping

import keras
from universe import windowed

import models
from pipeline.outputs import Trained, Windowed
from pipeline.settings.model import Model
from pipeline.settings.train import Train
from pipeline.settings.window import Window
from pipeline.training.train import train
from pipeline.watch import Silence

PANEL = windowed(Window(lookback=10), firms=6, days=300)
FOLD = PANEL.fold
QUICK = Train(
    epochs=2,
    sequence=40,
    batch_size=8,
    sequences_per_epoch=32,
    windows_per_epoch=64,
    burn_in=4,
    refit=False,
)
WILD = QUICK.model_copy(update={"epochs": 12, "patience": 2, "learning_rate": 0.02})
CHOSEN = ["epoch", "loss", "valid_loss", "valid_crps"]
SMALL = Model(name="elman", cell="elman", units=4)


class Listener(Silence):
    def __init__(self) -> None:
        self.told: list[tuple[int, dict[str, float]]] = []
        self.steps: list[tuple[str, int, int]] = []

    def epoch(self, number: int, metrics: Mapping[str, float]) -> None:
        self.told.append((number, dict(metrics)))

    def step(self, task: str, done: int, total: int) -> None:
        self.steps.append((task, done, total))


def run(section: Train = QUICK, model: Model = SMALL, panel: Windowed = PANEL) -> Trained:
    return train(section, model, panel, watch=Silence())


def fresh(name: str = "elman", **options: int) -> keras.Model:
    keras.utils.set_random_seed(3)
    return models.build(name, features=PANEL.features.shape[2], units=4, **options)
