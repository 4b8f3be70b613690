"""Problems are the tasks that they are made of, judged on sequences that were not shown."""

import numpy as np
import pytest

from pipeline.studies.contests.problems import constant, growth_problem, task_problem, validated
from pipeline.studies.contests.trials import Trial
from tests.universe import windowed

PANEL = windowed()


def test_a_latch_made_by_hand_solves_the_latch():
    problem = task_problem("latch", 30, 1, 2)
    # U 4, W 2, b 0: once driven to ±1, the state stays there through noise of a fifth.
    right = np.array([[4.0, 2.0, 0.0, 1.0, 0.0]], np.float32)
    assert problem.solves(right, 0)
    assert not problem.solves(right * [[1.0, 1.0, 1.0, -1.0, 1.0]], 0)
    outputs, answers = problem.run(np.repeat(right, 2, axis=0), [0, 1])
    assert problem.error(outputs, answers).tolist() == [0.0, 0.0]


def test_a_constant_makes_the_error_without_memory():
    problem = task_problem("adding", 20, 2, 1)
    zero = np.zeros((1, problem.network.parameters), np.float32)
    outputs, answers = problem.run(zero, [0])
    assert problem.error(outputs, answers)[0] == pytest.approx(1.0, abs=0.4)
    assert not problem.solves(zero, 0)


def test_a_network_that_says_the_same_every_day_scores_as_a_constant():
    problem = growth_problem(PANEL, 2, 1)
    weights = np.zeros(problem.network.parameters)
    readout = problem.network.split(weights[None])[1]
    readout[0, -1] = [0.0, 0.5, 1.0]
    found = validated(PANEL, problem, [Trial(weights)])
    assert found.shape == (1,)
    # One distribution that was fitted is better than one that was not, and of its order.
    assert 0.5 * found[0] < constant(PANEL) < found[0]
