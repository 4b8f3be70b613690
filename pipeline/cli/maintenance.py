"""Commands that look after the environment, the store and the tracking store."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline.cli.groups import Places, command
from pipeline.cli.options import PairFormat
from pipeline.terminal import output

app = typer.Typer()
As = Annotated[PairFormat, typer.Option(help="What is printed.")]


@command(
    app,
    "firmament doctor",
    "firmament doctor --mend",
    "firmament doctor --format json --data-root elsewhere/store",
)
def doctor(
    *,
    mend: Annotated[
        bool, typer.Option("--mend", help="Remove damaged outputs, and what dead processes left.")
    ] = False,
    format: As = PairFormat.table,  # noqa: A002
    places: Places,
) -> None:
    """Check the environment, the store and the tracking store, and say how to mend them."""
    settings = places.settings()
    from pipeline.maintenance.doctor import confirm, examine
    from pipeline.terminal.maintenance import findings_table
    from pipeline.terminal.screen import open_watch

    with open_watch(settings) as screen:
        findings = examine(settings, screen, mend)
    if format is PairFormat.json:
        told = {"checks": [vars(finding) for finding in findings]}
        output.print_json(told)
    else:
        findings_table(findings)
    confirm(findings)


@command(app, "firmament clean --older-than 30 --dry-run", "firmament clean --older-than 30")
def clean(
    older_than: Annotated[
        int, typer.Option(min=1, max=100_000, help="Days that an output was not used for.")
    ],
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be removed, and remove nothing.")
    ] = False,
    format: As = PairFormat.table,  # noqa: A002
    places: Places,
) -> None:
    """Remove outputs that were not used for some days and that nothing references."""
    settings = places.settings()
    from pipeline.maintenance.clean import clean as run_clean
    from pipeline.terminal.maintenance import cleaning_table
    from pipeline.terminal.screen import open_watch

    with open_watch(settings) as screen:
        cleaning = run_clean(settings, older_than, screen, dry_run)
    if format is PairFormat.json:
        told = {
            "dry_run": dry_run,
            "older_than": older_than,
            "stages": cleaning.by_stage(),
            "outputs": len(cleaning.outputs),
            "bytes": sum(cleaning.outputs.values()),
            "records": cleaning.records,
            "leftovers": len(cleaning.leftovers),
            "kept": cleaning.kept,
            "notes": cleaning.notes,
        }
        output.print_json(told)
    else:
        cleaning_table(cleaning, dry_run)
