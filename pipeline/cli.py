"""The command line: thin callers, one function a command."""

from __future__ import annotations

import gc
import json
import signal
import sys
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.errors import FirmamentError, InputError

if TYPE_CHECKING:
    from pipeline.config import Settings
    from pipeline.similarity.peers import Peers

app = typer.Typer(
    name="firmament",
    help="Forecast the daily growth rates of firms, and tell which firms move alike.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
INTERRUPTED = 130


class Format(StrEnum):
    """How a result is printed."""

    table = "table"
    json = "json"
    csv = "csv"


class RunFormat(StrEnum):
    """How a run's result is printed."""

    text = "text"
    json = "json"


class StageName(StrEnum):
    """The stages, in order."""

    ingest = "ingest"
    growth = "growth"
    window = "window"
    baselines = "baselines"
    train = "train"
    evaluate = "evaluate"
    embed = "embed"
    study = "study"
    report = "report"


Config = Annotated[Path | None, typer.Option(help="YAML file of settings.")]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="SECTION.KEY=VALUE", help="Change one setting; repeatable."),
]
Source = Annotated[
    str | None, typer.Option(help="sample, files:PATH, yahoo:SYMBOL,… or yahoo:UNIVERSE.")
]
Model = Annotated[str | None, typer.Option(help="Architecture of the network.")]
DataRoot = Annotated[str | None, typer.Option(help="Folder of the stages' outputs.")]
TrackingUri = Annotated[
    str | None, typer.Option(help="MLflow's store: sqlite:///FILE or a server's address.")
]


