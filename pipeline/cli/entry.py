"""The entry point: run the command that is asked for, and end as a shell expects."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Annotated, NoReturn

import typer

from pipeline import __version__, logs
from pipeline.cli import (
    about,
    analyst,
    forecasts,
    maintenance,
    results,
    runs,
    schedule,
    service,
    studies,
)
from pipeline.cli.parsing import Group
from pipeline.errors import FirmamentError
from pipeline.garbage import collect_rarely
from pipeline.passwords import masked
from pipeline.terminal import output

NAME = "firmament"
app = typer.Typer(
    name=NAME,
    cls=Group,
    help="Forecast the daily growth rates of firms, and tell which firms move alike.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
INTERRUPTED, TERMINATED = 130, 143


def _tell_version(asked: bool) -> None:
    if asked:
        typer.echo(f"{NAME} {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_tell_version, is_eager=True, help="Tell the version."),
    ] = False,
) -> None:
    """Forecast the daily growth rates of firms, and tell which firms move alike."""


for part in (runs, studies, schedule, forecasts, analyst, results, service, about, maintenance):
    app.add_typer(part.app)
app.add_typer(schedule.registry, name="registry")


def main() -> None:
    """Run the command line; end with 2 for what the user can mend, 1 for a fault of ours.

    An interruption (Ctrl-C) ends with 130 and a termination (SIGTERM) with 143.
    """
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    debug = len(arguments) < len(sys.argv) - 1
    collect_rarely()
    terminated = _on_termination()
    try:
        output.open_streams()
        if about.COMPLETE in os.environ:  # a shell asks how a command might go on
            from typer.completion import completion_init  # type: ignore[attr-defined]

            completion_init()
        if logs.asked(arguments):
            logs.open_log()
        status = app(arguments, prog_name=NAME, standalone_mode=False)
        if status != INTERRUPTED:
            _end(status or 0)
        # Typer turns an interruption into this status, silently.
        raise KeyboardInterrupt
    except FirmamentError as error:
        _fail(output.in_one_line(str(error)), error.exit_status, debug)
    except (KeyboardInterrupt, typer.Abort):
        _fail(
            "Interrupted: what was finished is kept, and the next run goes on from there.",
            TERMINATED if terminated() else INTERRUPTED,
            debug,
        )
    except typer.TyperException as untold:  # no command is named: its message is the help
        _fail(untold.format_message(), 2, debug=False, name="")
    except Exception as error:
        sentence = " ".join(str(error).split()) or "no message"
        _fail(
            f"An unexpected fault: {type(error).__name__}: {sentence[:300]}. What was finished is "
            "kept; --debug shows where it happened.",
            1,
            debug,
        )


def _on_termination() -> Callable[[], bool]:
    """Let SIGTERM interrupt as Ctrl-C does; the returned function tells whether it came."""
    came: list[int] = []

    def interrupt(number: int, _: FrameType | None) -> None:
        came.append(number)
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)
    return lambda: bool(came)


def _end(status: int) -> NoReturn:
    """End; the log, if there is one, has it as its last line."""
    output.flush()
    kept = logs.opened()
    if kept:
        kept.end(status)
    _exit(status)


def _fail(sentence: str, status: int, debug: bool, name: str = f"{NAME}: ") -> NoReturn:
    """Tell one sentence on standard error and end."""
    with suppress(FirmamentError):
        output.flush()
    trace = ""
    if debug:
        import traceback

        trace = masked(traceback.format_exc())
    kept = logs.opened()
    if kept:
        kept.error(sentence, status, trace)
    else:
        print(f"{trace}{name}{masked(sentence)}", file=sys.stderr)
    _exit(status)


def _exit(status: int) -> NoReturn:
    """Exit without a last look through all objects: where TensorFlow is loaded it takes seconds."""
    gc.freeze()
    sys.exit(status)
