"""The stages: each joins a plain function to its settings and to the outputs it needs.

The functions are imported when a stage runs, since the later ones bring TensorFlow with them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol, TypeVar

from pipeline.config import Settings
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
from pipeline.quiet import import_keras
from pipeline.sources import Source
from pipeline.watch import Watch

T = TypeVar("T")


class Bench(Protocol):
    """What a stage finds laid out before it."""

    settings: Settings
    source: Source
    watch: Watch

    def made(self, kind: type[T]) -> T:
        """Return the output of an earlier stage."""

    def networks(self, count: int) -> dict[int, Trained]:
        """Return trained networks that differ in their seed alone, by seed."""


@dataclass(frozen=True)
class Stage:
    """One step of the pipeline."""

    name: str
    function: Callable[[Bench], Any]
    sections: tuple[str, ...]
    """Sections of the configuration that change what it makes."""
    needs: tuple[str, ...]
    """Stages whose outputs it is given."""
    makes: type[Any]
    code: tuple[str, ...]
    """Folders and files whose change makes former outputs stale."""
    libraries: tuple[str, ...]
    """Packages of which another version does the same."""


def ingest(bench: Bench) -> Ingested:
    """Read a source and control the quality of its prices."""
    from pipeline.panel.ingest import ingest

    raw = bench.source.read(bench.watch)
    return ingest(
        bench.settings.ingest,
        raw,
        bench.source.name,
        today=date.today(),
        watch=bench.watch,
    )


def growth(bench: Bench) -> Grown:
    """Take growth rates from prices."""
    from pipeline.panel.growth import grow

    grown = grow(bench.settings.growth, bench.made(Ingested))
    if grown.basis["note"]:
        bench.watch.note(grown.basis["note"])
    return grown


def window(bench: Bench) -> Windowed:
    """Build features, targets and the split by date from growth rates."""
    from pipeline.panel.windows import window

    return window(bench.settings.window, bench.made(Grown))


def baselines(bench: Bench) -> Baselined:
    """Forecast the test days without a network."""
    from pipeline.evaluation.foretell import foretell

    return foretell(
        bench.settings.evaluate, bench.made(Windowed), bench.made(Grown), watch=bench.watch
    )


def train(bench: Bench) -> Trained:
    """Fit a network on windows."""
    import_keras()
    from pipeline.training.fit import train

    settings = bench.settings
    return train(settings.train, settings.model, bench.made(Windowed), watch=bench.watch)


def evaluate(bench: Bench) -> Evaluated:
    """Forecast the test days and score the forecasts beside the baselines."""
    import_keras()
    from pipeline.evaluation.evaluate import evaluate

    return evaluate(
        bench.settings.evaluate,
        bench.made(Windowed),
        bench.made(Grown),
        bench.made(Trained),
        bench.made(Baselined),
        watch=bench.watch,
    )


def forecast(bench: Bench) -> Foreseen:
    """Forecast the sessions after the last day."""
    from pipeline.forecaster import About, Forecaster
    from pipeline.recent import Recent

    grown = bench.made(Grown)
    about = About.of(bench.settings, grown)
    recent = Recent.of(grown, about.lookback)
    answer = Forecaster(bench.made(Trained).network, about).forecast(recent)
    return Foreseen(answer.dropna(subset="scale").reset_index(drop=True))


def embed(bench: Bench) -> Embedded:
    """Compare the firms by their trajectories, in blocks of days."""
    import_keras()
    from pipeline.similarity.embed import embed

    networks = bench.networks(bench.settings.embed.networks)
    return embed(
        bench.settings.embed,
        bench.made(Ingested),
        bench.made(Grown),
        bench.made(Windowed),
        list(networks.values()),
        list(networks),
        watch=bench.watch,
    )


def study(bench: Bench) -> Studied:
    """Judge the similarity of firms beside classical measures."""
    from pipeline.similarity.judge import judge

    return judge(bench.settings.study, bench.made(Embedded), watch=bench.watch)


def report(bench: Bench) -> Reported:
    """Show everything before on one HTML page."""
    from pipeline.report.page import report

    return report(
        bench.settings.report,
        facts(bench),
        bench.made(Ingested),
        bench.made(Grown),
        bench.made(Windowed),
        bench.made(Trained),
        bench.made(Evaluated),
        bench.made(Embedded),
        bench.made(Studied),
    )


def facts(bench: Bench) -> dict[str, str]:
    """Return what a reader of the report should know of its making, label → value."""
    settings, trained = bench.settings, bench.made(Trained).summary
    return {
        **panel_facts(bench),
        "Network": f"{settings.model.name}, {settings.model.units} units, "
        f"{trained['parameters']:,} parameters",
        "Seed": str(settings.train.seed),
    }


def shortened(names: Sequence[str], most: int = 4) -> str:
    """Return the first of a long list of names and how many more there are."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def panel_facts(bench: Bench) -> dict[str, str]:
    """Return what a reader should know of the prices and what networks see of them."""
    quality, grown = bench.made(Ingested).quality, bench.made(Grown)
    basis, inputs = grown.basis, bench.settings.window.inputs(grown.trading_told)
    return {
        "Source": bench.source.describe,
        "Days": f"{quality['first']} to {quality['last']}",
        "Price": f"{basis['used']}, r_f = {basis['risk_free']:g}, Δt = 1/{basis['days_per_year']}",
        "Features": shortened(inputs),
    }


