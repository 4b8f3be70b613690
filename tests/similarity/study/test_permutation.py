"""Tests by permutation of firms: by hand, their size under a true null, and their power."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import binom
from worlds import co_moving, symmetric

from pipeline.similarity.study import permutation
from pipeline.similarity.study.permutation import complete
from pipeline.similarity.study.traits import near, same

OFF = ~np.eye(20, dtype=bool)


def mantel(similarity, predictor, **options):
    return permutation.mantel({"y": similarity}, predictor, **options)["y"]


def mrqap(similarity, predictors, **options):
    return permutation.mrqap({"y": similarity}, predictors, **options)["y"]


def bounds(panels, level=0.05):
    """How many of so many true nulls a test of this size may refuse, but for one case in 1,000."""
    return binom.ppf([0.0005, 0.9995], panels, level)


def test_the_effect_is_the_correlation_off_the_diagonal():
    random = np.random.default_rng(0)
    y, x = symmetric(random, 20), symmetric(random, 20)
    found = mantel(y, x, permutations=19)
    assert found.effect == pytest.approx(np.corrcoef(y[OFF], x[OFF])[0, 1], abs=1e-6)
    assert found.r_squared == pytest.approx(found.effect**2)
    assert found.firms == 20


def test_the_p_value_is_that_of_all_permutations():
    # 5! permutations can be counted: the share whose correlation is as large as the given one.
    random = np.random.default_rng(4)
    y, x = symmetric(random, 5), symmetric(random, 5)
    off = ~np.eye(5, dtype=bool)
    every = [
        abs(np.corrcoef(y[off], x[np.ix_(order, order)][off])[0, 1])
        for order in map(list, permutations(range(5)))
    ]
    exact = np.mean(np.array(every) >= every[0] - 1e-9)
    assert mantel(y, x, permutations=4000).p_value == pytest.approx(exact, abs=0.03)


def test_two_matrices_that_are_one():
    y = co_moving(np.random.default_rng(1), 12)
    assert mantel(y, y, permutations=99).effect == pytest.approx(1.0, abs=1e-6)
    assert mantel(y, -y, permutations=99).effect == pytest.approx(-1.0, abs=1e-6)
    assert mantel(y, y, permutations=99).p_value == 0.01


@given(st.integers(0, 2**32 - 1), st.floats(0.1, 10.0), st.floats(-5.0, 5.0))
@settings(max_examples=20)
def test_units_and_the_order_of_firms_do_not_matter(seed, scale, shift):
    random = np.random.default_rng(seed)
    y, x = symmetric(random, 9), symmetric(random, 9)
    order = random.permutation(9)
    one, other = (
        mantel(y, x, permutations=9),
        mantel(scale * y[np.ix_(order, order)] + shift, x[np.ix_(order, order)], permutations=9),
    )
    assert other.effect == pytest.approx(one.effect, abs=1e-5)
    assert 0.1 <= one.p_value <= 1.0


def test_the_mantel_test_has_its_size_where_an_ordinary_one_has_not():
    # An odd firm is unlike all the others: its row is no 19 observations. The two traits have
    # nothing to do with each other.
    random = np.random.default_rng(0)
    panels, refused, ordinary = 300, 0, 0
    for panel in range(panels):
        y, x = near(random.normal(size=20)), near(random.normal(size=20))
        found = mantel(y, x, permutations=99, seed=panel)
        refused += found.p_value <= 0.05
        # The usual t of a correlation of 190 pairs.
        ordinary += abs(found.effect) * np.sqrt(188 / (1 - found.effect**2)) > 1.97
    low, high = bounds(panels)
    assert low <= refused <= high
    assert ordinary > high


def test_a_planted_association_is_found():
    random = np.random.default_rng(1)
    group = np.arange(30) % 3
    found = 0
    for panel in range(40):
        growth = random.normal(size=(60, 3))[:, group] + 2.0 * random.normal(size=(60, 30))
        found += (
            mantel(np.corrcoef(growth.T), same(list(group)), permutations=99, seed=panel).p_value
            < 0.05
        )
    assert found == 40


def two_predictors(random, strength=2.0, firms=20):
    """A trait, another that is correlated with it, and similarities from the first alone."""
    trait = random.normal(size=firms)
    other = 0.8 * trait + 0.6 * random.normal(size=firms)
    y = co_moving(random, firms) + strength * near(trait)
    return y, {"cause": near(trait), "companion": near(other)}


def test_of_two_correlated_predictors_only_the_cause_is_found():
    random = np.random.default_rng(2)
    panels = 300
    refused = {"cause": 0, "companion": 0}
    alone = 0
    for panel in range(panels):
        y, predictors = two_predictors(random)
        found = mrqap(y, predictors, permutations=99, seed=panel)
        for name in refused:
            refused[name] += found[name].p_value <= 0.05
        alone += panel < 60 and mantel(y, predictors["companion"], permutations=99).p_value <= 0.05
    low, high = bounds(panels)
    assert refused["cause"] == panels
    assert low <= refused["companion"] <= high
    # On its own, the companion is taken for a cause.
    assert alone > 45


def test_coefficients_are_those_of_least_squares():
    y, predictors = two_predictors(np.random.default_rng(3))
    found = mrqap(y, predictors, permutations=9)
    columns = np.stack([x[OFF] for x in predictors.values()], axis=1)
    z = (columns - columns.mean(axis=0)) / columns.std(axis=0)
    target = (y[OFF] - y[OFF].mean()) / y[OFF].std()
    expected, left = np.linalg.lstsq(z, target)[:2]
    assert_allclose([one.effect for one in found.values()], expected, atol=1e-5)
    assert found["cause"].r_squared == pytest.approx(1.0 - left[0] / len(target), abs=1e-5)


def t_statistic(y, columns):
    """The t of the first column's coefficient, of a regression with a constant."""
    design = np.column_stack([*columns, np.ones(len(y))])
    coefficients, left = np.linalg.lstsq(design, y)[:2]
    variance = left[0] / (len(y) - design.shape[1]) * np.linalg.inv(design.T @ design)[0, 0]
    return coefficients[0] / np.sqrt(variance)


