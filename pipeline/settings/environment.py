"""Settings of the environment: `FIRMAMENT_SECTION__KEY`, in capital or small letters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pipeline.errors import ConfigError
from pipeline.settings.given import given
from pipeline.settings.layer import Layer, Path, nested, overlay, paths, section, setting
from pipeline.settings.settings import PREFIX
from pipeline.settings.written import WrittenError
from pipeline.words import closest


def environment(variables: Mapping[str, str]) -> Layer:
    """Read the variables that begin with `FIRMAMENT_`; those of single keys win over sections.

    Raises
    ------
    ConfigError
        For a variable that names no setting or the same as another one, and for a value that opens
        brackets and is no YAML.
    """
    names = _names(variables)
    tree: dict[str, Any] = {}
    for path in sorted(names, key=len):
        name = names[path]
        try:
            tree = overlay(tree, nested(path, given(path, variables[name])))
        except WrittenError as error:
            raise ConfigError(f"The environment variable {name} {error}.") from error
    return Layer(
        tree, {path: f"in the environment variable {name}" for path, name in names.items()}
    )


def _names(variables: Mapping[str, str]) -> dict[Path, str]:
    """Return the variable of each path."""
    names: dict[Path, str] = {}
    for name in sorted(variables):
        if not name.upper().startswith(PREFIX):
            continue
        path = tuple(name[len(PREFIX) :].lower().split("__"))
        if not _declared(path):
            raise ConfigError(f"The environment variable {name} names no setting{_meant(name)}")
        if path in names:
            raise ConfigError(
                f"The environment variables {names[path]} and {name} are one setting: unset one."
            )
        names[path] = name
    return names


def _declared(path: Path) -> bool:
    """Tell whether a path is a section, a key, or a name in a mapping, as of a universe."""
    if setting(path):
        return True
    above = setting(path[:-1]) if len(path) > 1 else None
    return above is not None and section(path[:-1]) is None and "dict" in str(above.annotation)


def _meant(name: str) -> str:
    """End a sentence with the variable that was probably meant."""
    asked, known = name[len(PREFIX) :], ["__".join(path).upper() for path in paths()]
    same = [one for one in known if _plain(one) == _plain(asked)]
    if same:
        return f": write {PREFIX}{same[0]}, with two underscores between a section and its key."
    close = closest(asked, known)
    if close:
        return f": did you mean {PREFIX}{close}?"
    return "; `firmament config` lists all, and FIRMAMENT_TRAIN__EPOCHS is that of train.epochs."


def _plain(name: str) -> str:
    """Return a name with its underscores counted as one, in capitals."""
    return re.sub("_+", "_", name.upper()).strip("_")
