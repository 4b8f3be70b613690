"""yfinance with the curl that it brings, whatever else is loaded."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any


def yfinance() -> Any:
    """Import yfinance, and return it.

    It asks through `curl_cffi`, a curl that looks like a browser's. TensorFlow holds another curl,
    and shows its functions to all libraries that are loaded after it: a `curl_cffi` that took
    these would refuse every request (error 48). So it is told to prefer its own.
    """
    flags = sys.getdlopenflags()
    # Where the loader knows no such flag, libraries are bound to their own functions anyway.
    sys.setdlopenflags(flags | getattr(os, "RTLD_DEEPBIND", 0))
    try:
        importlib.import_module("curl_cffi")
    finally:
        sys.setdlopenflags(flags)
    return importlib.import_module("yfinance")
