"""Growth with nothing remembered for the network: the day alone, in a unit that never changes.

Features such as running volatilities are memory made by hand, and so is the running unit that
growth is measured in (`pipeline.features.units`). What a network's own memory is worth shows
without them.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pipeline.features.features import LIMIT
from pipeline.features.units import FLOOR, OF_NORMAL
from pipeline.outputs import Windowed
from pipeline.panel.windows import OBSERVED

NAMES = ["growth", "absolute_growth", OBSERVED]


def plain(windowed: Windowed) -> Windowed:
    """Return the panel with the day's growth and its size for all features.

    Both, and the growth that is forecast, are in units of the firm's volatility on training days.
    """
    unit = np.broadcast_to(_volatility(windowed)[:, None], windowed.growth.shape)
    observed = np.isfinite(windowed.growth)
    growth = np.where(observed, np.clip(windowed.growth / unit, -LIMIT, LIMIT), 0.0)
    seen = np.stack([growth, np.abs(growth), observed], axis=-1)
    return replace(
        windowed,
        features=seen.astype(np.float32),
        unit=np.ascontiguousarray(unit, dtype=np.float32),
        names=NAMES,
    )


def _volatility(windowed: Windowed) -> NDArray[np.float64]:
    """Return each firm's mean absolute growth on training days as a standard deviation (N).

    A firm without growth on them counts as the mean over all; none as less than `FLOOR` of that.
    """
    size = np.abs(windowed.growth[:, windowed.fold.training_days].astype(np.float64))
    known = np.isfinite(size)
    total, number = np.where(known, size, 0.0).sum(axis=1), known.sum(axis=1)
    typical = total.sum() / number.sum()
    own = np.divide(total, number, out=np.full(len(size), typical), where=number > 0)
    found: NDArray[np.float64] = OF_NORMAL * np.maximum(own, FLOOR * typical)
    return found
