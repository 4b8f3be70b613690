"""One measure's similarities: from the first years, over all days, and a year at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import InputError
from pipeline.similarity.study.neighbours import among, known_firms


@dataclass(frozen=True)
class Views:
    """Matrices of one measure, N × N; NaN where unknown."""

    early: NDArray[np.floating]
    """From the first years alone."""
    whole: NDArray[np.floating]
    """Over all days."""
    years: Sequence[NDArray[np.floating]] = ()
    """One a year, in order; may be empty."""

    @property
    def matrices(self) -> list[NDArray[np.floating]]:
        """All matrices: early, whole, then the years."""
        return [self.early, self.whole, *self.years]


def on_the_same_firms(measures: Mapping[str, Views], firms: int) -> dict[str, Views]:
    """Keep, in each matrix, the firms that every measure knows.

    A measure that knows fewer firms would otherwise be judged on other firms than the rest. A
    measure that knows no firm at all in a matrix takes none from the others.

    Parameters
    ----------
    measures : mapping of str to Views
        By name.
    firms : int
        N, that every matrix must have.

    Returns
    -------
    dict of str to Views
        Copies in float64, symmetric; NaN for a firm that not all measures know.

    Raises
    ------
    InputError
        When a matrix has another shape, or measures have different numbers of years.
    """
    for name, views in measures.items():
        for matrix in views.matrices:
            check_shape(name, matrix, firms)
    years = {len(views.years) for views in measures.values() if len(views.years)}
    if len(years) > 1:
        raise InputError(
            f"Measures have different numbers of years ({sorted(years)}): give each measure the "
            "same years, or none."
        )
    read = {
        name: [_symmetric(matrix) for matrix in views.matrices] for name, views in measures.items()
    }
    for place in range(max(map(len, read.values()))):
        known = [
            known_firms(matrices[place]) for matrices in read.values() if place < len(matrices)
        ]
        kept = np.all([one for one in known if one.any()] or known, axis=0)
        for matrices in read.values():
            if place < len(matrices):
                matrices[place] = among(matrices[place], kept)
    return {name: Views(early, whole, years) for name, (early, whole, *years) in read.items()}


def check_shape(name: str, matrix: NDArray[np.floating], firms: int) -> None:
    """Refuse a matrix that is not firms × firms.

    Raises
    ------
    InputError
        With the measure's name, when the shape is another.
    """
    if np.shape(matrix) != (firms, firms):
        raise InputError(
            f"A matrix of {name!r} has the shape {np.shape(matrix)}: give one row and one "
            f"column for each of the {firms} firms."
        )


def _symmetric(matrix: NDArray[np.floating]) -> NDArray[np.float64]:
    """Average a matrix with its transpose, which rounding may have set apart."""
    read = np.asarray(matrix, dtype=np.float64)
    return (read + read.T) / 2.0
