"""How often unrelated firms come as near as two firms do.

Firms whose days are shifted against each other, in a circle, are unrelated, and are otherwise as
they were: as calm, as nervous, as steady from day to day. The days of the firm asked about
and of another are correlated at every shift (one Fourier transform gives all), and the share of
shifts of all firms at which the correlation is at least that of the days as they were is what
chance gives. The days as they were count as one of the shifts, so that it is never none.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

LEVEL = 0.01
"""Unrelated firms among all others that may come as near before a peer is no better than chance."""

_NEAR = 21
"""Days by which shifts must differ from none: over fewer, days are still alike."""

_FEW = 64
"""Numbers up to which to count is sooner done than to sort."""

_FIRMS = 512
"""Firms whose shifts make the chance: everyone up to here, then every so many."""


def chance(
    days: NDArray[np.floating],
    basket: NDArray[np.intp],
    firms: NDArray[np.intp] | None = None,
) -> NDArray[np.float64]:
    """Share of unrelated pairs that come at least as near as some firms and a basket.

    Parameters
    ----------
    days : (D, N)
        Firms' days; zero where a firm is not compared.
    basket : (n,)
        Positions of the firms asked about.
    firms : (n,), optional
        Positions of the firms whose chance is wanted; all by default.

    Returns
    -------
    (n,) float64
        In percent; NaN for the basket's own firms, and where nothing is known.
    """
    firms = np.arange(days.shape[1]) if firms is None else firms
    found = np.full(len(firms), np.nan)
    others = np.setdiff1d(np.arange(days.shape[1]), basket)
    mean = np.asarray(days, dtype=np.float32)
    asked = mean[:, basket].mean(axis=1)
    if not asked.any() or not len(others):
        return found
    near = np.full(len(firms), np.nan)
    wanted = ~np.isin(firms, basket)
    near[wanted] = _correlations(asked, mean[:, firms[wanted]], shifted=False) + _centred(mean)
    every = others[np.unique(np.linspace(0, len(others) - 1, _FIRMS).astype(np.intp))]
    unrelated = _correlations(asked, mean[:, every], shifted=True)
    known, count = np.isfinite(near), int(np.isfinite(unrelated).sum())
    if count:
        found[known] = 100.0 * (1.0 + _at_least(unrelated, near[known])) / (1.0 + count)
    return found


def _at_least(unrelated: NDArray[np.float32], near: NDArray[np.float64]) -> NDArray[np.intp]:
    """Count the known numbers that are at least each of some: (n,)."""
    if len(near) <= _FEW:
        return np.array([np.count_nonzero(unrelated >= one) for one in near.tolist()], np.intp)
    ordered = np.sort(unrelated[np.isfinite(unrelated)])
    return len(ordered) - np.searchsorted(ordered, near, side="left")


def _centred(days: NDArray[np.float32]) -> float:
    """1 / (n − 1) of (D, N) days, with n the firms that are compared on a usual day."""
    compared = (days != 0.0).sum(axis=1)
    usual = float(np.median(compared[compared > 1])) if (compared > 1).any() else np.inf
    return 1.0 / (usual - 1.0)


def beyond(chance: pd.Series[float], firms: int) -> pd.Series[bool]:
    """Say which peers are nearer than chance brings any of so many firms; NA if it is not known."""
    found = (chance / 100.0 * (firms - 1) < LEVEL).astype("boolean")
    return found.mask(chance.isna())


def _correlations(
    asked: NDArray[np.float32], others: NDArray[np.float32], *, shifted: bool
) -> NDArray[np.float32]:
    """Correlate (D,) with (D, n) days: on their days (n,), or at every shift (all of them)."""
    days = len(asked)
    size = np.sqrt((asked**2).sum() * (others**2).sum(axis=0))
    products: NDArray[np.floating] = (asked @ others)[None]
    if shifted:
        product = np.fft.rfft(asked).conj()[:, None] * np.fft.rfft(others, axis=0)
        near = min(_NEAR, days // 4)
        products = np.fft.irfft(product, days, axis=0)[near + 1 : days - near]
    found: NDArray[np.float32] = np.full(products.shape, np.nan, dtype=np.float32)
    np.divide(products, size, out=found, where=size > 0.0)
    return found.ravel()


def lucky(peers: pd.DataFrame) -> NDArray[np.bool_]:
    """Say which peers are known to be no better than chance, by their `beyond_chance`."""
    found: NDArray[np.bool_] = peers["beyond_chance"].eq(False).fillna(False).to_numpy(dtype=bool)
    return found
