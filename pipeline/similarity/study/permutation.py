"""Whether similarity goes with a trait of the firms by more than chance.

The entries of a matrix over pairs of firms are not independent: one odd firm is in N − 1 of
them. An ordinary test of their correlation takes N (N − 1) / 2 pairs for as many observations
and finds almost anything significant. Instead, firms are permuted, rows and columns together:
that keeps all dependence within a matrix, and breaks only what ties it to the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.floating]

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
    similarities: Mapping[str, Matrix],
    predictor: Matrix,
    *,
    permutations: int = PERMUTATIONS,
    seed: int = 0,
) -> dict[str, Association]:
    """Test whether matrices over pairs of firms are correlated with one.

    r is the Pearson correlation of the entries off the diagonal, and
    p = (1 + number of permutations with |r*| ≥ |r|) / (1 + permutations)
    (Mantel, Cancer Research 27, 1967).

    Parameters
    ----------
    similarities : mapping of str to (N, N)
        Each is tested alone.
    predictor : (N, N)
        Symmetric, as the similarities; NaN where unknown. Firms are left out until all pairs are
        known.
    permutations : int
        Of the firms: the same for all similarities.
    seed : int
        Of the permutations.

    Returns
    -------
    dict of str to Association
        By the similarities' names: the effect is r, and r² the share explained.
    """
    answer: dict[str, Association] = {}
    for kept, names in _groups(similarities, predictor):
        answer |= dict.fromkeys(names, Association(np.nan, np.nan, np.nan, len(kept)))
        x = _standard(predictor[np.ix_(kept, kept)])
        rows = _rows(similarities, names, kept)
        if len(kept) < _LEAST_FIRMS or not (rows and x.any()):
            continue
        found = _permuted(x, np.stack([*rows.values()]), permutations, seed)
        for (name, y), each in zip(rows.items(), found.T, strict=True):
            r = float(y @ x.ravel())
            answer[name] = Association(r, _p_value(r, each), r**2, len(kept))
    return {name: answer[name] for name in similarities}


def mrqap(
    similarities: Mapping[str, Matrix],
    predictors: Mapping[str, Matrix],
    *,
    permutations: int = PERMUTATIONS,
    seed: int = 0,
) -> dict[str, dict[str, Association]]:
    """Test what each predictor adds to the others.

    Similarities are regressed on all predictors over pairs of firms (MRQAP; Krackhardt, Social
    Networks 10, 1988). Permuting a predictor as it is would also break its ties to the other
    predictors, and find too much. By double semi-partialling, only the part of it that the others
    do not explain is permuted, and the t statistic of its coefficient is compared (Dekker,
    Krackhardt & Snijders, Psychometrika 72, 2007).

    Parameters
    ----------
    similarities : mapping of str to (N, N)
        Each is regressed alone.
    predictors : mapping of str to (N, N)
        Symmetric, as the similarities. Firms are left out until all pairs are known to all.
    permutations : int
        Of the firms, for each predictor: the same for all similarities.
    seed : int
        Of the permutations.

    Returns
    -------
    dict of str to dict of str to Association
        By similarity, then by predictor. Effects are standardised coefficients: standard
        deviations of similarity a standard deviation of the predictor, the others held fixed. R²
        is that of all together. NaN for a predictor without spread, or that the others determine.
    """
    answer: dict[str, dict[str, Association]] = {}
    for kept, names in _groups(similarities, *predictors.values()):
        nothing = Association(np.nan, np.nan, np.nan, len(kept))
        answer |= {name: dict.fromkeys(predictors, nothing) for name in names}
        known = {name: _standard(x[np.ix_(kept, kept)]) for name, x in predictors.items()}
        used = {name: x for name, x in known.items() if x.any()}
        rows = _rows(similarities, names, kept)
        if len(kept) < _LEAST_FIRMS or not rows or not used:
            continue
        columns, ys = (np.stack([x.ravel() for x in some.values()]) for some in (used, rows))
        products = columns @ ys.T
        coefficients = np.linalg.pinv(columns @ columns.T, rcond=_COLLINEAR) @ products
        explained = (coefficients * products).sum(axis=0)
        for place, name in enumerate(used):
            others = np.delete(columns, place, axis=0)
            tested = _partial_p(ys, used[name], others, permutations, seed + place)
            for which, similarity in enumerate(rows):
                p_value = float(tested[which])
                effect = float(coefficients[place, which]) if np.isfinite(p_value) else np.nan
                share = float(explained[which])
                answer[similarity][name] = Association(effect, p_value, share, len(kept))
    return {name: answer[name] for name in similarities}


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


def _groups(
    similarities: Mapping[str, Matrix], *predictors: Matrix
) -> Iterator[tuple[NDArray[np.intp], list[str]]]:
    """Give the firms that are left, and the similarities of which it is they."""
    groups: dict[tuple[int, ...], list[str]] = {}
    for name, similarity in similarities.items():
        groups.setdefault(tuple(complete(similarity, *predictors)), []).append(name)
    for kept, names in groups.items():
        yield np.array(kept, dtype=np.intp), names


def _rows(
    similarities: Mapping[str, Matrix], names: list[str], kept: NDArray[np.intp]
) -> dict[str, NDArray[np.float32]]:
    """Return the similarities of some firms as rows, (K²,) each; without those that are flat."""
    standard = {name: _standard(similarities[name][np.ix_(kept, kept)]) for name in names}
    return {name: y.ravel() for name, y in standard.items() if y.any()}


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
    ys: NDArray[np.float32],
    predictor: NDArray[np.float32],
    others: NDArray[np.float32],
    permutations: int,
    seed: int,
) -> NDArray[np.float64]:
    """Test what a predictor adds to others by double semi-partialling: a p-value for each y.

    The t statistic of a coefficient rises with its partial correlation, which takes less work:
    with e the permuted part, y and e are both freed from the others, of orthonormal basis Q, by
    y·e = (y − QQᵀy)·e and ‖e − QQᵀe‖² = ‖e‖² − ‖Qᵀe‖².
    """
    basis = np.linalg.qr(others.T)[0].T if len(others) else others
    rest = ys - (ys @ basis.T) @ basis
    own = predictor.ravel() - basis.T @ (basis @ predictor.ravel())
    energy, sizes = float(own @ own), np.linalg.norm(rest, axis=1, keepdims=True)
    answer = np.full(len(ys), np.nan)
    if energy < _COLLINEAR:
        return answer
    rest = rest / np.maximum(sizes, _COLLINEAR)
    rows = np.concatenate([rest, basis])
    found = _permuted(own.reshape(predictor.shape), rows, permutations, seed)
    freed, explained = found[:, : len(ys)], found[:, len(ys) :]
    left = np.maximum(energy - (explained**2).sum(axis=1), _COLLINEAR * energy)
    for which in np.flatnonzero(sizes[:, 0] >= _COLLINEAR):
        observed = float(rest[which] @ own) / np.sqrt(energy)
        answer[which] = _p_value(observed, freed[:, which] / np.sqrt(left))
    return answer


def _p_value(observed: float, permuted: NDArray[np.float64]) -> float:
    """Share of permutations, the given order among them, whose effect is as large or larger."""
    as_large = int((np.abs(permuted) >= abs(observed) - _TIE).sum())
    return (1.0 + as_large) / (1.0 + len(permuted))
