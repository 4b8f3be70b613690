"""Where settings come from: defaults, a YAML file, environment variables and `--set`.

Later wins: defaults < YAML file < `FIRMAMENT_SECTION__KEY` < `--set section.key=value` < options.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import EnvSettingsSource, SettingsError

from pipeline.errors import ConfigError
from pipeline.settings.settings import PREFIX, Settings


def load(
    file: Path | None = None,
    assignments: Sequence[str] = (),
    options: Mapping[str, Any] | None = None,
) -> Settings:
    """Read the effective configuration.

    Parameters
    ----------
    file
        YAML file, or None for defaults alone.
    assignments
        `section.key=value` texts; values are read as YAML.
    options
        Settings that a command has options for, as a tree; they win over all else.

    Raises
    ------
    ConfigError
        For an unreadable file, an unknown key or a value out of bounds; names where it came from.
    """
    layers = {
        "given as an option": dict(options or {}),
        "in --set": _assigned(assignments),
        "in an environment variable": _environment(),
        f"in {file}": _read(file) if file else {},
    }
    tree: dict[str, Any] = {}
    for layer in reversed(layers.values()):
        tree = _overlay(tree, layer)
    try:
        return Settings.model_validate(tree)
    except ValidationError as error:
        raise ConfigError(_sentence(error.errors()[0], layers)) from error


def _assigned(assignments: Sequence[str]) -> dict[str, Any]:
    """Return `--set` texts as a tree."""
    tree: dict[str, Any] = {}
    for assignment in assignments:
        key, equals, text = assignment.partition("=")
        if not equals or not key.strip():
            raise ConfigError(
                f"--set {assignment!r} is not of the form section.key=value; "
                "write for instance --set train.epochs=10."
            )
        try:
            value = yaml.safe_load(text)
        except (yaml.YAMLError, ValueError) as error:
            raise ConfigError(
                f"The value of {key} in --set ({text!r}) cannot be read: mend or quote it."
            ) from error
        for part in reversed(key.strip().split(".")):
            value = {part: value}
        tree = _overlay(tree, value)
    return tree


def _environment() -> dict[str, Any]:
    """Return the environment's settings as a tree."""
    for name in os.environ:
        section = name.removeprefix(PREFIX).split("__")[0].lower()
        if name.startswith(PREFIX) and section not in Settings.model_fields:
            raise ConfigError(
                f"The environment variable {name} names no setting{_suggestion([section])}"
            )
    try:
        return EnvSettingsSource(Settings)()
    except SettingsError as error:
        raise ConfigError(f"An environment variable cannot be read: {error}.") from error


def _read(file: Path) -> dict[str, Any]:
    """Return a YAML file's settings as a tree; a section that is left empty has its defaults."""
    try:
        if file.is_fifo() and file.parts[1:2] != ("dev",):
            raise ConfigError(
                f"The configuration {file} is a named pipe, which may never be written to: give a "
                "file, or /dev/stdin."
            )
        tree = yaml.load(file.read_text(encoding="utf-8"), _Once)
    except OSError as error:
        raise ConfigError(
            f"The configuration {file} cannot be read ({error.strerror}): check the path, or print "
            "a fresh one with `firmament config`."
        ) from error
    except _TwiceError as error:
        raise ConfigError(f"The configuration {file} has {error}: join them.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        raise ConfigError(f"The configuration {file} is not valid YAML{where}: mend it.") from error
    if tree is None:
        return {}
    if not isinstance(tree, dict) or not all(isinstance(key, str) for key in tree):
        raise ConfigError(
            f"The configuration {file} holds no sections: write them as `train:` and below it "
            "`epochs: 10`."
        )
    return {key: value for key, value in tree.items() if value is not None}


class _TwiceError(yaml.YAMLError):
    """A key that stands twice in a mapping; which of the two counts, nobody could tell."""


class _Once(yaml.SafeLoader):
    """Reads YAML in which each key stands once."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Read a mapping."""
        lines: dict[Any, int] = {}
        for key_node, _ in node.value:
            key, line = key_node.value, key_node.start_mark.line + 1
            if isinstance(key, str) and key in lines:
                raise _TwiceError(f"{key} twice, on the lines {lines[key]} and {line}")
            lines[str(key)] = line
        return super().construct_mapping(node, deep)


def _overlay(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Return `below` with what `above` says laid over it."""
    merged = dict(below)
    for key, value in above.items():
        lower = merged.get(key)
        if isinstance(value, Mapping) and isinstance(lower, Mapping):
            value = _overlay(lower, value)
        merged[key] = value
    return merged


def _sentence(error: ErrorDetails, layers: Mapping[str, Mapping[str, Any]]) -> str:
    """Say what is wrong with a setting, and where it was set."""
    path = ".".join(str(part) for part in error["loc"])
    origin = next(
        (name for name, tree in layers.items() if _holds(tree, error["loc"])),
        "in the configuration",
    )
    if error["type"] == "extra_forbidden":
        return f"The key {path} {origin} is unknown{_suggestion(error['loc'])}"
    given = error["input"]
    shown = "" if isinstance(given, dict | BaseModel) else f" ({given!r})"
    message = error["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return f"The value of {path}{shown} {origin} is not valid: {message}."


def _holds(tree: Any, location: Sequence[int | str]) -> bool:
    """Tell whether a tree sets what stands at a location, or a part of it."""
    for part in location:
        if not isinstance(tree, Mapping):
            return True
        if part not in tree:
            return False
        tree = tree[part]
    return True


def _suggestion(location: Sequence[int | str]) -> str:
    """End a sentence with the key that was probably meant, or with those there are."""
    model: type[BaseModel] = Settings
    for part in location[:-1]:
        inner = model.model_fields[str(part)].annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            model = inner
    close = difflib.get_close_matches(str(location[-1]), model.model_fields, n=1)
    if not close:
        return f"; choose from {', '.join(model.model_fields)}."
    return f": did you mean {'.'.join(map(str, [*location[:-1], close[0]]))}?"
