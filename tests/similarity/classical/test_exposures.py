import numpy as np
import pytest
from numpy.testing import assert_allclose

from pipeline.similarity.classical import exposures, scaled
from pipeline.similarity.classical.exposures import PENALTY


def planted(days=900, groups=4, each=20, seed=0):
    """Growth of firms in groups: firm k is of the group k modulo the number of groups."""
    random = np.random.default_rng(seed)
    factors = random.normal(size=(days, groups))
    member = np.arange(groups * each) % groups
    return 0.7 * factors[:, member] + random.normal(size=(days, groups * each)), member


def test_firms_of_a_group_are_alike():
    growth, member = planted()
    found = exposures(growth)
    same = (member[:, None] == member) & ~np.eye(len(member), dtype=bool)
    # Twenty factors of eighty firms hold some noise; of four groups, four would be enough.
    assert found[same].mean() > 0.5
    assert found[~same & ~np.eye(len(member), dtype=bool)].mean() < 0.0


def test_a_young_firm_is_told_better_than_by_its_correlations():
    right, by_correlation = 0, 0
    for seed in range(5):
        growth, member = planted(seed=seed)
        growth[:-60, :8] = np.nan
        alike = member[:8, None] == member[8:]
        for measure in (exposures, scaled):
            score = measure(growth)[:8, 8:]
            nearest = np.argsort(-score, axis=1)[:, :10]
            hits = int(np.take_along_axis(alike, nearest, axis=1).sum())
            if measure is exposures:
                right += hits
            else:
                by_correlation += hits
    assert right > by_correlation
    assert right > 0.95 * 5 * 80


def test_exposures_are_those_of_ridge_regression():
    growth, _ = planted(groups=1, each=3)
    found = exposures(growth)
    # One factor for three firms: all exposures are numbers, and cosines their signs.
    assert_allclose(np.abs(found), 1.0, atol=1e-12)
    assert PENALTY == 100.0


@pytest.mark.parametrize("firms", [1, 2])
def test_too_few_firms_have_no_factor(firms):
    growth = np.random.default_rng(0).normal(size=(200, firms))
    assert np.isnan(exposures(growth)).all()
