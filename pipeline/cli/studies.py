"""The command that conducts studies of recurrent networks."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.groups import Places, command
from pipeline.cli.options import As, Format, Source
from pipeline.cli.usage import one_of, studies
from pipeline.errors import UsageError
from pipeline.terminal import output

app = typer.Typer()


@command(
    app,
    "firmament study",
    "firmament study gradients",
    "firmament study cost --full --format json",
)
def study(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME", parser=one_of(studies), help="The study: {studies}. Without, a list."
        ),
    ] = None,
    *,
    full: Annotated[
        bool, typer.Option("--full", help="Measure as much as a paper would; takes longer.")
    ] = False,
    jobs: Annotated[
        int | None,
        typer.Option(min=1, max=1024, help="Cells at a time; as many as cores by default."),
    ] = None,
    plots: Annotated[
        Path | None, typer.Option(help="Folder to draw the plots into, as SVG.")
    ] = None,
    format: As = Format.table,  # noqa: A002
    source: Source = None,
    places: Places,
) -> None:
    """Answer a question about recurrent networks by experiment, tracked; list what can be asked."""
    settings = places.settings(source)
    if name is None:
        if full or jobs or plots:
            raise UsageError(f"Name the study: {', '.join(studies())}.")
        _list(format)
        return
    from pipeline.studies.catalogue import STUDIES
    from pipeline.studies.conducting.conduct import as_json, conduct
    from pipeline.studies.conducting.plots import save
    from pipeline.terminal.screen import open_watch

    begin = time.perf_counter()
    with open_watch(settings) as watch:
        conducted, run_id = conduct(STUDIES[name], settings, watch, full=full, jobs=jobs)
    drawings = {f"{name}_{plot}": svg for plot, svg in conducted.answered.drawings.items()}
    files = save(drawings, plots) if plots else []
    if format is Format.json:
        told = as_json(conducted, run_id, time.perf_counter() - begin)
        output.print_json({**told, "files": list(map(str, files))})
    elif format is Format.csv:
        output.print_rows(conducted.answered.rows, format)
    else:
        from pipeline.terminal.studies import answered

        answered(conducted.answered, conducted.page, run_id, files)


def _list(format: Format) -> None:  # noqa: A002
    """List the studies and what they ask."""
    import pandas as pd

    from pipeline.studies.catalogue import STUDIES

    listed = pd.DataFrame(
        [{"study": one.name, "question": one.question} for one in STUDIES.values()]
    )
    if format is not Format.table:
        output.print_rows(listed, format)
    else:
        from pipeline.terminal.studies import studies_table

        studies_table(listed)
