"""The baselines stage: forecasts of the test days that need no network.

They depend on prices and the split alone. So they are made once, and every network that is
trained on the same days is judged beside the same ones.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.errors import InputError
from pipeline.evaluation.baselines import BASELINES, Given
from pipeline.evaluation.baselines.combination import COMBINATION, best, combined
from pipeline.evaluation.forecasts import FirmDays, Panel, firm_days, forecast_table
from pipeline.evaluation.proper import crps
from pipeline.evaluation.student import StudentT
from pipeline.outputs import Baselined, Grown, Windowed
from pipeline.settings.evaluate import Evaluate
from pipeline.watch import Watch


def foretell(section: Evaluate, windowed: Windowed, grown: Grown, *, watch: Watch) -> Baselined:
    """Forecast every test day that can be judged with every baseline that is usable.

    Validation days are forecast beside them, and the baselines of the lowest CRPS there are
    combined. Fits may have seen these days, but test days choose nothing.

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
    given = given_of(section, windowed, grown)
    fold, count = given.fold, len(days.growth)
    before = firm_days(given.growth, range(*fold.valid), fold.horizon, fold.lookback)
    tested, validated = slice(0, count), slice(count, None)
    forecasts: dict[str, StudentT] = {}
    losses: dict[str, float] = {}
    fallbacks: dict[str, int] = {}
    usable = {name: row for name, row in BASELINES.items() if row.usable(given)}
    for number, (name, baseline) in enumerate(usable.items(), start=1):
        foretold = baseline(given, days.and_of(before))
        fallbacks[name] = foretold.fallbacks
        forecasts[name] = foretold.forecast.at(tested)
        if len(before.growth):
            losses[name] = float(crps(foretold.forecast.at(validated), before.growth).mean())
        watch.step("baselines", number, len(usable))
    if losses:
        fallbacks[COMBINATION] = 0
        forecasts[COMBINATION] = combined([forecasts[name] for name in best(losses)])
    tables = {
        name: forecast_table(forecast, days, labels).assign(growth=days.growth)
        for name, forecast in forecasts.items()
    }
    table = pd.concat(tables, names=["baseline"]).reset_index("baseline")
    return Baselined(table.reset_index(drop=True), fallbacks)


def given_of(section: Evaluate, windowed: Windowed, grown: Grown) -> Given:
    """Return what baselines forecast from; arguments as of `foretell`."""

    def laid_out(table: pd.DataFrame) -> Panel:
        """Return a table on the sessions and firms of the panel."""
        named = table.reindex(pd.DatetimeIndex(windowed.dates), columns=windowed.symbols.tolist())
        return np.ascontiguousarray(named, dtype=np.float64)

    ranges = None if grown.ranges.empty else laid_out(grown.ranges)
    return Given(laid_out(grown.growth), windowed.fold, section, windowed.features, ranges)


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
