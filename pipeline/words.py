"""Words of the report: names of models and scores, numbers as they are written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Literal


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

    def loss(self, value: float) -> float:
        """Return a number that is lower for the better of two scores."""
        if self.better == "low":
            return value
        return -value if isinstance(self.better, str) else abs(value - self.better)


METRICS = (
    Metric(
        "crps",
        "CRPS",
        "1/year",
        "low",
        "continuous ranked probability score: distance of the forecast distribution from what "
        "came; for a forecast without spread it is the absolute error",
    ),
    Metric("log_score", "log score", "nats", "low", "−log of the density forecast for what came"),
    Metric("mae", "MAE", "1/year", "low", "mean absolute error of the location"),
    Metric("rmse", "RMSE", "1/year", "low", "root mean squared error of the location"),
    Metric(
        "directional_accuracy",
        "direction",
        "",
        "high",
        "share of days whose sign of growth was forecast; a dash for forecasts without sign",
        ".1%",
    ),
    Metric(
        "information_coefficient",
        "IC",
        "",
        "high",
        "information coefficient: correlation of forecast and growth across the firms of a day, "
        "averaged over days",
    ),
    Metric("coverage_50", "inside", "", 0.5, "share of growth inside the 50 % interval", ".1%"),
    Metric("coverage_90", "inside", "", 0.9, "share of growth inside the 90 % interval", ".1%"),
)


def model_words(model: str) -> str:
    """Return a model's name as one writes it: ``"ewma_volatility"`` is EWMA volatility."""
    acronyms = {"ewma": "EWMA", "garch": "GARCH", "gjr": "GJR", "ar": "AR", "har": "HAR"}
    acronyms |= {"hmm": "HMM", "gru": "GRU", "lstm": "LSTM"}
    acronyms |= {"elman": "Elman", "jordan": "Jordan"}
    return " ".join(acronyms.get(word, word) for word in model.split("_"))


def number(value: float | None, style: str = ".3f") -> str:
    """Write a number, or a dash where there is none; the style `p` is for p-values."""
    if value is None or not isfinite(value):
        return "–"
    if style == "p":
        return "< 0.001" if value < 0.001 else f"{value:.3f}"
    return format(value, style).replace("-", "−").replace("%", " %")


def plural(count: int, noun: str) -> str:
    """Write a count with its noun: ``plural(1, "day")`` is 1 day, of 2000 2,000 days."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def shown(names: Sequence[str], most: int = 3) -> str:
    """Return the first of some names, and that there are more."""
    return ", ".join(names[:most]) + (", …" if len(names) > most else "")


def listed(words: Sequence[str]) -> str:
    """Join words as a sentence does: a, b and c."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
