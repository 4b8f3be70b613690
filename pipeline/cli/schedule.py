"""Commands of a schedule: a day's run, and who is champion."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated

import typer

from pipeline.cli.groups import Places, command
from pipeline.cli.options import (
    As,
    Config,
    Format,
    RunAs,
    RunFormat,
    Set,
    Source,
    TrackingUri,
    one_of,
    settings_of,
    steps,
)
from pipeline.errors import ConfigError

app = typer.Typer()


@command(app)
def daily(
    *,
    date: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The day; today by default."),
    ] = None,
    step: Annotated[
        str | None,
        typer.Option(metavar="STEP", parser=one_of(steps), help="This step alone: {steps}."),
    ] = None,
    model: Annotated[str | None, typer.Option(help="Architecture of the step train.")] = None,
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

    asked = (date or datetime.now()).date()
    with open_watch(settings) as screen:
        if step is None:
            told = run_day(PLAN, settings, asked, screen)
        else:
            told = run_step(PLAN, settings, asked, step, screen, model)
    if format is RunFormat.json:
        typer.echo(json.dumps(told, ensure_ascii=False, default=str))
    elif step is None:
        day(told)
    else:
        typer.echo(f"{told['step']} of {told['date']}: done")


registry = typer.Typer(
    help="Who was and is champion, and why.", no_args_is_help=True, rich_markup_mode=None
)


@command(registry, "history")
def decisions(
    format: As = Format.table,  # noqa: A002
    config: Config = None,
    assign: Set = None,
    tracking_uri: TrackingUri = None,
) -> None:
    """List the decisions about who is champion, with their numbers."""
    settings = settings_of(config, assign, tracking_uri=tracking_uri)
    from pipeline.registry.decisions import recorded, table
    from pipeline.tracking import existing

    tracker = existing(settings.tracking_uri)
    listed = table(recorded(tracker)[0] if tracker else [])
    if format is Format.json:
        typer.echo(listed.to_json(orient="records", force_ascii=False))
    elif format is Format.csv:
        typer.echo(listed.to_csv(index=False), nl=False)
    else:
        from pipeline.terminal.schedule import decisions_table

        decisions_table(listed)


@command(registry)
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
        typer.echo(json.dumps(told, ensure_ascii=False, default=str))
        return
    typer.echo(f"Version {told['champion']} is champion again, in place of {told['before']}.")
    if published is not None:
        typer.echo(f"Published anew for {published['date']}: {published['report']}")
