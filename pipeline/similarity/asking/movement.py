"""How much a firm moves, alone and with the market."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def movement(
    growth: NDArray[np.float64], others: NDArray[np.float64], days_per_year: int
) -> dict[str, float]:
    """Measure how much a firm moves, alone and with the market.

    Parameters
    ----------
    growth, others : (D,)
        Growth of the firm and of the market of the others, 1/year; gaps are NaN.
    days_per_year : int
        1/Δt of the growth rates.

    Returns
    -------
    dict
        `volatility`, `beta` and `market_correlation`; NaN for what is not defined.
    """
    both = np.isfinite(growth) & np.isfinite(others)
    if np.count_nonzero(both) < 2:
        return dict.fromkeys(("volatility", "beta", "market_correlation"), np.nan)
    (own, shared), (_, market_own) = np.cov(growth[both], others[both])
    size = float(np.sqrt(own * market_own))
    return {
        "volatility": float(np.sqrt(own / days_per_year)),
        "beta": float(shared / market_own) if market_own > 0.0 else np.nan,
        "market_correlation": float(shared / size) if size > 0.0 else np.nan,
    }
