"""Forecasters score what they have not seen, and see nothing of the day that they forecast."""

import numpy as np
import pytest
from scipy import stats

from pipeline.studies.sequences import forecasters
from pipeline.studies.sequences.processes import Lagged


def test_an_elman_network_learns_a_lag(monkeypatch):
    monkeypatch.setattr(forecasters, "STEPS", 60)
    random = np.random.default_rng(0)
    process = Lagged(1)
    given = [(process.draw(40, 31, random), process.draw(40, 40, random), 2)]
    found = next(forecasters.network("elman", given))
    assert found.parameters == 71
    assert found.scores.shape == (40, 40)
    assert np.isnan(found.scores[:, 0]).all()
    assert found.scores[:, 20:].mean() == pytest.approx(process.entropy_rate(), abs=0.06)


def test_the_last_day_changes_no_score_before_it(monkeypatch):
    monkeypatch.setattr(forecasters, "STEPS", 3)
    random = np.random.default_rng(1)
    learned, tested = random.normal(size=(6, 21)), random.normal(size=(6, 30))
    changed = tested.copy()
    changed[:, -1] += 1.0
    for name in ("gru", "elman"):
        one, other = (
            next(forecasters.network(name, [(learned, shown, 0)])).scores
            for shown in (tested, changed)
        )
        assert np.array_equal(one[:, 1:-1], other[:, 1:-1])
        assert (one[:, -1] != other[:, -1]).all()


def test_one_state_and_a_constant_are_their_distributions():
    random = np.random.default_rng(2)
    learned, tested = random.standard_t(5, size=(20, 50)), random.standard_t(5, size=(20, 50))
    one = next(forecasters.hidden_markov([(learned, tested, 0)], 1))
    expected = -stats.norm.logpdf(tested, learned.mean(), learned.std())
    assert one.model == "1 state"
    assert one.scores == pytest.approx(expected, rel=0.01)
    tails = next(forecasters.constant("constant", [(learned, tested, 0)]))
    assert tails.scores.mean() < one.scores.mean()
