"""Sequences of growth are those of the panel, and of the days that were asked for."""

import numpy as np
import pytest

from pipeline.studies.sequences.growth import drawn, runs, scaled, whole
from tests.universe import windowed

PANEL = windowed()


def test_scaled_growth_is_that_of_the_next_day():
    found = scaled(PANEL)
    assert found[2, 50] == pytest.approx(PANEL.growth[2, 51] / PANEL.unit[2, 50])
    assert np.isnan(found[:, -1]).all()
    assert np.isnan(found[0, 9])  # the first firm has a gap on day 10


def test_whole_has_the_days_of_a_part_and_some_before():
    first, stop = PANEL.fold.valid
    shown, answers = whole(PANEL, PANEL.fold.valid, 7)
    assert shown.shape[:3] == (1, len(PANEL.growth), stop - first + 7)
    assert np.array_equal(shown[0, :, 7], PANEL.features[:, first])
    assert np.array_equal(answers[0, 0], scaled(PANEL)[:, first], equal_nan=True)


def test_what_is_drawn_is_of_training_days_alone():
    later = np.array(PANEL.growth)
    later[:, PANEL.fold.train[1] + 1 :] = np.nan
    blind = windowed()
    blind.growth[...] = later
    blind.features[:, PANEL.fold.train[1] :] = np.nan
    shown, answers = drawn(blind, 200, 10, 5, np.random.default_rng(0))
    assert shown.shape[:2] == (200, 15)
    assert answers.shape == (10, 200)
    assert np.isfinite(shown).all()
    again = drawn(PANEL, 200, 10, 5, np.random.default_rng(0))
    assert np.array_equal(answers, again[1], equal_nan=True)
    assert np.isfinite(runs(blind, 100, 12, np.random.default_rng(1))).all()


def test_a_day_forecasts_the_day_after():
    shown, answers = drawn(PANEL, 50, 10, 5, np.random.default_rng(0))
    # The first feature of a day is its growth in units of the day before: yesterday's answer.
    known = np.isfinite(answers[:-1].T)
    today = shown[:, 6:, PANEL.names.index("growth")]
    assert today[known] == pytest.approx(answers[:-1].T[known], rel=1e-4)