@app.callback()
def _main(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Forecast the daily growth rates of firms, and tell which firms move alike."""


@app.command()
def run(
    source: Source = None,
    model: Model = None,
    format: Annotated[RunFormat, typer.Option(help="What is printed.")] = RunFormat.text,  # noqa: A002
    config: Config = None,
    assign: Set = None,
    data_root: DataRoot = None,
    tracking_uri: TrackingUri = None,
) -> None:
    """Run the whole pipeline: prices to forecasts, similar firms and a report, tracked."""
    settings = _settings(config, assign, source, model, data_root, tracking_uri)
    from pipeline import flow, terminal

    with terminal.Screen() as screen:
        result = flow.run(settings, screen)
    if format is RunFormat.json:
        typer.echo(json.dumps(result, ensure_ascii=False, allow_nan=False))
    else:
        terminal.summary(result, _example(settings, result["run_id"]), _ui_command(settings))


@app.command()
def stage(
    name: Annotated[StageName, typer.Argument(help="The stage to run.")],
    source: Source = None,
    model: Model = None,
    format: Annotated[RunFormat, typer.Option(help="What is printed.")] = RunFormat.text,  # noqa: A002
    config: Config = None,
    assign: Set = None,
    data_root: DataRoot = None,
    tracking_uri: TrackingUri = None,
) -> None:
    """Run one stage, for schedulers; stages that it needs are run where they are missing."""
    settings = _settings(config, assign, source, model, data_root, tracking_uri)
    from pipeline import flow, terminal

    with terminal.Screen() as screen:
        result = flow.run_stage(settings, name.value, screen)
    if format is RunFormat.json:
        typer.echo(json.dumps(result, ensure_ascii=False))
    else:
        state = "reused" if result["reused"] else f"made in {result['seconds']:.1f} s"
        typer.echo(f"{result['stage']}: {state}, in {result['folder']}")


@app.command()
def compare(
    models: Annotated[
        str | None, typer.Option(help="Architectures, by comma; all by default.")
    ] = None,
    seeds: Annotated[int | None, typer.Option(help="Trainings of each.")] = None,
    folds: Annotated[int | None, typer.Option(help="Walk-forward folds of the test days.")] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, max=1024, help="Trainings at a time; 1 by default.")
    ] = None,
    engine: Annotated[
        str | None, typer.Option(help="dask://HOST:PORT: train on that cluster's workers.")
    ] = None,
    format: Annotated[Format, typer.Option(help="What is printed.")] = Format.table,  # noqa: A002
    source: Source = None,
    config: Config = None,
    assign: Set = None,
    data_root: DataRoot = None,
    tracking_uri: TrackingUri = None,
) -> None:
    """Train several architectures on the same folds and seeds, and rank them with tests."""
    named = None if models is None else [name.strip() for name in models.split(",")]
    asked = {"models": named, "seeds": seeds, "folds": folds}
    settings = _settings(config, assign, source, None, data_root, tracking_uri, {"compare": asked})
    from pipeline import terminal
    from pipeline.comparison import as_json, compare
    from pipeline.engines import open_engine
    from pipeline.nested_runs import track

    trainer = open_engine(engine, jobs)
    with terminal.Screen() as screen:
        comparison, trainings = compare(settings, trainer, screen)
        run_id = track(comparison, trainings, screen)
    if format is Format.json:
        told = {"run_id": run_id, "report": str(comparison.page), **as_json(comparison)}
        typer.echo(json.dumps(told, ensure_ascii=False, allow_nan=False))
    elif format is Format.csv:
        typer.echo(comparison.found.board.to_csv(index=False), nl=False)
    else:
        terminal.leaderboard(comparison.found, comparison.page, run_id, _ui_command(settings))


@app.command()
def similar(
    symbol: Annotated[str, typer.Argument(help="The firm asked about.")],
    top: Annotated[int, typer.Option(help="How many peers.")] = 10,
    start: Annotated[str | None, typer.Option("--from", help="First day to compare on.")] = None,
    end: Annotated[str | None, typer.Option("--to", help="Last day to compare on.")] = None,
    format: Annotated[Format, typer.Option(help="What is printed.")] = Format.table,  # noqa: A002
    run_id: Annotated[str, typer.Option("--run", help="Run to ask; the latest by default.")] = "",
    config: Config = None,
    assign: Set = None,
    data_root: DataRoot = None,
) -> None:
    """List the firms that move most like one, from the latest run."""
    gc.disable()  # saves a tenth of a second of imports; so short a command frees all at its end
    settings = _settings(config, assign, data_root=data_root)
    from pipeline.similarity.peers import Peers

    peers = Peers.load(settings.data_root, run_id or "latest")
    if format is Format.json:
        typer.echo(json.dumps(_answer(peers, symbol, top, start, end), ensure_ascii=False))
        return
    nearest = peers.similar(symbol, top, start, end)
    if format is Format.csv:
        typer.echo(nearest.to_csv(index=False), nl=False)
        return
    from pipeline import terminal

    first, last = peers.span(start, end)
    terminal.peers_table(peers.named(symbol), str(first), str(last), nearest)


@app.command("models")
def list_models(
    format: Annotated[Format, typer.Option(help="What is printed.")] = Format.table,  # noqa: A002
    config: Config = None,
    assign: Set = None,
) -> None:
    """List the architectures: what each is, whether it is causal, its parameters."""
    settings = _settings(config, assign)
    from pipeline.quiet import import_keras

    import_keras()
    from pipeline.training.architectures import architectures

    listed = architectures(settings.model, settings.window)
    if format is Format.json:
        typer.echo(listed.to_json(orient="records", force_ascii=False))
    elif format is Format.csv:
        typer.echo(listed.to_csv(index=False), nl=False)
    else:
        from pipeline import terminal

        terminal.models_table(listed)


@app.command("config")
def show_config(
    config: Config = None,
    assign: Set = None,
    source: Source = None,
    model: Model = None,
    data_root: DataRoot = None,
    tracking_uri: TrackingUri = None,
) -> None:
    """Print the effective configuration as commented YAML."""
    from pipeline.config import explain

    settings = _settings(config, assign, source, model, data_root, tracking_uri)
    typer.echo(explain(settings), nl=False)


@app.command()
def ui(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port on this machine.")] = 5000,
    config: Config = None,
    assign: Set = None,
    tracking_uri: TrackingUri = None,
) -> None:
    """Open the MLflow UI on the tracking store, for this machine alone."""
    settings = _settings(config, assign, tracking_uri=tracking_uri)
    from pipeline.tracking import serve

    serve(settings.tracking_uri, port)


def main() -> None:
    """Run the command line; end with 2 for what the user can mend, 1 for a fault of ours.

    An interruption (Ctrl-C) ends with 130 and a termination (SIGTERM) with 143.
    """
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    debug = len(arguments) < len(sys.argv) - 1
    terminated = _on_termination()
    try:
        status = app(arguments, standalone_mode=False)
        if status != INTERRUPTED:
            sys.exit(status)
        # Typer turns an interruption into this status, silently.
        raise KeyboardInterrupt
    except FirmamentError as error:
        _fail(str(error), error.exit_status, debug)
    except typer.Exit as done:
        sys.exit(done.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        _fail(
            "Interrupted: what was finished is kept, and the next run goes on from there.",
            143 if terminated() else INTERRUPTED,
            debug,
        )
    except Exception as error:
        show = getattr(error, "show", None)  # click's own errors know how they are shown
        if show is not None:
            show()
            sys.exit(error.exit_code)  # type: ignore[attr-defined]
        sentence = " ".join(str(error).split()) or "no message"
        _fail(
            f"An unexpected fault: {type(error).__name__}: {sentence[:300]}. What was finished is "
            "kept; --debug shows where it happened.",
            1,
            debug,
        )


def _settings(
    config: Path | None,
    assign: list[str] | None,
    source: str | None = None,
    model: str | None = None,
    data_root: str | None = None,
    tracking_uri: str | None = None,
    sections: Mapping[str, Mapping[str, Any]] | None = None,
) -> Settings:
    """Read the configuration with the options of a command on top."""
    from pipeline.config import load

    options = {
        "source": source,
        "model": None if model is None else {"name": model},
        "data_root": data_root,
        "tracking_uri": tracking_uri,
    }
    given = {key: value for key, value in options.items() if value is not None}
    for name, section in (sections or {}).items():
        given[name] = {key: value for key, value in section.items() if value is not None}
    return load(config, assign or [], given)


def _answer(
    peers: Peers, symbol: str, top: int, start: str | None = None, end: str | None = None
) -> dict[str, Any]:
    """Return the peers of a firm as plain values."""
    columns = ["rank", "symbol", "name", "sector", "score", "percentile", "pearson_rank"]
    nearest = peers.similar(symbol, top, start, end)[columns]
    first, last = peers.span(start, end)
    return {
        "firm": peers.named(symbol),
        "from": str(first),
        "to": str(last),
        "run_id": peers.run_id,
        "peers": json.loads(nearest.to_json(orient="records", double_precision=6)),
    }


def _example(settings: Settings, run_id: str) -> dict[str, Any]:
    """Return three peers of a run's largest firm."""
    from pipeline.similarity.peers import Peers

    peers = Peers.load(settings.data_root, run_id)
    try:
        return _answer(peers, peers.largest(), 3)
    except InputError as error:
        return {"firm": peers.largest(), "peers": [], "reason": str(error)}


def _ui_command(settings: Settings) -> str:
    """Return the command that opens the MLflow UI on a run's tracking store."""
    from pipeline.config import Settings as Defaults

    default = Defaults.model_fields["tracking_uri"].default
    place = settings.tracking_uri
    return "firmament ui" + ("" if place == default else f" --tracking-uri {place}")


def _on_termination() -> Callable[[], bool]:
    """Let SIGTERM interrupt as Ctrl-C does; the returned function tells whether it came."""
    came: list[int] = []

    def interrupt(number: int, _: FrameType | None) -> None:
        came.append(number)
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)
    return lambda: bool(came)


def _fail(sentence: str, status: int, debug: bool) -> None:
    """Print one sentence to standard error and end."""
    if debug:
        import traceback

        traceback.print_exc()
    print(f"firmament: {sentence}", file=sys.stderr)
    sys.exit(status)
