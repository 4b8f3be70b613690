import numpy as np
import pandas as pd
import pytest
from universe import features, growth_panel, traded

from pipeline.evaluation.baselines import BASELINES, Given
from pipeline.evaluation.baselines.log_har import _inputs, fit_log_scale, log_har, log_har_firms
from pipeline.evaluation.baselines.unit import unit
from pipeline.evaluation.forecasts import firm_days
from pipeline.evaluation.proper import crps
from pipeline.features.units import units
from pipeline.outputs import Fold
from pipeline.settings.evaluate import Evaluate

FOLD = Fold((19, 500), (501, 600), (601, 797), 2, 20)


def given(growth: np.ndarray, ranges: np.ndarray | None = None) -> Given:
    return Given(growth, FOLD, Evaluate(), features(growth, ("growth",)), ranges)


def test_the_running_volatility_is_that_of_networks() -> None:
    growth = growth_panel(firms=3, days=800).to_numpy()
    found = next(unit(given(growth)))
    np.testing.assert_array_equal(found.volatility, units(growth))
    assert (found.location == 0.0).all()


def test_planted_weights_are_found_and_inputs_that_say_the_same_share_them() -> None:
    random = np.random.default_rng(0)
    inputs = np.column_stack([np.ones(20_000), random.normal(size=(20_000, 2))])
    errors = np.exp(inputs @ [0.3, 0.5, -0.2]) * random.standard_t(5, size=20_000)
    assert fit_log_scale(inputs, errors) == pytest.approx([0.3, 0.5, -0.2], abs=0.03)
    started = fit_log_scale(inputs, errors, np.array([1.0, -1.0, 1.0]))
    assert started == pytest.approx(fit_log_scale(inputs, errors), abs=1e-3)
    twice = fit_log_scale(inputs[:, [0, 1, 1, 2]], errors)
    assert twice == pytest.approx([0.3, 0.25, 0.25, -0.2], abs=0.03)


def test_inputs_by_hand() -> None:
    # Of one firm that moves as much every day all means are that size: 1/√(π/2) of its unit, and
    # ranges of twice the unit are ln 2. Falls are told in units; gaps and unknown ranges as zero.
    growth = np.where(np.arange(800) % 2, 2.0, -2.0)[:, None]
    growth[700] = np.nan
    ranges = np.sqrt(4.0 * np.log(2.0)) * 2.0 * units(growth)
    ranges[:100] = np.nan
    found = _inputs(given(growth, ranges))[:, 0]
    size = np.log(np.sqrt(2.0 / np.pi))
    assert found.shape == (800, 2 + 2 * 7)
    assert found[650] == pytest.approx([1.0, -np.sqrt(2.0 / np.pi), *[size] * 7, *[np.log(2)] * 7])
    assert found[651, 1] == found[700, 1] == 0.0
    assert found[50, 9:].tolist() == [0.0] * 7
    assert _inputs(given(growth)).shape == (800, 1, 9)


def test_of_all_firms_and_of_each_beat_the_running_volatility_where_ranges_tell_more() -> None:
    random = np.random.default_rng(2)
    level = np.exp(0.7 * np.cumsum(random.normal(size=(800, 6)) * 0.3, axis=0) / 2.0)
    growth = level * random.standard_t(6, size=level.shape)
    ranges = 2.0 * np.exp(0.1 * random.normal(size=level.shape)) * level
    known = given(growth, ranges)
    days = firm_days(growth, range(*FOLD.test), 2, 20)
    found = {
        name: float(crps(BASELINES[name](known, days).forecast, days.growth).mean())
        for name in ("unit", "log_har", "log_har_firms")
    }
    assert max(found["log_har"], found["log_har_firms"]) < 0.99 * found["unit"]


def test_a_firm_with_few_days_has_the_weights_of_all() -> None:
    growth = growth_panel(firms=4, days=800, gaps=False).to_numpy().copy()
    growth[:400, 1] = np.nan
    ranges = traded(pd.DataFrame(growth))["ranges"].to_numpy()
    own, pooled = (next(course(given(growth, ranges))) for course in (log_har_firms, log_har))
    assert own.failed.tolist() == [False, True, False, False]
    np.testing.assert_allclose(own.volatility[500:, 1], pooled.volatility[500:, 1])
    assert (own.volatility[500:, 0] != pooled.volatility[500:, 0]).all()
    assert np.isfinite(own.volatility[500:]).all()
