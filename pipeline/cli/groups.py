"""Options that several commands have in common, and how a command is declared with them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, is_dataclass
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, cast

import typer

from pipeline.cli.options import Config, DataRoot, Set, TrackingUri, settings_of
from pipeline.cli.parsing import Command

if TYPE_CHECKING:
    from pipeline.run.finished import Finished
    from pipeline.settings.settings import Settings

Function = TypeVar("Function", bound=Callable[..., None])

From = Annotated[str | None, typer.Option("--from", help="First day to compare on.")]
To = Annotated[str | None, typer.Option("--to", help="Last day to compare on.")]
Run = Annotated[
    str | None,
    typer.Option(
        "--run",
        help="Run to ask, or how its id begins; what is published, or else the latest by default.",
    ),
]


@dataclass(frozen=True)
class Places:
    """Settings, and the places that a command reads and writes."""

    config: Config = None
    assign: Set = None
    data_root: DataRoot = None
    tracking_uri: TrackingUri = None

    def settings(
        self,
        source: str | None = None,
        model: str | None = None,
        sections: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> Settings:
        """Read the settings, with more options of the command on top."""
        places = (self.data_root, self.tracking_uri)
        return settings_of(self.config, self.assign, source, model, *places, sections)


@dataclass(frozen=True)
class Asked:
    """The run that an analyst asks, and where it is."""

    run_id: Run = None
    config: Config = None
    assign: Set = None
    data_root: DataRoot = None
    tracking_uri: TrackingUri = None

    def settings(self, source: str | None = None) -> Settings:
        """Read the settings, with a source on top where the command has one."""
        places = (self.data_root, self.tracking_uri)
        return settings_of(self.config, self.assign, source, None, *places)

    def run(self) -> Finished:
        """Open the run that is asked."""
        settings = self.settings()
        from pipeline.run.finished import Finished

        return Finished.load(settings.data_root, self.run_id, settings.mirror_root)


@dataclass(frozen=True)
class Span:
    """The days that an analyst asks about."""

    start: From = None
    end: To = None


def command(
    app: typer.Typer, *examples: str, name: str | None = None
) -> Callable[[Function], Function]:
    """Declare a function as a command; of a parameter that is a group, each field is an option.

    Parameters
    ----------
    app
        What the command belongs to.
    *examples
        Command lines that its help shows; the first is what a person without an idea is told.
    name
        What it is called, unless as the function is.
    """

    def declare(function: Function) -> Function:
        app.command(name, cls=Command, epilog="\n".join(examples))(_spread(function))
        return function

    return declare


def _spread(function: Callable[..., None]) -> Callable[..., None]:
    """Return a function with the fields of its groups of options as parameters, in their place."""
    signature = inspect.signature(function, eval_str=True)
    groups: dict[str, tuple[type[Any], list[str]]] = {}
    parameters: list[inspect.Parameter] = []
    for name, parameter in signature.parameters.items():
        own, group = [parameter], cast("type[Any]", parameter.annotation)
        if is_dataclass(group):
            own = list(inspect.signature(group, eval_str=True).parameters.values())
            groups[name] = (group, [one.name for one in own])
        parameters += [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in own]

    @wraps(function)
    def spread(**given: Any) -> None:
        for name, (group, fields) in groups.items():
            given[name] = group(**{field: given.pop(field) for field in fields})
        function(**given)

    spread.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    return spread
