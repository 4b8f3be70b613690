"""Commands about the pipeline: its architectures, its configuration, its runs in MLflow."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline.cli.groups import Places, command
from pipeline.cli.options import As, Format, Model, Source
from pipeline.cli.usage import one_of, shells
from pipeline.terminal import output

app = typer.Typer()


@command(
    app,
    "firmament models",
    "firmament models --set model.units=64 --set model.cell=lstm --format csv",
    name="models",
)
def list_models(
    *,
    format: As = Format.table,  # noqa: A002
    places: Places,
) -> None:
    """List the architectures: what each is, whether a control or causal, its parameters."""
    settings = places.settings()
    from models.backend import import_keras
    from pipeline.run.ready import check_backend

    check_backend()
    import_keras()
    from pipeline.training.architectures import architectures

    listed = architectures(settings.model, settings.window)
    if format is not Format.table:
        output.print_rows(listed, format)
    else:
        from pipeline.terminal.runs import models_table

        models_table(listed)


@command(
    app,
    "firmament config",
    "firmament config --set model.units=64 > my.yaml",
    name="config",
)
def show_config(
    *,
    source: Source = None,
    model: Model = None,
    places: Places,
) -> None:
    """Print the effective configuration as commented YAML."""
    from pipeline.settings.explain import explain

    print(explain(places.settings(source, model)), end="")


@command(
    app,
    "firmament ui",
    "firmament ui --open",
    "firmament ui --port 5001 --tracking-uri sqlite:///elsewhere/mlruns/mlflow.db",
)
def ui(
    *,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port on this machine.")] = 5000,
    open_page: Annotated[
        bool, typer.Option("--open", help="Open the newest runs in this machine's browser.")
    ] = False,
    places: Places,
) -> None:
    """Serve the MLflow UI on the tracking store, for this machine alone."""
    settings = places.settings()
    from pipeline.tracking.ui import serve

    serve(settings.tracking_uri, port, open_page=open_page)


COMPLETE = "_FIRMAMENT_COMPLETE"
"""The variable by which a shell asks for completions."""


@command(
    app,
    "firmament completion bash > ~/.firmament-completion",
    "firmament completion zsh > ~/.firmament-completion",
    "firmament completion fish > ~/.config/fish/completions/firmament.fish",
)
def completion(
    shell: Annotated[
        str, typer.Argument(metavar="SHELL", parser=one_of(shells), help="The shell: {shells}.")
    ],
    *,
    places: Places,
) -> None:
    """Print what teaches a shell to complete commands and options, to be read when it starts."""
    places.settings()
    from typer.completion import get_completion_script  # type: ignore[attr-defined]

    print(get_completion_script(prog_name="firmament", complete_var=COMPLETE, shell=shell))
