"""What a forecast may depend on: the flag `causal` of the catalogue is true."""

from typing import Any

import keras
import numpy as np
import pytest
from networks import IDS, VARIANTS, drawn, noise, sizes, told

import models
from models import ARCHITECTURES

DAYS = 4
CASES = [*VARIANTS, ("stacked", {"cell": "memory"}), ("attention", {"cell": "jordan"})]
IDS = [*IDS, "stacked-memory", "attention-jordan"]


@pytest.mark.parametrize(("name", "options"), CASES, ids=IDS)
def test_the_future_moves_nothing_in_a_causal_network(name: str, options: dict[str, Any]) -> None:
    network = drawn(name, **options)
    causal = ARCHITECTURES[name].causal(sizes(name, **options))
    assert models.is_causal(network) == causal
    assert causal == (name != "bidirectional" and options.get("attention") != "full")
    # One row for each day from which on the future is another.
    inputs = np.repeat(noise(1, DAYS, 3), DAYS, axis=0)
    for day in range(DAYS - 1):
        inputs[day, day + 1 :] += 1.0
    both = keras.Model(network.input, [network.output, models.states(network).output])
    for answer in map(keras.ops.convert_to_numpy, both(inputs)):
        for day in range(DAYS - 1):
            if causal:
                now, then = answer[day], answer[-1]
                np.testing.assert_allclose(now[: day + 1], then[: day + 1], rtol=1e-5, atol=1e-6)
                assert np.abs(now[day + 1 :] - then[day + 1 :]).max() > 1e-4
            else:
                assert np.abs(answer[day] - answer[-1]).max() > 1e-4


@pytest.mark.parametrize(("name", "days"), [("linear", 1), ("feedforward", 1), ("feedforward", 3)])
def test_a_control_forgets_what_is_older_than_its_window(name: str, days: int) -> None:
    network = drawn(name, window_days=days)
    inputs = np.repeat(noise(1, DAYS, 3), DAYS + 1, axis=0)
    inputs[np.arange(DAYS), np.arange(DAYS)] += 1.0
    answer = told(network, inputs)
    moved = (np.abs(answer[:-1] - answer[-1]) > 1e-6).any(axis=(2, 3))
    for day in range(DAYS):
        assert np.flatnonzero(moved[day]).tolist() == [*range(day, min(day + days, DAYS))]


@pytest.mark.parametrize(
    ("name", "options"), [("bidirectional", {}), ("attention", {"attention": "full"})]
)
def test_a_network_that_is_not_causal_sees_every_day(name: str, options: dict[str, Any]) -> None:
    network = drawn(name, **options)
    inputs = np.repeat(noise(1, DAYS, 3), DAYS + 1, axis=0)
    inputs[np.arange(DAYS), np.arange(DAYS)] += 1.0
    answer = told(network, inputs)
    assert (np.abs(answer[:-1] - answer[-1]).max(axis=(1, 2)) > 1e-6).all()


def test_a_taught_forecast_looks_at_the_targets_of_earlier_days_alone() -> None:
    network = drawn("seq2seq", horizon=3, teacher_forcing=1.0)
    taught, inputs, target = models.in_training(network), noise(2, 3, 3), noise(2, 3, 3, seed=1)
    before = told(taught, inputs, target)
    for ahead in range(3):
        changed = target.copy()
        changed[:, 1, ahead] += 1.0
        after = told(taught, inputs, changed)
        moved = np.abs(after - before).max(axis=(0, 3)) > 1e-5
        np.testing.assert_array_equal(
            np.argwhere(moved).tolist(), [[1, k] for k in range(ahead + 1, 3)]
        )


@pytest.mark.parametrize("name", [name for name in ARCHITECTURES if name != "seq2seq"])
def test_others_do_not_look_at_the_targets(name: str) -> None:
    taught, inputs = models.in_training(drawn(name)), noise(1, 2, 3)
    answers = [told(taught, inputs, noise(1, 2, 2, seed=seed)) for seed in (1, 2)]
    np.testing.assert_array_equal(*answers)
