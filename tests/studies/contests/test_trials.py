"""Trials count what they spend, and stop where a problem is solved."""

import numpy as np
import pytest

from pipeline.studies.contests.trials import Problem, descend, search
from pipeline.studies.populations.losses import Squared
from pipeline.studies.populations.recurrent import Elman

SEEDS = 2


def _always(_weights, _seed):
    return True


def _problem(solves=_always, most=0.0):
    """A network of one unit that has to answer 0.5 whatever it is shown."""
    return Problem(
        Elman(1, 1, 1),
        Squared(),
        shown=np.zeros((SEEDS, 4, 3, 1), np.float32),
        answers=np.full((1, SEEDS, 4), 0.5, np.float32),
        solves=solves,
        error=lambda outputs, answers: np.abs(outputs[-1, ..., 0] - answers[-1]).max(axis=-1),
        most=most,
    )


def test_the_first_guess_that_is_good_enough_is_counted():
    asked = []

    def second(_weights, seed):
        asked.append(seed)
        return asked.count(seed) == 2

    found = search(_problem(second, most=1e9), "guessing", SEEDS, 500)
    # Of a step of fifty guesses the first is tried: the second try is that of the second step.
    assert [trial.solved for trial in found] == [51, 51]


def test_what_is_never_solved_ends_with_the_budget():
    found = search(_problem(most=-1.0), "genetic algorithm", SEEDS, 100)
    assert [trial.solved for trial in found] == [None, None]
    assert all(np.isfinite(trial.loss) for trial in found)
    outputs, _ = _problem().run(np.stack([trial.weights for trial in found]), [0, 1])
    assert np.square(outputs[-1, ..., 0] - 0.5).mean(axis=1) == pytest.approx(
        [trial.loss for trial in found], rel=1e-4
    )


def test_gradients_solve_it_and_count_their_steps():
    problem = _problem(most=0.01)
    found = descend(problem, SEEDS, 400)
    assert all(trial.solved is not None for trial in found)
    longest = max(trial.solved for trial in found)
    assert [t.solved for t in descend(problem, SEEDS, longest)] == [t.solved for t in found]
    assert None in [trial.solved for trial in descend(problem, SEEDS, longest - 1)]
