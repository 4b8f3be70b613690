"""What a person sees while a run goes on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

from pipeline.logs import JsonLog, open_log

if TYPE_CHECKING:
    from pipeline.settings.settings import Settings


class _Left(ProgressColumn):
    """How long a task will still take, by how fast it went lately."""

    max_refresh = 1.0

    def render(self, task: Task) -> Text:
        seconds = None if task.finished else task.time_remaining
        return Text("" if seconds is None else f"{timedelta(seconds=int(seconds))} left")


class Screen:
    """A watch with a progress bar a task on a terminal, and a line a task elsewhere.

    Everything goes to standard error: standard output belongs to results.
    """

    def __init__(self) -> None:
        self.console = Console(stderr=True, highlight=False)
        self._bars = Progress(
            TextColumn("{task.description:<24}"),
            BarColumn(bar_width=28),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            _Left(),
            TextColumn("{task.fields[note]}"),
            console=self.console,
            disable=not self.console.is_terminal,
        )
        self._tasks: dict[str, Any] = {}
        self._done: set[str] = set()

    def __enter__(self) -> Screen:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()

    def step(self, task: str, done: int, total: int) -> None:
        """Move a task's bar."""
        if task not in self._tasks:
            self._tasks[task] = self._bars.add_task(task, total=total, note="")
        self._bars.update(self._tasks[task], completed=done, total=total)
        if done >= total and not self.console.is_terminal and task not in self._done:
            self._done.add(task)
            self.note(f"{task}: done")

    def epoch(self, number: int, metrics: Mapping[str, float]) -> None:
        """Show an epoch's losses beside the bar of training."""
        losses = f"loss {metrics['loss']:.4f}, validation {metrics['valid_loss']:.4f}"
        for name, task in self._tasks.items():
            if name == "train":
                self._bars.update(task, note=f"epoch {number}: {losses}")
        if not self.console.is_terminal:
            self.note(f"epoch {number}: {losses}")

    def note(self, sentence: str) -> None:
        """Print a sentence above the bars."""
        self.console.print(Text(sentence), soft_wrap=not self.console.is_terminal)


def open_watch(settings: Settings) -> Screen | JsonLog:
    """Return the watch that the setting `log` asks for."""
    return open_log() if settings.log == "json" else Screen()
