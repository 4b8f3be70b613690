"""The evaluate stage: forecasts of the test days, scored beside the baselines."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.errors import ConfigError
from pipeline.evaluation.calibration import histogram
from pipeline.evaluation.forecasts import (
    FirmDays,
    forecast_of,
    forecast_table,
    network_forecast,
    with_quantiles,
)
from pipeline.evaluation.foretell import judged
from pipeline.evaluation.scores import beside_baselines, marks
from pipeline.evaluation.student import StudentT
from pipeline.outputs import Baselined, Evaluated, Grown, Json, Trained, Windowed
from pipeline.settings.evaluate import Evaluate
from pipeline.watch import Watch

NETWORK = "network"
"""What the network is called beside the baselines' names."""
Forecasts = dict[str, StudentT]


def evaluate(
    section: Evaluate,
    windowed: Windowed,
    grown: Grown,
    trained: Trained,
    baselined: Baselined,
    *,
    watch: Watch,
) -> Evaluated:
    """Forecast every test day with the network, and score it beside the baselines.

    A forecast is made at the end of the day t (an origin of the fold's test part) for the days
    t + 1 … t + H. It is judged where growth was realised and the firm had `lookback` growth
    rates by then; network and baselines are judged on exactly the same firm-days.

    Parameters
    ----------
    section
        Quantile levels.
    windowed
        Panel, fold and the units that growth was measured in.
    grown
        Growth rates (T × N, 1/year).
    trained
        The fitted network.
    baselined
        What the baselines forecast.
    watch
        Told how far it is.

    Returns
    -------
    Evaluated
        Forecasts, scores and calibration.

    Raises
    ------
    InputError
        If no firm-day can be judged.
    ConfigError
        If the network forecasts something that is not finite.
    """
    labels, days = judged(windowed, grown)
    forecast = _network(windowed, trained, days, watch)
    _check_finite(forecast, days, labels)
    return scored(section, windowed, grown, forecast, baselined, watch=watch)


def scored(
    section: Evaluate,
    windowed: Windowed,
    grown: Grown,
    forecast: StudentT,
    baselined: Baselined,
    *,
    watch: Watch,
) -> Evaluated:
    """Score forecasts of the test days beside the baselines, wherever they come from.

    Parameters
    ----------
    section, windowed, grown, baselined, watch
        As of `evaluate`.
    forecast
        Of the firm-days that `judged` gives, in 1/year.
    """
    labels, days = judged(windowed, grown)
    forecasts = {NETWORK: forecast}
    for name, rows in baselined.forecasts.groupby("baseline", sort=False):
        forecasts[str(name)] = forecast_of(rows)
    if days.left_out:
        watch.note(
            f"{days.left_out} growth rates of the test days are not forecast: the firm had "
            f"fewer than {windowed.fold.lookback} growth rates before them."
        )
    return _evaluated(section, forecasts, baselined.fallbacks, days, labels)


def _network(windowed: Windowed, trained: Trained, days: FirmDays, watch: Watch) -> StudentT:
    """Return the network's forecasts of the firm-days."""
    import models
    from pipeline.training.predict import forecast

    origins = windowed.fold.test
    raw = forecast(models.from_bytes(trained.network), windowed, origins, watch=watch)
    return network_forecast(raw, origins[0], days, windowed.unit)


def _evaluated(
    section: Evaluate, forecasts: Forecasts, fallbacks: Json, days: FirmDays, labels: pd.DataFrame
) -> Evaluated:
    """Return the network's table, and the scores of all forecasts."""
    earned = {name: marks(forecast, days) for name, forecast in forecasts.items()}
    table = forecast_table(forecasts[NETWORK], days, labels)
    return Evaluated(
        forecasts=with_quantiles(table, forecasts[NETWORK], days.growth, section.quantiles),
        scores={**_scores(earned, table, days.left_out), "fallbacks": fallbacks},
        calibration=histogram({name: rows["pit"].to_numpy() for name, rows in earned.items()}),
    )


def _scores(earned: dict[str, pd.DataFrame], table: pd.DataFrame, left_out: int) -> Json:
    """Return the scores over all firm-days and by horizon, as plain JSON."""
    return {
        **_beside(earned),
        "days": int(table["date"].nunique()),
        "firms": int(table["symbol"].nunique()),
        "first": f"{table['date'].min():%Y-%m-%d}",
        "last": f"{table['date'].max():%Y-%m-%d}",
        "left_out": left_out,
        "by_horizon": [
            {"horizon": int(horizon), **_beside(earned, int(horizon))}
            for horizon in sorted(table["horizon"].unique())
        ],
    }


def _beside(earned: dict[str, pd.DataFrame], horizon: int | None = None) -> Json:
    """Return the network's scores beside the baselines', of one horizon or of all."""
    rows = {
        name: table if horizon is None else table[table["horizon"] == horizon]
        for name, table in earned.items()
    }
    network = rows.pop(NETWORK)
    return beside_baselines(network, rows)


def _check_finite(forecast: StudentT, days: FirmDays, labels: pd.DataFrame) -> None:
    """Refuse a network whose forecasts are no distributions."""
    finite = np.isfinite(forecast.location) & np.isfinite(forecast.scale) & (forecast.scale > 0)
    broken = ~(finite & (forecast.df > 1.0))
    if broken.any():
        row = int(np.argmax(broken))
        raise ConfigError(
            f"The network's forecasts are not finite for {broken.sum()} of {len(broken)} "
            f"firm-days, first for {labels.columns[days.firm[row]]} on "
            f"{labels.index[days.day[row]]:%Y-%m-%d}: train it again with a smaller "
            "train.learning_rate or train.global_clipnorm."
        )