NETWORKS = ("keras", "numpy", "tensorflow")
PANEL = tuple(
    f"pipeline/panel/{noun}.py"
    for noun in ("features", "splits", "trading", "units", "view", "windows")
)

STAGES = (
    Stage(
        name="ingest",
        function=ingest,
        sections=("ingest",),
        needs=(),
        makes=Ingested,
        code=(
            "pipeline/sources",
            *(f"pipeline/panel/{n}.py" for n in ("prices", "quality", "rules", "ingest")),
        ),
        libraries=("exchange_calendars", "numpy", "pandas", "pandera", "pyarrow", "yfinance"),
    ),
    Stage(
        name="growth",
        function=growth,
        sections=("growth",),
        needs=("ingest",),
        makes=Grown,
        code=("pipeline/panel/growth.py",),
        libraries=("numpy", "pandas"),
    ),
    Stage(
        name="window",
        function=window,
        sections=("window",),
        needs=("growth",),
        makes=Windowed,
        code=PANEL,
        libraries=("numpy", "pandas"),
    ),
    Stage(
        name="baselines",
        function=baselines,
        sections=("evaluate",),
        needs=("growth", "window"),
        makes=Baselined,
        code=(
            *(f"pipeline/evaluation/{n}" for n in ("baselines", "foretell.py", "forecasts.py")),
            "pipeline/evaluation/student.py",
            *PANEL,
        ),
        libraries=("arch", "hmmlearn", "numpy", "pandas", "scikit-learn", "scipy", "statsmodels"),
    ),
    Stage(
        name="train",
        function=train,
        sections=("model", "train"),
        needs=("window",),
        makes=Trained,
        code=("models", "pipeline/training", *PANEL),
        libraries=(*NETWORKS, "scipy"),
    ),
    Stage(
        name="evaluate",
        function=evaluate,
        sections=("evaluate",),
        needs=("growth", "window", "baselines", "train"),
        makes=Evaluated,
        code=("models", "pipeline/training", "pipeline/evaluation", *PANEL),
        libraries=(*NETWORKS, "pandas", "scipy", "scoringrules"),
    ),
    Stage(
        name="forecast",
        function=forecast,
        sections=("evaluate",),
        needs=("growth", "window", "train"),
        makes=Foreseen,
        code=(
            "models",
            "pipeline/forecaster.py",
            "pipeline/recent.py",
            "pipeline/training",
            *(f"pipeline/evaluation/{n}.py" for n in ("forecasts", "student")),
            *PANEL,
        ),
        libraries=(*NETWORKS, "exchange_calendars", "pandas", "scipy"),
    ),
    Stage(
        name="embed",
        function=embed,
        sections=("embed",),
        needs=("ingest", "growth", "window", "train"),
        makes=Embedded,
        code=(
            "models",
            "pipeline/training",
            *(f"pipeline/similarity/{n}.py" for n in ("directions", "embed", "response", "sums")),
            "pipeline/similarity/classical",
            *PANEL,
        ),
        libraries=(*NETWORKS, "pandas", "scipy"),
    ),
    Stage(
        name="study",
        function=study,
        sections=("study",),
        needs=("embed",),
        makes=Studied,
        code=("pipeline/similarity", "pipeline/evaluation/resampling.py"),
        libraries=("numpy", "pandas", "scikit-learn", "scipy", "skfolio"),
    ),
    Stage(
        name="report",
        function=report,
        sections=("report",),
        needs=("ingest", "growth", "window", "train", "evaluate", "embed", "study"),
        makes=Reported,
        code=("pipeline/report", "pipeline/similarity", "pipeline/stages.py"),
        libraries=("jinja2", "pandas", "plotly", "scikit-learn", "scipy"),
    ),
)
