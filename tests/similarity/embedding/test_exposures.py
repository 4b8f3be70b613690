"""Running exposures: leaky sums over any range of days."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from similarity.embedding.test_portfolios import grouped

from pipeline.similarity.embedding import exposures
from pipeline.similarity.embedding.exposures import ALL, HALF_LIVES, LONG, OWN
from pipeline.similarity.embedding.portfolios import portfolios

FIRMS = 12


def test_blocks_by_hand():
    assert_array_equal(exposures.blocks(2, 9, 3), [[2, 5], [5, 8], [8, 9]])


def test_what_is_held_is_that_of_a_loop_over_days(days, held_by):
    found = exposures.over(days, held_by, 100, 140)
    for number, half_life in enumerate(HALF_LIVES):
        held = np.zeros((FIRMS, held_by.shape[1] + 2))
        for day in range(100, 140):
            held *= 0.5 ** (1.0 / half_life)
            r, z, here = (part[day] for part in (days.standard, days.plain, days.present))
            growth = r @ held_by
            for firm in range(FIRMS):
                held[firm, :-2] += r[firm] * growth - (1.0 - OWN) * r[firm] ** 2 * held_by[firm]
                others = np.delete(z, firm).sum() / max(np.delete(here, firm).sum(), 1)
                held[firm, -2] += z[firm] * others
                held[firm, -1] += here[firm]
        assert_allclose(found[number], held, atol=1e-4)


@settings(max_examples=20)
@given(st.integers(1, 60), st.integers(0, 5), st.integers(1, 6))
def test_any_range_follows_from_two_that_are_stored(block_days, first, count):
    days = grouped(300)
    held_by = portfolios(days, 3)
    ranges = exposures.blocks(1, 300, block_days)
    stored = exposures.running(days, held_by, ranges)
    first = min(first, len(ranges) - 1)
    stop = min(first + count, len(ranges))
    span = (ranges[first, 0], ranges[stop - 1, 1])
    found = exposures.between(stored[first], stored[stop], int(span[1] - span[0]))
    assert_allclose(found, exposures.over(days, held_by, *span), atol=2e-3)


def test_half_lives_by_hand():
    assert HALF_LIVES[LONG] == 500.0 and HALF_LIVES[ALL] == np.inf
    assert_allclose(exposures.kept(500)[[LONG, ALL]], [0.5, 1.0])
    assert_allclose(exposures.kept(20)[0], 0.5)
