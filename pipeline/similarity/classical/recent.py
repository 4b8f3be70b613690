"""Correlation of scaled market residuals in which late days count more than early ones.

Who moves with whom changes. Of correlations over years, those that let a day count half as much
for every year or two that it lies back foretell the next year best; two years more do so with
fewer days lost than a window of the last two.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.similarity.classical.eigen import FIRMS_A_COMPONENT, leading_cosine
from pipeline.similarity.classical.gaps import MIN_COMMON, Growth, Values
from pipeline.similarity.classical.scaled import scaled

EIGENVECTORS, SHARE = 40, 0.5
"""Of `recent500_eigen40`: eigenvectors, and the weight of their cosines beside correlations."""


def recency(days: int, half_life: float) -> Values:
    """Weigh days by how far they lie back.

    Parameters
    ----------
    days : int
        T.
    half_life : float
        Days after which a day counts half.

    Returns
    -------
    (T,) float64
        ½^(days back / half-life); 1 for the last day. Never quite zero.
    """
    weights: Values = np.maximum(0.5 ** (np.arange(days)[::-1] / half_life), 1e-30)
    return weights


def recent250(
    growth: Growth, firms: Sequence[int] | None = None, *, min_common: int = MIN_COMMON
) -> Values:
    """Correlate as `scaled` does, with half the weight for every 250 days back."""
    return scaled(growth, firms, min_common=min_common, weights=recency(len(growth), 250))


def recent500(
    growth: Growth, firms: Sequence[int] | None = None, *, min_common: int = MIN_COMMON
) -> Values:
    """Correlate as `scaled` does, with half the weight for every 500 days back."""
    return scaled(growth, firms, min_common=min_common, weights=recency(len(growth), 500))


def recent500_eigen40(
    growth: Growth, firms: Sequence[int] | None = None, *, min_common: int = MIN_COMMON
) -> Values:
    """Average `recent500` and the cosines in its 40 leading eigenvectors, the latter half as much.

    Parameters
    ----------
    growth : (T, N)
        Growth rates; gaps are NaN. More than 120 firms are needed for eigenvectors to say more
        than the firms themselves; of fewer, there is one for every third.
    firms : sequence of int, optional
        Columns to compare with all the others; all of them by default. All are computed anyway.
    min_common : int
        Common days below which a pair's similarity is not known.

    Returns
    -------
    (K, N) float64
        (c_ij + ½ s_ij) / 1½ in [−1, 1], with c of `recent500` and s as `eigen` has it of these
        correlations; NaN where c is not known.
    """
    correlation = recent500(growth, min_common=min_common)
    known = int(np.isfinite(np.diagonal(correlation)).sum())
    components = min(EIGENVECTORS, known // FIRMS_A_COMPONENT)
    if components:
        cosine = leading_cosine(correlation, components)
        # A firm outside all of them is told by its correlations alone.
        beside = np.where(np.isfinite(cosine), cosine, correlation)
        correlation = (correlation + SHARE * beside) / (1.0 + SHARE)
    return correlation if firms is None else correlation[list(firms)]
