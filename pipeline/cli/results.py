"""Commands about finished runs: which there are, their reports, and files for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, cast

import typer

from pipeline.cli.groups import Asked, Places, command
from pipeline.cli.options import As, Format
from pipeline.cli.usage import PAGE, exports, one_of
from pipeline.cores import one_thread
from pipeline.errors import InputError
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
    "firmament export embedding --to vectors.tsv",
    "firmament export page firms.html",
)
def export(
    what: Annotated[
        str,
        typer.Argument(metavar="WHAT", parser=one_of(exports), help="What is written: {exports}."),
    ],
    out: Annotated[
        Path | None, typer.Argument(metavar="OUT", help="The file, as --to.", show_default=False)
    ] = None,
    *,
    to: Annotated[
        Path | None,
        typer.Option(
            help="FILE.parquet or .csv; of embedding also .tsv, for TensorBoard; of page .html."
        ),
    ] = None,
    top: Annotated[int, typer.Option(min=1, max=100_000, help="Peers of each firm.")] = 10,
    asked: Asked,
) -> None:
    """Write what a run found of all firms into a file: for other programs, or the page itself."""
    if (out is None) == (to is None):
        raise InputError(f"Name one file to write: firmament export {what} OUT.")
    path = cast(Path, out or to)
    if what == PAGE:
        _save_page(asked, path, top)
        return
    run = asked.run()
    from pipeline.run.export import export

    for written in export(run, what, path, top):
        print(written)


def _save_page(asked: Asked, path: Path, top: int) -> None:
    """Write the analyst's page as one file, and print where it is."""
    settings = asked.settings()
    from pipeline.service.edition import Lasting
    from pipeline.service.saved import save
    from pipeline.store import open_store
    from pipeline.terminal.screen import open_watch

    one_thread()
    editions = Lasting(open_store(settings.data_root, settings.mirror_root), asked.run_id)
    with open_watch(settings) as watch:
        save(editions, path, top, watch)
    print(path)
