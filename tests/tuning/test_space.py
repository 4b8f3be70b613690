"""Ranges lie within the bounds of their settings, and stand once."""

from __future__ import annotations

import pytest
from optuna.distributions import CategoricalDistribution

from models.catalogue import ARCHITECTURES
from pipeline.settings.load import load
from pipeline.tuning.space import RANGES, given, ranges, with_values


def test_every_range_stands_once_and_is_of_a_setting_of_some_architecture() -> None:
    assert len({one.key for one in RANGES}) == len(RANGES)
    for one in RANGES:
        assert one.key.split(".")[0] in ("model", "train")
        assert one.models and set(one.models) <= set(ARCHITECTURES)


@pytest.mark.parametrize("model", ARCHITECTURES)
def test_both_ends_of_every_range_are_settings(model: str) -> None:
    for key, values in ranges(model).items():
        categorical = isinstance(values, CategoricalDistribution)
        for value in values.choices if categorical else (values.low, values.high):  # type: ignore[attr-defined]
            settings = load(None, [f"model.name={model}", f"{key}={value}"])
            assert given(settings)[key] == value
            assert with_values(load(None, [f"model.name={model}"]), {key: value}) == settings


def test_what_is_given_beyond_its_range_is_left_as_it_is() -> None:
    settings = load(None, ["model.name=stacked", "model.units=1000"])
    assert "model.units" not in given(settings)
    assert "model.layers" not in given(settings)  # as many as stacked has by itself
    assert given(settings)["model.cell"] == "gru"
    changed = with_values(settings, {"model.layers": 3, "train.learning_rate": 0.01})
    assert (changed.model.units, changed.model.layers) == (1000, 3)
    assert changed.train.learning_rate == 0.01
