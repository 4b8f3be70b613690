"""The configuration as text: YAML with a comment a key, or flat keys and values."""

from __future__ import annotations

from typing import Any

import yaml
from pydantic import BaseModel

from pipeline.passwords import masked
from pipeline.settings.settings import Settings

ENDS_OF_LINES = ("\x85", "\u2028", "\u2029")
"""Characters that end a line for YAML: a text with one is written with escapes."""


def explain(settings: Settings) -> str:
    """Return the configuration as YAML with a comment a key, ready to be edited and used.

    Passwords are masked: the text is printed, and logged with runs.
    """
    lines = ["# firmament's effective configuration; give it back with --config FILE"]
    _explain(settings, lines, "")
    return "\n".join(lines) + "\n"


def flatten(model: BaseModel, prefix: str = "") -> dict[str, Any]:
    """Return `section.key` → value for every setting."""
    flat: dict[str, Any] = {}
    for name in type(model).model_fields:
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            flat |= flatten(value, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = value
    return flat


def _explain(model: BaseModel, lines: list[str], indent: str) -> None:
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            lines.append(f"{indent}{name}:")
            _explain(value, lines, indent + "  ")
            continue
        plain = model.model_dump(mode="json", include={name})[name]
        plain = masked(plain) if isinstance(plain, str) else plain
        shown = not any(mark in str(plain) for mark in ENDS_OF_LINES)
        text = yaml.safe_dump(plain, default_flow_style=True, width=10_000, allow_unicode=shown)
        text = text.removesuffix("\n").removesuffix("\n...")
        lines.append(f"{indent}# {field.description}")
        lines.append(f"{indent}{name}: {text}")
