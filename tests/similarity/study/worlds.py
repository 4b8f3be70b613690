"""A planted universe as a study reads it, and small random matrices."""

from functools import cache

import numpy as np
import pandas as pd
import universe
from numpy.typing import NDArray

from pipeline.similarity import classical
from pipeline.similarity.study.findings import Findings, findings
from pipeline.similarity.study.views import Views

FIRMS, GROUPS, DAYS, SPLIT = 40, 4, 600, 400


def symmetric(random: np.random.Generator, firms: int) -> NDArray[np.float64]:
    """Random scores in [−1, 1] that are the same both ways."""
    drawn = random.uniform(-1.0, 1.0, size=(firms, firms))
    return (drawn + drawn.T) / 2.0


def co_moving(random: np.random.Generator, firms: int, days: int = 40) -> NDArray[np.float64]:
    """Correlations of firms with loadings of their own on two factors: pairs share firms."""
    loadings = random.normal(size=(firms, 2))
    growth = random.normal(size=(days, 2)) @ loadings.T + random.normal(size=(days, firms))
    return np.corrcoef(growth.T)


def noisy(growth: NDArray[np.float64], seed: int, amount: float) -> NDArray[np.float64]:
    """Residual correlations that are blurred: a measure that is worse, by how much is known."""
    blur = symmetric(np.random.default_rng(seed), growth.shape[1])
    return classical.residual(growth) + amount * blur


def views(growth: pd.DataFrame, amount: float, seed: int = 0) -> Views:
    """All matrices of a measure that is blurred by an amount."""
    values = growth.to_numpy()
    years = [values[first : first + 150] for first in range(0, DAYS, 150)]
    return Views(
        noisy(values[:SPLIT], seed, amount),
        noisy(values, seed + 1, amount),
        [noisy(year, seed + 2 + n, amount) for n, year in enumerate(years)],
    )


@cache
def planted_growth() -> pd.DataFrame:
    """Growth of forty firms in four groups, with gaps and a late listing."""
    return universe.growth_panel(firms=FIRMS, days=DAYS, groups=GROUPS)


def planted_study(
    learned: float, classical: float, sectors: list[object] | None = None, permutations: int = 49
) -> Findings:
    """Study a learned measure and a classical one that are blurred by these amounts."""
    growth = planted_growth()
    firms = universe.firms_table(growth, GROUPS)
    if sectors is not None:
        firms["sector"] = sectors
    return findings(
        {"learned": views(growth, learned), "residual": views(growth, classical, seed=50)},
        firms,
        growth.iloc[:SPLIT],
        growth.iloc[SPLIT:],
        growth,
        seeds=[noisy(growth.to_numpy(), seed, learned) for seed in (7, 8, 9)],
        permutations=permutations,
        draws=400,
    )
