"""What forecasts are judged on: growth of the days ahead, in the firm's unit of the origin."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.outputs import Origins, Windowed

Index = NDArray[np.intp]


def targets(windowed: Windowed, firms: Index, days: Index, origins: Origins) -> NDArray[np.float32]:
    """Return what forecasts made at the end of given days are judged on.

    Parameters
    ----------
    windowed
        Growth, its unit and the fold's horizon H.
    firms, days
        Positions, of shapes that broadcast to (…).
    origins
        Half-open range of days at whose end a forecast counts.

    Returns
    -------
    ndarray
        (…, H): growth of the days day + 1 … day + H in the firm's unit of `day`; NaN, which has no
        weight in the loss, where the day is not among the origins or growth is a gap.
    """
    horizon, last = windowed.fold.horizon, windowed.growth.shape[1] - 1
    ahead = days[..., None] + np.arange(1, horizon + 1)
    later = np.asarray(windowed.growth[firms[..., None], np.minimum(ahead, last)])
    known = later / np.asarray(windowed.unit[firms, days])[..., None]
    counts = (days >= origins[0]) & (days < origins[1])
    return np.where(counts[..., None], known, np.float32(np.nan))
