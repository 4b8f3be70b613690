"""Where settings come from: defaults, a YAML file, environment variables and `--set`.

Later wins: defaults < YAML file < `FIRMAMENT_SECTION__KEY` < `--set section.key=value` < options.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pipeline.errors import ConfigError
from pipeline.settings.assigned import assigned
from pipeline.settings.environment import environment
from pipeline.settings.file import file_layer
from pipeline.settings.layer import Layer, overlay
from pipeline.settings.sentences import sentence
from pipeline.settings.settings import Settings


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
        `section.key=value` texts.
    options
        Settings that a command has options for, as a tree; they win over all else.

    Raises
    ------
    ConfigError
        For an unreadable file, an unknown key or a value out of bounds; names where it came from.
    """
    layers = [
        Layer(options or {}, {(): "given as an option"}),
        assigned(assignments),
        environment(os.environ),
        *([file_layer(file)] if file else []),
    ]
    tree: dict[str, Any] = {}
    for layer in reversed(layers):
        tree = overlay(tree, layer.tree)
    try:
        return Settings.model_validate(tree)
    except ValidationError as error:
        raise ConfigError(sentence(error.errors()[0], layers)) from error
