"""Structured logs: one JSON object a line on standard error, each with the process's id."""

from __future__ import annotations

import json
import logging
import math
import os
import re
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from types import TracebackType
from typing import Any
from uuid import uuid4

from pipeline.passwords import masked


@cache
def process() -> str:
    """Return the id of this process, 12 hexadecimal digits that no other process has.

    Every line of its log has it, and every MLflow run that it starts.
    """
    return uuid4().hex[:12]


class JsonLog:
    """A watch that writes a line when a task begins and when it ends, and one an epoch.

    Parameters
    ----------
    command
        The command that runs; it is named at the beginning.
    """

    def __init__(self, command: str) -> None:
        from pipeline import __version__

        self.mlflow_run = ""
        """The MLflow run that the process works on; empty before there is one."""
        self._since = time.monotonic()
        self._begun: dict[str, float] = {}
        self._done: set[str] = set()
        self._write("info", "begin", command=command, version=__version__)

    def __enter__(self) -> JsonLog:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Do nothing: the log goes on to the process's end."""

    def step(self, task: str, done: int, total: int) -> None:
        """Tell that a task begins, or that it is done and how long it took."""
        if done < total:
            if task not in self._begun:
                self._begun[task] = time.monotonic()
                self._done.discard(task)
                self._write("info", "step", task=task, done=done, total=total)
        elif task not in self._done:
            self._done.add(task)
            seconds = _seconds(self._begun.pop(task, time.monotonic()))
            self._write("info", "step", task=task, done=done, total=total, seconds=seconds)

    def epoch(self, number: int, metrics: Mapping[str, float]) -> None:
        """Tell an epoch's metrics; what is not finite is null."""
        finite = {
            name: float(value) if math.isfinite(value) else None for name, value in metrics.items()
        }
        self._write("info", "epoch", number=number, metrics=finite)

    def note(self, sentence: str) -> None:
        """Tell a sentence."""
        self._write("info", "note", sentence=sentence)

    def heard(self, level: str, logger: str, sentence: str) -> None:
        """Tell what a library says."""
        self._write(level, "note", logger=logger, sentence=sentence)

    def error(self, sentence: str, status: int, trace: str = "") -> None:
        """Tell the error that the process ends with, as its last line."""
        shown = {"traceback": trace} if trace else {}
        seconds = _seconds(self._since)
        self._write("error", "error", sentence=sentence, status=status, seconds=seconds, **shown)

    def end(self, status: int) -> None:
        """Tell that the process has done what it was asked, as its last line."""
        self._write("info", "end", status=status, seconds=_seconds(self._since))

    def _write(self, level: str, event: str, **told: Any) -> None:
        """Write a line in one piece, so that it stays whole beside those of other processes."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        about = {"mlflow_run": self.mlflow_run} if self.mlflow_run else {}
        line = {"time": now, "level": level, "run": process(), **about, "event": event, **told}
        safe = {
            key: masked(value) if isinstance(value, str) else value for key, value in line.items()
        }
        sys.stderr.write(json.dumps(safe, allow_nan=False) + "\n")
        sys.stderr.flush()


_opened: list[JsonLog] = []


def opened() -> JsonLog | None:
    """Return the process's log, or None where logs are text."""
    return _opened[0] if _opened else None


def open_log() -> JsonLog:
    """Return the process's log; the first call begins it, and libraries write to it too."""
    if not _opened:
        words = (word for word in sys.argv[1:] if not word.startswith("-"))
        _opened.append(JsonLog(next(words, "")))
        logging.captureWarnings(True)
        logging.getLogger().addHandler(_Libraries())
    return _opened[0]


def asked(arguments: Sequence[str]) -> bool:
    """Say whether the environment or `--set` asks for JSON, before the settings are read.

    An error in the settings, or in the options, is then told as JSON too. That a YAML file asks
    for it is known only once it has been read.
    """
    assigned: list[str] = re.findall(r"--set[ =]log=(\w*)", " ".join(arguments))
    return [os.environ.get("FIRMAMENT_LOG", ""), *assigned][-1] == "json"


class _Libraries(logging.Handler):
    """Writes the warnings and errors of libraries as lines of the log."""

    def emit(self, record: logging.LogRecord) -> None:
        names = {logging.ERROR: "error", logging.WARNING: "warning"}
        level = next((name for least, name in names.items() if record.levelno >= least), "info")
        open_log().heard(level, record.name, " ".join(record.getMessage().split()))


def _seconds(since: float) -> float:
    return round(time.monotonic() - since, 3)
