"""A network that learns a task from other first weights each time."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.studies.learning.learner import Learner
from pipeline.studies.tasks import TASKS


@pytest.fixture(scope="module")
def learner() -> Learner:
    return Learner(TASKS["latch"], 4, "elman", units=4)


def learned(learner: Learner, seed: int, steps: int) -> tuple[dict[str, np.ndarray], float]:
    learner.begin("default", seed)
    learner.learn(steps, np.random.default_rng(seed))
    return learner.weights(), learner.accuracy(np.random.default_rng(9))


def test_it_learns_what_can_be_learned(learner: Learner) -> None:
    assert learned(learner, 0, 0)[1] < 0.95
    assert learned(learner, 0, 150)[1] > 0.99


def test_a_seed_learns_the_same_whatever_was_learned_before(learner: Learner) -> None:
    (first, _), (other, _) = learned(learner, 1, 20), learned(learner, 2, 20)
    again, _ = learned(learner, 1, 20)
    assert set(first) == {"kernel", "recurrent_kernel", "bias"}
    for name, weight in first.items():
        np.testing.assert_array_equal(again[name], weight)
        assert (other[name] != weight).all()
