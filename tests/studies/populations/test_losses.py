"""Losses are the textbook's, and their slopes are finite differences."""

import numpy as np
import pytest
from scipy import stats

from pipeline.studies.populations.losses import CrossEntropy, Squared, StudentLoss, mean

CASES = [(CrossEntropy(), 2), (Squared(), 1), (StudentLoss(), 3), (StudentLoss(tails=False), 2)]


@pytest.mark.parametrize(("loss", "outputs"), CASES)
def test_slopes_are_finite_differences(loss, outputs):
    random = np.random.default_rng(0)
    given = random.normal(size=(3, 2, 4, outputs))
    answers = random.integers(0, 3, (3, 2, 4)) if outputs == 2 else random.normal(size=(3, 2, 4))
    if isinstance(loss, StudentLoss):
        answers = random.normal(size=(3, 2, 4))
        answers[0, 1, 2] = np.nan
    numeric = np.zeros_like(given)
    for place in np.ndindex(given.shape):
        step = np.zeros_like(given)
        step[place] = 1e-6
        above, below = (mean(loss, given + sign * step, answers) for sign in (1, -1))
        numeric[place] = (above - below)[place[1]] / 2e-6
    assert loss.slope(given, answers) == pytest.approx(numeric, abs=1e-8)


def test_cross_entropy_by_hand():
    # Logits 0, ln 2, ln 5: probabilities 1/8, 2/8, 5/8.
    outputs = np.log([[[[2.0, 5.0]] * 3]])
    found = CrossEntropy().each(outputs, np.array([[[0, 1, 2]]]))
    assert np.exp(-found[0, 0]) == pytest.approx([1 / 8, 2 / 8, 5 / 8])


def test_densities_are_those_of_scipy():
    outputs, answer = np.array([[[[0.3, -0.5, 1.0]]]]), np.array([[[2.0]]])
    location, scale, df = (part.item() for part in StudentLoss().distribution(outputs))
    expected = -stats.t.logpdf(2.0, df, location, scale)
    assert StudentLoss().each(outputs, answer).item() == pytest.approx(expected)
    normal = -stats.norm.logpdf(2.0, location, scale)
    assert StudentLoss(tails=False).each(outputs, answer).item() == pytest.approx(normal)
