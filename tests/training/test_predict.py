from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest
from universe import windowed

import models
from pipeline.errors import InputError
from pipeline.outputs import Windowed
from pipeline.settings.window import Window
from pipeline.training.predict import forecast
from pipeline.watch import Silence

LOOKBACK = 8
PANEL = windowed(Window(lookback=LOOKBACK, horizon=2), firms=5, days=120)
FEATURES = PANEL.features.shape[2]
CAUSAL = [
    name
    for name, kind in models.ARCHITECTURES.items()
    if kind.causal(models.sizes(name, features=FEATURES))
]
ONE_EACH = ("gru", "bidirectional")
"""By day and by window; others are run as these are."""


def some(names: Iterable[str]) -> list[Any]:
    """Leave all but `ONE_EACH` to `full`: that every network is causal is shown of the networks."""
    return [
        name if name in ONE_EACH else pytest.param(name, marks=pytest.mark.full) for name in names
    ]


def network(name: str) -> keras.Model:
    keras.utils.set_random_seed(3)
    return models.build(name, features=FEATURES, units=4, horizon=2, attention_days=6)


def changed_after(day: int) -> Windowed:
    features = PANEL.features.copy()
    features[:, day + 1 :, :-1] += 3.0
    return replace(PANEL, features=features, growth=PANEL.growth * 9.0, unit=PANEL.unit * 2.0)


@pytest.mark.parametrize("name", some((*ONE_EACH, "attention", "seq2seq", "memory")))
def test_a_network_that_is_shown_its_last_days_knows_of_no_others(name: str) -> None:
    net, day, days = network(name), 70, 4
    before = PANEL.features.copy()
    before[:, : day - days + 1] = 9.0
    told = [
        forecast(net, panel, (day, day + 3), watch=Silence(), shown=days)
        for panel in (PANEL, replace(PANEL, features=before), changed_after(day))
    ]
    np.testing.assert_array_equal(told[0][:, 0], told[1][:, 0])
    np.testing.assert_array_equal(told[0][:, 0], told[2][:, 0])
    earlier = forecast(
        net, replace(PANEL, features=before), (day - 1, day), watch=Silence(), shown=days
    )
    own = forecast(net, PANEL, (day - 1, day), watch=Silence(), shown=days)
    assert (earlier != own).any()  # a day that was changed is among its four
    window = PANEL.features[:, day - days + 1 : day + 1]
    alone = np.asarray(net(window))
    wanted = alone[:, -1] if alone.ndim == 4 else alone
    np.testing.assert_allclose(told[0][:, 0], wanted, rtol=1e-5, atol=1e-6)


def test_more_days_than_there_are_cannot_be_shown() -> None:
    with pytest.raises(InputError, match="allows 69 to"):
        forecast(network("gru"), PANEL, (60, 80), watch=Silence(), shown=70)


@pytest.mark.parametrize("name", some(models.ARCHITECTURES))
def test_what_comes_after_a_day_changes_nothing_up_to_it(name: str) -> None:
    net, day = network(name), 70
    other = changed_after(day)
    made = [forecast(net, panel, (60, 80), watch=Silence()) for panel in (PANEL, other)]
    np.testing.assert_array_equal(made[0][:, :11], made[1][:, :11])
    assert (made[0][:, 11] != made[1][:, 11]).any()


@pytest.mark.parametrize("name", some(CAUSAL))  # how it is passed over is the same for all of them
def test_a_causal_network_passes_over_the_history_once(name: str) -> None:
    net = network(name)
    whole = np.asarray(net(PANEL.features[:, :30]))
    made = forecast(net, PANEL, (20, 30), watch=Silence(), at_once=40)
    assert made.shape == (5, 10, 2, 4)
    np.testing.assert_allclose(made, whole[:, 20:], atol=1e-6)
    later = np.asarray(net(PANEL.features[:, 15:30]))
    made = forecast(net, PANEL, (20, 30), watch=Silence(), since=15)
    np.testing.assert_allclose(made, later[:, 5:], atol=1e-6)


def test_any_other_network_is_shown_the_window_that_ends_at_the_day() -> None:
    net = network("bidirectional")
    made = forecast(net, PANEL, (40, 44), watch=Silence(), at_once=20)
    for day in range(40, 44):
        cut = PANEL.features[:, day + 1 - LOOKBACK : day + 1]
        np.testing.assert_allclose(made[:, day - 40], net(cut), atol=1e-6)


def test_origins_without_a_window_or_a_day_are_refused() -> None:
    with pytest.raises(InputError, match="the panel allows 7 to 119"):
        forecast(network("bidirectional"), PANEL, (6, 9), watch=Silence())
    with pytest.raises(InputError, match="the panel allows 0 to 119"):
        forecast(network("gru"), PANEL, (110, 121), watch=Silence())
