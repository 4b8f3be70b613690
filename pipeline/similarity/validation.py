"""Does similarity go with what is known about the firms? Labels are used for nothing else."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.errors import InputError


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
    labelled = np.flatnonzero(pd.notna(np.asarray(labels, dtype=object)))
    if not 1 <= k < len(labelled):
        raise InputError(
            f"Precision at {k} needs k of at least 1 and more than {k} firms with a label, but "
            f"{len(labelled)} have one: choose k between 1 and {max(len(labelled) - 1, 1)}."
        )
    codes, _ = pd.factorize(np.asarray(labels, dtype=object)[labelled])
    score = np.array(similarity, dtype=np.float64)[np.ix_(labelled, labelled)]
    np.fill_diagonal(score, np.nan)
    nearest = np.argsort(-score, axis=1, kind="stable")[:, :k]
    known = np.isfinite(np.take_along_axis(score, nearest, axis=1))
    same = (codes[nearest] == codes[:, None]) & known
    peers = known.sum(axis=1)
    if not peers.any():
        raise InputError("No pair of firms has a score: compare them over a longer range.")
    return float((same.sum(axis=1)[peers > 0] / peers[peers > 0]).mean())
