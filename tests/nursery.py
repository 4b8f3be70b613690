"""A process that has imported what takes long, and bears commands of firmament by forking.

Hundreds of commands would else spend their time on importing TensorFlow and MLflow. What is born is
a process of its own that does what `python -m pipeline` does, and dies as any other. Nothing is
computed here before, so no thread and no lock is inherited.

The processes of one session of tests share it: for each of them it bears a process that serves it.
"""

from __future__ import annotations

import atexit
import fcntl
import gc
import importlib
import json
import os
import pkgutil
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Any

SLOW = (
    *("alembic.command", "arch.bootstrap", "exchange_calendars", "git", "hmmlearn.hmm"),
    *("matplotlib.pyplot", "mlflow.keras", "mlflow.models.display_utils", "mlflow.pyfunc"),
    *("mlflow.store.model_registry.sqlalchemy_workspace_store", "mlflow.tracing.processor.otel"),
    *("mlflow.store.tracking.sqlalchemy_store", "mlflow.store.tracking.sqlalchemy_workspace_store"),
    *("mlflow.utils.search_logged_model_utils", "pandas.core.methods.to_dict"),
    *("pandas.io.formats.csvs", "pandera.backends.pandas.builtin_checks", "pandera.pandas"),
    *("plotly.figure_factory", "plotly.io", "plotly.io.json", "pyarrow.dataset", "pyarrow.parquet"),
    *("scoringrules", "skfolio.optimization", "sklearn", "sqlalchemy.dialects.sqlite"),
    *("statsmodels.api", "tensorflow"),
)
HERE = Path(__file__).parent
Live = Callable[[dict[str, Any]], int]
"""What one that is born does with its order, to its exit status."""


@dataclass(frozen=True)
class Child:
    """A command that goes on, or has ended."""

    number: int
    """Of the process."""
    output: Path
    """What it writes to standard output."""
    errors: Path
    """What it writes to standard error."""

    @property
    def told(self) -> str:
        """What it has written to standard error until now."""
        return self.errors.read_text(encoding="utf-8")

    def until(self, text: str, seconds: float = 120.0) -> None:
        """Wait until it has written a text to standard error."""
        end = time.monotonic() + seconds
        while not (self.errors.exists() and text in self.told):
            assert time.monotonic() < end, self.told
            time.sleep(0.01)

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Send it a signal."""
        os.kill(self.number, number)


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    status: int
    """As `os.waitstatus_to_exitcode` gives it: −9 is SIGKILL."""
    seconds: float
    """Of the processor."""
    output: str
    """Standard output."""
    told: str
    """Standard error."""


class Nursery:
    """The other end, in a process of the tests."""

    def __init__(self, program: Path) -> None:
        self.program = program
        self.folder = Path(tempfile.mkdtemp(prefix=f"firmament-{program.stem}-"))
        self.born = 0
        session = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))[:16]
        self.address = Path(tempfile.gettempdir()) / f"firmament-{session}-{program.stem}.socket"
        self.process: subprocess.Popen[bytes] | None = None
        with self.address.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.line = self._connected() or self._opened()
        self.pipe = self.line.makefile("rw", encoding="utf-8")

    def _connected(self) -> socket.socket | None:
        """Return a line to the process of this session, if there is one."""
        line = socket.socket(socket.AF_UNIX)
        try:
            line.connect(str(self.address))
        except OSError:
            line.close()
            return None
        return line

    def _opened(self) -> socket.socket:
        """Start the process of this session, and return a line to it."""
        self.address.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [sys.executable, self.program, self.address],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=(self.folder / "errors.txt").open("w"),
            env=environment(),
        )
        while (line := self._connected()) is None:
            assert self.process.poll() is None, (self.folder / "errors.txt").read_text()
            time.sleep(0.02)
        return line

    def start(self, folder: Path, arguments: list[str], **options: Any) -> Child:
        """Start a command in a folder.

        Parameters
        ----------
        folder
            Its working directory.
        arguments
            What follows `firmament`.
        **options
            `plan`, where `pipeline.run.plan.Plan.at` finds other stages than firmament's own;
            `variables`, of the environment, which it has more than this process; `target` and
            `record` of `moments.watch`; `script` of `strangers`.
        """
        self.born += 1
        output, errors = (self.folder / f"{self.born}.{kind}" for kind in ("out", "err"))
        order = {
            "folder": str(folder),
            "arguments": [str(argument) for argument in arguments],
            "output": str(output),
            "errors": str(errors),
            "environment": environment() | options.pop("variables", {}),
            **options,
        }
        return Child(int(self._ask(order)["number"]), output, errors)

    def wait(self, child: Child) -> Ended:
        """Wait for a command's end."""
        answer = self._ask({"wait": child.number})
        output = child.output.read_text(encoding="utf-8")
        return Ended(int(answer["status"]), float(answer["seconds"]), output, child.told)

    def close(self) -> None:
        """End the line, and the process if it is ours, after all that it serves."""
        self.pipe.close()
        self.line.close()
        if self.process is not None and self.process.stdin is not None:
            self.process.stdin.close()
            self.process.wait()
            self.address.unlink(missing_ok=True)
            self.address.with_suffix(".lock").unlink(missing_ok=True)

    def _ask(self, order: dict[str, Any]) -> dict[str, Any]:
        print(json.dumps(order), file=self.pipe, flush=True)
        return dict(json.loads(self.pipe.readline()))


