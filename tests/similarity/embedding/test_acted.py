"""What portfolios' days come to together."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from pipeline import cores
from pipeline.similarity.embedding import exposures
from pipeline.similarity.embedding.acted import Acted
from pipeline.similarity.embedding.exposures import ALL, HALF_LIVES, LONG


def test_squares_are_those_of_the_portfolios_days(days, held_by):
    found = Acted.of(exposures.over(days, held_by, 0, 400), held_by)
    back = np.arange(400)[::-1]
    for number, half_life in enumerate(HALF_LIVES):
        weights = 0.5 ** (back / half_life)
        own = (days.standard[:400] ** 2).T @ weights
        own = (days.present[:400].T @ weights) - own
        square = weights @ (days.standard[:400] @ held_by) ** 2
        # Half of a firm's product with itself is taken away, and half of its days stands for it.
        expected = square + 0.5 * own @ held_by**2
        assert_allclose(found.squares[number], expected, rtol=1e-4)


def test_sums_of_both_kinds_are_products_with_what_is_held(days, held_by):
    held = exposures.over(days, held_by, 0, 400)
    found = Acted.of(held, held_by)
    for part, sums in ((LONG, found.long), (ALL, found.all)):
        assert_allclose(sums, held_by.T @ held[part, :, :-2], rtol=1e-4, atol=1e-2)


@pytest.mark.parametrize("part", [cores.PART, 5])
def test_sums_over_a_range_follow_from_those_at_its_ends(days, held_by, part, monkeypatch):
    monkeypatch.setattr(cores, "PART", part)
    before, after = (Acted.of(exposures.over(days, held_by, 0, day), held_by) for day in (300, 400))
    alone = Acted.of(exposures.over(days, held_by, 300, 400), held_by)
    for found, expected in zip(after.since(before, 100), alone, strict=True):
        assert_allclose(found, expected, atol=1e-4 * np.abs(expected).max())
