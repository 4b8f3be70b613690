"""The forward algorithm is that of hand and of hmmlearn, and fits find what made the sequences."""

import numpy as np
import pytest
from hmmlearn.hmm import CategoricalHMM, GaussianHMM

from pipeline.studies.sequences.hidden_markov import (
    Chain,
    Fitted,
    categorical,
    fit,
    log_scores,
    normal,
    parameters,
)
from pipeline.studies.sequences.processes import Hidden

CHAIN = Chain(np.array([0.6, 0.4]), np.array([[0.9, 0.1], [0.3, 0.7]]))
EMISSIONS = np.array([[0.8, 0.2], [0.1, 0.9]])


def test_forward_by_hand():
    found = log_scores(CHAIN, categorical(EMISSIONS, np.array([[0, 1]])))
    # 0.6·0.8 + 0.4·0.1 = 0.52; states after it 12/13, 1/13; a day on 0.9·12/13 + 0.3/13 = 11.1/13.
    second = (11.1 * 0.2 + 1.9 * 0.9) / 13
    assert np.exp(-found[0]) == pytest.approx([0.52, second])


@pytest.mark.parametrize("symbols", [2, 0])
def test_scores_sum_to_the_likelihood_of_hmmlearn(symbols):
    random = np.random.default_rng(0)
    if symbols:
        model, shown = CategoricalHMM(2), random.integers(0, 2, (3, 20))
        model.emissionprob_ = EMISSIONS
    else:
        model, shown = GaussianHMM(2, "diag"), random.normal(size=(3, 20))
        model.n_features = 1
        model.means_, model.covars_ = np.array([[0.0], [1.0]]), np.array([[1.0], [4.0]])
    model.startprob_, model.transmat_ = CHAIN.start, CHAIN.moves
    expected = model.score(shown.reshape(-1, 1), [20] * 3)
    assert -Fitted(model).scores(shown).sum() == pytest.approx(expected)


def test_a_gap_says_nothing_and_moves_the_states_on():
    shown = np.array([[0.0, np.nan, 1.0]])
    emissions = normal(np.array([0.0, 3.0]), np.array([1.0, 1.0]), shown)
    found = log_scores(CHAIN, emissions)
    now = CHAIN.start * np.exp(emissions[0, 0])
    expected = now / now.sum() @ CHAIN.moves @ CHAIN.moves @ np.exp(emissions[0, 2])
    assert np.isnan(found[0, 1])
    assert np.exp(-found[0, 2]) == pytest.approx(expected)


def test_a_fit_forecasts_as_well_as_the_truth():
    process, random = Hidden(states=2, lasts=0.95, prefers=0.9), np.random.default_rng(1)
    learned, tested = process.draw(30, 100, random), process.draw(30, 100, random)
    best = process.best_scores(tested).mean()
    found = fit(learned, 2, 2, 3, random).scores(tested).mean()
    assert best - 0.002 < found < best + 0.01
    assert fit(learned, 1, 2, 3, random).scores(tested).mean() > best + 0.1


def test_parameters_by_hand():
    assert parameters(1, 2) == 1
    assert parameters(8, 2) == 7 + 56 + 8
    assert parameters(2, 0) == 1 + 2 + 4
