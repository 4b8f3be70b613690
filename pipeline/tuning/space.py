"""Which settings are looked for, and between what: each range is declared here, once.

What validation days cannot judge is not looked for: `train.refit` and `train.refit_batch_size`
tell how a network is fitted when validation days are no longer apart, and `train.seed` is no
setting to be lucky with. Nor is `train.epochs`: validation chooses among them in each trial.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from models.catalogue import ARCHITECTURES, CELLS, COMPOSED, RECURRENT
from pipeline.settings.settings import Settings


@dataclass(frozen=True)
class Range:
    """Between what a setting is looked for, and of which architectures."""

    key: str
    """`section.key`."""
    values: BaseDistribution
    models: tuple[str, ...] = tuple(ARCHITECTURES)


_SEQUENCES = tuple(name for name in ARCHITECTURES if name != "bidirectional")
"""Architectures that are fitted on sequences, not on windows, unless told to look ahead."""
RANGES = (
    Range("train.learning_rate", FloatDistribution(3e-4, 3e-2, log=True)),
    Range("train.schedule", CategoricalDistribution(("constant", "cosine", "plateau"))),
    Range("train.batch_size", IntDistribution(16, 512, log=True)),
    Range("train.location_penalty", FloatDistribution(0.5, 500.0, log=True)),
    Range("train.sequence", IntDistribution(16, 256, log=True), _SEQUENCES),
    Range("train.burn_in", IntDistribution(0, 60), _SEQUENCES),
    Range("model.units", IntDistribution(8, 256, log=True), (*RECURRENT, "feedforward")),
    Range("model.dropout", FloatDistribution(0.0, 0.5)),
    Range("model.cell", CategoricalDistribution(CELLS), COMPOSED),
    Range("model.layers", IntDistribution(1, 4), ("stacked",)),
    Range("model.attention_days", IntDistribution(8, 256, log=True), ("attention",)),
    Range("model.convolutions", IntDistribution(1, 4), ("hybrid",)),
    Range("model.kernel_days", IntDistribution(2, 20), ("hybrid",)),
    Range("model.slots", IntDistribution(2, 32, log=True), ("memory",)),
    Range("model.slot_width", IntDistribution(4, 64, log=True), ("memory",)),
    Range("model.window_days", IntDistribution(1, 60, log=True), ("feedforward",)),
    Range("model.teacher_forcing", FloatDistribution(0.0, 1.0), ("seq2seq",)),
)
"""What `firmament tune` looks for."""


def ranges(model: str) -> dict[str, BaseDistribution]:
    """Return setting → range for an architecture."""
    return {one.key: one.values for one in RANGES if model in one.models}


def given(settings: Settings) -> dict[str, Any]:
    """Return setting → value as it is given, of those that lie in their range."""
    found: dict[str, Any] = {}
    for key, values in ranges(settings.model.name).items():
        section, _, name = key.partition(".")
        value = getattr(getattr(settings, section), name)
        if value is not None and _inside(value, values):
            found[key] = value
    return found


def _inside(value: Any, values: BaseDistribution) -> bool:
    """Say whether a value lies in a range."""
    if isinstance(values, CategoricalDistribution):
        return value in values.choices
    ends: Any = values
    return bool(ends.low <= value <= ends.high)


def with_values(settings: Settings, values: Mapping[str, Any]) -> Settings:
    """Return settings with others in their place: setting → value."""
    sections: dict[str, Any] = {}
    for key, value in values.items():
        section, _, name = key.partition(".")
        own = sections.get(section, getattr(settings, section))
        sections[section] = own.model_copy(update={name: value})
    return settings.model_copy(update=sections)
