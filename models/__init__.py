"""Recurrent networks and distribution heads; they know nothing of firms, files or tracking.

The public names are loaded when they are first used: `import models` alone does not load Keras,
nor does the table of architectures, `models.catalogue`.
"""

from importlib import import_module
from typing import Any

HOMES = {
    "ARCHITECTURES": "models.catalogue",
    "Architecture": "models.catalogue",
    "CONTROLS": "models.catalogue",
    "RECURRENT": "models.catalogue",
    "STARTS": "models.starts",
    "Shape": "models.student_t",
    "Sizes": "models.network",
    "architecture": "models.catalogue",
    "attention_weights": "models.attention",
    "blueprint": "models.blueprints",
    "build": "models.building",
    "from_bytes": "models.files",
    "in_training": "models.seq2seq",
    "is_causal": "models.network",
    "negative_log_likelihood": "models.student_t",
    "portable": "models.files",
    "register": "models.files",
    "set_shape": "models.student_t",
    "shape_of": "models.student_t",
    "sizes": "models.building",
    "start": "models.starts",
    "states": "models.network",
    "to_bytes": "models.files",
    "twin": "models.blueprints",
}
"""Public name → the module that has it."""

__all__ = [*HOMES]


def __getattr__(name: str) -> Any:
    """Load a public name from its module."""
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(HOMES[name]), name)
