from dataclasses import replace

import numpy as np
from universe import windowed

from pipeline.settings.window import Window
from pipeline.training.targets import targets

PANEL = windowed(Window(lookback=10, horizon=2), firms=5, days=200)
FOLD = PANEL.fold


def test_targets_are_the_days_ahead_of_origins_alone_in_the_unit_of_the_origin() -> None:
    growth = np.array([[0.0, 1.0, 2.0, np.nan, 4.0]], np.float32)
    unit = np.array([[1.0, 2.0, 4.0, 8.0, 16.0]], np.float32)
    panel = replace(PANEL, growth=growth, unit=unit)
    got = targets(panel, np.array([0]), np.arange(5), (1, 3))
    np.testing.assert_array_equal(
        got, [[np.nan] * 2, [1.0, np.nan], [np.nan, 1.0], [np.nan] * 2, [np.nan] * 2]
    )
    assert got.dtype == np.float32


def test_a_firm_that_is_not_listed_yet_has_no_target() -> None:
    listed, firm = 200 // 4, np.array([4])
    assert np.isnan(targets(PANEL, firm, np.array([listed - 1]), FOLD.train)).all()
    assert np.isfinite(targets(PANEL, firm, np.array([listed]), FOLD.train)).all()
