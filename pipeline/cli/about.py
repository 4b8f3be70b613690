"""Commands about the pipeline: its architectures, its configuration, its runs in MLflow."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline.cli.groups import command
from pipeline.cli.options import (
    As,
    Config,
    DataRoot,
    Format,
    Model,
    Set,
    Source,
    TrackingUri,
    settings_of,
)

app = typer.Typer()


@command(app, "models")
def list_models(
    format: As = Format.table,  # noqa: A002
    config: Config = None,
    assign: Set = None,
) -> None:
    """List the architectures: what each is, whether it is causal, its parameters."""
    settings = settings_of(config, assign)
    from models.backend import import_keras

    import_keras()
    from pipeline.training.architectures import architectures

    listed = architectures(settings.model, settings.window)
    if format is Format.json:
        typer.echo(listed.to_json(orient="records", force_ascii=False))
    elif format is Format.csv:
        typer.echo(listed.to_csv(index=False), nl=False)
    else:
        from pipeline.terminal.runs import models_table

        models_table(listed)


@command(app, "config")
def show_config(
    config: Config = None,
    assign: Set = None,
    source: Source = None,
    model: Model = None,
    data_root: DataRoot = None,
    tracking_uri: TrackingUri = None,
) -> None:
    """Print the effective configuration as commented YAML."""
    from pipeline.settings.explain import explain

    settings = settings_of(config, assign, source, model, data_root, tracking_uri)
    typer.echo(explain(settings), nl=False)


@command(app)
def ui(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port on this machine.")] = 5000,
    config: Config = None,
    assign: Set = None,
    tracking_uri: TrackingUri = None,
) -> None:
    """Open the MLflow UI on the tracking store, for this machine alone."""
    settings = settings_of(config, assign, tracking_uri=tracking_uri)
    from pipeline.tracking.ui import serve

    serve(settings.tracking_uri, port)
