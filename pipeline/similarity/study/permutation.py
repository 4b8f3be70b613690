"""Whether similarity goes with a trait of the firms by more than chance.

The entries of a matrix over pairs of firms are not independent: one odd firm is in N − 1 of
them. An ordinary test of their correlation takes N (N − 1) / 2 pairs for as many observations
and finds almost anything significant. Instead, firms are permuted, rows and columns together:
that keeps all dependence within a matrix, and breaks only what ties it to the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PERMUTATIONS = 999
"""Permutations of the firms; the smallest p-value is one over one more than these."""

_LEAST_FIRMS = 5
"""Fewer firms have too few permutations to say anything."""

_FLAT = 1e-12
"""A variance this small beside the mean square is rounding: all pairs are alike."""

_COLLINEAR = 1e-6
"""A share of a predictor this small that the others do not explain is none."""

_TIE = 1e-6
"""Float32 products of the same permutation differ by less than this."""


@dataclass(frozen=True)
class Association:
    """How a similarity goes with a predictor, or with several."""

    effect: float
    """Pearson correlation over pairs, or a standardised coefficient; NaN without spread."""
    p_value: float
    """Two-sided, by permutation of firms; NaN where there is no effect to test."""
    r_squared: float
    """Share of the variance over pairs that the predictor, or all of them, explain."""
    firms: int
    """Firms that were compared."""


def mantel(
    similarity: NDArray[np.floating],
    predictor: NDArray[np.floating],
    *,
    permutations: int = PERMUTATIONS,
    seed: int = 0,
) -> Association:
    """Test whether two matrices over pairs of firms are correlated.

    r is the Pearson correlation of the entries off the diagonal, and
    p = (1 + number of permutations with |r*| ≥ |r|) / (1 + permutations)
    (Mantel, Cancer Research 27, 1967).

    Parameters
    ----------
    similarity, predictor : (N, N)
        Symmetric; NaN where unknown. Firms are left out until all pairs are known.
    permutations : int
        Of the firms.
    seed : int
        Of the permutations.

    Returns
    -------
    Association
        Its effect is r, and r² the share explained.
    """
    kept = complete(similarity, predictor)
    y, x = (_standard(matrix[np.ix_(kept, kept)]) for matrix in (similarity, predictor))
    if len(kept) < _LEAST_FIRMS or not (y.any() and x.any()):
        return Association(np.nan, np.nan, np.nan, len(kept))
    r = float(y.ravel() @ x.ravel())
    found = _permuted(x, y.ravel()[None], permutations, seed)[:, 0]
    return Association(r, _p_value(r, found), r**2, len(kept))


def mrqap(
    similarity: NDArray[np.floating],
    predictors: Mapping[str, NDArray[np.floating]],
    *,
    permutations: int = PERMUTATIONS,
    seed: int = 0,
) -> dict[str, Association]:
    """Test what each predictor adds to the others.

    The similarities are regressed on all predictors over pairs of firms (MRQAP; Krackhardt,
    Social Networks 10, 1988). Permuting a predictor as it is would also break its ties to the
    other predictors, and find too much. By double semi-partialling, only the part of it that the
    others do not explain is permuted, and the t statistic of its coefficient is compared (Dekker,
    Krackhardt & Snijders, Psychometrika 72, 2007).

    Parameters
    ----------
    similarity : (N, N)
        Symmetric; NaN where unknown.
    predictors : mapping of str to (N, N)
        Symmetric. Firms are left out until all pairs are known to all.
    permutations : int
        Of the firms, for each predictor.
    seed : int
        Of the permutations.

    Returns
    -------
    dict of str to Association
        Effects are standardised coefficients: standard deviations of similarity a standard
        deviation of the predictor, the others held fixed. R² is that of all together. NaN for a
        predictor without spread, or that the others determine.
    """
    kept = complete(similarity, *predictors.values())
    y = _standard(np.asarray(similarity)[np.ix_(kept, kept)])
    known = {name: _standard(x[np.ix_(kept, kept)]) for name, x in predictors.items()}
    used = {name: x for name, x in known.items() if x.any()}
    nothing = Association(np.nan, np.nan, np.nan, len(kept))
    if len(kept) < _LEAST_FIRMS or not y.any() or not used:
        return dict.fromkeys(predictors, nothing)
    rows = np.stack([x.ravel() for x in used.values()])
    coefficients = np.linalg.pinv(rows @ rows.T, rcond=_COLLINEAR) @ (rows @ y.ravel())
    r_squared = float(coefficients @ (rows @ y.ravel()))
    found = dict.fromkeys(predictors, nothing)
    for place, name in enumerate(used):
        others = np.delete(rows, place, axis=0)
        p_value = _partial_p(y.ravel(), used[name], others, permutations, seed + place)
        effect = float(coefficients[place]) if np.isfinite(p_value) else np.nan
        found[name] = Association(effect, p_value, r_squared, len(kept))
    return found


def complete(*matrices: NDArray[np.floating]) -> NDArray[np.intp]:
    """Find firms among which every pair is known to every matrix.

    Parameters
    ----------
    *matrices : (N, N)
        Symmetric; NaN where unknown. The diagonal is ignored.

    Returns
    -------
    (K,) int
        Positions, in order. The firm with the most unknown pairs is left out first, until no
        pair is unknown.
    """
    unknown = np.zeros(np.shape(matrices[0]), dtype=np.bool_)
    for matrix in matrices:
        unknown |= ~np.isfinite(matrix)
    np.fill_diagonal(unknown, False)
    unknown |= unknown.T
    count = unknown.sum(axis=1)
    kept = np.ones(len(unknown), dtype=np.bool_)
    while count.max(initial=0) > 0:
        worst = count.argmax()
        kept[worst] = False
        count -= unknown[worst] & kept
        count[worst] = 0
    return np.flatnonzero(kept)


def _standard(matrix: NDArray[np.floating]) -> NDArray[np.float32]:
    """Give the entries off the diagonal mean 0 and length 1; zeros where they are all alike."""
    centred = np.array(matrix, dtype=np.float64)
    pairs = len(centred) * (len(centred) - 1)
    np.fill_diagonal(centred, 0.0)
    square = float((centred**2).sum())
    centred -= centred.sum() / max(pairs, 1)
    np.fill_diagonal(centred, 0.0)
    length = float((centred**2).sum())
    if not length > _FLAT * square:
        return np.zeros(centred.shape, dtype=np.float32)
    return np.asarray(centred / np.sqrt(length), dtype=np.float32)


def _permuted(
    matrix: NDArray[np.float32], rows: NDArray[np.float32], permutations: int, seed: int
) -> NDArray[np.float64]:
    """Multiply (K, N²) rows with the matrix under permutations of the firms: (P, K)."""
    random = np.random.default_rng(seed)
    found = np.empty((permutations, len(rows)))
    for draw in range(permutations):
        order = random.permutation(len(matrix))
        found[draw] = rows @ matrix.take(order, axis=0).take(order, axis=1).ravel()
    return found


def _partial_p(
    y: NDArray[np.float32],
    predictor: NDArray[np.float32],
    others: NDArray[np.float32],
    permutations: int,
    seed: int,
) -> float:
    """Test what a predictor adds to others by double semi-partialling.

    The t statistic of a coefficient rises with its partial correlation, which takes less work:
    with e the permuted part, y and e are both freed from the others, of orthonormal basis Q, by
    y·e = (y − QQᵀy)·e and ‖e − QQᵀe‖² = ‖e‖² − ‖Qᵀe‖².
    """
    basis = np.linalg.qr(others.T)[0].T if len(others) else others
    rest = y - basis.T @ (basis @ y)
    own = predictor.ravel() - basis.T @ (basis @ predictor.ravel())
    energy, size = float(own @ own), float(np.linalg.norm(rest))
    if energy < _COLLINEAR or size < _COLLINEAR:
        return float("nan")
    rows = np.concatenate([rest[None] / size, basis])
    found = _permuted(own.reshape(predictor.shape), rows, permutations, seed)
    left = np.maximum(energy - (found[:, 1:] ** 2).sum(axis=1), _COLLINEAR * energy)
    observed = float(rows[0] @ own) / np.sqrt(energy)
    return _p_value(observed, found[:, 0] / np.sqrt(left))


def _p_value(observed: float, permuted: NDArray[np.float64]) -> float:
    """Share of permutations, the given order among them, whose effect is as large or larger."""
    as_large = int((np.abs(permuted) >= abs(observed) - _TIE).sum())
    return (1.0 + as_large) / (1.0 + len(permuted))
