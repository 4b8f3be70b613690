"""What commands have in common: options, formats, settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from pipeline.errors import ConfigError
from pipeline.logs import open_log
from pipeline.settings.source import FORMS

if TYPE_CHECKING:
    from pipeline.settings.settings import Settings


class Format(StrEnum):
    """How a result is printed."""

    table = "table"
    json = "json"
    csv = "csv"


class PairFormat(StrEnum):
    """How what is said about two firms is printed."""

    table = "table"
    json = "json"


class RunFormat(StrEnum):
    """How a run's result is printed."""

    text = "text"
    json = "json"


def stages() -> Sequence[str]:
    """Return the names of the stages, in order."""
    from pipeline.stages import PLAN

    return PLAN.names


def steps() -> Sequence[str]:
    """Return the names of the steps of a day, in order."""
    from pipeline.daily.steps import STEPS

    return tuple(STEPS)


NAMES = {"{stages}": stages, "{steps}": steps}
"""Lists of names that help texts may hold the place of."""


def one_of(names: Callable[[], Sequence[str]]) -> Callable[[str], str]:
    """Return what reads one of several names, which are looked up when they are wanted."""

    def name(text: str) -> str:
        if text not in names():
            raise typer.BadParameter(f"{text!r} is not one of {', '.join(names())}.")
        return text

    return name


class Command(TyperCommand):
    """A command whose help lists names: only where it is asked for are they looked up."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help."""
        for parameter in self.params:
            text = getattr(parameter, "help", None) or ""
            for place, names in NAMES.items():
                if place in text:
                    parameter.help = text.replace(place, ", ".join(names()))  # type: ignore[attr-defined]
        super().format_help(ctx, formatter)


Config = Annotated[Path | None, typer.Option(help="YAML file of settings.")]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="SECTION.KEY=VALUE", help="Change one setting; repeatable."),
]
Source = Annotated[str | None, typer.Option(help=f"{FORMS}.")]
Model = Annotated[str | None, typer.Option(help="Architecture of the network.")]
DataRoot = Annotated[
    str | None, typer.Option(help="Folder of the stages' outputs, or s3://BUCKET/PREFIX.")
]
TrackingUri = Annotated[
    str | None, typer.Option(help="MLflow's store: sqlite:///FILE or a server's address.")
]
As = Annotated[Format, typer.Option(help="What is printed.")]
RunAs = Annotated[RunFormat, typer.Option(help="What is printed.")]


def _check_working_folder() -> None:
    """Refuse to work where no file can be found or made."""
    try:
        Path.cwd()
    except OSError as error:
        raise ConfigError(
            "The working folder has been removed: change to another one (cd), and give the same "
            "command again."
        ) from error


def settings_of(
    config: Path | None,
    assign: list[str] | None,
    source: str | None = None,
    model: str | None = None,
    data_root: str | None = None,
    tracking_uri: str | None = None,
    sections: Mapping[str, Mapping[str, Any]] | None = None,
) -> Settings:
    """Read the configuration with the options of a command on top.

    Raises
    ------
    ConfigError
        If it makes no sense, or the working folder, which places are relative to, was removed.
    """
    from pipeline.settings.load import load

    _check_working_folder()
    options = {
        "source": source,
        "model": None if model is None else {"name": model},
        "data_root": data_root,
        "tracking_uri": tracking_uri,
    }
    given = {key: value for key, value in options.items() if value is not None}
    for name, section in (sections or {}).items():
        given[name] = {key: value for key, value in section.items() if value is not None}
    settings = load(config, assign or [], given)
    if settings.log == "json":
        open_log()
    return settings
