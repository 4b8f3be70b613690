"""Hidden Markov models of one sequence kind: fits, and what they say of each next day.

K states; B sequences of T days. Fits are those of `hmmlearn`: expectation–maximisation, a few steps
from several starts and then on from the best (C. Biernacki, G. Celeux and G. Govaert, Computational
Statistics & Data Analysis 41, 2003). Scores are those of the forward algorithm, scaled every day
(L. R. Rabiner, "A tutorial on hidden Markov models", Proceedings of the IEEE 77, 1989, section V).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
TRIED, ITERATIONS, TOLERANCE = 12, 100, 0.5
"""Steps of expectation–maximisation from each start, then from the best of them, which ends where
the whole likelihood gains less than the tolerance (nats)."""


@dataclass(frozen=True)
class Chain:
    """How states follow one another."""

    start: Values
    """K."""
    moves: Values
    """K × K, from row to column."""


def log_scores(chain: Chain, log_emissions: Values) -> Values:
    """Return minus the log probability (or density) of each day given those before (B × T).

    Parameters
    ----------
    chain
        Of K states.
    log_emissions
        (B, T, K): log probability of what was seen on each day, in each state; NaN where nothing
        was, which then says nothing and gets a NaN.
    """
    expected = np.broadcast_to(chain.start, (len(log_emissions), len(chain.start)))
    found = np.empty(log_emissions.shape[:2])
    for day in range(log_emissions.shape[1]):
        seen = log_emissions[:, day]
        highest = seen.max(axis=1, keepdims=True)
        joint = expected * np.exp(seen - highest)
        total = joint.sum(axis=1, keepdims=True)
        found[:, day] = -(np.log(total) + highest)[:, 0]
        expected = np.where(np.isfinite(total), joint / total, expected) @ chain.moves
    return found


def categorical(emissions: Values, shown: NDArray[np.int64]) -> Values:
    """Return log probabilities (B, T, K) of symbols (B, T) under emissions (K, symbols)."""
    return np.log(np.maximum(emissions, 1e-300))[:, shown].transpose(1, 2, 0)


def normal(mean: Values, variance: Values, shown: Values) -> Values:
    """Return log densities (B, T, K) of numbers (B, T) under K normals."""
    square = (shown[..., None] - mean) ** 2 / variance
    return np.asarray(-0.5 * (square + np.log(2.0 * np.pi * variance)))


@dataclass(frozen=True)
class Fitted:
    """A model that was fitted, of symbols or of numbers."""

    model: Any

    def scores(self, shown: NDArray[Any]) -> Values:
        """Return minus the log probability of each day given those before (B × T)."""
        chain = Chain(self.model.startprob_, self.model.transmat_)
        if hasattr(self.model, "emissionprob_"):
            return log_scores(chain, categorical(self.model.emissionprob_, shown))
        variance = self.model.covars_.reshape(-1)
        return log_scores(chain, normal(self.model.means_[:, 0], variance, shown))


def fit(
    shown: NDArray[Any], states: int, symbols: int, starts: int, random: np.random.Generator
) -> Fitted:
    """Fit a hidden Markov model to sequences without gaps.

    Parameters
    ----------
    shown
        (B, T): symbols, or numbers.
    states
        K.
    symbols
        How many symbols there are; 0: numbers, with normal emissions.
    starts
        From how many first parameters.
    random
        Where these come from.
    """
    flat, lengths = shown.reshape(-1, 1), [shown.shape[1]] * len(shown)
    best: Any = None
    most = -np.inf
    for _ in range(starts if states > 1 else 1):
        model = _begun(states, symbols, flat, random)
        model.fit(flat, lengths)
        likelihood = model.score(flat, lengths)
        if best is None or likelihood > most:
            best, most = model, likelihood
    best.n_iter = ITERATIONS
    best.fit(flat, lengths)
    return Fitted(best)


def parameters(states: int, symbols: int) -> int:
    """Return the free parameters: start, moves, and a state's symbols (0: mean and variance)."""
    return states - 1 + states * (states - 1) + states * (symbols - 1 if symbols else 2)


def _begun(states: int, symbols: int, flat: NDArray[Any], random: np.random.Generator) -> Any:
    """Return a model with first parameters drawn: moves and symbols from flat Dirichlets."""
    from hmmlearn.hmm import CategoricalHMM, GaussianHMM

    settings = {
        "n_iter": TRIED,
        "tol": TOLERANCE,
        "init_params": "",
        "implementation": "scaling",
    }
    if symbols:
        model = CategoricalHMM(states, n_features=symbols, **settings)
        model.emissionprob_ = random.dirichlet(np.ones(symbols), states)
    else:
        model = GaussianHMM(states, covariance_type="diag", **settings)
        deviation = flat.std()
        model.means_ = flat.mean() + 0.1 * deviation * random.normal(size=(states, 1))
        model.covars_ = deviation**2 * np.exp(random.uniform(-1.5, 1.5, (states, 1)))
    model.startprob_ = np.full(states, 1.0 / states)
    model.transmat_ = random.dirichlet(np.ones(states), states)
    return model
