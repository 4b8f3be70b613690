"""A process that has imported what takes long, and bears runs of firmament by forking.

Fifty runs would else spend their time on importing TensorFlow and MLflow. What is born is a process
of its own that does what `python -m pipeline` does, and dies as any other. Nothing is computed here
before, so no thread and no lock is inherited.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

SLOW = (
    *("arch", "exchange_calendars", "hmmlearn.hmm", "matplotlib.pyplot", "mlflow.keras"),
    *("mlflow.pyfunc", "mlflow.store.model_registry.sqlalchemy_store"),
    *("mlflow.store.tracking.sqlalchemy_store", "pandera", "plotly.io", "scoringrules", "skfolio"),
    *("sklearn", "statsmodels.api", "tensorflow"),
)


@dataclass(frozen=True)
class Child:
    """A run that goes on, or has ended."""

    number: int
    """Of the process."""
    errors: Path
    """What it writes to standard error."""

    @property
    def told(self) -> str:
        """What it has written to standard error until now."""
        return self.errors.read_text(encoding="utf-8")


@dataclass(frozen=True)
class Ended:
    """How a run ended."""

    status: int
    """As `os.waitstatus_to_exitcode` gives it: −9 is SIGKILL."""
    seconds: float
    """Of the processor."""
    told: str
    """Standard error."""


class Nursery:
    """The other end, in the process of the tests."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.born = 0
        self.process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=(folder / "nursery.txt").open("w"),
            text=True,
            env={
                k: v for k, v in os.environ.items() if not k.startswith(("FIRMAMENT_", "MLFLOW_"))
            },
        )

    def start(self, folder: Path, arguments: list[str], **moments: Any) -> Child:
        """Start a run in a folder; `target` and `record` are those of `moments.watch`."""
        self.born += 1
        errors = self.folder / f"{self.born}.txt"
        order = {"folder": str(folder), "arguments": arguments, "errors": str(errors), **moments}
        return Child(int(self._ask(order)["number"]), errors)

    def wait(self, child: Child) -> Ended:
        """Wait for a run's end."""
        answer = self._ask({"wait": child.number})
        return Ended(int(answer["status"]), float(answer["seconds"]), child.told)

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(timeout=60)

    def _ask(self, order: dict[str, Any]) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(json.dumps(order), file=self.process.stdin, flush=True)
        return dict(json.loads(self.process.stdout.readline()))


def load() -> None:
    """Import all of firmament and what it imports while it runs."""
    sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parent)]
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    from models.backend import import_keras

    import_keras()
    for name in SLOW:
        importlib.import_module(name)
    for package in ("pipeline", "models"):
        path = importlib.import_module(package).__path__
        for found in pkgutil.walk_packages(path, f"{package}."):
            if not found.name.endswith(("__main__", ".served", ".dask")):
                importlib.import_module(found.name)


def live(order: dict[str, Any]) -> int:
    """Be a run of firmament, from its entry point to its exit status."""
    import moments

    from pipeline.cli import main

    os.chdir(order["folder"])
    errors = os.open(order["errors"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor, own in ((nothing, 0), (nothing, 1), (errors, 2)):
        os.dup2(descriptor, own)
    sys.argv = ["firmament", *order["arguments"]]
    moments.watch(order.get("target"), order.get("record"))
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def serve(orders: IO[str], answers: IO[str]) -> None:
    """Bear runs and wait for them, until nobody asks any more."""
    for line in orders:
        order = json.loads(line)
        if "wait" in order:
            _, status, used = os.wait4(order["wait"], 0)
            seconds = used.ru_utime + used.ru_stime
            answer = {"status": os.waitstatus_to_exitcode(status), "seconds": seconds}
        else:
            number = os.fork()
            if number == 0:
                status = 1
                try:
                    status = live(order)
                finally:
                    sys.stderr.flush()
                    os._exit(status)
            answer = {"number": number}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    load()
    serve(sys.stdin, sys.stdout)
