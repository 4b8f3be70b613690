"""States of firms, told apart in the frame of all of them."""

import numpy as np
from numpy.testing import assert_allclose, assert_array_equal
from similarity.embedding.test_exposures import FIRMS
from similarity.embedding.test_portfolios import grouped

from pipeline import cores
from pipeline.similarity.embedding import exposures
from pipeline.similarity.embedding.frame import FIRM, PORTFOLIO, YEARS, Frame, some
from pipeline.similarity.embedding.portfolios import portfolios


def test_products_of_directions_are_correlations():
    whole = grouped(400)
    full = portfolios(whole, 6)
    states = Frame(exposures.over(whole, full, 0, 400), full).states
    same = np.arange(FIRMS)[:, None] % 3 == np.arange(FIRMS) % 3
    for part in (states.direction, states.lasting):
        found = part @ part.T
        assert found[same].min() > found[~same].max() + 0.3
        assert_allclose(np.linalg.norm(part, axis=1), 1.0, atol=1e-5)
    assert states.lasting.shape == (FIRMS, full.shape[1] + 5 * full.shape[1] // 8)


def test_a_firm_that_was_not_present_has_zeros(days, held_by):
    states = Frame(exposures.over(days, held_by, 0, 150), held_by).states
    for part in (states.held[:, 11], states.direction[11], states.lasting[11]):
        assert_array_equal(part, 0.0)
    assert np.abs(states.direction[:11]).max(axis=1).min() > 0.0
    assert all(np.isfinite(part).all() for part in states)


def test_the_length_of_history_is_told(days, held_by):
    full = exposures.over(days, held_by, 0, 400)
    short = exposures.over(days, held_by, 340, 400)
    frame = Frame(full, held_by)
    states = frame.read(short)
    assert_allclose(states.firm[0, -1], np.log(60.0 / YEARS), atol=1e-6)
    assert_allclose(frame.states.firm[11, -1], np.log(250.0 / YEARS), atol=1e-6)
    assert states.firm.shape == (FIRMS, FIRM)
    assert states.portfolio.shape == (held_by.shape[1], PORTFOLIO)


def test_a_portfolio_turned_around_turns_its_exposures_alone(days, held_by):
    turned = held_by * np.where(np.arange(held_by.shape[1]) == 1, -1.0, 1.0).astype(np.float32)
    one, other = (Frame(exposures.over(days, by, 0, 400), by).states for by in (held_by, turned))
    sign = np.where(np.arange(held_by.shape[1]) == 1, -1.0, 1.0)
    assert_allclose(other.held, one.held * sign, atol=1e-5)
    assert_allclose(other.firm, one.firm, atol=1e-4)
    assert_allclose(other.direction @ other.direction.T, one.direction @ one.direction.T, atol=1e-4)


def test_many_firms_are_read_in_parts_as_few_are(days, held_by, monkeypatch):
    held, short = (exposures.over(days, held_by, first, 400) for first in (0, 340))
    whole = Frame(held, held_by)
    monkeypatch.setattr(cores, "PART", 5)
    assert len(cores.in_parts(lambda part: part, FIRMS)) > 1
    parts = Frame(held, held_by)
    for one, other in ((whole.states, parts.states), (whole.read(short), parts.read(short))):
        for each, same in zip(one, other, strict=True):
            assert_allclose(same, each, atol=1e-5)


def test_states_of_some_firms_are_rows(days, held_by):
    states = Frame(exposures.over(days, held_by, 0, 400), held_by).states
    few = some(states, np.array([7, 2]))
    assert_array_equal(few.held, states.held[:, [7, 2]])
    assert_array_equal(few.portfolio, states.portfolio)
    for part, whole in zip(few[1:3] + few[4:], states[1:3] + states[4:], strict=True):
        assert_array_equal(part, whole[[7, 2]])
