from dataclasses import replace

import keras
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from universe import windowed

import models
from pipeline.settings.window import Window
from pipeline.training.day_factors import DayFactors, common_factors, day_factors
from pipeline.training.hindsight import hindsight
from pipeline.watch import Silence

PANEL = windowed(Window(lookback=10, horizon=2), firms=40, days=200)
FOLD = PANEL.fold
DAY = FOLD.train[0] + 30


@pytest.fixture(scope="module")
def network() -> keras.Model:
    keras.utils.set_random_seed(3)
    return models.build("elman", features=PANEL.features.shape[2], units=4, horizon=2)


def found_in(network: keras.Model, growth: np.ndarray) -> DayFactors:
    panel = replace(PANEL, growth=growth)
    seen = hindsight(network, panel, FOLD.train, watch=Silence())
    return day_factors(seen, len(PANEL.dates))


def wild(day: int, factor: float = 8.0) -> np.ndarray:
    """Growth of the panel that is larger on a day, for all firms alike."""
    growth = PANEL.growth.copy()
    growth[:, day] *= factor
    return growth


def test_a_factor_is_where_the_posterior_is_highest() -> None:
    # Two errors e with 4 degrees of freedom: c solves 2 (5 x / (4 + x) − 1) = ln c / 0.09 with
    # x = e² / c². For c = 1.5 that is x = 7.445, so e = 1.5 √7.445 = 4.093.
    errors, df = np.array([[4.093], [-4.093]]), np.full((2, 1), 4.0)
    np.testing.assert_allclose(common_factors(errors, df), [1.5], rtol=1e-3)


def test_a_planted_factor_is_found_among_many_firms_and_hardly_among_few() -> None:
    random = np.random.default_rng(0)
    planted = np.array([0.5, 1.0, 2.0, 4.0])
    errors = planted * random.standard_t(5.0, (2000, 4))
    df = np.full((2000, 4), 5.0)
    np.testing.assert_allclose(common_factors(errors, df), planted, rtol=0.06)
    few = common_factors(errors[:3], df[:3])
    assert (np.abs(np.log(few)) < np.abs(np.log(planted)) + 0.1).all()
    assert few[3] < 2.5


@settings(max_examples=30)
@given(
    errors=st.lists(st.floats(-30.0, 30.0), min_size=1, max_size=12),
    larger=st.floats(1.1, 4.0),
    df=st.floats(2.1, 60.0),
)
@example(errors=[13.0, 14.0], larger=2.0, df=30.0)
def test_factors_follow_the_errors_sizes_alone(
    errors: list[float], larger: float, df: float
) -> None:
    column = np.array(errors)[:, None]
    degrees = np.full_like(column, df)
    (found,) = common_factors(column, degrees)
    assert 0.0 < found < np.inf
    gaps = np.vstack([-column[::-1], [[np.nan]]])
    np.testing.assert_allclose(common_factors(gaps, np.full_like(gaps, df)), found, rtol=1e-8)
    assert common_factors(larger * column, degrees)[0] >= found * (1.0 - 1e-8)


def test_without_an_error_a_factor_is_one() -> None:
    assert common_factors(np.full((3, 2), np.nan), np.full((3, 2), 4.0)).tolist() == [1.0, 1.0]


def test_a_day_on_which_everything_moved_stands_out_from_each_origin(
    network: keras.Model,
) -> None:
    calm = found_in(network, PANEL.growth).factor
    found = found_in(network, wild(DAY)).factor
    assert found.shape == (200, 2)
    assert found.dtype == np.float32
    moved = {(int(day), int(ahead)) for day, ahead in np.argwhere(found != calm)}
    assert moved == {(DAY - 1, 0), (DAY - 2, 1)}
    for place in moved:
        assert found[place] / calm[place] > 2.0
    outside = np.r_[0 : FOLD.train[0], FOLD.train[1] : 200]
    assert (found[outside] == 1.0).all()
    assert (found[slice(*FOLD.train)] != 1.0).mean() > 0.9


def test_what_firms_share_is_taken_from_how_far_growth_is_from_the_days_location() -> None:
    # y = 5 on a day of location 1 and factor 2: 1 + (5 − 1) / 2 = 3. A gap stays one.
    factors = DayFactors(np.float32([[1.0], [2.0]]), np.float32([[7.0], [1.0]]))
    growth = np.float32([[5.0], [5.0], [np.nan]])
    np.testing.assert_array_equal(
        factors.without(growth, np.array([0, 1, 1])), [[5.0], [3.0], [np.nan]]
    )


def test_the_days_location_is_the_mean_of_what_was_said_of_the_firms_that_traded(
    network: keras.Model,
) -> None:
    seen = hindsight(network, PANEL, FOLD.train, watch=Silence())
    centre = day_factors(seen, len(PANEL.dates)).centre
    known = np.where(np.isfinite(seen.came), seen.forecasts[..., 0], np.nan)
    assert np.isnan(known).any()
    wanted = np.nanmean(known, axis=0)
    np.testing.assert_allclose(centre[slice(*FOLD.train)], wanted, rtol=1e-5, atol=1e-7)
