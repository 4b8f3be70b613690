"""Learned directions: an embedding of the firms from which each firm's days can be rebuilt.

Each firm has a vector e_i. Two aims are trained together on the correlations C of the firms'
responses:

- **Peers rebuild the firm.** With weights over all other firms from the vectors' cosines,
  w_ij = g_i · softmax_j(τ cos(e_i, e_j)), j ≠ i, the firm's responses are approximated by
  Σ_j w_ij r_j. The error, in units of the firm's variance, is 1 − 2 w_iᵀ c_i + w_iᵀ C w_i.
  Weights that are dropped at random with odds ρ add ρ Σ_j w_ij² to it on average, so that a firm
  leans on many peers rather than on one (Srivastava et al. 2014, dropout as a penalty).
- **Products are correlations.** Σ_{j≠i} (e_iᵀ e_j − c_ij)², as in factor analysis: what a firm
  shares with no other does not count (Harman & Jones 1966, minres).

Labels are never seen.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

TEMPERATURE = 3.0
"""τ. A high one loses all peers but the first few; chosen, like the next three, by later
residual correlation of peers on years before 2015. Beyond `BATCH` firms ln(N / `BATCH`) is added,
so that near firms keep their weight beside ever more distant ones."""

DROPPED = 3.0
"""ρ, the odds p / (1 − p) that a peer's weight is dropped."""

FIT_WEIGHT = 0.1
"""Weight of the second aim beside the first."""

STEPS, RATE = 400, 0.01
"""Steps of Adam (Kingma & Ba 2015) and their size; where not all firms are rebuilt in a step, the
size falls to nothing over the second half, and with it the noise of the choice."""

BATCH, LEAST = 512, 128
"""Firms that are rebuilt in a step: all up to the first number; fewer the more there are, so that
a step takes as long, but not fewer than the second."""

_COMMUNALITY_PASSES = 3


