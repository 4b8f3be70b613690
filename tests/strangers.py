"""A process that has imported Keras and MLflow but nothing of firmament, and bears programs.

They load what firmament has left, where it is not: each would else spend seconds on these imports.
"""

from __future__ import annotations

import gc
import importlib
import os
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any

import nursery

SLOW = ("mlflow.keras", "mlflow.pyfunc", "pandas", "tensorflow")


def told(
    script: str, *arguments: str, folder: Path, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a program as `python -c` does in a folder, with variables of the environment."""
    bearer = nursery.opened(Path(__file__))
    child = bearer.start(folder, list(arguments), script=script, variables=variables)
    ended = bearer.wait(child)
    words = ["python", "-c", script, *arguments]
    return subprocess.CompletedProcess(words, ended.status, ended.output, ended.told)


def load() -> None:
    """Import what takes long."""
    gc.disable()  # what is imported stays
    checkout = os.environ.pop("PYTHONPATH", "").split(os.pathsep)
    # What is found first is the folder of a program, as if it were no file.
    sys.path[:] = ["", *(place for place in sys.path[1:] if place not in checkout)]
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    for name in SLOW:
        importlib.import_module(name)
    gc.freeze()
    gc.enable()


def live(order: dict[str, Any]) -> int:
    """Be a program, to its exit status."""
    nursery.settle(order)
    sys.argv = ["-c", *order["arguments"]]
    try:
        exec(order["script"], {"__name__": "__main__"})
    except Exception:
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    load()
    nursery.listen(sys.argv[1], live)
