"""The baselines stage: forecasts of the test days that need no network.

They depend on prices and the split alone. So they are made once, and every network that is
trained on the same days is judged beside the same ones.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.errors import InputError
from pipeline.evaluation.baselines import BASELINES, Given
from pipeline.evaluation.forecasts import FirmDays, firm_days, forecast_table
from pipeline.outputs import Baselined, Grown, Windowed
from pipeline.settings.evaluate import Evaluate
from pipeline.watch import Watch


def foretell(section: Evaluate, windowed: Windowed, grown: Grown, *, watch: Watch) -> Baselined:
    """Forecast every test day that can be judged with every baseline.

    Parameters
    ----------
    section
        Settings of the baselines.
    windowed
        Panel and fold.
    grown
        Growth rates (T × N, 1/year).
    watch
        Told how far it is.

    Returns
    -------
    Baselined
        Forecasts, and how many firms each baseline could not be fitted to.

    Raises
    ------
    InputError
        If no firm-day can be judged.
    """
    labels, days = judged(windowed, grown)
    fold = windowed.fold
    given = Given(labels.to_numpy(np.float64), fold, section, windowed.features)
    tables, fallbacks = {}, {}
    for number, (name, baseline) in enumerate(BASELINES.items(), start=1):
        foretold = baseline(given, days)
        fallbacks[name] = foretold.fallbacks
        tables[name] = forecast_table(foretold.forecast, days, labels).assign(growth=days.growth)
        watch.step("baselines", number, len(BASELINES))
    table = pd.concat(tables, names=["baseline"]).reset_index("baseline")
    return Baselined(table.reset_index(drop=True), fallbacks)


def judged(windowed: Windowed, grown: Grown) -> tuple[pd.DataFrame, FirmDays]:
    """Return growth as a table (T dates × N symbols), and the test forecasts to be judged.

    Raises
    ------
    InputError
        If there are none.
    """
    fold = windowed.fold
    labels = grown.growth.loc[pd.DatetimeIndex(windowed.dates), windowed.symbols.tolist()]
    growth = np.ascontiguousarray(labels, dtype=np.float64)
    days = firm_days(growth, range(*fold.test), fold.horizon, fold.lookback)
    if not len(days.growth):
        first, last = labels.index[fold.test[0] + 1], labels.index[fold.test[1] + fold.horizon - 1]
        raise InputError(
            f"No firm has a growth rate to judge a forecast by from {first:%Y-%m-%d} to "
            f"{last:%Y-%m-%d}, the test days, after {fold.lookback} earlier ones: bring more "
            "prices, move the split or shorten window.lookback."
        )
    return labels, days
