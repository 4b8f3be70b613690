"""Running exposures: leaky sums over any range of days, and what is read from them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from similarity.embedding.test_portfolios import grouped

from pipeline.similarity.embedding import exposures
from pipeline.similarity.embedding.days import Days
from pipeline.similarity.embedding.exposures import ALL, HALF_LIVES, LONG, OWN
from pipeline.similarity.embedding.portfolios import portfolios

FIRMS = 12


@pytest.fixture(scope="module")
def days():
    found = grouped(400)
    present = found.present.copy()
    present[:150, 11], present[::9, 2] = False, False
    return Days(*(np.where(present, part, 0) for part in (found.plain, found.standard)), present)


@pytest.fixture(scope="module")
def held_by(days):
    return portfolios(days, 4)


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


@settings(max_examples=20, deadline=None)
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


def test_products_of_directions_are_correlations():
    whole = grouped(400)
    full = portfolios(whole, 6)
    states = exposures.states(exposures.over(whole, full, 0, 400), full)
    same = np.arange(FIRMS)[:, None] % 3 == np.arange(FIRMS) % 3
    for part in (states.direction, states.lasting):
        found = part @ part.T
        assert found[same].min() > found[~same].max() + 0.3
        assert_allclose(np.linalg.norm(part, axis=1), 1.0, atol=1e-5)
    assert states.lasting.shape == (FIRMS, full.shape[1] + 5 * full.shape[1] // 8)


def test_a_firm_that_was_not_present_has_zeros(days, held_by):
    states = exposures.states(exposures.over(days, held_by, 0, 150), held_by)
    for part in (states.held[:, 11], states.direction[11], states.lasting[11]):
        assert_array_equal(part, 0.0)
    assert np.abs(states.direction[:11]).max(axis=1).min() > 0.0
    assert all(np.isfinite(part).all() for part in states)


def test_the_length_of_history_is_told(days, held_by):
    full = exposures.over(days, held_by, 0, 400)
    short = exposures.over(days, held_by, 340, 400)
    states = exposures.states(short, held_by, full)
    assert_allclose(states.firm[0, -1], np.log(60.0 / exposures.YEARS), atol=1e-6)
    whole = exposures.states(full, held_by)
    assert_allclose(whole.firm[11, -1], np.log(250.0 / exposures.YEARS), atol=1e-6)
    assert states.firm.shape == (FIRMS, exposures.FIRM)
    assert states.portfolio.shape == (held_by.shape[1], exposures.PORTFOLIO)


def test_a_portfolio_turned_around_turns_its_exposures_alone(days, held_by):
    turned = held_by * np.where(np.arange(held_by.shape[1]) == 1, -1.0, 1.0).astype(np.float32)
    one, other = (
        exposures.states(exposures.over(days, by, 0, 400), by) for by in (held_by, turned)
    )
    sign = np.where(np.arange(held_by.shape[1]) == 1, -1.0, 1.0)
    assert_allclose(other.held, one.held * sign, atol=1e-5)
    assert_allclose(other.firm, one.firm, atol=1e-4)
    assert_allclose(other.direction @ other.direction.T, one.direction @ one.direction.T, atol=1e-4)
