"""Correlations of firms' days, pair by pair over their common ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.similarity.classical.gaps import MIN_COMMON

_FIRMS = 1024
"""Firms a block of correlations."""


def correlations(days: NDArray[np.float32], present: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Correlate the days of all firms, pair by pair over their common ones.

    Parameters
    ----------
    days : (T, N)
        Zero where a firm is not compared.
    present : (T, N)
        Whether a firm is compared that day.

    Returns
    -------
    (N, N) float32
        Σ r_i r_j / √(Σ r_i² Σ r_j²), each sum over the common days; zero for fewer than
        `MIN_COMMON` of them. Made by pairs of blocks of firms, each pair once:
        beside the result, no array of N × N is held.
    """
    here = present.astype(np.float32)
    count = here.shape[1]
    found = np.zeros((count, count), dtype=np.float32)
    blocks = [slice(at, min(at + _FIRMS, count)) for at in range(0, count, _FIRMS)]
    energy = days**2
    for number, one in enumerate(blocks):
        for other in blocks[number:]:
            part = _correlations(days, energy, here, one, other)
            found[one, other] = np.clip(part, -1.0, 1.0, out=part)
            found[other, one] = part.T
    return found


def _correlations(
    days: NDArray[np.float32],
    energy: NDArray[np.float32],
    here: NDArray[np.float32],
    one: slice,
    other: slice,
) -> NDArray[np.float32]:
    """Correlate some firms with others."""
    size = energy[:, one].T @ here[:, other]
    size *= size.T.copy() if one == other else here[:, one].T @ energy[:, other]
    np.sqrt(size, out=size)
    product: NDArray[np.float32] = days[:, one].T @ days[:, other]
    known = (here[:, one].T @ here[:, other] >= MIN_COMMON) & (size > 0)
    found: NDArray[np.float32] = np.zeros_like(product)
    np.divide(product, size, out=found, where=known)
    return found
