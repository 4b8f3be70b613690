"""How a network stands beside a control: what recurrence adds, of a single run."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.evaluation.earned import marked, scored
from pipeline.evaluation.resampling import bootstrap_intervals
from pipeline.evaluation.scores import SCORES
from pipeline.evaluation.significance import mean_test
from pipeline.outputs import Controlled, Evaluated

CONTROL = "linear"
"""The control of every run: trained in seconds, it says what the inputs of the day alone say."""


def controlled(network: Evaluated, name: str, control: Evaluated) -> Controlled:
    """Compare a network with a control that was trained alike, on the same inputs.

    Parameters
    ----------
    network, control
        Their forecasts of the same firm-days.
    name
        Of the control.

    Returns
    -------
    Controlled
        The control's scores, the ratio of the network's CRPS to the control's, its 95 % interval by
        redrawing blocks of days, and the Diebold–Mariano test that both are equal.
    """
    marks = {"network": marked(network.forecasts), name: marked(control.forecasts)}
    horizon = int(network.forecasts["horizon"].max())
    daily = pd.DataFrame({who: rows.groupby("date")["crps"].mean() for who, rows in marks.items()})
    interval = bootstrap_intervals(daily, relative_to=name).loc["network"].to_dict()
    test = mean_test((daily["network"] - daily[name]).to_numpy(), horizon)
    told: dict[str, float] = {
        **scored(marks[name], [score for score in SCORES if score.run]),
        "crps_over_control": float(marks["network"]["crps"].mean() / marks[name]["crps"].mean()),
        "crps_over_control_low": interval["low"],
        "crps_over_control_high": interval["high"],
        "dm_p_control": test.p_value,
    }
    plain = {key: value if np.isfinite(value) else None for key, value in told.items()}
    return Controlled({"name": name, **plain})
