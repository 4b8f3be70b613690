"""What something adds to a forecast, in words: small true numbers are told as they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.words import number

SURE = 0.05
"""A difference with a p-value below this is called more than chance."""


@dataclass(frozen=True)
class Gain:
    """By which share one CRPS is below another, and what chance may do to it."""

    share: float
    """1 − the ratio of the two: above zero, the one is better."""
    low: float
    high: float
    """Ends of the 95 % interval; NaN on too few days."""
    p_value: float
    """Of the test of equal CRPS; NaN on too few days."""

    @classmethod
    def of(cls, row: Any, ratio: str, p_value: str) -> Gain:
        """Return the gain of a ratio of two CRPS, of a row that has its ends and a p-value too."""
        low, high = row[f"{ratio}_low"], row[f"{ratio}_high"]
        return cls(1.0 - row[ratio], 1.0 - high, 1.0 - low, row[p_value])

    def said(self, claim: str) -> str:
        """Say what is claimed, such as "recurrence adds", with its size and doubt."""
        share = number(self.share, ".2%")
        if not np.isfinite(self.p_value):
            return f"what {claim} cannot be told from chance on so few days ({share})"
        told = f"{share} ({self.doubt()})"
        if self.p_value < SURE:
            return f"{claim} {told}"
        return f"what {claim} is not told apart from nothing: {told}"

    def doubt(self) -> str:
        """Write the interval and the p-value."""
        ends = f"{number(self.low, '.2%')} to {number(self.high, '.2%')}"
        return f"95 % interval {ends}, {p_value(self.p_value)}"


def p_value(value: float) -> str:
    """Write a p-value with its sign."""
    return f"p {'' if value < 0.001 else '= '}{number(value, 'p')}"
