"""The scores of an epoch's validation."""

from dataclasses import replace

import keras
import numpy as np
import pytest
import scoringrules
from scipy import stats
from universe import windowed

import models
from pipeline.settings.train import Train
from pipeline.settings.window import Window
from pipeline.training.diary import _crps, validation
from pipeline.training.predict import forecast
from pipeline.watch import Silence

PANEL = windowed(Window(lookback=10), firms=6, days=300)
FOLD = PANEL.fold


@pytest.mark.parametrize("name", ["elman", "bidirectional"])
def test_the_validation_scores_are_means_over_validation_targets_alone(name: str) -> None:
    section = Train(sequence=500, burn_in=4, windows_per_epoch=10**6)
    assert FOLD.valid[0] < 500  # so that validation is warmed up over the whole history
    keras.utils.set_random_seed(3)
    network = models.build(name, features=PANEL.features.shape[2], units=4)
    m, s, df, _ = np.moveaxis(
        forecast(network, PANEL, FOLD.valid, watch=Silence())[:, :, 0].astype(float), -1, 0
    )
    days = slice(FOLD.valid[0] + 1, FOLD.valid[1] + 1)
    growth, unit = PANEL.growth[:, days], PANEL.unit[:, slice(*FOLD.valid)]
    others = np.full_like(PANEL.growth, 99.0)
    others[:, days] = growth
    panel = replace(PANEL, growth=others)
    loss, crps = validation(network, panel, FOLD, section)()
    assert np.isnan(growth).any()
    assert loss == pytest.approx(-np.nanmean(stats.t.logpdf(growth / unit, df, m, s)), abs=1e-5)
    # The CRPS is that of growth itself, in 1/year: forecasts are brought back to it.
    each = scoringrules.crps_t(growth, df, m * unit, s * unit, backend="numpy")
    assert crps == pytest.approx(np.nanmean(each), rel=1e-5)


def test_the_crps_of_validation_is_the_integral_that_defines_it() -> None:
    random = np.random.default_rng(0)
    target = np.array([[0.3, np.nan], [-2.0, 1.0]])
    forecasts = np.stack(
        [random.normal(size=(2, 2)), random.uniform(0.5, 2.0, (2, 2)), np.full((2, 2), 5.0)],
        axis=-1,
    )
    unit = np.array([[2.0], [3.0]])
    # ∫ (F(x) − 1[x ≥ y])² dx, by sums.
    x = np.linspace(-100.0, 100.0, 500_001)
    total = []
    for row, column in np.argwhere(np.isfinite(target)):
        m, s, df = forecasts[row, column]
        below = stats.t.cdf(x, df, m * unit[row], s * unit[row])
        total.append(np.trapezoid((below - (x >= target[row, column] * unit[row])) ** 2, x))
    assert _crps(target, forecasts, unit) == pytest.approx(np.mean(total), abs=1e-3)
