"""What features see of a day, by hand."""

import numpy as np
from numpy.testing import assert_array_equal

from pipeline.features.view import across


def test_the_market_of_a_day_without_trades_is_not_known() -> None:
    growth = np.array([[1.0, 3.0, np.nan], [np.nan, np.nan, np.nan]])
    assert_array_equal(across(growth), [[2.0], [np.nan]])
