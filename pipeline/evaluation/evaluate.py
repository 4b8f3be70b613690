"""The evaluate stage: forecasts of the test days, scored beside the baselines."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from pipeline.errors import ConfigError
from pipeline.evaluation.baselines.combination import COMBINATION, combined
from pipeline.evaluation.beside import beside
from pipeline.evaluation.calibration import histogram
from pipeline.evaluation.earned import defined, marked, scored
from pipeline.evaluation.forecasts import (
    FirmDays,
    forecast_of,
    forecast_table,
    network_forecast,
    with_quantiles,
)
from pipeline.evaluation.foretell import judged
from pipeline.evaluation.rows import NETWORK
from pipeline.evaluation.scores import SCORES
from pipeline.evaluation.student import StudentT
from pipeline.outputs import Baselined, Evaluated, Grown, Json, Trained, Windowed
from pipeline.settings.evaluate import Evaluate
from pipeline.watch import Watch


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
        Quantile levels, and the days that the network is shown.
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
    forecast = _network(windowed, trained, days, watch, section.shown_days)
    _check_finite(forecast, days, labels)
    lookback = windowed.fold.lookback
    return evaluated(section, labels, days, lookback, forecast, baselined, watch=watch)


def evaluated(
    section: Evaluate,
    labels: pd.DataFrame,
    days: FirmDays,
    lookback: int,
    forecast: StudentT,
    baselined: Baselined,
    *,
    watch: Watch,
) -> Evaluated:
    """Score forecasts of the test days beside the baselines, wherever they come from.

    Parameters
    ----------
    section, baselined, watch
        As of `evaluate`.
    labels, days
        As `judged` gives them.
    lookback
        Growth rates that a firm must have before it is forecast.
    forecast
        Of the firm-days, in 1/year.
    """
    if days.left_out:
        watch.note(
            f"{days.left_out} growth rates of the test days are not forecast: the firm had "
            f"fewer than {lookback} growth rates before them."
        )
    table = forecast_table(forecast, days, labels)
    table = with_quantiles(table, forecast, days.growth, section.quantiles)
    by_baseline = baselined.forecasts.groupby("baseline", sort=False)
    earned = {NETWORK: marked(table), **{str(name): marked(rows) for name, rows in by_baseline}}
    told = {"joined": _joined(forecast, table, baselined), "fallbacks": baselined.fallbacks}
    return Evaluated(
        forecasts=table,
        scores={**_scores(earned, days.left_out), **told},
        calibration=histogram({name: marks["pit"].to_numpy() for name, marks in earned.items()}),
    )


def _network(
    windowed: Windowed, trained: Trained, days: FirmDays, watch: Watch, shown: int | None
) -> StudentT:
    """Return the network's forecasts of the firm-days."""
    import models
    from pipeline.training.predict import forecast

    origins = windowed.fold.test
    raw = forecast(models.from_bytes(trained.network), windowed, origins, watch=watch, shown=shown)
    return network_forecast(raw, origins[0], days, windowed.unit)


def _joined(forecast: StudentT, table: pd.DataFrame, baselined: Baselined) -> Json:
    """Return the scores of the network joined with the baselines' combination.

    That was chosen on validation days; the best baseline of the test days would be known too late.
    It is no baseline, so that no network is judged beside itself.
    """
    rows = baselined.forecasts[baselined.forecasts["baseline"] == COMBINATION]
    if rows.empty:
        return {}
    parts = vars(combined([forecast, forecast_of(rows)]))
    return _plain(marked(table.assign(**parts)))


def _scores(earned: Mapping[str, pd.DataFrame], left_out: int) -> Json:
    """Return the scores over all firm-days and by horizon, as plain JSON."""
    marks, whole = earned[NETWORK], beside_baselines(earned)
    horizons = sorted(marks["horizon"].unique())

    def ahead(horizon: int) -> Json:
        if len(horizons) == 1:
            return whole
        return beside_baselines({n: rows[rows["horizon"] == horizon] for n, rows in earned.items()})

    return {
        **whole,
        "days": int(marks["date"].nunique()),
        "firms": int(marks["symbol"].nunique()),
        "first": f"{marks['date'].min():%Y-%m-%d}",
        "last": f"{marks['date'].max():%Y-%m-%d}",
        "left_out": left_out,
        "by_horizon": [{"horizon": int(horizon), **ahead(horizon)} for horizon in horizons],
    }


def beside_baselines(earned: Mapping[str, pd.DataFrame]) -> Json:
    """Return the scores of a network beside those of the baselines on the same firm-days.

    Parameters
    ----------
    earned
        Name → what each forecast earned, as `marked` returns it: of the network and baselines.

    Returns
    -------
    dict
        The network's scores, the number of `forecasts`, `best_baseline` (the lowest CRPS on
        these very days), `crps_skill` (1 − CRPS / the best baseline's: above zero the network
        is better), `crps_over_best` with its interval and the test `dm_p`, and `baselines` (name →
        scores). What is not defined is None.
    """
    baselines = {name: _plain(marks) for name, marks in earned.items()}
    scores = baselines.pop(NETWORK)
    best = min(baselines, key=lambda name: baselines[name]["crps"])
    return {
        **scores,
        **defined(beside(earned[NETWORK], earned[best]).told("crps_over_best", "dm_p")),
        "forecasts": len(earned[NETWORK]),
        "crps_skill": 1.0 - scores["crps"] / baselines[best]["crps"],
        "best_baseline": best,
        "baselines": baselines,
    }


def _plain(marks: pd.DataFrame) -> Json:
    """Return the scores that a run tells, as plain JSON."""
    return defined(scored(marks, [score for score in SCORES if score.run]))


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
