"""Importing TensorFlow without its greetings."""

from __future__ import annotations

import logging
import os
import sys


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
