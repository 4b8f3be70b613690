"""The table of scores: what forecasts are judged by, and all that is told of it.

To add a score, add a row: scoring, leaderboard, MLflow, terminal and pages take it from here.
Growth is annualised, so CRPS, MAE and RMSE are in 1/year. Formulas that need a library import it
when they are computed, so that whoever only wants titles has them at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.evaluation.proper import crps, log_score, qlike
from pipeline.evaluation.score import Score

if TYPE_CHECKING:
    from pipeline.evaluation.marks import Marks
    from pipeline.evaluation.significance import MeanTest
    from pipeline.evaluation.student import Values


def direction(location: Values, growth: Values) -> Values:
    """Return 1 where the sign of growth was forecast, 0 where not, NaN where either is zero."""
    agreement = np.sign(location) * np.sign(growth)
    return np.where(agreement == 0.0, np.nan, (agreement > 0.0).astype(np.float64))


def coverage(pit: Values, level: float) -> float:
    """Return the share of growth rates inside the central interval of a level (0 to 1)."""
    return float(np.mean(np.abs(pit - 0.5) <= 0.5 * level))


def _directional_accuracy(marks: Marks) -> float:
    """Return the share of right signs, where neither is zero."""
    right = direction(marks.location, marks.growth)
    return float(np.nanmean(right)) if np.isfinite(right).any() else float("nan")


def _rises(marks: Marks, values: Values) -> float:
    """Return the share of values above zero, of the firm-days whose direction is judged."""
    judged = np.isfinite(direction(marks.location, marks.growth))
    return float(np.mean(values[judged] > 0.0)) if judged.any() else float("nan")


def _direction(marks: Marks) -> MeanTest:
    from pipeline.evaluation.significance import directional_accuracy

    return directional_accuracy(marks.location, marks.growth, marks.day, marks.horizon)


def _pit_p(marks: Marks) -> float:
    from pipeline.evaluation.uniformity import uniformity

    return uniformity(marks.pit, marks.day, marks.horizon).p_value


def _seed_spread(marks: Marks) -> float:
    """Return the standard deviation of CRPS over seeds; NaN for one."""
    return float(marks.table.groupby("seed")["crps"].mean().std(ddof=1))


SCORES = (
    Score(
        "crps",
        "CRPS",
        "1/year",
        "low",
        "continuous ranked probability score: distance of the forecast distribution from what "
        "came; for a forecast without spread it is the absolute error",
        mark=crps,
        ahead=True,
        table="skill",
        printed=("run", "board", "ahead"),
        need=0,
    ),
    Score(
        "log_score",
        "log score",
        "nats",
        "low",
        "−log of the density forecast for what came",
        mark=log_score,
        ahead=True,
        need=8,
    ),
    Score(
        "qlike",
        "QLIKE",
        "",
        "low",
        "quasi-likelihood loss of the variance forecast: its log plus squared growth over it",
        mark=qlike,
        printed=(),
    ),
    Score(
        "mae",
        "MAE",
        "1/year",
        "low",
        "mean absolute error of the location",
        formula=lambda marks: np.abs(marks.error).mean(),
        printed=("run",),
    ),
    Score(
        "rmse",
        "RMSE",
        "1/year",
        "low",
        "root mean squared error of the location",
        formula=lambda marks: np.sqrt(np.square(marks.error).mean()),
        printed=(),
    ),
    Score(
        "directional_accuracy",
        "direction",
        "",
        "high",
        "share of days whose sign of growth was forecast; a dash for forecasts without sign",
        ".1%",
        formula=_directional_accuracy,
        printed=("run",),
    ),
    Score(
        "rises",
        "rises",
        "of growth",
        "neither",
        "share of the same days on which growth rose: the direction of a forecast of rises alone",
        ".1%",
        formula=lambda marks: _rises(marks, marks.growth),
        columns=(),
        printed=(),
    ),
    Score(
        "forecast_rises",
        "rises",
        "forecast",
        "neither",
        "share of the same days on which a rise was forecast",
        ".1%",
        formula=lambda marks: _rises(marks, marks.location),
        columns=(),
        printed=(),
    ),
    Score(
        "direction_excess",
        "excess",
        "direction",
        "high",
        "direction above what signs as frequent, but independent, would reach; below zero it is "
        "worse than they",
        "+.2%",
        formula=lambda marks: _direction(marks).mean,
        run=False,
        columns=(),
        printed=(),
    ),
    Score(
        "direction_p",
        "p",
        "direction",
        "neither",
        "Pesaran–Timmermann test of the excess, two-sided: a small one with an excess below zero "
        "says worse",
        "p",
        formula=lambda marks: _direction(marks).p_value,
        run=False,
        columns=(),
        printed=(),
    ),
    Score(
        "information_coefficient",
        "IC",
        "",
        "high",
        "information coefficient: correlation of forecast and growth across the firms of a day, "
        "averaged over days",
        formula=lambda marks: marks.ranking.mean,
        printed=(),
    ),
    Score(
        "ic_t",
        "t",
        "IC",
        "neither",
        "Newey–West t statistic of the IC",
        ".2f",
        formula=lambda marks: marks.ranking.statistic,
        run=False,
        columns=(),
        printed=(),
    ),
    Score(
        "rank_ic",
        "rank IC",
        "",
        "high",
        "the IC of ranks",
        formula=lambda marks: marks.ranking_of_ranks.mean,
        run=False,
        printed=(),
    ),
    Score(
        "rank_ic_t",
        "t",
        "rank IC",
        "neither",
        "Newey–West t of the rank IC",
        ".2f",
        formula=lambda marks: marks.ranking_of_ranks.statistic,
        run=False,
        columns=(),
        printed=(),
    ),
    Score(
        "coverage_50",
        "inside",
        "",
        0.5,
        "share of growth inside the 50 % interval",
        ".1%",
        formula=lambda marks: coverage(marks.pit, 0.5),
        table="calibration",
        heading="in 50%",
        need=9,
    ),
    Score(
        "coverage_90",
        "inside",
        "",
        0.9,
        "share of growth inside the 90 % interval",
        ".1%",
        formula=lambda marks: coverage(marks.pit, 0.9),
        ahead=True,
        table="calibration",
        printed=("run", "board", "ahead"),
        heading="in 90%",
        need=6,
    ),
    Score(
        "coverage_99",
        "inside",
        "",
        0.99,
        "share of growth inside the 99 % interval",
        ".1%",
        formula=lambda marks: coverage(marks.pit, 0.99),
        run=False,
        table="calibration",
        printed=(),
    ),
    Score(
        "pit_p",
        "p",
        "calibration",
        "neither",
        "test that growth falls equally often in every part of the forecast distributions",
        "p",
        formula=_pit_p,
        run=False,
        table="calibration",
        printed=(),
    ),
    Score(
        "seed_spread",
        "spread",
        "over seeds",
        "neither",
        "standard deviation of CRPS over seeds",
        ".4f",
        formula=_seed_spread,
        run=False,
        table="training",
        printed=(),
    ),
)
"""The scores of one entry on its own, in the order in which they are told."""
MARKED = {score.key: score.mark for score in SCORES if score.mark}
"""Scores that each forecast earns on its own."""
