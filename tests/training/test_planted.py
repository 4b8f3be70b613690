"""What recurrence adds, on processes of which it is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from universe import SESSIONS

import models
from pipeline.evaluation.forecasts import firm_days, network_forecast
from pipeline.evaluation.proper import crps
from pipeline.evaluation.significance import MeanTest, diebold_mariano
from pipeline.outputs import Grown, Windowed
from pipeline.panel.windows import window
from pipeline.settings.model import Model
from pipeline.settings.train import Train
from pipeline.settings.window import Window
from pipeline.training.predict import forecast
from pipeline.training.train import train
from pipeline.watch import Silence

FIRMS, DAYS = 16, 700
LARGE = 1.6


def latched(random: np.random.Generator) -> np.ndarray:
    """Growth whose mean has the sign of the firm's last large surprise, however long ago it was."""
    noise = random.standard_t(8, (DAYS, FIRMS))
    growth, sign = np.empty((DAYS, FIRMS)), np.ones(FIRMS)
    for day, today in enumerate(noise):
        growth[day] = sign + today
        sign = np.where(np.abs(today) > LARGE, np.sign(today), sign)
    return growth


def independent(random: np.random.Generator) -> np.ndarray:
    """Growth whose scale is drawn anew every day: the past tells nothing."""
    scale = np.exp(0.4 * random.standard_normal((DAYS, 1)))
    return np.asarray(scale * random.standard_t(8, (DAYS, FIRMS)))


def panel(growth: np.ndarray) -> Windowed:
    names = pd.Index([f"F{number:02d}" for number in range(FIRMS)], name="symbol")
    dates = pd.DatetimeIndex(SESSIONS[:DAYS], name="date")
    basis = {"asked": "close", "used": "close", "days_per_year": 252, "risk_free": 0.0}
    table = pd.DataFrame(growth, index=dates, columns=names)
    return window(Window(lookback=20), Grown(table, basis | {"note": None}))


def losses(name: str, made: Windowed) -> tuple[np.ndarray, np.ndarray]:
    """The CRPS of a network on the test days, and the day of each."""
    section = Train(
        epochs=5,
        patience=5,
        sequence=60,
        batch_size=16,
        sequences_per_epoch=128,
        learning_rate=0.02,
        location_penalty=0.0,
        refit=False,
    )
    trained = train(section, Model(name=name, units=8, dropout=0.0), made, watch=Silence())
    fold = made.fold
    days = firm_days(made.growth.T.astype(float), range(*fold.test), 1, fold.lookback)
    raw = forecast(models.from_bytes(trained.network), made, fold.test, watch=Silence())
    said = network_forecast(raw, fold.test[0], days, made.unit)
    return crps(said, days.growth), days.day


def added(made: Windowed) -> tuple[float, MeanTest]:
    """CRPS of a recurrent network less that of the better control: as a share of it, and tested."""
    network, day = losses("gru", made)
    control = min((losses(name, made)[0] for name in ("linear", "feedforward")), key=np.mean)
    found = diebold_mariano(network, control, day)
    return found.mean / float(control.mean()), found


def test_recurrence_wins_where_something_long_ago_tells_what_no_input_does() -> None:
    share, found = added(panel(latched(np.random.default_rng(1))))
    assert share < -0.02
    assert found.p_value < 0.001


@pytest.mark.parametrize("seed", [1, *(pytest.param(n, marks=pytest.mark.full) for n in (2, 3, 4))])
def test_recurrence_adds_next_to_nothing_where_the_past_tells_nothing(seed: int) -> None:
    # A unit that follows noise has to be undone, which a linear map cannot do quite as well.
    share, found = added(panel(independent(np.random.default_rng(seed))))
    assert share > -0.003
    assert found.p_value > 0.01
