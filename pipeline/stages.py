"""firmament's plan: what is made of prices, in order, and what each stage is made from.

A stage joins a plain function to its settings and to the outputs that it needs. The functions are
imported when a stage runs, since the later ones bring TensorFlow with them.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from pipeline.outputs import (
    Baselined,
    Controlled,
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
from pipeline.run import record
from pipeline.run.plan import Bench, Plan, Stage

if TYPE_CHECKING:
    from pipeline.run.flow import Flow


def ingest(bench: Bench) -> Ingested:
    """Read a source and control the quality of its prices."""
    from pipeline.ingest.ingest import ingest
    from pipeline.ingest.summary import sentence
    from pipeline.sources import Source

    source: Source = bench.source
    raw, today = source.read(bench.watch), date.today()
    ingested = ingest(bench.settings.ingest, raw, source.name, today=today, watch=bench.watch)
    bench.watch.note(sentence(ingested.quality))
    return ingested


def growth(bench: Bench) -> Grown:
    """Take growth rates from prices."""
    from pipeline.panel.growth import grow

    grown = grow(bench.settings.growth, bench.made(Ingested))
    if grown.basis["note"]:
        bench.watch.note(grown.basis["note"])
    return grown


def window(bench: Bench) -> Windowed:
    """Build features, targets and the split by date from growth rates."""
    from pipeline.panel.overlap import apart
    from pipeline.panel.windows import window

    grown = bench.made(Grown)
    made = window(bench.settings.window, grown)
    alone = apart(grown.growth)
    if alone:
        bench.watch.note(alone)
    return made


def baselines(bench: Bench) -> Baselined:
    """Forecast the test days without a network."""
    from pipeline.evaluation.foretell import foretell

    made = (bench.made(Windowed), bench.made(Grown))
    return foretell(bench.settings.evaluate, *made, watch=bench.watch)


def train(bench: Bench) -> Trained:
    """Fit a network on windows."""
    from models.backend import import_keras

    import_keras()
    from pipeline.training.train import train

    settings = bench.settings
    return train(settings.train, settings.model, bench.made(Windowed), watch=bench.watch)


def evaluate(bench: Bench) -> Evaluated:
    """Forecast the test days and score the forecasts beside the baselines."""
    from models.backend import import_keras

    import_keras()
    from pipeline.evaluation.evaluate import evaluate

    panel = (bench.made(Windowed), bench.made(Grown))
    forecasts = (bench.made(Trained), bench.made(Baselined))
    return evaluate(bench.settings.evaluate, *panel, *forecasts, watch=bench.watch)


def control(bench: Bench) -> Controlled:
    """Train a control on the same inputs, and compare the network with it."""
    from pipeline.evaluation.control import CONTROL, controlled

    if _alone(bench):
        return Controlled({})
    return controlled(bench.made(Evaluated), CONTROL, bench.judged(CONTROL))


def forecast(bench: Bench) -> Foreseen:
    """Forecast the sessions after the last day."""
    from pipeline.forecaster.forecaster import About, Forecaster
    from pipeline.forecaster.recent import Recent

    grown = bench.made(Grown)
    about = About.of(bench.settings, grown)
    recent = Recent.of(grown, about.lookback)
    answer = Forecaster(bench.made(Trained).network, about).forecast(recent)
    return Foreseen(answer.dropna(subset="scale").reset_index(drop=True))


def embed(bench: Bench) -> Embedded:
    """Learn who moves with whom, in blocks of days."""
    from models.backend import import_keras

    import_keras()
    from pipeline.similarity.embedding.embed import embed

    made = (bench.made(Ingested), bench.made(Grown), bench.made(Windowed))
    return embed(bench.settings.embed, *made, watch=bench.watch)


def study(bench: Bench) -> Studied:
    """Study the similarity of firms beside classical measures."""
    from pipeline.similarity.study.study import study

    return study(bench.settings.study, bench.made(Embedded), watch=bench.watch)


def report(bench: Bench) -> Reported:
    """Show everything before on one HTML page."""
    from pipeline.report.facts import run_facts
    from pipeline.report.page import report

    settings = bench.settings
    ingested, grown, trained = bench.made(Ingested), bench.made(Grown), bench.made(Trained)
    facts = run_facts(settings, bench.source, ingested, grown, trained)
    evaluated, beside = bench.made(Evaluated), bench.made(Controlled)
    judged = (evaluated, beside, bench.made(Embedded), bench.made(Studied))
    return report(settings.report, facts, ingested, grown, bench.made(Windowed), trained, *judged)


def _control(flow: Flow) -> list[Flow]:
    """Return the flow of the control, unless there is none beside this network."""
    from pipeline.evaluation.control import CONTROL

    return [] if _alone(flow) else [flow.other(CONTROL)]


def _alone(bench: Bench) -> bool:
    """Say whether no control stands beside the network.

    It may be the control itself; and beside one that was trained on other days a control would not
    be trained alike.
    """
    from pipeline.evaluation.control import CONTROL

    return bool(bench.adopted) or bench.settings.model.name == CONTROL


PLAN = Plan(
    "pipeline.stages:PLAN",
    (
        Stage(
            "ingest",
            ingest,
            makes=Ingested,
            sections=("ingest",),
            before_run=True,
            tables=("quality.json", "firms.parquet"),
            record=record.quality,
        ),
        Stage(
            "growth",
            growth,
            makes=Grown,
            sections=("growth",),
            needs=("ingest",),
            before_run=True,
            record=record.basis,
        ),
        Stage(
            "window",
            window,
            makes=Windowed,
            sections=("window",),
            needs=("growth",),
            before_run=True,
        ),
        Stage(
            "baselines",
            baselines,
            makes=Baselined,
            sections=("evaluate",),
            needs=("growth", "window"),
            beside=True,
            tables=("forecasts.parquet",),
        ),
        Stage(
            "train",
            train,
            makes=Trained,
            sections=("model", "train"),
            needs=("window",),
            tables=("history.parquet", "gradient_flow.parquet", "summary.json"),
            record=record.network,
        ),
        Stage(
            "evaluate",
            evaluate,
            makes=Evaluated,
            sections=("evaluate",),
            needs=("growth", "window", "baselines", "train"),
            tables=("scores.json", "forecasts.parquet"),
            record=record.evaluation,
        ),
        Stage(
            "forecast",
            forecast,
            makes=Foreseen,
            sections=("evaluate",),
            needs=("growth", "window", "train"),
            tables=("forecasts.parquet",),
        ),
        Stage(
            "embed",
            embed,
            makes=Embedded,
            sections=("embed",),
            needs=("ingest", "growth", "window"),
            tables=("embedding.parquet",),
        ),
        Stage(
            "study",
            study,
            makes=Studied,
            sections=("study",),
            needs=("embed",),
            tables=(
                "figures.parquet",
                "differences.parquet",
                "associations.parquet",
                "portfolios.parquet",
                "summary.json",
            ),
            record=record.similarity,
        ),
        Stage(
            "control",
            control,
            makes=Controlled,
            needs=("evaluate",),
            networks=_control,
            tables=("beside.json",),
            record=record.control,
        ),
        Stage(
            "report",
            report,
            makes=Reported,
            sections=("report",),
            needs=(
                *("ingest", "growth", "window", "train"),
                *("evaluate", "control", "embed", "study"),
            ),
            record=record.page,
        ),
    ),
)
