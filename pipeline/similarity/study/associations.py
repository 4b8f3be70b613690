"""What similarity goes with, measure by measure and trait by trait."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.similarity.study.permutation import PERMUTATIONS, Association, mantel, mrqap


def associations(
    similarities: Mapping[str, NDArray[np.floating]],
    likenesses: Mapping[str, NDArray[np.floating]],
    *,
    permutations: int = PERMUTATIONS,
    seed: int = 0,
) -> pd.DataFrame:
    """Test every measure against every trait, alone and beside the others.

    Parameters
    ----------
    similarities : mapping of str to (N, N)
        By measure; NaN where unknown.
    likenesses : mapping of str to (N, N)
        By trait, as `traits.likenesses` gives them.
    permutations, seed : int
        Of the firms.

    Returns
    -------
    DataFrame
        `measure predictor kind effect p_value r_squared firms`. Kind `single` has the
        correlation over pairs, of the firms whose trait is known; kind `joint` the standardised
        coefficient beside all other traits that at least half of the firms have, of the firms
        that have them all.
    """
    drawn: dict[str, int] = {"permutations": permutations, "seed": seed}
    single = {name: mantel(similarities, x, **drawn) for name, x in likenesses.items()}
    used = {name: likenesses[name] for name in common(likenesses)}
    joint = mrqap(similarities, used, **drawn)
    rows: list[dict[str, object]] = []
    for measure in similarities:
        rows += _rows(measure, "single", {name: each[measure] for name, each in single.items()})
        rows += _rows(measure, "joint", joint[measure])
    return pd.DataFrame(rows, columns=COLUMNS)


COLUMNS = ["measure", "predictor", "kind", "effect", "p_value", "r_squared", "firms"]
"""Columns of the table."""


def common(likenesses: Mapping[str, NDArray[np.floating]]) -> list[str]:
    """Name the traits that at least half of the firms have.

    One that few have would leave few firms to all traits together.
    """
    shares = {
        name: np.isfinite(likeness).any(axis=1).mean() for name, likeness in likenesses.items()
    }
    return [name for name, share in shares.items() if share >= 0.5]


def _rows(measure: str, kind: str, found: Mapping[str, Association]) -> list[dict[str, object]]:
    """Write associations as rows."""
    return [
        {
            "measure": measure,
            "predictor": predictor,
            "kind": kind,
            "effect": one.effect,
            "p_value": one.p_value,
            "r_squared": one.r_squared,
            "firms": one.firms,
        }
        for predictor, one in found.items()
    ]
