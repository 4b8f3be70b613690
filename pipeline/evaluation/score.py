"""What a score is: how it is computed, how it is written, and where it is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pipeline.evaluation.marks import Marks
    from pipeline.evaluation.student import StudentT, Values

Place = Literal["run", "board", "ahead"]
"""The scores of a run, the leaderboard of a comparison, and its days ahead."""


@dataclass(frozen=True)
class Metric:
    """How a score is shown: its key, its name, its unit, and which way is better."""

    key: str
    name: str
    unit: str
    better: Literal["low", "high", "neither"] | float
    """Lower, higher, neither, or nearer to a share."""
    meaning: str
    style: str = ".3f"

    @property
    def arrow(self) -> str:
        """An arrow to the better end, or to the right value where there is one."""
        if isinstance(self.better, str):
            return {"low": "↓", "high": "↑", "neither": ""}[self.better]
        return f"→ {self.better:.0%}".replace("%", " %")

    @property
    def titled(self) -> str:
        """Its name with the arrow."""
        return f"{self.name} {self.arrow}".rstrip()

    def loss(self, value: float) -> float:
        """Return a number that is lower for the better of two scores."""
        if self.better == "low":
            return value
        return -value if isinstance(self.better, str) else abs(value - self.better)


@dataclass(frozen=True)
class Score(Metric):
    """A score: a row of the table that all that scores, tells and logs takes it from.

    One with a `mark` is the mean of the marks, and is told by day and with an interval as well;
    one with neither `mark` nor `formula` is made where several entries stand side by side.
    """

    mark: Callable[[StudentT, Values], Values] | None = None
    """What each of R forecasts earned, from the R growth rates that came."""
    formula: Callable[[Marks], float] | None = None
    """The score from what all forecasts earned; NaN where it is not defined."""
    run: bool = True
    """Whether single runs tell it too; comparisons tell all."""
    ahead: bool = False
    """Whether a comparison tells it of each day ahead."""
    columns: tuple[str, ...] | None = None
    """Columns of the leaderboard that MLflow is told, its own by default."""
    table: Literal["skill", "tests", "calibration", "training"] | None = "tests"
    """Table of a comparison's page that has it."""
    printed: tuple[Place, ...] = ("run", "board")
    """Tables of the terminal that have it; that of the days ahead is on the page too."""
    heading: str = ""
    """Over its column in the terminal; name and arrow by default."""
    need: int = 10
    """In a narrow terminal columns of a higher number are left out first."""

    @property
    def logged(self) -> tuple[str, ...]:
        """Names in MLflow, after `test/`."""
        return (self.key,) if self.columns is None else self.columns

    @property
    def head(self) -> str:
        """What stands over its column in the terminal."""
        return self.heading or self.titled

    @property
    def form(self) -> str:
        """How the terminal writes it: errors with a digit more than the page."""
        return {".3f": ".4f", "p": ".3f"}.get(self.style, self.style)

    def of(self, marks: Marks) -> float:
        """Return the score of some forecasts from their marks."""
        if self.mark:
            return float(marks.table[self.key].mean())
        if self.formula is None:
            raise TypeError(f"{self.key} is not a score of one entry alone")
        return float(self.formula(marks))
