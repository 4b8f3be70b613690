"""The command that forecasts: by a run's network, or with nothing trained by a pretrained one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.answers import Unit, as_records, origin_of
from pipeline.cli.groups import Asked, command
from pipeline.cli.options import As, Format
from pipeline.errors import InputError
from pipeline.terminal import output

if TYPE_CHECKING:
    from pipeline.settings.settings import Settings

app = typer.Typer()


@command(
    app,
    "firmament forecast",
    "firmament forecast AAPL MSFT --unit percent",
    "firmament forecast --source files:prices.csv --check",
)
def forecast(
    *,
    symbols: Annotated[
        list[str] | None, typer.Argument(metavar="SYMBOL", help="Firms; all by default.")
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            help="Forecast these prices with the pretrained network, with no run: files:PATH, "
            "yahoo:SYMBOLS or sample."
        ),
    ] = None,
    check: Annotated[
        bool,
        typer.Option(
            "--check", help="With --source: say how that did on the last 250 sessions, too."
        ),
    ] = False,
    unit: Annotated[
        Unit, typer.Option(help="Growth rates (1/year), or daily log returns in percent.")
    ] = Unit.growth,
    format: As = Format.table,  # noqa: A002
    asked: Asked,
) -> None:
    """Print the forecasts of the next sessions: the champion's, where a schedule publishes."""
    if source is None:
        if check:
            raise InputError(
                "--check judges the pretrained network on prices: give them with --source. A run "
                "of your own was judged when it was made (firmament run)."
            )
        _by_run(asked, symbols or (), unit, format)
    elif asked.run_id is not None:
        raise InputError("--run asks a run, and --source the pretrained network: give one of them.")
    else:
        _zero_shot(asked.settings(source), symbols or (), unit, format, check=check)


def _by_run(asked: Asked, symbols: Sequence[str], unit: Unit, format: Format) -> None:  # noqa: A002
    """Print what a run forecast of the sessions after its last day."""
    from pipeline.forecaster.told import wanted

    run = asked.run()
    record = run.record
    found = wanted(run.forecasts, symbols, run.growth_settings, percent=unit is Unit.percent)
    if format is Format.json:
        about = {**origin_of(record), "version": record.get("version"), "unit": unit}
        output.print_json({**about, "forecasts": as_records(found)})
    elif format is Format.csv:
        output.print_rows(found, format)
    else:
        from pipeline.terminal.schedule import forecasts_table

        forecasts_table(record, found, unit)


def _zero_shot(
    settings: Settings,
    symbols: Sequence[str],
    unit: Unit,
    format: Format,  # noqa: A002
    *,
    check: bool,
) -> None:
    """Print what the pretrained network says of the session after the last day of prices."""
    from pipeline.forecaster.told import wanted
    from pipeline.run.zero_shot import zero_shot
    from pipeline.stages import PLAN
    from pipeline.terminal.screen import open_watch

    with open_watch(settings) as watch:
        answer = zero_shot(PLAN, settings, watch, check=check)
    found = wanted(answer.forecasts, symbols, answer.growth, percent=unit is Unit.percent)
    if format is Format.json:
        about = {"run_id": None, **answer.record, "version": None, "unit": unit}
        output.print_json({**about, "check": answer.check, "forecasts": as_records(found)})
        return
    from pipeline.terminal.schedule import checked_line, forecasts_table

    if format is Format.csv:
        output.print_rows(found, format)
    else:
        forecasts_table(answer.record, found, unit)
    if answer.check is not None:
        checked_line(answer.check, aside=format is Format.csv)
