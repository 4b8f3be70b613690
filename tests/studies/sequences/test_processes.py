"""Processes are what they say, and their entropy rates are those of their sequences."""

import numpy as np
import pytest

from pipeline.studies.sequences.processes import Hidden, Lagged


def test_a_bit_is_that_of_the_lag_but_for_flips():
    bits = Lagged(3).draw(2000, 30, np.random.default_rng(0))
    assert (bits[:, 3:] != bits[:, :-3]).mean() == pytest.approx(0.1, abs=0.005)
    for other in (1, 2, 4):
        assert (bits[:, other:] != bits[:, :-other]).mean() == pytest.approx(0.5, abs=0.01)
    assert (Lagged(3, flips=0.0).draw(5, 9, np.random.default_rng(0))[:, 3:6] >= 0).all()


def test_the_entropy_rate_is_that_of_simulated_blocks():
    # The entropy of a bit given the two before it, from counts, is the rate where L is 2 or less.
    for lag in (1, 2):
        process = Lagged(lag, flips=0.2)
        bits = process.draw(3000, 60, np.random.default_rng(1))[:, 10:]
        blocks = np.lib.stride_tricks.sliding_window_view(bits, 3, axis=1).reshape(-1, 3)
        counts = np.zeros((2, 2, 2))
        np.add.at(counts, tuple(blocks.T), 1.0)
        joint = counts / counts.sum()
        given = joint / joint.sum(axis=2, keepdims=True)
        assert -(joint * np.log(given)).sum() == pytest.approx(process.entropy_rate(), abs=0.003)
    assert Lagged(5).entropy_rate() == pytest.approx(0.1 * np.log(10) + 0.9 * np.log(10 / 9))


def test_a_hidden_chain_lasts_and_prefers():
    sure = Hidden(states=3, lasts=0.9, prefers=1.0)
    shown = sure.draw(1000, 40, np.random.default_rng(2))
    assert (shown[:, 1:] == shown[:, :-1]).mean() == pytest.approx(0.9, abs=0.01)
    # Nothing is hidden then: the score is that of a Markov chain, −0.9 ln 0.9 − 0.1 ln 0.05.
    expected = -0.9 * np.log(0.9) - 0.1 * np.log(0.05)
    assert sure.best_scores(shown)[:, 1:].mean() == pytest.approx(expected, abs=0.02)
    blind = Hidden(states=3, prefers=1 / 3)
    assert blind.best_scores(shown) == pytest.approx(np.full(shown.shape, np.log(3)))
