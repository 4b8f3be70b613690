"""What commands have in common: options, formats, settings."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.usage import architectures, one_of
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


Config = Annotated[Path | None, typer.Option(readable=False, help="YAML file of settings.")]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="SECTION.KEY=VALUE", help="Change one setting; repeatable."),
]
Source = Annotated[str | None, typer.Option(help=f"{FORMS}.")]
Model = Annotated[
    str | None, typer.Option(parser=one_of(architectures), help="Architecture: {architectures}.")
]
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
