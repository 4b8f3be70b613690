"""What is said of a command line that is not understood: one sentence, with what is allowed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from difflib import get_close_matches
from typing import Any

import typer

from pipeline.words import closest, listed


def stages() -> Sequence[str]:
    """Return the names of the stages, in order."""
    from pipeline.stages import PLAN

    return PLAN.names


def steps() -> Sequence[str]:
    """Return the names of the steps of a day, in order."""
    from pipeline.daily.steps import STEPS

    return tuple(STEPS)


def architectures() -> Sequence[str]:
    """Return the names of the architectures."""
    from models.catalogue import ARCHITECTURES

    return tuple(ARCHITECTURES)


def recurrent() -> Sequence[str]:
    """Return the names of the architectures that are no controls."""
    from models.catalogue import RECURRENT

    return RECURRENT


def controls() -> Sequence[str]:
    """Return the names of the architectures that are controls."""
    from models.catalogue import CONTROLS

    return CONTROLS


def measures() -> Sequence[str]:
    """Return the names of the measures of similarity, the learned one first."""
    from pipeline.similarity.asking.learned import LEARNED
    from pipeline.similarity.classical import MEASURES

    return (LEARNED, *MEASURES)


def studies() -> Sequence[str]:
    """Return the names of the studies of recurrent networks."""
    from pipeline.studies.catalogue import STUDIES

    return tuple(STUDIES)


PAGE = "page"
"""What is exported beside tables: the analyst's page."""


def exports() -> Sequence[str]:
    """Return what can be exported of a run."""
    from pipeline.run.export import KINDS

    return (*KINDS, PAGE)


def shells() -> Sequence[str]:
    """Return the shells that can be taught to complete commands."""
    return ("bash", "zsh", "fish")


NAMES = {
    "{stages}": stages,
    "{steps}": steps,
    "{architectures}": architectures,
    "{recurrent}": recurrent,
    "{controls}": controls,
    "{measures}": measures,
    "{studies}": studies,
    "{exports}": exports,
    "{shells}": shells,
}
"""Lists of names that help texts may hold the place of; looked up only when they are told."""


def explained(text: str) -> str:
    """Return a help text with the lists of names in it."""
    for place, names in NAMES.items():
        if place in text:
            text = text.replace(place, ", ".join(names()))
    return text


def one_of(names: Callable[[], Sequence[str]]) -> Callable[[str], str]:
    """Return what reads one of several names, which are looked up when they are wanted."""

    def name(text: str) -> str:
        if text not in names():
            raise typer.BadParameter(_takes(listed(names(), "or"), text, names()))
        return text

    return name


def some_of(names: Callable[[], Sequence[str]]) -> Callable[[str], str]:
    """Return what reads some of several names with commas between them."""
    one = one_of(names)

    def several(text: str) -> str:
        parts = [part.strip() for part in text.split(",")]
        if not all(parts):
            raise typer.BadParameter(
                f"takes names with commas between them, but one is missing in {text!r}."
            )
        return ",".join(map(one, parts))

    return several


