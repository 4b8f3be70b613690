"""One forecast beside another on the same firm-days: how much better, and whether by chance."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from pipeline.evaluation.resampling import bootstrap_intervals
from pipeline.evaluation.significance import mean_test


@dataclass(frozen=True)
class Beside:
    """The CRPS of one over that of the other."""

    ratio: float
    low: float
    high: float
    """Ends of the 95 % interval of the ratio; NaN on too few days."""
    p_value: float
    """Of the Diebold–Mariano test that both are equal; NaN on too few days."""

    def told(self, ratio: str, p_value: str) -> dict[str, float]:
        """Return the numbers under the names of their scores."""
        return {
            ratio: self.ratio,
            f"{ratio}_low": self.low,
            f"{ratio}_high": self.high,
            p_value: self.p_value,
        }


def beside(own: pd.DataFrame, other: pd.DataFrame) -> Beside:
    """Compare what two forecasts of the same firm-days earned.

    Parameters
    ----------
    own, other
        As `marked` returns it.
    """
    daily = pd.DataFrame(
        {
            name: marks.groupby("date")["crps"].mean()
            for name, marks in (("own", own), ("other", other))
        }
    )
    ends = bootstrap_intervals(daily, relative_to="other").loc["own"].to_dict()
    test = mean_test((daily["own"] - daily["other"]).to_numpy(), int(own["horizon"].max()))
    ratio = float(own["crps"].mean() / other["crps"].mean())
    return Beside(ratio, ends["low"], ends["high"], test.p_value)
