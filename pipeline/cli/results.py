"""Commands about finished runs: which there are, their reports, and files for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.groups import Asked, Places, command
from pipeline.cli.options import As, Format
from pipeline.cli.usage import exports, one_of
from pipeline.terminal import output

app = typer.Typer()


@command(app, "firmament runs", "firmament runs --format json", name="runs")
def list_runs(
    *,
    format: As = Format.table,  # noqa: A002
    places: Places,
) -> None:
    """List the runs that can be asked with --run, and which of them answers without."""
    settings = places.settings()
    from pipeline.run.finished import listed
    from pipeline.store import open_store

    found = listed(open_store(settings.data_root, settings.mirror_root))
    if format is not Format.table:
        output.print_rows(found, format)
    else:
        from pipeline.terminal.runs import runs_table

        runs_table(found)


@command(app, "firmament report", "firmament report --open")
def report(
    *,
    show: Annotated[bool, typer.Option("--open", help="Open it in the browser, too.")] = False,
    asked: Asked,
) -> None:
    """Print where the report of a run is: one HTML page."""
    page = asked.run().report
    print(page)
    if show:
        from pipeline.terminal.browser import show_page

        show_page(page)


@command(
    app,
    "firmament export peers --to peers.csv",
    "firmament export embedding --to firms.parquet",
    "firmament export embedding --to vectors.tsv",
)
def export(
    what: Annotated[
        str,
        typer.Argument(metavar="WHAT", parser=one_of(exports), help="What is written: {exports}."),
    ],
    to: Annotated[
        Path, typer.Option(help="FILE.parquet or .csv; of embedding also .tsv, for TensorBoard.")
    ],
    *,
    top: Annotated[int, typer.Option(min=1, max=100_000, help="Peers of each firm.")] = 10,
    asked: Asked,
) -> None:
    """Write what a run found of all firms into a file for other programs."""
    run = asked.run()
    from pipeline.run.export import export

    for path in export(run, what, to, top):
        print(path)
