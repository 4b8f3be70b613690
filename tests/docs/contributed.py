"""Asks a tree that CONTRIBUTING.md was followed in for all that it should have by now.

One process answers for all, as JSON, without Keras: most of its time goes into imports.
"""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

import pipeline

GROWTH = pd.DataFrame([[1.0, 3.0], [2.0, 4.0]], pd.to_datetime(["2020-01-02", "2020-01-03"]))


def score() -> Any:
    from pipeline.evaluation.columns import printed
    from pipeline.evaluation.earned import marked, scored
    from pipeline.evaluation.scores import SCORES

    days = pd.to_datetime(["2020-01-02", "2020-01-03", "2020-01-06"])
    rows = {"location": 0.0, "scale": 1.0, "df": 5.0, "growth": [1.0, -2.0, 4.0]}
    table = pd.DataFrame({"date": days, "symbol": "A", "horizon": 1, **rows})
    (row,) = (one for one in SCORES if one.key == "median_error")
    return {
        "value": scored(marked(table), [row])["median_error"],
        "logged": "median_error" in row.logged,
        "printed": row in printed("board"),
    }


def baseline() -> Any:
    from pipeline.evaluation.baselines import BASELINES

    module = import_module("pipeline.evaluation.baselines.last_growth")
    growth = np.array([[1.0, np.nan], [3.0, 4.0]])
    moments = next(module.last_growth(SimpleNamespace(growth=growth, training=slice(0, 2))))
    return {"title": BASELINES["last_growth"].title, "location": moments.location.tolist()}


def architecture() -> Any:
    from models.catalogue import ARCHITECTURES
    from pipeline.settings.model import Model

    return {"row": vars(ARCHITECTURES["skip"]), "setting": Model(name="skip").name}


def feature() -> Any:
    from pipeline.features.features import feature_panel
    from pipeline.features.view import View
    from pipeline.settings.window import Window

    days = pd.bdate_range("2020-01-01", periods=60)
    growth = np.random.default_rng(0).normal(size=(60, 3))
    panel = feature_panel(View(growth, days.to_numpy()), ["downside"])[:, :, 0]
    return {
        "default": "downside" in Window().inputs(told=False),
        "highest": float(panel.max()),
        "negative": bool((panel < 0.0).any()),
    }


def source() -> Any:
    from typer.testing import CliRunner

    from pipeline.cli import app
    from pipeline.settings.ingest import Ingest
    from pipeline.settings.source import FORMS
    from pipeline.settings.yahoo import Yahoo
    from pipeline.sources import open_source
    from pipeline.watch import Silence

    Path("lake").mkdir()
    Path("lake/mine.csv").write_text("date,symbol,close\n2020-01-02,A,1\n2020-01-03,A,2\n")
    raw = open_source("lake:mine", Ingest(), Yahoo(), Path()).read(Silence())
    return {
        "rows": len(raw.prices),
        "offered": "lake:NAME" in FORMS,
        "help": "lake:NAME" in CliRunner().invoke(app, ["run", "--help"]).output,
    }


def measure() -> Any:
    from pipeline.similarity.classical.measures import MEASURES, offered

    growth = np.array([[1.0, 2.0], [-3.0, -1.0], [2.0, -4.0], [-1.0, -1.0]])
    found = MEASURES["signs"].function(growth, [0], min_common=2)
    return {"similarity": float(found[0, 1]), "offered": "signs" in offered(10)}


def study() -> Any:
    from pipeline.cli.usage import studies
    from pipeline.studies.catalogue import STUDIES

    module = STUDIES["width"].load()
    rows = [row | cell for cell in module.design(False) for row in module.measure(cell)]
    found = module.conclude(pd.DataFrame(rows))
    off = float(found.rows["off"].iloc[0])
    return {"offered": "width" in studies(), "answer": found.answer, "off": off}


def stage() -> Any:
    from pipeline.outputs import Grown
    from pipeline.stages import PLAN

    row = PLAN["market"]
    made = row.function(SimpleNamespace(made={Grown: SimpleNamespace(growth=GROWTH)}.get))
    names = [one.name for one in PLAN.needed("market")]
    return {"names": names, "market": made.market["market"].tolist()}


def command() -> Any:
    from typer.testing import CliRunner

    from pipeline.cli import app

    return CliRunner().invoke(app, ["where"]).output


if __name__ == "__main__":
    asked = (score, baseline, architecture, feature, source, measure, study, stage, command)
    answers = {one.__name__: one() for one in asked}
    print(json.dumps(answers | {"tree": str(Path(pipeline.__file__).parents[1])}))