def test_p_values_are_those_of_regressions_on_permuted_residuals():
    y, predictors = two_predictors(np.random.default_rng(8), strength=0.1)
    predictors["third"] = near(np.random.default_rng(9).normal(size=20))
    found = mrqap(y, predictors, permutations=99, seed=5)
    for place, name in enumerate(predictors):
        others = [x[OFF] for other, x in predictors.items() if other != name]
        design = np.column_stack([*others, np.ones(OFF.sum())])
        left = np.zeros((20, 20))
        left[OFF] = (
            predictors[name][OFF] - design @ np.linalg.lstsq(design, predictors[name][OFF])[0]
        )
        random = np.random.default_rng(5 + place)
        orders = [random.permutation(20) for _ in range(99)]
        permuted = [t_statistic(y[OFF], [left[np.ix_(o, o)][OFF], *others]) for o in orders]
        observed = t_statistic(y[OFF], [left[OFF], *others])
        as_large = np.abs(permuted) >= abs(observed) - 1e-9
        assert found[name].p_value == pytest.approx((1 + as_large.sum()) / 100)
    assert len({one.p_value for one in found.values()}) == 3


def test_one_predictor_alone_is_a_mantel_test():
    random = np.random.default_rng(5)
    y, x = symmetric(random, 15), symmetric(random, 15)
    (joint,) = mrqap(y, {"x": x}, permutations=199).values()
    single = mantel(y, x, permutations=199)
    assert joint.effect == pytest.approx(single.effect, abs=1e-6)
    assert joint.p_value == single.p_value


def test_predictors_without_anything_of_their_own():
    random = np.random.default_rng(6)
    y, x = symmetric(random, 15), symmetric(random, 15)
    found = mrqap(y, {"x": x, "flat": np.ones((15, 15))}, permutations=19)
    assert np.isfinite(found["x"].p_value) and np.isnan(found["flat"].effect)
    found = mrqap(y, {"x": x, "twin": 2.0 * x + 1.0}, permutations=19)
    assert np.isnan(found["x"].p_value) and np.isnan(found["twin"].effect)
    assert np.isnan(mantel(np.full((15, 15), 0.3), x, permutations=19).p_value)
    assert np.isnan(mantel(y[:4, :4], x[:4, :4], permutations=19).effect)
    assert mrqap(y, {}) == {}


def test_firms_are_left_out_until_all_pairs_are_known():
    y = np.ones((5, 5))
    y[1] = y[:, 1] = np.nan
    assert_array_equal(complete(y), [0, 2, 3, 4])
    x = np.ones((5, 5))
    x[2, 4] = np.nan
    assert_array_equal(complete(y, x), [0, 3, 4])
    assert_array_equal(complete(np.diag([np.nan] * 3)), [0, 1, 2])
    assert len(complete(np.full((4, 4), np.nan))) == 1
    random = np.random.default_rng(7)
    y, x = symmetric(random, 12), near(np.append(random.normal(size=11), np.nan))
    found = mantel(y, x, permutations=19)
    assert found.firms == 11
    assert found.effect == mantel(y[:11, :11], x[:11, :11], permutations=19).effect


def test_similarities_that_are_tested_together_are_told_what_each_is_told_alone():
    random = np.random.default_rng(11)
    y, predictors = two_predictors(random)
    unlisted = y.copy()
    unlisted[3] = unlisted[:, 3] = np.nan
    flat = np.full(y.shape, 0.3)
    several = {"y": y, "noise": symmetric(random, 20), "unlisted": unlisted, "flat": flat}
    together = permutation.mantel(several, predictors["cause"], permutations=99)
    beside = permutation.mrqap(several, predictors, permutations=99)
    assert [*together] == [*beside] == [*several]
    for name, one in several.items():
        found = [together[name], *beside[name].values()]
        alone = [mantel(one, predictors["cause"], permutations=99)]
        alone += mrqap(one, predictors, permutations=99).values()
        for this, that in zip(found, alone, strict=True):
            assert this.firms == that.firms == (19 if name == "unlisted" else 20)
            assert this.p_value == pytest.approx(that.p_value, nan_ok=True)
            assert this.effect == pytest.approx(that.effect, abs=1e-6, nan_ok=True)
