"""Commands of a schedule: a day's run, and who is champion."""

from __future__ import annotations

import datetime
from typing import Annotated

import typer

from pipeline.cli.groups import Places, command
from pipeline.cli.options import As, Format, RunAs, RunFormat, Source
from pipeline.cli.parsing import Group
from pipeline.cli.usage import architectures, day_of, one_of, steps
from pipeline.errors import ConfigError
from pipeline.terminal import output

app = typer.Typer()


@command(
    app,
    "firmament daily --date 2022-12-28",
    "firmament daily --date 2022-12-28 --step ingest",
    "firmament daily --date 2022-12-28 --step train --model gru --format json",
)
def daily(
    *,
    date: Annotated[
        datetime.date | None,
        typer.Option(metavar="YYYY-MM-DD", parser=day_of, help="The day; today by default."),
    ] = None,
    step: Annotated[
        str | None,
        typer.Option(metavar="STEP", parser=one_of(steps), help="This step alone: {steps}."),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            parser=one_of(architectures),
            help="Architecture of the step train: {architectures}.",
        ),
    ] = None,
    format: RunAs = RunFormat.text,  # noqa: A002
    source: Source = None,
    places: Places,
) -> None:
    """Do the run of a day: train, compare, promote or hold, and publish the champion's results."""
    if model is not None and step != "train":
        raise ConfigError(
            "--model is of the step train: give --step train too, or name the architectures of all "
            "steps with --set daily.models=[…]."
        )
    settings = places.settings(source)
    from pipeline.daily.steps import run_day, run_step
    from pipeline.stages import PLAN
    from pipeline.terminal.schedule import day
    from pipeline.terminal.screen import open_watch

    asked = date or datetime.datetime.now().date()
    with open_watch(settings) as screen:
        if step is None:
            told = run_day(PLAN, settings, asked, screen)
        else:
            told = run_step(PLAN, settings, asked, step, screen, model)
    if format is RunFormat.json:
        output.print_json(told)
    elif step is None:
        day(told)
    else:
        print(f"{told['step']} of {told['date']}: done")


registry = typer.Typer(
    cls=Group,
    help="Who was and is champion, and why.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@command(
    registry,
    "firmament registry history",
    "firmament registry history --format json",
    name="history",
)
def decisions(
    *,
    format: As = Format.table,  # noqa: A002
    places: Places,
) -> None:
    """List the decisions about who is champion, with their numbers."""
    settings = places.settings()
    from pipeline.registry.decisions import recorded, table
    from pipeline.tracking import existing

    tracker = existing(settings.tracking_uri)
    listed = table(recorded(tracker)[0] if tracker else [])
    if format is not Format.table:
        output.print_rows(listed, format)
    else:
        from pipeline.terminal.schedule import decisions_table

        decisions_table(listed)


@command(
    registry,
    "firmament registry rollback",
    "firmament registry rollback --source sample --format json",
)
def rollback(
    *,
    format: RunAs = RunFormat.text,  # noqa: A002
    source: Source = None,
    places: Places,
) -> None:
    """Make the champion before the present one champion again, and publish its results."""
    settings = places.settings(source)
    from pipeline.daily.steps import roll_back
    from pipeline.stages import PLAN
    from pipeline.terminal.screen import open_watch

    with open_watch(settings) as screen:
        told = roll_back(PLAN, settings, screen)
    published = told["published"]
    if format is RunFormat.json:
        output.print_json(told)
        return
    print(f"Version {told['champion']} is champion again, in place of {told['before']}.")
    if published is not None:
        print(f"Published anew for {published['date']}: {published['report']}")


@command(
    registry,
    "firmament registry universal",
    "firmament registry universal --format json",
)
def universal(
    *,
    format: RunAs = RunFormat.text,  # noqa: A002
    places: Places,
) -> None:
    """Register the pretrained networks, to be loaded or served by name from MLflow."""
    settings = places.settings()
    from pipeline.run.universal_model import register_universal
    from pipeline.terminal.screen import open_watch

    with open_watch(settings) as screen:
        told = register_universal(settings, screen)
    if format is RunFormat.json:
        output.print_json(told)
        return
    done = "Registered" if told["new"] else "Registered already"
    print(
        f"{done}: models:/{told['model']}/{told['version']}, which saw growth to {told['seen_to']}."
    )
