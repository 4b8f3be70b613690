"""A plan whose stages take milliseconds, for tests of what runs a plan.

Its stages have the names, settings and kinds of output of firmament's own; prices, growth and
windows are real. Where a network would be trained, a number is drawn from the seed, the
architecture and the training days, and forecasts are a running volatility times that number.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import replace

import numpy as np
import pandas as pd

from pipeline import stages
from pipeline.evaluation.evaluate import evaluated
from pipeline.evaluation.forecasts import forecast_table, quantile_column
from pipeline.evaluation.foretell import judged
from pipeline.evaluation.student import StudentT, symmetric
from pipeline.outputs import (
    Baselined,
    Embedded,
    Evaluated,
    Foreseen,
    Grown,
    Ingested,
    Reported,
    Studied,
    Trained,
    Windowed,
)
from pipeline.run.plan import Bench, Plan

BASELINES = {"zero_growth": 1.5, "ewma_volatility": 1.05, "garch": 1.02}
"""What each baseline's scale is, in running volatilities."""
LEAST = 250
"""Growth rates below which GARCH cannot be fitted to a firm."""
EPOCH = 0.01
"""Seconds."""


def _forecasts(windowed: Windowed, grown: Grown, width: float) -> StudentT:
    """Forecast the test days by the running volatility times a number."""
    _, days = judged(windowed, grown)
    scale = width * windowed.unit[days.firm, days.origin].astype(np.float64)
    return symmetric(0.01 * scale, scale, np.full(len(scale), 5.0))


def baselines(bench: Bench) -> Baselined:
    windowed, grown = bench.made(Windowed), bench.made(Grown)
    labels, days = judged(windowed, grown)
    tables = [
        forecast_table(_forecasts(windowed, grown, width), days, labels).assign(
            baseline=name, growth=days.growth
        )
        for name, width in BASELINES.items()
    ]
    columns = ["baseline", *tables[0].columns.drop("baseline")]
    known = np.isfinite(windowed.growth[:, : windowed.fold.test[0] + 1]).sum(axis=1)
    young = int((known < LEAST).sum())
    fallbacks = dict.fromkeys(BASELINES, 0) | {"garch": young}
    return Baselined(pd.concat(tables, ignore_index=True)[columns], fallbacks)


def train(bench: Bench) -> Trained:
    """Draw a number: the network. An epoch takes a hundredth of a second."""
    section, model, windowed = bench.settings.train, bench.settings.model, bench.made(Windowed)
    first, stop = windowed.fold.train
    seen = np.nan_to_num(windowed.growth[:, first:stop]).tobytes()
    asked = f"{section.model_dump_json()} {model.model_dump_json()}".encode()
    digest = hashlib.sha256(asked + seen).hexdigest()
    width = 0.9 + int(digest[:4], 16) / 0xFFFF / 5.0
    rows = []
    for number in range(1, section.epochs + 1):
        time.sleep(EPOCH)
        row = {
            "loss": 3.0 + width / number,
            "valid_loss": 3.1 + width / number,
            "valid_crps": 2.5 + width / number,
            "learning_rate": section.learning_rate,
            "gradient_norm": 1.0,
            "clipped_share": 0.25,
            "seconds": EPOCH,
            "targets_per_second": 1000.0,
        }
        bench.watch.epoch(number, row)
        rows.append({"epoch": number, **row})
    summary = {
        "architecture": model.name,
        "parameters": 201,
        "best_epoch": section.epochs,
        "epochs": section.epochs,
        "seconds": EPOCH * section.epochs,
        "targets_per_second": 1000.0,
        "clipping": "global_clipnorm 1",
        "causal": True,
        "refit": section.refit,
    }
    return Trained(f"{width} {digest}".encode(), pd.DataFrame(rows), summary)


def _width(trained: Trained) -> float:
    return float(trained.network.split()[0])


def evaluate(bench: Bench) -> Evaluated:
    windowed, grown = bench.made(Windowed), bench.made(Grown)
    width = _width(bench.made(Trained))
    if bench.settings.evaluate.shown_days:  # who sees less errs more
        width *= 1.0 + 0.5 / bench.settings.evaluate.shown_days
    forecast = _forecasts(windowed, grown, width)
    labels, days = judged(windowed, grown)
    lookback, made = windowed.fold.lookback, bench.made(Baselined)
    section, watch = bench.settings.evaluate, bench.watch
    return evaluated(section, labels, days, lookback, forecast, made, watch=watch)


def forecast(bench: Bench) -> Foreseen:
    windowed, section = bench.made(Windowed), bench.settings.evaluate
    width, unit = _width(bench.made(Trained)), windowed.unit[:, -1].astype(np.float64)
    student = symmetric(0.01 * unit, width * unit, np.full(len(unit), 5.0))
    table = pd.DataFrame(
        {
            "symbol": windowed.symbols.astype(object),
            "date": pd.Timestamp(windowed.dates[-1]) + pd.offsets.BDay(),
            "horizon": 1,
            "location": student.location,
            "scale": student.scale,
            "df": student.df,
            "skew": student.skew,
            **{quantile_column(level): student.quantile(level) for level in section.quantiles},
        }
    )
    return Foreseen(table.dropna(subset="scale").reset_index(drop=True))


def embed(bench: Bench) -> Embedded:
    """Compare firms by networks that have learned nothing."""
    import planted

    return planted.embedded(bench.made(Grown), networks=bench.settings.embed.networks)


def study(bench: Bench) -> Studied:
    nothing = pd.DataFrame()
    firms = len(bench.made(Embedded).firms)
    return Studied(nothing, nothing, nothing, nothing, {"sentences": [f"{firms} firms."]})


def report(bench: Bench) -> Reported:
    bench.made(Studied)
    firms = "".join(f"<li>{name}</li>" for name in bench.made(Ingested).firms["name"])
    crps = bench.made(Evaluated).scores["crps"]
    return Reported(f"<!doctype html><title>firmament</title><p>{crps:.6f}</p><ul>{firms}</ul>\n")


FUNCTIONS = (baselines, train, evaluate, forecast, embed, study, report)
_OWN = {function.__name__: function for function in FUNCTIONS}
TOY = "toy:PLAN"
"""Where another process finds the plan."""
PLAN = Plan(
    TOY,
    [
        replace(
            stage,
            function=_OWN.get(stage.name, stage.function),
            # A process beside a run would take longer to start than all stages together.
            beside=False,
            networks=None,
            # Its network is no Keras file, which MLflow could not be told of.
            record=None if stage.name in ("train", "study") else stage.record,
        )
        for stage in stages.PLAN
    ],
)
HELPED = Plan(
    "toy:HELPED",
    [
        replace(stage, beside=own.beside, networks=own.networks)
        for stage, own in zip(PLAN, stages.PLAN, strict=True)
    ],
)
"""The same with a process beside the run, as firmament's own plan has."""
