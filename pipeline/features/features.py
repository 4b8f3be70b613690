"""The inputs that a network can be given: a declared list, one function a feature.

Those of `trading`, which need more than growth, are in the list too.

Every function takes a `View` of the growth panel and gives a panel of the same shape. Row t uses
growth of days ≤ t alone, and nothing is fitted: the same table of growth gives the same features
in training, in a test and in service. To add a feature, write such a function and name it in
`FROM_GROWTH`, or in `trading.FEATURES`: nowhere else. `SETS` has names for several at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from pipeline.features import trading
from pipeline.features.units import CUT, OF_NORMAL, Panel, decayed
from pipeline.features.view import QUARTER, YEAR, Feature, View, across, before, log

LIMIT = 10.0
"""Features are cut to ±LIMIT: a single crash must not saturate a network for weeks."""


def growth(view: View) -> Panel:
    """Return growth in units of the firm's running volatility of the day before."""
    return view.scaled


def absolute_growth(view: View) -> Panel:
    """Return the absolute size of scaled growth: how much moved, whichever way."""
    return np.abs(view.scaled)


def own_volatility(view: View, halflife: float) -> Panel:
    """Return the log of mean absolute growth over another span, relative to the unit.

    As in the unit, a day counts for no more than `CUT` units.
    """
    size = np.minimum(np.abs(view.growth), CUT * before(view.unit))
    return log(OF_NORMAL * decayed(size, halflife) / view.unit)


def relative_volatility(view: View) -> Panel:
    """Return the log of the firm's unit relative to the mean over all firms."""
    size = np.log(view.unit)
    return size - across(size)


def tail(view: View) -> Panel:
    """Return how much of growth came in few days: mean absolute over root mean square, of months.

    It is lower the fatter the tails, and centred and stretched to the size of other features.
    """
    size = np.minimum(absolute_growth(view), 2.0 * CUT)
    return 10.0 * (decayed(size, 120.0) / np.sqrt(decayed(np.square(size), 120.0)) - 0.7)


def market_correlation(view: View) -> Panel:
    """Return the correlation of growth with the market's, of months, less ½."""
    common = view.market / view.market_volatility(60.0)
    together = decayed(view.scaled * common, 120.0)
    spread = decayed(np.square(view.scaled), 120.0) * decayed(np.square(common), 120.0)
    return together / np.sqrt(spread) - 0.5


def market_growth(view: View) -> Panel:
    """Return the market's growth in its own running volatility of the day before."""
    return view.market / before(view.market_volatility(20.0))


def market_dispersion(view: View) -> Panel:
    """Return the log of the dispersion across firms, relative to that of months."""
    return log(view.dispersion / decayed(view.dispersion, 60.0))


def dispersion_trend(view: View) -> Panel:
    """Return the log of the dispersion of days relative to that of months."""
    return log(decayed(view.dispersion, 5.0) / decayed(view.dispersion, 60.0))


def market_volatility(view: View, near: float, far: float) -> Panel:
    """Return the log of the market's volatility of a near span relative to that of a far one."""
    return log(view.market_volatility(near) / view.market_volatility(far))


def market_share(view: View) -> Panel:
    """Return the log of the market's volatility relative to the firm's."""
    return log(view.market_volatility(20.0) / view.unit)


def echo(view: View, weeks: Sequence[int], beside: Sequence[int] = (0,)) -> Panel:
    """Return the mean surprise some whole weeks before the next session.

    Results are announced every quarter, mostly on the same day of the week, and growth on that
    day is two to three times its usual size. So the same day 13, 26, 39 and 52 weeks ago tells of
    the next day. Weeks and sessions beside are those of `View.echo`.
    """
    return view.echo(view.surprise, weeks, beside)


def echo_strength(view: View) -> Panel:
    """Return how well echoes have told of the firm's surprises, of a year."""
    heard = before(echo(view, _quarters()))
    return 3.0 * decayed(view.surprise * heard, 250.0)


def _quarters(offset: int = 0, years: int = 2) -> list[int]:
    """Return the weeks of the last quarters, some weeks off."""
    return [week + offset for week in range(QUARTER, years * YEAR + 1, QUARTER)]


FROM_GROWTH: dict[str, Feature] = {
    "growth": growth,
    "absolute_growth": absolute_growth,
    "volatility_4": partial(own_volatility, halflife=4.0),
    "volatility_10": partial(own_volatility, halflife=10.0),
    "volatility_40": partial(own_volatility, halflife=40.0),
    "volatility_120": partial(own_volatility, halflife=120.0),
    "volatility_250": partial(own_volatility, halflife=250.0),
    "relative_volatility": relative_volatility,
    "tail": tail,
    "market_correlation": market_correlation,
    "market_growth": market_growth,
    "market_dispersion": market_dispersion,
    "dispersion_trend": dispersion_trend,
    "market_volatility_5": partial(market_volatility, near=5.0, far=60.0),
    "market_volatility_20": partial(market_volatility, near=20.0, far=250.0),
    "market_share": market_share,
    "echo_years": partial(echo, weeks=(YEAR, 2 * YEAR, 3 * YEAR)),
    "echo_quarters": partial(echo, weeks=_quarters()),
    "echo_beside": partial(echo, weeks=_quarters(), beside=(-1, 1)),
    "echo_later": partial(echo, weeks=_quarters(-1, years=1)),
    "echo_earlier": partial(echo, weeks=_quarters(1, years=1)),
    "echo_strength": echo_strength,
}
"""Those that growth alone makes: what a network sees unless told otherwise."""
FEATURES = {**FROM_GROWTH, **trading.FEATURES, **trading.OF_DAY}
OF_MARKET = frozenset(
    {
        *("relative_volatility", "market_correlation", "market_growth", "market_dispersion"),
        *("dispersion_trend", "market_volatility_5", "market_volatility_20", "market_share"),
        *("market_range_1", "market_range_20", "market_volume"),
    }
)
"""Those that tell of the other firms of the day: unknown, and so zero, where there are none."""


@dataclass(frozen=True)
class InputSet:
    """Features that are chosen by one name."""

    always: tuple[str, ...]
    """Those that growth alone makes."""
    traded: tuple[str, ...]
    """What is added where ranges and volumes are seen."""


SETS = {
    "all": InputSet(tuple(FROM_GROWTH), tuple(trading.FEATURES)),
    "raw": InputSet(
        ("growth", "absolute_growth", "market_growth", "market_dispersion"), tuple(trading.OF_DAY)
    ),
}
"""`raw` tells the day alone, in running units: what earlier days tell, a network must remember."""


def feature_panel(view: View, names: Sequence[str]) -> NDArray[np.float32]:
    """Return features as one array.

    Parameters
    ----------
    view
        The growth panel.
    names
        F − 1 of `FEATURES`.

    Returns
    -------
    ndarray
        N × T × F; the last feature is 1 where the firm has a growth rate that day, else 0, and
        all others are zero there. What tells of the market is zero where there is none.
    """
    days, firms = view.growth.shape
    panel = np.empty((firms, days, len(names) + 1), dtype=np.float32)
    observed = np.isfinite(view.growth)
    with np.errstate(divide="ignore", invalid="ignore"):
        for position, name in enumerate(names):
            if view.alone and name in OF_MARKET:
                panel[:, :, position] = 0.0
                continue
            feature = np.clip(FEATURES[name](view), -LIMIT, LIMIT)
            panel[:, :, position] = np.where(observed, np.nan_to_num(feature), 0.0).T
    panel[:, :, -1] = observed.T
    return panel
