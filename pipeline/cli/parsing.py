"""Commands and groups of commands that refuse what they do not understand in one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from pipeline.cli import usage
from pipeline.errors import UsageError

OF_THE_DATA = ("sector", "exclude_sector", "assign")
"""Parameters that are refused by what reads them even when they are empty: it knows more."""


class Command(TyperCommand):
    """A command with examples in its help, which looks names up only where they are told."""

    @property
    def examples(self) -> list[str]:
        """Command lines that show its use."""
        return (self.epilog or "").splitlines()

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the words after the command."""
        try:
            self._check(ctx, args)
            return super().parse_args(ctx, list(args))
        except typer.TyperException as error:
            raise UsageError(usage.sentence(error, self, ctx.command_path, args)) from error

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help."""
        for parameter in self.params:
            if text := getattr(parameter, "help", None):
                parameter.help = usage.explained(text)  # type: ignore[attr-defined]
        super().format_help(ctx, formatter)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        """Write the examples, a line each."""
        if self.examples:
            with formatter.section("Examples"):
                for example in self.examples:
                    formatter.write(f"  {example}\n")

    def _check(self, ctx: Any, args: list[str]) -> None:
        """Refuse words that are left over, and options without a value, and two configurations."""
        given, left, order = self.make_parser(ctx).parse_args(list(args))
        if given.get("help"):
            return
        options = {name for one in self.params for name in one.opts if name.startswith("-")}
        for parameter in self.params:
            if parameter.name in OF_THE_DATA:
                continue
            if any(not word.strip() or word in options for word in _words(given, parameter.name)):
                raise UsageError(usage.nothing(parameter))
        for parameter in self.params:
            # The later of two options wins, as scripts expect; of two files all of one would drop.
            if parameter.name == "config" and order.count(parameter) > 1:
                raise UsageError(usage.again(parameter))
        if left:
            raise UsageError(usage.left_over(left, self, ctx.command_path))


class Group(TyperGroup):
    """A group of commands."""

    examples = ()

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the words after the group."""
        if all(word == "--" for word in args):  # its help is told
            return super().parse_args(ctx, [])
        words = list(args)
        try:
            return super().parse_args(ctx, args)
        except typer.TyperException as error:
            raise UsageError(usage.sentence(error, self, ctx.command_path, words)) from error

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command that is meant."""
        if self.get_command(ctx, args[0]) is None:
            raise UsageError(usage.no_command(args[0], self.commands, ctx.command_path))
        return super().resolve_command(ctx, args)


def _words(given: Mapping[str, Any], name: str) -> list[str]:
    """Return the texts that were given for a parameter."""
    value = given.get(name)
    several = value if isinstance(value, list | tuple) else [value]
    return [word for word in several if isinstance(word, str)]