def day_of(text: str) -> date:
    """Read a day that is written out."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or str(day) != text:
        raise typer.BadParameter(_takes("a day as YYYY-MM-DD", text))
    return day


def sentence(error: typer.TyperException, command: Any, path: str, words: Sequence[str]) -> str:
    """Say in one sentence what is wrong with a command line.

    Parameters
    ----------
    error
        As the library of the command line has raised it.
    command
        The command, or the group of commands, that the line was read for.
    path
        How it is called: `firmament similar`.
    words
        What followed.
    """
    parameter, option = getattr(error, "param", None), getattr(error, "option_name", None)
    if hasattr(error, "possibilities"):
        return _no_option(str(option), command, path, words)
    if option is not None:
        return _no_value(option, command, words)
    if parameter is None:
        return f"`{path}` is not understood: {error.format_message()}"
    if hasattr(error, "param_type"):
        example = next(iter(command.examples), f"{path} --help")
        lacks = f"{named(parameter)} ({meaning(parameter)})"
        return f"`{path}` needs {lacks}: write for instance `{example}`."
    return f"{named(parameter)} {_refused(error, parameter)}"


def left_over(words: Sequence[str], command: Any, path: str) -> str:
    """Say that a command does not take some words."""
    told = listed([repr(word) for word in words])
    taken = [named(one) for one in command.params if not _optional(one)]
    beside = listed([*taken, "options"]) if taken else "options alone"
    return f"`{path}` does not take {told}: it takes {beside}, which `{path} --help` lists."


def no_command(word: str, commands: Iterable[str], path: str) -> str:
    """Say that there is no such command."""
    known = list(commands)
    close = get_close_matches(word, known, n=1)
    advice = f"did you mean {close[0]}?" if close else f"choose from {', '.join(known)}."
    return f"There is no command {word!r} of `{path}`: {advice}"


def named(parameter: Any) -> str:
    """Return what a person writes for an option, or the name of an argument."""
    return str(parameter.opts[0]) if _optional(parameter) else parameter.display_name_raw


def meaning(parameter: Any) -> str:
    """Return the help of an option or argument as a part of a sentence."""
    text = explained(getattr(parameter, "help", None) or "").removesuffix(".")
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def nothing(parameter: Any) -> str:
    """Say that an option or argument is given without a value."""
    otherwise = "" if parameter.required else ", or leave it out"
    return f"{named(parameter)} has no value: give one ({meaning(parameter)}){otherwise}."


def again(parameter: Any) -> str:
    """Say that an option that has one value is given twice: the first would be dropped."""
    return f"{named(parameter)} is given twice: give it once ({meaning(parameter)})."


def _optional(parameter: Any) -> bool:
    return bool(parameter.param_type_name == "option")


def _no_option(option: str, command: Any, path: str, words: Sequence[str]) -> str:
    """Say that a command has no such option."""
    # Of one that begins with a single dash only the first letter is told.
    short = option[:2] != "--"
    asked = next((word for word in words if short and word.startswith(option)), option)
    own = [name for one in command.params if _optional(one) for name in one.opts]
    known = {name.lstrip("-"): name for name in [*own, "--help"]}
    close = get_close_matches(asked.lstrip("-").partition("=")[0], known, n=1)
    if close:
        advice = f"did you mean {known[close[0]]}?"
    else:
        advice = f"`{path} --help` lists those there are."
    return f"There is no option {asked} of `{path}`: {advice}"


def _no_value(option: str, command: Any, words: Sequence[str]) -> str:
    """Say that an option lacks a value, or is given one that it does not take."""
    if any(word.startswith(f"{option}=") for word in words):
        return f"{option} takes no value: write {option} alone."
    return nothing(next(one for one in command.params if option in one.opts))


def _refused(error: typer.TyperException, parameter: Any) -> str:
    """Say what a parameter takes, and that something else was given."""
    cause: Any = error.__cause__
    if not hasattr(cause, "errors"):
        return error.message
    given, kind = cause.errors()[0]["input"], parameter.type_descriptor
    if kind.choices is not None:
        choices = [str(choice) for choice in kind.choices]
        return _takes(listed(choices, "or"), given, choices)
    if kind.annotation is int:
        return _takes(f"a whole number{_bounds(parameter.min, parameter.max)}", given)
    return f"cannot be {given!r}: {error.message}."


def _bounds(least: int | None, most: int | None) -> str:
    """Write the bounds of a number."""
    if least is None:
        return "" if most is None else f" of at most {most}"
    return f" of at least {least}" if most is None else f" from {least} to {most}"


def _takes(allowed: str, given: Any, known: Sequence[str] = ()) -> str:
    """Say what is allowed in place of what was given."""
    close = closest(str(given), known)
    return f"takes {allowed}, not {given!r}" + (f": did you mean {close}?" if close else ".")
