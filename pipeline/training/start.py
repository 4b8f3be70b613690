"""What a training starts from: weights drawn anew, or a network that was trained on other firms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np

import models
from models.catalogue import PRETRAINED
from pipeline.errors import ConfigError
from pipeline.outputs import Windowed
from pipeline.pretrained.pretrained import Pretrained, shipped
from pipeline.settings.model import Model
from pipeline.settings.train import Train

FRESH, TUNED, ZERO_SHOT = "fresh", "fine-tuned", "zero-shot"
EPOCHS = 4
"""Of fine-tuning, at most."""
SMALLER = 0.1
"""Its steps beside those of a fresh training."""


@dataclass(frozen=True)
class Start:
    """A network before its first step, and how it is fitted from there."""

    section: Train
    make: Callable[[], keras.Model]
    """The same network every time, whose distributions have no shape."""
    pretrained: Pretrained | None = None
    """What it was; None: drawn anew."""

    def validated(self) -> keras.Model:
        """Return the network that a first fit begins with.

        That of a pretrained network keeps the shape of its distributions: they are judged on
        growth as it came, before a step and after.
        """
        network = self.make()
        if self.pretrained is not None:
            models.set_shape(network, models.shape_of(models.from_bytes(self.pretrained.network)))
        return network


def starts(section: Train, model: Model, windowed: Windowed) -> tuple[list[Start], str | None]:
    """Return what a training may start from, and why not from a pretrained network, if it could.

    Parameters
    ----------
    section
        Of which `start` says what is asked for.
    model
        Architecture and sizes.
    windowed
        The panel and its fold.
    """
    fresh = Start(section, lambda: _fresh(section, model, windowed))
    if section.start == FRESH:
        return [fresh], None
    found = _pretrained(model, windowed)
    if isinstance(found, str):
        return [fresh], found
    small = {
        "epochs": 0 if section.start == ZERO_SHOT else min(EPOCHS, section.epochs),
        "learning_rate": SMALLER * section.learning_rate,
    }
    tuned = Start(
        section.model_copy(update=small), lambda: _begun(found, section, model, windowed), found
    )
    return ([tuned, fresh] if section.start == "best" else [tuned]), None


def _pretrained(model: Model, windowed: Windowed) -> Pretrained | str:
    """Return the pretrained network that a training may start from, or why there is none."""
    if model.name not in PRETRAINED:
        return f"No pretrained {model.name} comes with firmament"
    found = shipped(model.name, windowed.names[:-1])
    if found is None:
        return f"No pretrained {model.name} comes with firmament that sees these inputs"
    card, fold = found.card, windowed.fold
    sizes = {name: getattr(model, name) for name in card.sizes}
    if sizes != card.sizes:
        name = next(name for name in sizes if sizes[name] != card.sizes[name])
        return f"The pretrained {model.name} has model.{name} {card.sizes[name]}, not {sizes[name]}"
    if fold.horizon != card.horizon:
        return f"The pretrained {model.name} forecasts {card.horizon} day ahead, not {fold.horizon}"
    first = windowed.dates[fold.valid[0] + 1].astype("datetime64[D]")
    if first <= np.datetime64(card.seen_to):
        return (
            f"The pretrained {model.name} has seen the days up to {card.seen_to}, whichever firms "
            f"they are of, and validation begins on {first}"
        )
    return found


def _fresh(section: Train, model: Model, windowed: Windowed) -> keras.Model:
    """Build the network that the config asks for, the same one for the same seed."""
    keras.utils.set_random_seed(section.seed)
    features, horizon = windowed.features.shape[2], windowed.fold.horizon
    try:
        return models.build(**model.model_dump(), features=features, horizon=horizon)
    except ValueError as error:
        raise ConfigError(f"model: {error}") from error


def _begun(pretrained: Pretrained, section: Train, model: Model, windowed: Windowed) -> keras.Model:
    """Build the network that the config asks for with the weights of a pretrained one."""
    network = _fresh(section, model, windowed)
    network.set_weights(models.from_bytes(pretrained.network).get_weights())
    return network
