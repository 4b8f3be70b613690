"""How often unrelated firms come as near as two firms do.

Firms whose days are shifted against each other, in a circle, are unrelated, and are otherwise as
they were: as calm, as nervous, as steady from day to day. The days of the firm asked about
and of another are correlated at every shift (one Fourier transform gives all), and the share of
shifts of all firms at which the correlation is at least that of the days as they were is what
chance gives. The days as they were count as one of the shifts, so that it is never none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

LEVEL = 0.01
"""Unrelated firms among all others that may come as near before a peer is no better than chance."""

_NEAR = 21
"""Days by which shifts must differ from none: over fewer, days are still alike."""

_FIRMS = 512
"""Firms whose shifts make the chance: everyone up to here, then every so many."""


@dataclass(frozen=True)
class Unrelated:
    """What the chance of all firms over some days has in common."""

    firms: NDArray[np.intp]
    """Positions of those whose shifts make it: (n,)."""
    spectra: NDArray[np.complex64]
    """Fourier transforms of their days, which have a length of one: (n, D // 2 + 1)."""
    usual: float
    """Firms that are compared on a usual day; infinite for none."""

    @classmethod
    def of(cls, days: NDArray[np.floating]) -> Unrelated:
        """Return it, of firms' days (D, N); zero where a firm is not compared."""
        compared = np.count_nonzero(days, axis=1)
        usual = float(np.median(compared[compared > 1])) if (compared > 1).any() else np.inf
        spaced = np.linspace(0, days.shape[1] - 1, min(days.shape[1], _FIRMS))
        firms = np.unique(spaced.astype(np.intp))
        # Of many days the first few are left out: of an awkward number, transforms take long.
        own = np.ascontiguousarray(days[-_smooth(len(days)) or None :, firms].T, dtype=np.float32)
        size = np.sqrt(np.einsum("nt,nt->n", own, own))
        known = size > 0.0
        own = own[known] / size[known, None]
        if own.size == 0:
            return cls(firms[known], np.zeros((0, 0), np.complex64), usual)
        return cls(firms[known], np.fft.rfft(own).astype(np.complex64), usual)

    @property
    def nbytes(self) -> int:
        """Bytes that it takes."""
        return self.firms.nbytes + self.spectra.nbytes


def chance(
    days: NDArray[np.floating],
    basket: NDArray[np.intp],
    firms: NDArray[np.intp] | None = None,
    unrelated: Unrelated | None = None,
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
    unrelated : Unrelated, optional
        As it is of these days; made of them by default.

    Returns
    -------
    (n,) float64
        In percent; NaN for the basket's own firms, and where nothing is known.
    """
    firms = np.arange(days.shape[1]) if firms is None else firms
    found = np.full(len(firms), np.nan)
    asked = np.asarray(days[:, basket], dtype=np.float32).mean(axis=1)
    size = np.sqrt(asked @ asked)
    if not size > 0.0:
        return found
    asked /= size
    unrelated = Unrelated.of(days) if unrelated is None else unrelated
    shifted = _shifted(asked, unrelated.spectra[~np.isin(unrelated.firms, basket)])
    if not shifted.size:
        return found
    near = _correlations(asked, np.asarray(days[:, firms], dtype=np.float32))
    near[np.isin(firms, basket)] = np.nan
    near += 1.0 / (unrelated.usual - 1.0)
    known = np.isfinite(near)
    found[known] = 100.0 * (1.0 + _at_least(shifted, near[known])) / (1.0 + shifted.size)
    return found


def _at_least(unrelated: NDArray[np.float32], near: NDArray[np.float32]) -> NDArray[np.intp]:
    """Count the numbers that are at least each of some: (n,)."""
    if not len(near):
        return np.zeros(0, dtype=np.intp)
    ordered = np.sort(unrelated[unrelated >= near.min()])
    return len(ordered) - np.searchsorted(ordered, near, side="left")


def beyond(chance: pd.Series[float], firms: int) -> pd.Series[bool]:
    """Say which peers are nearer than chance brings any of so many firms; NA if it is not known."""
    found = (chance / 100.0 * (firms - 1) < LEVEL).astype("boolean")
    return found.mask(chance.isna())


def _correlations(asked: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float32]:
    """Correlate days (D,), of a length of one, with others' (D, n): (n,); NaN for who has none."""
    size = np.sqrt(np.einsum("tn,tn->n", others, others))
    found: NDArray[np.float32] = np.full(others.shape[1], np.nan, dtype=np.float32)
    np.divide(asked @ others, size, out=found, where=size > 0.0)
    return found


def _shifted(asked: NDArray[np.float32], spectra: NDArray[np.complex64]) -> NDArray[np.float32]:
    """Correlate days (D,) with those of spectra at every shift."""
    days = _smooth(len(asked))
    asked = asked[-days:]
    size = np.sqrt(asked @ asked)
    if not (len(spectra) and size > 0.0):
        return np.zeros(0, dtype=np.float32)
    near = min(_NEAR, days // 4)
    product = spectra * (np.fft.rfft(asked) / size).conj()
    found: NDArray[np.float32] = np.fft.irfft(product, days).astype(np.float32, copy=False)
    return found[:, near + 1 : days - near].ravel()


def _smooth(days: int) -> int:
    """Return the largest number up to some days that has no prime factor above 7."""
    for number in range(days, 0, -1):
        left = number
        for prime in (2, 3, 5, 7):
            while left % prime == 0:
                left //= prime
        if left == 1:
            return number
    return 0


def lucky(peers: pd.DataFrame) -> NDArray[np.bool_]:
    """Say which peers are known to be no better than chance, by their `beyond_chance`."""
    found: NDArray[np.bool_] = peers["beyond_chance"].eq(False).fillna(False).to_numpy(dtype=bool)
    return found
