"""Searches without gradients: each asks for the losses of points, and is told them.

None of them is given anything but losses. The population of a step is asked for at once, so that
all its members are evaluated in one call.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
SPREAD = 2.0
"""Deviation of the weights that populations begin with."""
WORST = 1e6
"""Loss of a point whose loss is not finite."""


class Search(ABC):
    """A search of one seed for a point of P numbers.

    Parameters
    ----------
    parameters
        P.
    budget
        Evaluations that it will be given; annealing cools over them.
    random
        Where all chance comes from.
    """

    def __init__(self, parameters: int, budget: int, random: np.random.Generator) -> None:
        self.parameters, self.budget, self.random = parameters, budget, random
        self.begin()

    @abstractmethod
    def begin(self) -> None:
        """Make what the search begins with."""

    @abstractmethod
    def ask(self) -> Points:
        """Return the points to evaluate next (m, P); m is the same at every step."""

    @abstractmethod
    def tell(self, losses: Points) -> None:
        """Take the losses (m,) of the points that were asked for."""

    def normal(self, members: int) -> Points:
        """Draw points (m, P) to begin with."""
        return SPREAD * self.random.normal(size=(members, self.parameters))


class Guessing(Search):
    """Weights drawn anew each time, uniformly: nothing is learned from failures.

    J. Schmidhuber and S. Hochreiter, "Guessing can outperform many long time lag algorithms",
    IDSIA-19-96 (1996).
    """

    size, reach = 50, 20.0

    def begin(self) -> None:
        """Begin with nothing."""

    def ask(self) -> Points:
        """Return guesses."""
        return self.random.uniform(-self.reach, self.reach, (self.size, self.parameters))

    def tell(self, losses: Points) -> None:
        """Forget them."""


class Annealing(Search):
    """Simulated annealing (Kirkpatrick, Gelatt and Vecchi, Science 220, 1983).

    A step changes a tenth of the weights, or one; it is kept if it is better, else with probability
    exp(−Δ / temperature) (Metropolis). The temperature falls geometrically over the budget.
    """

    step, hot, cold = 0.3, 0.1, 1e-3

    def begin(self) -> None:
        """Draw the point to begin at."""
        self.point, self.loss, self.spent = self.normal(1), np.inf, 0
        self.asked = self.point

    def ask(self) -> Points:
        """Return a neighbour of the point where the search is."""
        if self.spent:
            changed = self.random.random(self.point.shape) < 0.1
            changed[0, self.random.integers(self.parameters)] = True
            moved = self.step * self.random.normal(size=self.point.shape)
            self.asked = self.point + changed * moved
        return self.asked

    def tell(self, losses: Points) -> None:
        """Go to the neighbour, or stay."""
        temperature = self.hot * (self.cold / self.hot) ** (self.spent / self.budget)
        worse = float(losses[0]) - self.loss
        if worse <= 0.0 or self.random.random() < np.exp(-worse / temperature):
            self.point, self.loss = self.asked, float(losses[0])
        self.spent += 1


class Genetic(Search):
    """A genetic algorithm of real numbers.

    Parents are the best of three drawn; a child takes each weight from either (uniform crossover),
    and every fifth is mutated. The best of parents and children live on.
    """

    size, mutated, step = 50, 0.2, 0.3

    def begin(self) -> None:
        """Draw the first generation."""
        self.asked = self.normal(self.size)
        self.alive, self.losses = np.empty((0, self.parameters)), np.empty(0)

    def ask(self) -> Points:
        """Return the children."""
        return self.asked

    def tell(self, losses: Points) -> None:
        """Let the best live on, and make their children."""
        everyone = np.concatenate([self.alive, self.asked])
        known = np.concatenate([self.losses, losses])
        best = np.argsort(known, kind="stable")[: self.size]
        self.alive, self.losses = everyone[best], known[best]
        one, other = (self.alive[self._chosen()] for _ in range(2))
        child = np.where(self.random.random(one.shape) < 0.5, one, other)
        changed = self.random.random(one.shape) < self.mutated
        self.asked = child + changed * self.step * self.random.normal(size=one.shape)

    def _chosen(self) -> NDArray[np.intp]:
        """Return the winners of tournaments; the living are in order of their losses."""
        return np.asarray(self.random.integers(0, self.size, (self.size, 3)).min(axis=1))


class Swarm(Search):
    """Particle swarm with the constants of Clerc and Kennedy.

    IEEE Transactions on Evolutionary Computation 6 (2002): each particle is drawn to the best
    place that it has seen and to the best that any has seen.
    """

    size, inertia, pull = 40, 0.7298, 1.49618

    def begin(self) -> None:
        """Draw places and velocities."""
        self.place, self.velocity = self.normal(self.size), 0.5 * self.normal(self.size)
        self.best, self.losses = self.place, np.full(self.size, np.inf)

    def ask(self) -> Points:
        """Return the places of the particles."""
        return self.place

    def tell(self, losses: Points) -> None:
        """Note the best places, and move."""
        better = losses < self.losses
        self.best = np.where(better[:, None], self.place, self.best)
        self.losses = np.where(better, losses, self.losses)
        leader = self.best[self.losses.argmin()]
        own, common = self.random.random((2, *self.place.shape))
        drawn = own * (self.best - self.place) + common * (leader - self.place)
        self.velocity = self.inertia * self.velocity + self.pull * drawn
        self.place = self.place + self.velocity


class Covariance(Search):
    """CMA-ES (N. Hansen, "The CMA evolution strategy: a tutorial", 2016), as its author has it."""

    def begin(self) -> None:
        """Make the strategy with its own settings: a normal around zero."""
        import cma

        options = {"seed": int(self.random.integers(1, 2**31)), "verbose": -9, "verb_log": 0}
        origin = np.zeros(self.parameters)
        self.strategy: Any = cma.CMAEvolutionStrategy(origin, SPREAD, options)

    def ask(self) -> Points:
        """Return points of the normal."""
        self.asked = self.strategy.ask()
        return np.asarray(self.asked)

    def tell(self, losses: Points) -> None:
        """Move the normal, and reshape it."""
        self.strategy.tell(self.asked, losses.tolist())


SEARCHES: dict[str, type[Search]] = {
    "guessing": Guessing,
    "simulated annealing": Annealing,
    "genetic algorithm": Genetic,
    "particle swarm": Swarm,
    "CMA-ES": Covariance,
}
