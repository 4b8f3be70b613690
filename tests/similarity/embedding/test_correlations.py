import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from pipeline.similarity.classical.gaps import MIN_COMMON
from pipeline.similarity.embedding import correlations as module
from pipeline.similarity.embedding.correlations import correlations


def panel(days=90, firms=7, share=0.3):
    random = np.random.default_rng(0)
    present = random.random((days, firms)) > share
    return np.where(present, random.normal(size=(days, firms)), 0.0).astype(np.float32), present


def test_they_are_those_of_loops_over_pairs():
    days, present = panel()
    present[:, 6] = False
    present[: MIN_COMMON - 1, 6] = True
    days = np.where(present, days, 0.0).astype(np.float32)
    found = correlations(days, present)
    for i in range(7):
        for j in range(7):
            both = present[:, i] & present[:, j]
            x, y = days[both, i], days[both, j]
            known = both.sum() >= MIN_COMMON
            expected = (x @ y) / np.sqrt((x @ x) * (y @ y)) if known else 0.0
            assert_allclose(found[i, j], expected, atol=1e-6)


def test_blocks_of_firms_change_nothing(monkeypatch):
    days, present = panel()
    whole = correlations(days, present)
    monkeypatch.setattr(module, "_FIRMS", 3)
    parts = correlations(days, present)
    assert_allclose(parts, whole, atol=1e-6)
    assert_array_equal(parts, parts.T)
