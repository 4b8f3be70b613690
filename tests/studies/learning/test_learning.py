"""Networks are trained alike from each seed, and what they reach is measured on fresh sequences."""

import keras
import numpy as np
import pytest

from pipeline.studies.learning.learning import BLOCK, HELD_OUT, Learner, answering, learn
from pipeline.studies.tasks import TASKS, Task


@pytest.fixture(scope="module")
def learner():
    return Learner(answering("elman", TASKS["latch"], units=4), batch=16, learning_rate=0.02)


def test_a_training_follows_from_its_seed_alone(learner):
    given = {"steps": 4 * BLOCK, "seeds": [1, 2]}
    both = learner.learn(TASKS["latch"], 5, **given)
    assert both[0].loss != both[1].loss
    # Neither the training before nor Adam's moments after it are left.
    assert learner.learn(TASKS["latch"], 5, steps=4 * BLOCK, seeds=[2]) == both[1:]
    assert all(each.solved and each.accuracy == 1.0 for each in both)
    assert both[0].share == pytest.approx(both[0].loss / np.log(2.0))
    assert all(0 < each.solved_after <= 4 * BLOCK for each in both)


def test_what_cannot_be_known_is_not_learned(learner):
    def draw(number, days, random):
        shown, _ = TASKS["latch"].draw(number, days, random)
        return shown, random.integers(0, 2, number).astype(np.float32)

    coin = Task("coin", "coin", 1, 2, draw, TASKS["latch"].naive)
    (found,) = learner.learn(coin, 5, steps=2 * BLOCK, seeds=[0])
    assert found.share == pytest.approx(1.0, abs=0.05)
    assert found.accuracy == pytest.approx(0.5, abs=0.05)
    assert not found.solved
    assert np.isnan(found.solved_after)


def test_the_loss_is_that_of_what_the_network_tells(learner):
    (found,) = learner.learn(TASKS["latch"], 5, steps=BLOCK, seeds=[3])
    shown, answers = TASKS["latch"].draw(HELD_OUT, 5, np.random.default_rng([3, 1]))
    told = keras.ops.convert_to_numpy(learner.network(shown))[:, -1, :, 0].astype(float)
    right = told[np.arange(HELD_OUT), answers.astype(int)]
    assert found.loss == pytest.approx((np.log(np.exp(told).sum(axis=1)) - right).mean(), rel=1e-4)
    assert found.accuracy == pytest.approx((told.argmax(axis=1) == answers).mean())


def test_what_is_refused(learner):
    with pytest.raises(ValueError, match="no multiple of"):
        learner.learn(TASKS["latch"], 5, steps=BLOCK + 1, seeds=[0])
    ends = answering("bidirectional", TASKS["copying"], units=2)
    given = {"batch": 2, "learning_rate": 0.01, "steps": BLOCK, "seeds": [0]}
    with pytest.raises(ValueError, match="end of its window alone"):
        learn(ends, TASKS["copying"], 1, **given)
