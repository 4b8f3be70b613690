"""What holds for every classical measure."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from similarity.classical.loops import gappy

from pipeline.similarity import classical
from pipeline.similarity.classical import MEASURES, offered

FIRMS = 95
"""Enough for 30 eigenvectors."""
NAMES = (
    "pearson spearman residual residual_spearman scaled recent250 recent500 recent500_eigen40 "
    "denoised exposures eigen10 eigen20 eigen30 ledoit_wolf kernel profile"
)

every = pytest.mark.parametrize("measure", [m.function for m in MEASURES.values()], ids=MEASURES)
seeds = given(st.integers(0, 2**32 - 1))
few = settings(max_examples=4)


def panel(seed):
    """Growth with gaps: two firms that never met, one hardly listed, one that never traded."""
    growth = gappy(seed, days=120, firms=FIRMS, share=0.1)
    growth[:60, 0] = growth[60:, 1] = np.nan
    growth[:105, 2] = np.nan
    growth[:, 3] = np.nan
    return growth


def test_names_and_their_order():
    assert list(MEASURES) == NAMES.split()
    for name, measure in MEASURES.items():
        assert measure.name == name
        assert measure.function is getattr(classical, name)
        assert measure.function.__name__ == name
    assert len({measure.title for measure in MEASURES.values()}) == len(MEASURES)


def test_eigenvectors_are_offered_where_there_are_firms_enough():
    few_firms = set(NAMES.split()) - {"eigen10", "eigen20", "eigen30"}
    assert set(offered(30)) == few_firms
    assert set(offered(31)) == few_firms | {"eigen10"}
    assert set(offered(61)) == few_firms | {"eigen10", "eigen20"}
    assert list(offered(91)) == NAMES.split()


@pytest.mark.parametrize("firms", [2, 30, 31, 61])
def test_what_is_offered_works(firms):
    growth = gappy(0, days=60, firms=firms, share=0.05)
    for measure in offered(firms).values():
        assert np.isfinite(measure.function(growth)).all(), measure.name


@every
@seeds
@few
def test_scores_are_symmetric_and_bounded_and_1_of_a_firm_with_itself(measure, seed):
    found = measure(panel(seed))
    assert found.shape == (FIRMS, FIRMS)
    assert found.dtype == np.float64
    assert_array_equal(found, found.T)
    assert np.nanmax(np.abs(found)) <= 1.0
    own = np.diagonal(found)
    assert_allclose(own[np.isfinite(own)], 1.0, atol=1e-12)
    assert_array_equal(np.flatnonzero(np.isnan(own)), [2, 3])


@every
@seeds
@few
def test_pairs_with_too_few_common_days_have_no_score(measure, seed):
    growth = panel(seed)
    found = measure(growth)
    seen = np.isfinite(growth).astype(int)
    assert np.isnan(found[seen.T @ seen < 20]).all()
    assert np.isfinite(found[4:, 4:]).all()
    assert np.isfinite(measure(growth, min_common=5)[2, 4:]).any()
    assert np.isnan(measure(growth, min_common=121)).all()


@every
@seeds
@few
def test_rows_are_rows_of_the_matrix(measure, seed):
    growth = panel(seed)
    asked = [7, 2, 0, -1]
    assert_allclose(measure(growth, asked), measure(growth)[asked], atol=1e-12, rtol=0.0)


@every
@seeds
@few
def test_the_order_of_the_firms_does_not_matter(measure, seed):
    growth = panel(seed)
    order = np.random.default_rng(seed).permutation(FIRMS)
    expected = measure(growth)[np.ix_(order, order)]
    assert_allclose(measure(growth[:, order]), expected, atol=1e-7, rtol=0.0)


@every
def test_the_unit_of_growth_does_not_matter(measure):
    growth = panel(0)
    assert_allclose(measure(growth / 252.0), measure(growth), atol=1e-9, rtol=0.0)


@pytest.mark.parametrize("name", ["pearson", "spearman", "kernel"])
@seeds
@few
def test_a_firms_own_level_and_scale_do_not_matter(name, seed):
    growth, random = panel(seed), np.random.default_rng(seed)
    moved = growth * random.uniform(0.1, 10.0, size=FIRMS) + random.normal(size=FIRMS)
    measure = MEASURES[name].function
    assert_allclose(measure(moved), measure(growth), atol=1e-9, rtol=0.0)


@every
def test_days_on_which_nobody_traded_add_nothing(measure):
    growth = panel(1)
    longer = np.vstack([growth, np.full((30, FIRMS), np.nan)])
    assert_allclose(measure(longer), measure(growth), atol=1e-12, rtol=0.0)


@every
def test_growth_is_left_as_it_was(measure):
    growth = panel(2)
    before = growth.copy()
    measure(growth)
    assert_array_equal(growth, before)


@every
def test_without_days_nothing_is_known(measure):
    assert np.isnan(measure(np.empty((0, FIRMS)))).all()
    assert np.isnan(measure(np.full((50, FIRMS), np.nan))).all()


@every
def test_single_precision_is_widened(measure):
    growth = panel(3).astype(np.float32)
    expected = measure(growth.astype(np.float64))
    assert_allclose(measure(growth), expected, atol=1e-9, rtol=0.0)


def test_nothing_heavy_is_loaded_at_import():
    heavy = "{'scipy', 'sklearn', 'tensorflow', 'keras', 'mlflow', 'plotly'}"
    code = f"import sys, pipeline.similarity.classical; print({heavy} & set(sys.modules))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert answer.stdout.strip() == "set()", answer.stderr
