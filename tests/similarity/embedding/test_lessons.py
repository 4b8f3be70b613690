"""Lessons from days of the past."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from similarity.embedding.test_portfolios import grouped

from pipeline.similarity.classical import scaled
from pipeline.similarity.embedding import lessons as module
from pipeline.similarity.embedding.days import Days
from pipeline.similarity.embedding.lessons import SHORT, ahead, lessons, origins

GROWTH = grouped(500).plain.astype(float)


@pytest.fixture(scope="module")
def taught():
    return list(lessons(GROWTH, Days.of(GROWTH), 4, 0))


def test_origins_by_hand():
    # 500 days: judged by 125; from day 250 on, every 62 days, to the last that has so many after.
    assert ahead(500) == 125
    assert_array_equal(origins(500), [250, 312, 374])
    assert ahead(4000) == 126
    assert origins(4000)[[0, 1, -1]].tolist() == [252, 315, 3843]


@pytest.mark.parametrize(("days", "count"), [(0, 0), (1, 0), (79, 0), (80, 3)])
def test_too_few_days_hold_no_lesson(days, count):
    growth = GROWTH[:days]
    assert len(origins(days)) == count
    assert len(list(lessons(growth, Days.of(growth), 4, 0))) == count


def test_what_came_is_the_correlation_of_scaled_residuals(taught):
    assert len(taught) == 3
    expected = scaled(GROWTH[312 : 312 + 125])
    np.fill_diagonal(expected, np.nan)
    assert_allclose(taught[1].later, expected, atol=1e-6)


def test_a_lesson_knows_nothing_of_what_came(taught):
    changed = GROWTH.copy()
    changed[375:] *= -2.0
    days = Days.of(GROWTH)
    other = list(lessons(changed, days, 4, 0))
    for one, same in zip(taught, other, strict=True):
        for part, kept in zip(one.known, same.known, strict=True):
            assert_array_equal(part, kept)
    assert (other[2].later != taught[2].later).any()
    assert_array_equal(other[0].later, taught[0].later)


def test_the_last_days_alone_are_as_short_as_they_say(taught):
    assert len(taught[0].lately) == len(SHORT)
    for short, states in zip(SHORT, taught[0].lately, strict=True):
        assert_allclose(states.firm[:, -1], np.log(min(short, 250) / 500.0), atol=0.01)


def test_of_many_firms_some_are_drawn(monkeypatch):
    monkeypatch.setattr(module, "FIRMS", 8)
    one, other = (list(lessons(GROWTH, Days.of(GROWTH), 4, seed)) for seed in (0, 1))
    assert one[0].later.shape == (8, 8)
    assert not np.array_equal(one[0].later, other[0].later, equal_nan=True)
