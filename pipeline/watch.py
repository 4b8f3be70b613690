"""Who is told how far a long stage has come."""

from collections.abc import Mapping
from typing import Protocol


class Watch(Protocol):
    """What a stage reports to while it works; a terminal, a tracker or nobody."""

    def step(self, task: str, done: int, total: int) -> None:
        """Report that ``done`` of ``total`` parts of ``task`` are finished."""

    def epoch(self, number: int, metrics: Mapping[str, float]) -> None:
        """Report the metrics of training epoch ``number`` (counted from 1)."""

    def note(self, sentence: str) -> None:
        """Say something that a person should know, in one sentence."""


class Silence:
    """A watch that nobody looks at."""

    def step(self, task: str, done: int, total: int) -> None:
        """Do nothing."""

    def epoch(self, number: int, metrics: Mapping[str, float]) -> None:
        """Do nothing."""

    def note(self, sentence: str) -> None:
        """Do nothing."""
