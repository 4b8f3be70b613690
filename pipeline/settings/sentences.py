"""What is wrong with a setting, as a sentence: its value, where it was set, and what is allowed.

What is allowed is told from the setting's declaration, so that every setting and every fault has
its words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

from pydantic_core import ErrorDetails

from pipeline.passwords import masked
from pipeline.settings.layer import Layer, Path, paths, section
from pipeline.settings.settings import Settings
from pipeline.words import closest, listed

Schema = Mapping[str, Any]
"""The declaration of a setting as JSON schema writes it."""

LONGEST = 60
"""Letters of a value that are shown."""


def sentence(error: ErrorDetails, layers: Sequence[Layer]) -> str:
    """Say what is wrong with a setting, where it was set and what is allowed there.

    Parameters
    ----------
    error
        What pydantic has found.
    layers
        The layers of the configuration; those that win first.
    """
    location = tuple(str(part) for part in error["loc"] if part != "[key]")
    places = (layer.place(location) for layer in layers)
    place = next((found for found in places if found), "in the configuration")
    if error["type"] == "extra_forbidden":
        return f"The key {_path(location)} {place} is unknown{_meant(location)}"
    path = _setting(location)
    value = error["input"]
    told = "" if _own(value, path) else f" ({shown(value)})"
    reason = error.get("ctx", {}).get("error")
    why = str(reason) if error["type"] == "value_error" else _allowed(path, error)
    end = "" if why.endswith("?") else "."
    return f"The value of {_path(path)}{told} {place} is not valid: {why}{end}"


def shown(value: Any) -> str:
    """Write a value as it may have been given, cut where it is long; texts in quotes."""
    if value is None:
        return "nothing"
    text = _bare(value) if isinstance(value, list | tuple | dict) else _scalar(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _bare(value: Any) -> str:
    """Write a value of a list or a mapping; much of a large one is left out."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(_bare(part) for part in value[:LONGEST])}]"
    if isinstance(value, dict):
        parts = [f"{_bare(key)}: {_bare(part)}" for key, part in [*value.items()][:LONGEST]]
        return f"{{{', '.join(parts)}}}"
    if value is None:
        return "null"
    text = masked(str(value))[: 2 * LONGEST]
    return text if text.isprintable() else repr(text)


def _scalar(value: Any) -> str:
    """Write a number or a date as it is, and a text in quotes."""
    text = masked(str(value))[: 2 * LONGEST]
    if isinstance(value, date | int | float):
        return text
    digits = text.lstrip("+-").replace(".", "", 1)
    return text if digits.isascii() and digits.isdigit() else repr(text)


def _path(location: Path) -> str:
    """Write where a setting stands."""
    parts = (part if part and part.isprintable() else repr(part) for part in location)
    text = ".".join(parts)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _setting(location: Path) -> Path:
    """Return the part of a location that leads to a section or a single setting."""
    for length in range(1, len(location)):
        if section(location[:length]) is None:
            return location[:length]
    return location


def _own(value: Any, path: Path) -> bool:
    """Tell whether a value is a whole section, whose contradiction names its keys itself."""
    return section(path) is not None and isinstance(value, dict | Settings)


def _allowed(path: Path, error: ErrorDetails) -> str:
    """Say what a setting may be, or which choice was probably meant."""
    if section(path):
        key = ".".join(paths(path)[0])
        return f"it is a section, so set its keys, as {key}"
    schema, value = declared(path), error["input"]
    choices = _choices(schema)
    close = closest(value, choices) if isinstance(value, str) else None
    return f"did you mean {close}?" if close else f"give {_words(schema)}"


def declared(path: Path) -> Schema:
    """Return the declaration of a single setting."""
    found = whole = _settings()
    for part in path:
        found = found["properties"][part]
        if "$ref" in found:
            found = whole["$defs"][found["$ref"].rpartition("/")[2]]
    return found


@cache
def _settings() -> Schema:
    """Return the declaration of all settings, which takes longer to write than to look at."""
    return Settings.model_json_schema()


def _choices(schema: Schema) -> list[str]:
    """Return the names that a setting, or each part of a list, is chosen from."""
    inner = [*schema.get("anyOf", ()), *([schema["items"]] if "items" in schema else [])]
    return [*schema.get("enum", ()), *(name for part in inner for name in _choices(part))]


def _words(schema: Schema) -> str:
    """Say what a declaration allows."""
    if "anyOf" in schema:
        return ", or ".join(_words(part) for part in schema["anyOf"])
    if "enum" in schema:
        return listed(schema["enum"], "or")
    kind = schema.get("type")
    if kind in ("integer", "number"):
        return f"a {'whole ' if kind == 'integer' else ''}number{_bounds(schema)}"
    if kind == "array":
        return f"a list of {_noun(schema['items'])} in brackets, as {_example(schema)}"
    if kind == "object":
        return "names with a list each, as {banks: [BAC, C, JPM]}"
    if kind == "string":
        return "a date as 2020-01-31" if schema.get("format") == "date" else "a text"
    return {"boolean": "true or false", "null": "null"}.get(str(kind), "another value")


def _bounds(schema: Schema) -> str:
    """Say between which bounds a number lies."""
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        return f" from {low:,.10g} to {high:,.10g}"
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    parts = {"above": above, "no less than": low, "below": below, "no more than": high}
    told = [f"{word} {bound:,.10g}" for word, bound in parts.items() if bound is not None]
    return f" {' and '.join(told)}" if told else ""


def _noun(schema: Schema) -> str:
    """Say what a list is of."""
    return "numbers" if schema.get("type") == "number" else "names"


def _example(schema: Schema) -> str:
    """Write a list as it may be."""
    names = _choices(schema) or [str(part) for part in schema.get("default", ())]
    return f"[{', '.join(names[:2])}]"


def _meant(location: Path) -> str:
    """End a sentence with the key that was probably meant, or with those there are."""
    above, name = location[:-1], location[-1]
    joined = tuple(name.split("."))
    if joined in paths():
        key = joined[-1]
        return f": write {'.'.join(joined[:-1])}: and, indented below it, {key}: …"
    names = (section(above) or Settings).model_fields
    close = closest(name, names)
    if close:
        return f": did you mean {'.'.join([*above, close])}?"
    return f"; choose from {', '.join(names)}."