def learn(correlation: NDArray[np.floating], components: int, *, seed: int = 0) -> Array:
    """Learn a vector of each firm.

    Parameters
    ----------
    correlation : (N, N)
        Correlations of the firms' responses, the diagonal ignored; zero where unknown.
    components : int
        Length of a vector; at most half of the firms are used, since more would let every firm
        have a direction of its own.
    seed : int
        Which firms are rebuilt in a step, where they are not all.

    Returns
    -------
    (N, K) float32
        Vectors; of length zero for a firm without correlations.
    """
    known = np.array(correlation, dtype=np.float32)
    np.fill_diagonal(known, 0.0)
    count, alike = len(known), known.any(axis=1)
    if alike.any() and not alike.all():
        # Left in, a firm that no other is compared with would take weight among the peers.
        found = learn(known[np.ix_(alike, alike)], components, seed=seed)
        everyone = np.zeros((count, found.shape[1]), dtype=np.float32)
        everyone[alike] = found
        return everyone
    vectors = start(known, max(1, min(components, count // 2)))
    np.fill_diagonal(known, 0.0)
    if count < 3 or not known.any():
        return vectors
    gains = np.ones((count, 1), dtype=np.float32)
    np.fill_diagonal(known, 1.0)
    energy = float(_square(known) - np.float32(count)) / count
    random, adam = np.random.default_rng(seed), _Adam(vectors, gains)
    batch = count if count <= BATCH else min(BATCH, max(LEAST, BATCH**2 // count))
    for step in range(STEPS):
        if batch == count:
            rows, rate = np.arange(count), RATE
        else:
            rows = np.sort(random.choice(count, batch, replace=False))
            rate = RATE * min(1.0, 2.0 * (1.0 - step / STEPS))
        _, slopes = objective(vectors, gains, known, rows, energy)
        adam.step(rate, *slopes)
    return vectors


def start(correlation: Array, components: int) -> Array:
    """Leading eigenvectors of the correlations, what a firm shares with no other taken away.

    Parameters
    ----------
    correlation : (N, N) float32
        Zero on the diagonal, which is written to.
    components : int
        Length of a vector.

    Returns
    -------
    (N, K) float32
        V √Λ of the matrix whose diagonal is the share of each firm that these vectors hold
        (principal factors, iterated); K may be smaller where fewer eigenvalues are positive.
    """
    for passed in range(_COMMUNALITY_PASSES + 1):
        values, columns = _leading(correlation, components)
        vectors = columns * np.sqrt(values)
        if passed < _COMMUNALITY_PASSES:
            np.fill_diagonal(correlation, np.clip((vectors**2).sum(axis=1), 0.0, 1.0))
    return np.ascontiguousarray(vectors, dtype=np.float32)


def objective(
    vectors: Array, gains: Array, correlation: Array, rows: NDArray[np.intp], energy: float
) -> tuple[float, tuple[Array, Array]]:
    """Both aims over some firms, and their slopes.

    Parameters
    ----------
    vectors : (N, K)
        e.
    gains : (N, 1)
        g.
    correlation : (N, N)
        C, with 1 on the diagonal.
    rows : (b,)
        Firms that are rebuilt.
    energy : float
        Mean over firms of Σ_{j≠i} c_ij², the unit of the second aim.

    Returns
    -------
    float
        Mean over the firms of error less 1, plus `FIT_WEIGHT` times the second aim.
    (slope of vectors, slope of gains)
        Shapes as theirs.
    """
    own = (np.arange(len(rows)), rows)
    # All rows are a view, some of them a copy.
    some = slice(None) if len(rows) == len(vectors) else rows
    length = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
    units = vectors / length
    temperature = TEMPERATURE + math.log(max(len(vectors) / BATCH, 1.0))
    soft = _softmax((temperature * units[some]) @ units.T, own)
    weights, wanted = gains[some] * soft, correlation[some]
    left: Array = np.matmul(weights, correlation)
    left -= wanted
    left += DROPPED * weights
    error = _total(left - wanted, weights) / len(rows)
    by_soft = (2.0 / len(rows) * gains[some]) * left
    by_gain = np.zeros_like(gains)
    by_gain[some] = 2.0 / len(rows) * np.einsum("ij,ij->i", left, soft)[:, None]
    by_cosine = by_soft - np.einsum("ij,ij->i", by_soft, soft)[:, None]
    by_cosine *= soft
    by_unit = by_cosine.T @ (temperature * units[some])
    by_unit[some] += temperature * (by_cosine @ units)
    slope = (by_unit - (by_unit * units).sum(axis=1, keepdims=True) * units) / length
    missed = vectors[some] @ vectors.T
    missed -= wanted
    missed[own] = 0.0
    scale = FIT_WEIGHT / (len(rows) * energy)
    slope[some] += 2.0 * scale * (missed @ vectors)
    slope += 2.0 * scale * (missed.T @ vectors[some])
    return error + scale * _total(missed, missed), (slope, by_gain)


def _total(one: Array, other: Array) -> float:
    """Sum of products."""
    return float(np.vdot(one, other))


def _square(matrix: Array) -> np.float32:
    """Sum of squares, some rows at a time."""
    parts = [(matrix[at : at + BATCH] ** 2).sum() for at in range(0, len(matrix), BATCH)]
    return np.float32(sum(float(part) for part in parts))


def _softmax(logits: Array, own: tuple[NDArray[np.intp], NDArray[np.intp]]) -> Array:
    """Weights over all firms but the firm itself."""
    logits[own] = -np.inf
    logits -= logits.max(axis=1, keepdims=True)
    np.exp(logits, out=logits)
    logits /= logits.sum(axis=1, keepdims=True)
    return logits


def _leading(matrix: Array, components: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Largest positive eigenvalues of a symmetric matrix and their vectors, the largest first."""
    from scipy.linalg import eigh
    from scipy.sparse.linalg import eigsh

    count = len(matrix)
    if count > BATCH and components < count // 4:
        # A start that is always the same: eigenvectors then are too.
        values, columns = eigsh(matrix, k=components, which="LA", v0=np.ones(count))
        order = np.argsort(values)
        values, columns = values[order], columns[:, order]
    else:
        # All of them: to look for a few fails on some processors where many are equal.
        values, columns = eigh(matrix.astype(np.float64), driver="evd")
        values, columns = values[-components:], columns[:, -components:]
    positive = values > 1e-6 * max(float(values[-1]), 0.0)
    positive[-1] = True
    kept = signed(columns[:, positive][:, ::-1])
    return np.clip(values[positive][::-1], 0.0, None), kept


def signed(columns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fix the sign of eigenvectors, which is arbitrary: the entry of largest size is positive.

    Parameters
    ----------
    columns : (N, K)
        A vector a column.

    Returns
    -------
    (N, K) float64
        Each column or its negative.
    """
    # Rounded, so that entries of equal size choose the same one on every machine.
    largest = np.abs(columns).round(9).argmax(axis=0)
    sign: NDArray[np.float64] = np.sign(columns[largest, np.arange(columns.shape[1])])
    return columns * sign


class _Adam:
    """Adam in place, on arrays of float32."""

    def __init__(self, *arrays: Array) -> None:
        self._arrays = arrays
        self._mean = [np.zeros_like(array) for array in arrays]
        self._square = [np.zeros_like(array) for array in arrays]
        self._steps = 0

    def step(self, rate: float, *slopes: Array) -> None:
        self._steps += 1
        for array, mean, square, slope in zip(
            self._arrays, self._mean, self._square, slopes, strict=True
        ):
            mean += 0.1 * (slope - mean)
            square += 0.001 * (slope**2 - square)
            size = np.sqrt(square / (1.0 - 0.999**self._steps)) + 1e-7
            array -= rate * (mean / (1.0 - 0.9**self._steps)) / size
