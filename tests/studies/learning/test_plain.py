"""The day alone, in a unit that never changes."""

from dataclasses import replace

import numpy as np
import pytest
from universe import windowed

from pipeline.studies.learning.plain import plain

PANEL = windowed()


def test_the_unit_is_the_volatility_of_training_days_worked_by_hand() -> None:
    growth = np.full(PANEL.growth.shape, np.nan, np.float32)
    growth[:, PANEL.fold.training_days] = 2.0
    growth[0, PANEL.fold.training_days] = -6.0  # on average over all firms not far from 2
    growth[1] = np.nan  # counts as the average
    growth[2, PANEL.fold.training_days] = 0.01  # counts as a tenth of it
    firms = len(growth)
    average = (6.0 + 0.01 + 2.0 * (firms - 3)) / (firms - 1)
    unit = plain(replace(PANEL, growth=growth)).unit / np.sqrt(np.pi / 2.0)
    assert unit[0] == pytest.approx(6.0)
    assert unit[1] == pytest.approx(average)
    assert unit[2] == pytest.approx(0.1 * average)
    assert unit[3:] == pytest.approx(2.0)


def test_a_day_tells_of_itself_alone() -> None:
    made = plain(PANEL)
    assert made.names == ["growth", "absolute_growth", "observed"]
    known = np.isfinite(PANEL.growth)
    assert not known.all()
    np.testing.assert_array_equal(made.features[..., 2], known)
    assert not made.features[~known].any()
    scaled = np.clip(PANEL.growth / made.unit, -10.0, 10.0)
    np.testing.assert_allclose(made.features[..., 0][known], scaled[known], rtol=1e-5)
    np.testing.assert_array_equal(made.features[..., 1], np.abs(made.features[..., 0]))
    # A day of the test is another: nothing else is, but for what was seen of that day.
    growth, day = PANEL.growth.copy(), PANEL.fold.test[0]
    growth[:, day] += 1.0
    other = plain(replace(PANEL, growth=growth))
    np.testing.assert_array_equal(other.unit, made.unit)
    moved = (other.features != made.features).any(axis=(0, 2))
    assert np.flatnonzero(moved).tolist() == [day]