@cache
def opened(program: Path) -> Nursery:
    """Return the one of this process of tests, which ends with it."""
    made = Nursery(program)
    atexit.register(made.close)
    return made


def nursery() -> Nursery:
    """Return the one that bears commands of firmament."""
    return opened(Path(__file__))


def environment() -> dict[str, str]:
    """The process's environment without settings of firmament or MLflow."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("FIRMAMENT_", "MLFLOW_"))}


def load() -> None:
    """Import all of firmament and what it imports while it runs."""
    gc.disable()  # what is imported stays
    helpers = {file.parent for file in HERE.rglob("*.py") if not file.name.startswith("test_")}
    sys.path[:0] = [str(HERE.parent), *sorted(map(str, helpers))]
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    from models.backend import import_keras

    import_keras()
    for name in SLOW:
        importlib.import_module(name)
    for package in ("pipeline", "models"):
        path = importlib.import_module(package).__path__
        for found in pkgutil.walk_packages(path, f"{package}."):
            if not found.name.endswith(("__main__", ".mlflow_model", ".dask")):
                importlib.import_module(found.name)
    importlib.import_module("toy")
    import typer.main
    from mlflow.utils import requirements_utils
    from sqlalchemy.orm import configure_mappers

    from pipeline.cli.entry import app
    from pipeline.run.code import code
    from pipeline.run.plan import Plan

    configure_mappers()
    # Of which package a module is, MLflow would find out for each model.
    requirements_utils._init_modules_to_packages_map()
    # Typer would lay out all commands for each of them.
    command = typer.main.get_command(app)
    typer.main.get_command = lambda _: command
    for home in ("pipeline.stages:PLAN", "toy:PLAN"):
        for stage in Plan.at(home):
            _ = code(stage.function).versions
    gc.freeze()  # what is not looked at stays shared with those who are born
    gc.enable()


def settle(order: dict[str, Any]) -> None:
    """Take the environment, the folder and the streams that are ordered."""
    os.environ.clear()
    os.environ.update(order["environment"])
    os.chdir(order["folder"])
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    opened = [os.open(os.devnull, os.O_RDONLY)]
    opened += [os.open(order[name], flags) for name in ("output", "errors")]
    for own, descriptor in enumerate(opened):
        os.dup2(descriptor, own)


def live(order: dict[str, Any]) -> int:
    """Be a command of firmament, from its entry point to its exit status."""
    import moments

    from pipeline import stages
    from pipeline.cli import main
    from pipeline.run.plan import Plan

    settle(order)
    if "plan" in order:
        stages.PLAN = Plan.at(order["plan"])
    sys.argv = ["firmament", *order["arguments"]]
    if order.get("target") or order.get("record"):
        moments.watch(order.get("target"), order.get("record"))
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def serve(orders: IO[str], answers: IO[str], live: Live) -> None:
    """Bear commands and wait for them, until nobody asks any more."""
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
                    sys.stdout.flush()
                    sys.stderr.flush()
                    os._exit(status)
            answer = {"number": number}
        print(json.dumps(answer), file=answers, flush=True)


def listen(address: str, live: Live) -> None:
    """Bear a process for each line, until standard input ends, and wait for them all."""
    with socket.socket(socket.AF_UNIX) as ear:
        ear.bind(address)
        ear.listen()
        while True:
            ready, _, _ = select.select([ear, sys.stdin], [], [])
            if ear not in ready:
                break
            line, _ = ear.accept()
            if os.fork() == 0:
                ear.close()
                pipe = line.makefile("rw", encoding="utf-8")
                serve(pipe, pipe, live)
                os._exit(0)
            line.close()
    with suppress(ChildProcessError):
        while True:
            os.wait()


if __name__ == "__main__":
    load()
    listen(sys.argv[1], live)
