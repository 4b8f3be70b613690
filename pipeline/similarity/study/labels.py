"""Whether similarity goes with sectors and industries; labels are used for nothing else."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.errors import InputError
from pipeline.similarity.study.neighbours import (
    among,
    known_firms,
    known_mean,
    mean_over_peers,
    nearest,
)

NEIGHBOURS = 5
"""Neighbours that vote on a firm's label."""


def precision_at(similarity: NDArray[np.floating], labels: Sequence[object], k: int) -> float:
    """Share of the k most similar firms that carry a firm's own label, averaged over firms.

    Firms without a label (None, NaN) are left out, as firms and as peers. A peer whose score is
    not known (NaN) does not count; a firm without any peer is left out.

    Parameters
    ----------
    similarity : (N, N)
        Scores; the diagonal is ignored.
    labels : sequence of N
        For instance the firms' sectors.
    k : int
        Peers of each firm, from 1 to the number of labelled firms less one.

    Returns
    -------
    float
        From 0 to 1.

    Raises
    ------
    InputError
        When there are not k other firms with a label, or no score is known.
    """
    labelled = int((codes(labels) >= 0).sum())
    if not 1 <= k < labelled:
        raise InputError(
            f"Precision at {k} needs k of at least 1 and more than {k} firms with a label, but "
            f"{labelled} have one: choose k between 1 and {max(labelled - 1, 1)}."
        )
    found = precisions(similarity, labels, k)
    if not np.isfinite(found).any():
        raise InputError("No pair of firms has a score: compare them over a longer range.")
    return known_mean(found)


def precisions(
    similarity: NDArray[np.floating], labels: Sequence[object], k: int
) -> NDArray[np.float64]:
    """Share of each firm's k most similar firms that carry its own label.

    Parameters
    ----------
    similarity, labels, k
        As `precision_at`.

    Returns
    -------
    (N,) float64
        From 0 to 1; NaN for a firm without a label or a peer, and for all firms when there are
        not k others with a label.
    """
    group = codes(labels)
    if not 1 <= k < int((group >= 0).sum()):
        return np.full(len(group), np.nan)
    near, known = nearest(among(similarity, group >= 0), k)
    return mean_over_peers(group[near] == group[:, None], known)


def macro(values: NDArray[np.floating], labels: Sequence[object]) -> float:
    """Average firms within each label, and then the labels, each of which counts the same.

    Parameters
    ----------
    values : (N,)
        A value a firm; NaN is left out.
    labels : sequence of N
        Firms without one are left out.
    """
    return float(pd.Series(values).groupby(codes_or_nan(labels)).mean().mean())


def votes(
    similarity: NDArray[np.floating], labels: Sequence[object], k: int = NEIGHBOURS
) -> NDArray[np.intp]:
    """Guess each firm's label by a vote of its k nearest labelled firms.

    The label of most of them wins; among labels with as many votes, the one of the nearest firm.

    Parameters
    ----------
    similarity : (N, N)
        Scores; NaN where unknown.
    labels : sequence of N
        Firms without one neither vote nor are guessed.
    k : int
        Firms that vote.

    Returns
    -------
    (N,) int
        Codes of the labels, as `codes` gives them; −1 where there is no guess.
    """
    group = codes(labels)
    if not 1 <= k < int((group >= 0).sum()):
        return np.full(len(group), -1)
    near, known = nearest(among(similarity, group >= 0), k)
    ballots = group[near]
    agree = (ballots[:, :, None] == ballots[:, None, :]) & known[:, None, :]
    gained = np.where(known, agree.sum(axis=2), -1)
    # The first of the largest counts belongs to the nearest firm.
    winner = np.take_along_axis(ballots, gained.argmax(axis=1)[:, None], axis=1)[:, 0]
    return np.where(known.any(axis=1), winner, -1)


def hits(guesses: NDArray[np.integer], labels: Sequence[object]) -> NDArray[np.float64]:
    """Tell which guesses are right: (N,) of 1 and 0, NaN where there is no guess."""
    return np.where(guesses >= 0, guesses == codes(labels), np.nan)


def macro_f1(guesses: NDArray[np.integer], labels: Sequence[object]) -> float:
    """Average over labels of F1 = 2·right / (guessed so + are so); 0 for a label never right.

    Parameters
    ----------
    guesses : (N,)
        Codes of labels; firms with −1 are left out.
    labels : sequence of N
        The truth.

    Returns
    -------
    float
        From 0 to 1; NaN when nothing is guessed.
    """
    truth = codes(labels)
    guessed = guesses >= 0
    if not guessed.any():
        return float("nan")
    truth, guesses = truth[guessed], guesses[guessed]
    size = int(max(truth.max(), guesses.max())) + 1
    right = np.bincount(truth[truth == guesses], minlength=size)
    either = np.bincount(truth, minlength=size) + np.bincount(guesses, minlength=size)
    present = np.bincount(truth, minlength=size) > 0
    return float((2.0 * right[present] / either[present]).mean())


def majority(labels: Sequence[object]) -> NDArray[np.intp]:
    """Guess the commonest label for every labelled firm: what a vote must beat."""
    group = codes(labels)
    if not (group >= 0).any():
        return group
    return np.where(group >= 0, np.bincount(group[group >= 0]).argmax(), -1)


def adjusted_rand(similarity: NDArray[np.floating], labels: Sequence[object]) -> float:
    """Compare as many clusters as there are labels with the labels.

    The adjusted Rand index (Hubert & Arabie 1985) is 1 when the clusters are the labels and 0 on
    average when they have nothing to do with them. Clusters come from Ward's linkage: see
    `pipeline.similarity.asking.clusters.tree` on why.

    Parameters
    ----------
    similarity : (N, N)
        Scores in [−1, 1]; firms without any known score are left out.
    labels : sequence of N
        Firms without one are clustered, but not compared.

    Returns
    -------
    float
        At most 1; NaN with fewer than two labels among firms that can be compared.
    """
    from sklearn.metrics import adjusted_rand_score

    from pipeline.similarity.asking import clusters

    known = np.flatnonzero(known_firms(similarity))
    group = codes(labels)[known]
    groups = len(np.unique(group[group >= 0]))
    if groups < 2:
        return float("nan")
    found = clusters.labels(clusters.tree(similarity[np.ix_(known, known)]), groups)
    return float(adjusted_rand_score(group[group >= 0], found[group >= 0]))


def codes(labels: Sequence[object]) -> NDArray[np.intp]:
    """Give labels numbers from 0 in order of appearance; −1 for a missing one."""
    found, _ = pd.factorize(np.asarray(labels, dtype=object))
    return found


def codes_or_nan(labels: Sequence[object]) -> NDArray[np.float64]:
    """Give labels numbers as `codes`, with NaN for a missing one."""
    group = codes(labels)
    return np.where(group >= 0, group, np.nan)


def count(labels: Sequence[object]) -> int:
    """Count different labels; a missing one is none."""
    return int(codes(labels).max(initial=-1)) + 1


def shared(labels: Sequence[object], least: int = 2) -> list[object]:
    """Take labels with fewer than ``least`` firms away: no peer could carry them.

    Parameters
    ----------
    labels : sequence of N
        For instance the firms' industries.
    least : int
        Firms that a label needs.

    Returns
    -------
    list of N
        The label, or None.
    """
    group = codes(labels)
    sizes = np.bincount(group[group >= 0], minlength=1)
    return [
        label if code >= 0 and sizes[code] >= least else None
        for label, code in zip(labels, group.tolist(), strict=True)
    ]
