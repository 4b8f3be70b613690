"""A whole run, computed from simulated growth: all that a report is made of."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import universe
from quick import unfitted

from models.comovement import initial
from pipeline.evaluation.baselines import BASELINES, Given
from pipeline.evaluation.calibration import histogram
from pipeline.evaluation.control import controlled
from pipeline.evaluation.earned import marked
from pipeline.evaluation.evaluate import beside_baselines
from pipeline.evaluation.forecasts import FirmDays, firm_days, forecast_table, with_quantiles
from pipeline.evaluation.student import StudentT, symmetric
from pipeline.outputs import (
    Controlled,
    Embedded,
    Evaluated,
    Grown,
    Ingested,
    Reported,
    Studied,
    Trained,
    Windowed,
)
from pipeline.panel.windows import window
from pipeline.report.page import report
from pipeline.settings.evaluate import Evaluate
from pipeline.settings.report import Report
from pipeline.settings.similarity import Embed, Study
from pipeline.settings.window import Window
from pipeline.similarity.embedding.days import Days
from pipeline.similarity.embedding.embed import aligned, compare, taught_to
from pipeline.similarity.embedding.lessons import lessons
from pipeline.similarity.embedding.reading import SIZES, scaled_to
from pipeline.similarity.study.study import study
from pipeline.watch import Silence

FACTS = {"Source": "simulated growth", "Network": "gru, 32 units", "Code": "0.1.0"}


@dataclass
class Run:
    """The outputs that a report is made of; a test may change any of them."""

    ingested: Ingested
    grown: Grown
    windowed: Windowed
    trained: Trained
    evaluated: Evaluated
    controlled: Controlled
    embedded: Embedded
    studied: Studied

    def report(self, section: Report | None = None) -> Reported:
        return report(section or Report(), FACTS, **vars(self))


def run(firms: int = 12, days: int = 500, groups: int = 3, horizon: int = 1) -> Run:
    """Simulate a run; the "network" is an EWMA volatility, a little too narrow."""
    planted = {"firms": firms, "days": days, "groups": groups}
    ingested, grown = universe.ingested(**planted), universe.grown(**planted)
    ingested.quality.update(rules=RULES, quarantined=QUARANTINED, notes=["A note of the source."])
    windowed = window(Window(lookback=20, horizon=horizon), grown)
    similar = embedded(ingested, grown, windowed)
    judged = evaluated(grown, windowed)
    wider = judged.forecasts.assign(scale=1.2 * judged.forecasts["scale"])
    return Run(
        ingested,
        grown,
        windowed,
        trained(epochs=12),
        judged,
        controlled(judged, "linear", replace(judged, forecasts=wider)),
        similar,
        study(Study(firms=50, permutations=99, draws=200), similar, watch=Silence()),
    )


def trained(epochs: int) -> Trained:
    """A course of training that falls and levels off."""
    epoch = np.arange(1, epochs + 1)
    valid = 1.30 + 0.12 / epoch + 0.0008 * epoch
    history = pd.DataFrame(
        {
            "epoch": epoch,
            "loss": 1.31 + 0.15 / epoch,
            "valid_loss": valid,
            "valid_crps": 1.9 * valid,
            "learning_rate": 3e-3 * (1.0 + np.cos(np.pi * epoch / (epochs + 1))) / 2.0,
            "gradient_norm": 0.4 + 1.5 / epoch,
            "clipped_share": np.minimum(1.0, 0.9 / epoch),
            "seconds": 1.5,
            "targets_per_second": 4.0e5,
        }
    )
    summary = {
        "architecture": "gru",
        "parameters": 3_651,
        "best_epoch": int(epoch[valid.argmin()]),
        "epochs": epochs,
        "seconds": 1.5 * epochs,
        "targets_per_second": 4.0e5,
        "clipping": "global_clipnorm 1",
        "causal": True,
        "refit": True,
    }
    rows = [(n, lag, 0.5 ** (lag / (1 + n))) for n in range(epochs + 1) for lag in range(40)]
    flow = pd.DataFrame(rows, columns=["epoch", "lag", "norm"])
    return Trained(b"", history, summary, flow)


def evaluated(grown: Grown, windowed: Windowed) -> Evaluated:
    """Forecasts and scores, by the evaluation's own functions."""
    fold, section = windowed.fold, Evaluate()
    growth = grown.growth.to_numpy()
    days = firm_days(growth, range(*fold.test), fold.horizon, fold.lookback)
    given = Given(growth, fold, section, windowed.features)
    with unfitted():
        forecasts = {
            name: baseline(given, days).forecast
            for name, baseline in BASELINES.items()
            if baseline.usable(given)
        }
    ewma = forecasts["ewma_volatility"]
    network = symmetric(ewma.location + 0.02, 0.93 * ewma.scale, ewma.df)

    def marks(forecast: StudentT) -> pd.DataFrame:
        rows = forecast_table(forecast, days, grown.growth)
        return marked(rows.assign(growth=days.growth))

    earned = {"network": marks(network)} | {name: marks(own) for name, own in forecasts.items()}
    table = forecast_table(network, days, grown.growth)
    return Evaluated(
        with_quantiles(table, network, days.growth, section.quantiles),
        scores(earned, table, days),
        histogram({name: rows["pit"] for name, rows in earned.items()}),
    )


def scores(
    earned: dict[str, pd.DataFrame], table: pd.DataFrame, days: FirmDays
) -> dict[str, object]:
    """Scores as the evaluate stage writes them."""
    return {
        **beside_baselines(earned),
        "days": table["date"].nunique(),
        "firms": table["symbol"].nunique(),
        "first": str(table["date"].min().date()),
        "last": str(table["date"].max().date()),
        "left_out": days.left_out,
        "by_horizon": [
            {
                "horizon": int(ahead),
                **beside_baselines(
                    {name: rows[rows["horizon"] == ahead] for name, rows in earned.items()}
                ),
            }
            for ahead in sorted(table["horizon"].unique())
        ],
    }


def embedded(ingested: Ingested, grown: Grown, windowed: Windowed) -> Embedded:
    """Similarities as networks tell them that have learned nothing."""
    growth = aligned(grown.growth, windowed)
    past = growth[: taught_to(windowed)]
    taught = list(lessons(past, Days.of(past), Embed().components, 0))
    untrained = [scaled_to(initial(SIZES, 0), taught)]
    basis = {"networks": [0], "days_per_year": 252}
    return compare(Embed(), ingested.firms, windowed, growth, untrained, untrained, basis)


RULES = [
    {
        "rule": "duplicates",
        "action": "repair",
        "count": 0,
        "firms": 0,
        "examples": [],
        "sentence": "No rows that repeat another row.",
    },
    {
        "rule": "nonpositive",
        "action": "repair",
        "count": 1234,
        "firms": 7,
        "examples": ["F01 2015-02-03: close 0", "F02 2015-02-04: close -1"],
        "sentence": "1,234 rows with a price of zero or less in 7 firms: made gaps.",
    },
    {
        "rule": "off_calendar",
        "action": "repair",
        "count": 3,
        "firms": 1,
        "examples": ["F03 2015-07-03"],
        "sentence": "3 rows on days when the exchange was closed in 1 firm: dropped.",
    },
]
QUARANTINED = {"X1": "short: 12 prices, fewer than min_days 252", "X2": "missing: 90 % of sessions"}
