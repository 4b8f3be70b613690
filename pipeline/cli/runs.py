"""Commands that run the pipeline."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.groups import Places, command
from pipeline.cli.options import As, Format, Model, RunAs, RunFormat, Source
from pipeline.cli.usage import architectures, one_of, some_of, stages
from pipeline.errors import InputError
from pipeline.passwords import masked
from pipeline.terminal import output

if TYPE_CHECKING:
    from pipeline.settings.settings import Settings

app = typer.Typer()


@command(
    app,
    "firmament run",
    "firmament run --model lstm --set train.epochs=10",
    "firmament run --source files:prices --format json",
)
def run(
    *,
    source: Source = None,
    model: Model = None,
    format: RunAs = RunFormat.text,  # noqa: A002
    places: Places,
) -> None:
    """Run the whole pipeline: prices to forecasts, similar firms and a report, tracked."""
    settings = places.settings(source, model)
    from pipeline.run.run import run
    from pipeline.stages import PLAN
    from pipeline.terminal.runs import summary
    from pipeline.terminal.screen import open_watch

    with open_watch(settings) as watch:
        result = run(PLAN, settings, watch)
    if format is RunFormat.json:
        output.print_json(result)
    else:
        summary(result, _example(settings, result["run_id"]), _ui_command(settings))


@command(app, "firmament check prices", "firmament check prices/closes.csv --format json")
def check(
    path: Annotated[str, typer.Argument(metavar="PATH", help="File or folder of prices.")],
    *,
    format: RunAs = RunFormat.text,  # noqa: A002
    places: Places,
) -> None:
    """Say how a file or folder of prices is understood, and what is wrong in it; keep nothing."""
    gc.disable()  # saves a tenth of the time; so short a command frees all at its end
    addressed = path == "sample" or path.startswith(("files:", "yahoo:"))
    settings = places.settings(path if addressed else f"files:{path}")
    from pipeline.ingest.summary import understood
    from pipeline.ingest.trial import tried
    from pipeline.terminal.prices import checked_prices
    from pipeline.terminal.screen import open_watch

    with open_watch(settings) as watch:
        quality = tried(settings, watch).quality
    if format is RunFormat.json:
        told = {"source": quality["source"], **understood(quality)}
        read = {name: quality["understood"].get(name) for name in ("columns", "unused", "files")}
        rest = {name: quality[name] for name in ("rules", "notes")}
        output.print_json(told | read | rest)
    else:
        checked_prices(quality)


@command(app, "firmament stage ingest", "firmament stage train --model gru --format json")
def stage(
    name: Annotated[
        str,
        typer.Argument(metavar="STAGE", parser=one_of(stages), help="The stage: {stages}."),
    ],
    *,
    source: Source = None,
    model: Model = None,
    format: RunAs = RunFormat.text,  # noqa: A002
    places: Places,
) -> None:
    """Run one stage, for schedulers; stages that it needs are run where they are missing."""
    settings = places.settings(source, model)
    from pipeline.run.run import run_stage
    from pipeline.stages import PLAN
    from pipeline.terminal.screen import open_watch

    with open_watch(settings) as watch:
        result = run_stage(PLAN, settings, name, watch)
    if format is RunFormat.json:
        output.print_json(result)
    else:
        state = "reused" if result["reused"] else f"made in {result['seconds']:.1f} s"
        print(f"{result['stage']}: {state}, in {result['folder']}")


@command(
    app,
    "firmament compare",
    "firmament compare --models elman,gru --seeds 2 --folds 2",
    "firmament compare --models gru --ladder",
)
def compare(
    *,
    models: Annotated[
        str | None,
        typer.Option(
            parser=some_of(architectures),
            help="Architectures, by comma; by default {recurrent}; the controls {controls} "
            "stand beside them in any case, unless compare.controls says otherwise.",
        ),
    ] = None,
    seeds: Annotated[int | None, typer.Option(min=1, max=1000, help="Trainings of each.")] = None,
    folds: Annotated[
        int | None, typer.Option(min=1, max=1000, help="Walk-forward folds of the test days.")
    ] = None,
    ladder: Annotated[
        bool,
        typer.Option(
            "--ladder", help="Also judge raw inputs, and networks shown their last days alone."
        ),
    ] = False,
    jobs: Annotated[
        int | None,
        typer.Option(min=1, max=1024, help="Trainings at a time; as many as cores by default."),
    ] = None,
    engine: Annotated[
        str | None, typer.Option(help="dask://HOST:PORT: train on that cluster's workers.")
    ] = None,
    format: As = Format.table,  # noqa: A002
    source: Source = None,
    places: Places,
) -> None:
    """Train several architectures on the same folds and seeds, and rank them with tests."""
    asked = {"models": models, "seeds": seeds, "folds": folds, "ladder": ladder or None}
    settings = places.settings(source, sections={"compare": asked})
    from pipeline.comparison.compare import as_json, compare
    from pipeline.comparison.engines import open_engine
    from pipeline.comparison.tracked import track
    from pipeline.stages import PLAN
    from pipeline.terminal.runs import leaderboard
    from pipeline.terminal.screen import open_watch

    trainer = open_engine(engine, jobs)
    with open_watch(settings) as watch:
        comparison, trainings = compare(PLAN, settings, trainer, watch)
        run_id = track(comparison, trainings, watch)
    if format is Format.json:
        told = {"run_id": run_id, "report": str(comparison.page), **as_json(comparison)}
        output.print_json(told)
    elif format is Format.csv:
        output.print_rows(comparison.found.board, format)
    else:
        leaderboard(comparison.found, comparison.page, run_id, _ui_command(settings))


@command(
    app,
    "firmament tune",
    "firmament tune --model lstm --trials 50 --timeout 3600 > best.yaml",
    "firmament tune --source files:prices --format json",
)
def tune(
    *,
    trials: Annotated[
        int, typer.Option(min=1, max=10_000, help="Trials in all, those of before among them.")
    ] = 20,
    timeout: Annotated[
        int | None,
        typer.Option(min=1, max=100_000_000, help="Seconds after which the search ends."),
    ] = None,
    source: Source = None,
    model: Model = None,
    format: RunAs = RunFormat.text,  # noqa: A002
    places: Places,
) -> None:
    """Look for the settings of a network that validate best, tracked; print them as YAML."""
    settings = places.settings(source, model)
    from pipeline.stages import PLAN
    from pipeline.terminal.screen import open_watch
    from pipeline.tuning.told import as_json, as_yaml
    from pipeline.tuning.tracked import track
    from pipeline.tuning.tune import tune

    with open_watch(settings) as watch:
        tuned = tune(PLAN, settings, watch, trials=trials, timeout=timeout)
        run_id = track(tuned, watch)
        watch.note(f"MLflow run {run_id}: {_ui_command(settings)}")
    if format is RunFormat.json:
        output.print_json(as_json(tuned, run_id))
    else:
        print(as_yaml(tuned), end="")


def _example(settings: Settings, run_id: str) -> dict[str, Any]:
    """Return three peers of a run's largest firm."""
    from pipeline.similarity.asking.peers import Peers

    peers = Peers.load(settings.data_root, run_id, settings.mirror_root)
    firm = peers.largest()
    try:
        nearest = peers.similar(firm, 3, beside=())
    except InputError as error:
        return {"firm": firm, "peers": [], "reason": str(error)}
    return {"firm": firm, "peers": nearest.to_dict("records")}


def _ui_command(settings: Settings) -> str:
    """Return the command that opens the MLflow UI on a run's tracking store."""
    from pipeline.settings.settings import Settings as Defaults

    default = Defaults.model_fields["tracking_uri"].default
    place = masked(settings.tracking_uri)
    return "firmament ui" + ("" if place == default else f" --tracking-uri {place}")
