"""A layer of the configuration: what one place sets, and where it does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic.fields import FieldInfo

from pipeline.settings.section import Section
from pipeline.settings.settings import Settings

Path = tuple[str, ...]
"""Section and key, such as ``("train", "epochs")``."""


@dataclass(frozen=True)
class Layer:
    """What one place sets.

    Attributes
    ----------
    tree
        Section → key → value. Numbers, days and truth values may be texts: what a text means is
        decided by the setting that it is given for.
    places
        Path → where it is set, in words such as "in --set"; what lies below a path is set there
        too.
    """

    tree: Mapping[str, Any]
    places: Mapping[Path, str]

    def place(self, path: Path) -> str | None:
        """Return where a setting, or a part of it, is set; None: not here."""
        tree: Any = self.tree
        for part in path:
            if not isinstance(tree, Mapping):
                break
            if part not in tree:
                return None
            tree = tree[part]
        prefixes = (path[:length] for length in range(len(path), -1, -1))
        return next((self.places[prefix] for prefix in prefixes if prefix in self.places), None)


def overlay(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Return `below` with what `above` says laid over it."""
    merged = dict(below)
    for key, value in above.items():
        lower = merged.get(key)
        if isinstance(value, Mapping) and isinstance(lower, Mapping):
            value = overlay(lower, value)
        merged[key] = value
    return merged


def nested(path: Path, value: Any) -> dict[str, Any]:
    """Return a tree that sets one value."""
    for part in reversed(path):
        value = {part: value}
    tree: dict[str, Any] = value
    return tree


def section(path: Path) -> type[Section] | None:
    """Return the section at a path; None where there is none."""
    found: type[Section] | None = Settings
    for part in path:
        field = found.model_fields.get(part) if found else None
        kind = field.annotation if field else None
        found = kind if isinstance(kind, type) and issubclass(kind, Section) else None
    return found


def setting(path: Path) -> FieldInfo | None:
    """Return what is declared at a path, be it a section or a single setting."""
    above = section(path[:-1])
    return above.model_fields.get(path[-1]) if above else None


def paths(above: Path = ()) -> list[Path]:
    """Return the paths of all single settings."""
    found: list[Path] = []
    for name in (section(above) or Settings).model_fields:
        path = (*above, name)
        found += paths(path) if section(path) else [path]
    return found
