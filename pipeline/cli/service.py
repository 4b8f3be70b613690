"""The command that answers questions over HTTP."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline.cli.groups import Asked, command
from pipeline.cores import one_thread

app = typer.Typer()


@command(
    app,
    "firmament serve",
    "firmament serve --port 8080 --open",
    "firmament serve --host 0.0.0.0 --allow-host firms.example.org",
)
def serve(
    *,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8000,
    host: Annotated[
        str, typer.Option(help="Where to listen; elsewhere than here needs --allow-host.")
    ] = "127.0.0.1",
    allow_host: Annotated[
        list[str] | None,
        typer.Option(help="A host by whose name it may be asked; repeatable."),
    ] = None,
    workers: Annotated[
        int, typer.Option(min=1, max=64, help="Processes that answer, each of its own memory.")
    ] = 1,
    open_page: Annotated[
        bool, typer.Option("--open", help="Open the page in this machine's browser.")
    ] = False,
    asked: Asked,
) -> None:
    """Answer questions about firms in a browser and over HTTP, until interrupted."""
    settings = asked.settings()
    one_thread()
    from pipeline.service.serving import Served, serve

    served = Served(
        str(settings.data_root), str(settings.mirror_root), asked.run_id, tuple(allow_host or ())
    )
    serve(served, host, port, workers, open_page=open_page)
