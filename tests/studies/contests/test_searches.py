"""Searches find the bottom of a bowl from losses alone, and guessing does not."""

import numpy as np
import pytest

from pipeline.studies.contests.searches import SEARCHES, Annealing, Genetic

CENTRE = np.array([1.0, -2.0, 0.5])


def _best(name, seed=0, budget=2000):
    search = SEARCHES[name](3, budget, np.random.default_rng(seed))
    best, spent, sizes = np.inf, 0, set()
    while spent < budget:
        points = search.ask()
        losses = np.square(points - CENTRE).sum(axis=1)
        search.tell(losses)
        best, spent = min(best, losses.min()), spent + len(points)
        sizes.add(len(points))
    assert len(sizes) == 1
    return best


@pytest.mark.parametrize("name", [name for name in SEARCHES if name != "guessing"])
def test_searches_find_the_bottom(name):
    assert _best(name) < 0.02
    assert _best(name) == _best(name)


def test_guesses_are_as_dense_as_their_cube():
    # A ball of radius 3 has 4/3 π 27 = 113.1 of the 40³ of the cube: one guess in 566.
    search = SEARCHES["guessing"](3, 0, np.random.default_rng(0))
    points = np.concatenate([search.ask() for _ in range(2000)])
    hits = (np.square(points - CENTRE).sum(axis=1) < 9.0).mean()
    assert 1 / hits == pytest.approx(566, rel=0.2)


def test_annealing_takes_what_is_worse_less_often_when_it_is_cold():
    def taken(spent):
        search = Annealing(1, 1000, np.random.default_rng(0))
        search.ask()
        search.tell(np.array([0.0]))
        kept = 0
        for _ in range(500):
            search.spent, search.loss, before = spent, 0.0, search.point
            search.ask()
            search.tell(np.array([0.1]))
            kept += search.point is not before
        return kept / 500

    assert taken(1) == pytest.approx(np.exp(-1.0), abs=0.06)
    assert taken(999) == 0.0


def test_the_best_of_a_genetic_algorithm_never_dies():
    search = Genetic(2, 1000, np.random.default_rng(0))
    best = np.inf
    for _ in range(5):
        losses = np.square(search.ask()).sum(axis=1)
        best = min(best, losses.min())
        search.tell(losses)
        assert search.losses[0] == best
