"""Sums over days from which the firms' vectors of any range of days follow.

With r_t the responses of all firms on day t and E the learned directions, the firms' similarity
over a range R is that of the Gram matrix G_R = Σ_{t∈R} r_t r_tᵀ, its diagonal halved: a firm's
product with itself says nothing about others. What is kept of it is its action on E,

    Y_R = Σ_{t∈R} r_t (r_tᵀ E) − ½ diag(Σ_{t∈R} r_t²) E,        (N × K)

a sum over days, so that any range of blocks is the difference of two running sums. The closest
matrix that acts alike is Y (Eᵀ Y)⁻¹ Yᵀ (Nyström; Williams & Seeger 2000): its factor
X_R = Y (Eᵀ Y)^(−1/2) holds the firms' vectors, and the cosine of two of them is their score.
No range needs an array of firms × firms.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.similarity.classical.gaps import MIN_COMMON

OWN = 0.5
"""Share of a firm's product with itself that is kept."""

_FIRMS = 1024
"""Firms a block of correlations."""

_FLOOR = 1e-3
"""Eigenvalues of Eᵀ Y below this share of the largest are taken as that: over few days some
directions are not seen, and would be noise blown up."""


def bounds(first: int, stop: int, block_days: int) -> NDArray[np.int64]:
    """Cut the days ``first`` … ``stop − 1`` into blocks.

    Parameters
    ----------
    first, stop : int
        Half-open range of positions along the dates.
    block_days : int
        Days a block; the last block may be shorter.

    Returns
    -------
    (B, 2) int64
        Half-open range of positions of each block.
    """
    starts = np.arange(first, stop, block_days)
    return np.column_stack([starts, np.minimum(starts + block_days, stop)])


def correlations(responses: NDArray[np.float32], present: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Correlate the responses of all firms, pair by pair over their common days.

    Parameters
    ----------
    responses : (S, T, N)
        Of each network; zero where a firm is not compared.
    present : (T, N)
        Whether a firm is compared that day.

    Returns
    -------
    (N, N) float32
        Σ r_i r_j / √(Σ r_i² Σ r_j²), each sum over the common days, averaged over networks; zero
        for fewer than `MIN_COMMON` of them. Made by pairs of blocks of firms, each pair once:
        beside the result, no array of N × N is held.
    """
    here = present.astype(np.float32)
    count = here.shape[1]
    found = np.zeros((count, count), dtype=np.float32)
    blocks = [slice(at, min(at + _FIRMS, count)) for at in range(0, count, _FIRMS)]
    for response in responses:
        energy = response**2
        for number, one in enumerate(blocks):
            for other in blocks[number:]:
                found[one, other] += _correlations(response, energy, here, one, other)
    for number, one in enumerate(blocks):
        for other in blocks[number:]:
            part = found[one, other]
            part /= len(responses)
            np.clip(part, -1.0, 1.0, out=part)
            found[other, one] = part.T
    return found


def _correlations(
    response: NDArray[np.float32],
    energy: NDArray[np.float32],
    here: NDArray[np.float32],
    one: slice,
    other: slice,
) -> NDArray[np.float32]:
    """Correlate the responses of one network's firms with others."""
    size = energy[:, one].T @ here[:, other]
    size *= size.T.copy() if one == other else here[:, one].T @ energy[:, other]
    np.sqrt(size, out=size)
    product: NDArray[np.float32] = response[:, one].T @ response[:, other]
    known = (here[:, one].T @ here[:, other] >= MIN_COMMON) & (size > 0)
    found: NDArray[np.float32] = np.zeros_like(product)
    np.divide(product, size, out=found, where=known)
    return found


def running(
    responses: NDArray[np.float32], directions: NDArray[np.float32], ranges: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Sum Y over the days before each block, and over all.

    Parameters
    ----------
    responses : (T, N)
        Of one network.
    directions : (N, K)
        E.
    ranges : (B, 2)
        Half-open range of positions of each block.

    Returns
    -------
    (B + 1, N, K) float32
        The difference of two of them belongs to the blocks between.
    """
    sums = np.zeros((len(ranges) + 1, *directions.shape), dtype=np.float32)
    total = np.zeros(directions.shape)
    for block, (first, stop) in enumerate(ranges):
        total += over(responses[first:stop], directions)
        sums[block + 1] = total
    return sums


def over(responses: NDArray[np.float32], directions: NDArray[np.float32]) -> NDArray[np.float32]:
    """Y over some days at once: (D, N) responses and (N, K) directions make (N, K)."""
    own = np.einsum("tn,tn->n", responses, responses)
    acted: NDArray[np.float32] = responses.T @ (responses @ directions)
    acted -= (1.0 - OWN) * own[:, None] * directions
    return acted


def vectors(summed: NDArray[np.floating], directions: NDArray[np.floating]) -> NDArray[np.float32]:
    """Firms' vectors over the days that were summed.

    Parameters
    ----------
    summed : (N, K)
        Y.
    directions : (N, K)
        E.

    Returns
    -------
    (N, K) float32
        Rows of unit length; NaN for a firm that was not compared on those days.
    """
    acted = np.asarray(summed, dtype=np.float32)
    middle = (directions.T @ acted).astype(np.float64)
    values, columns = np.linalg.eigh((middle + middle.T) / 2.0)
    largest = float(values[-1]) if len(values) else 0.0
    if not largest > 0.0:
        return np.full(acted.shape, np.nan, dtype=np.float32)
    inverse = columns / np.sqrt(np.maximum(values, _FLOOR * largest))
    found = acted @ inverse.astype(np.float32)
    length = np.linalg.norm(found, axis=1, keepdims=True)
    seen = length > 1e-6 * length.max()
    unit: NDArray[np.float32] = np.full_like(found, np.nan)
    np.divide(found, length, out=unit, where=seen)
    return unit
