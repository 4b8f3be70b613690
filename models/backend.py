"""Importing TensorFlow without its greetings."""

from __future__ import annotations

import logging
import os
import sys
from importlib.util import find_spec

MISSING = "Keras's backend {} is not installed: install it, or mend KERAS_BACKEND."


def backend() -> str:
    """Return the name of what Keras is told to run on."""
    return os.environ.get("KERAS_BACKEND") or "tensorflow"


def installed(name: str) -> bool:
    """Tell whether a backend can be imported; nothing of it is loaded."""
    return name.isidentifier() and find_spec(name) is not None


def import_keras() -> None:
    """Import Keras on TensorFlow, once, without what their C++ code prints.

    That the machine has no GPU is logged before any log level holds, straight to the file
    descriptor of standard error: in a scheduler's log it would look like a fault.
    """
    if "keras" in sys.modules:
        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # Several networks in one process are several graphs, which TensorFlow warns of.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        import keras  # noqa: F401
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
