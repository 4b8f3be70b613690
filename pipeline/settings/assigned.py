"""Settings of `--set section.key=value`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipeline.errors import ConfigError
from pipeline.settings.given import given
from pipeline.settings.layer import Layer, nested, overlay
from pipeline.settings.written import WrittenError


def assigned(texts: Sequence[str]) -> Layer:
    """Read `section.key=value` texts; of two for one key, the later counts.

    Raises
    ------
    ConfigError
        For a text of another form.
    """
    tree: dict[str, Any] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        path = tuple(part.strip() for part in key.split("."))
        if not equals or not all(path):
            raise ConfigError(
                f"--set {text!r} is not of the form section.key=value; "
                "write for instance --set train.epochs=10."
            )
        try:
            tree = overlay(tree, nested(path, given(path, value)))
        except WrittenError as error:
            raise ConfigError(f"--set {text!r} cannot be read, since it {error}.") from error
    return Layer(tree, {(): "in --set"})
