"""Whether the probability integral transforms of forecasts are uniform, tested over days."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.polynomial.legendre import legval
from numpy.typing import NDArray
from scipy import fft, stats

from pipeline.evaluation.significance import (
    LEAST_DAYS,
    Days,
    MeanTest,
    Numbers,
    daily_mean,
    mean_test,
)
from pipeline.evaluation.student import Values

SHAPES = {"location": 1, "spread": 2, "skew": 3, "tails": 4}
"""What the Legendre polynomial of a degree answers to."""


@dataclass(frozen=True)
class Uniformity:
    """A test of calibration; NaN where there are too few days, or all are alike."""

    statistic: float
    """F statistic."""
    p_value: float
    degrees: tuple[int, int]
    """Degrees of freedom of the F distribution."""
    shapes: dict[str, MeanTest]
    """Each departure on its own (`SHAPES`): a positive location says that growth was higher
    than forecast, a positive spread that intervals were too narrow."""


def uniformity(pit: Numbers, day: Days, horizon: int = 1) -> Uniformity:
    """Test whether forecasts were calibrated, without taking firm-days as independent.

    The mean over firms of √(2k + 1) P_k(2u − 1), k = 1 … 4, with P_k the Legendre polynomials
    and u the transforms, is zero on every day in expectation if every u is uniform, however firms
    depend on one another (the components of Neyman's smooth test, Skandinavisk Aktuarietidskrift
    20, 1937; on daily means with a long-run covariance as Knüppel, Journal of Business & Economic
    Statistics 33, 2015). With T days and the long-run covariance Ω as the mean of the outer
    products of B = ⌊0.4 T^(2/3)⌋ cosine transforms, which is what Lazarus, Lewis, Stock and
    Watson (2018) advise,

    F = (B − 3)/(4 B) · T m̄ᵀ Ω⁻¹ m̄ ~ F(4, B − 3).

    It assumes that neighbouring days depend on one another less and less, and that the days are
    many: with fewer than about 60, B is so small that it finds only large faults.

    Parameters
    ----------
    pit
        R transforms, 0 to 1.
    day
        R numbers of the day that each is of.
    horizon
        The most days ahead among them.
    """
    moments = np.stack([daily_mean(_legendre(pit, k), day) for k in SHAPES.values()], axis=1)
    shapes = {name: mean_test(moments[:, i], horizon) for i, name in enumerate(SHAPES)}
    days, count = moments.shape
    waves = int(0.4 * days ** (2.0 / 3.0))
    degrees = (count, waves - count + 1)
    mean = moments.mean(axis=0)
    covariance = _covariance(moments - mean, waves)
    few = days < max(LEAST_DAYS, 3 * horizon) or degrees[1] < 1
    if few or np.linalg.matrix_rank(covariance) < count:
        return Uniformity(float("nan"), float("nan"), degrees, shapes)
    wald = days * mean @ np.linalg.solve(covariance, mean)
    statistic = float(wald * degrees[1] / (waves * count))
    return Uniformity(statistic, float(stats.f.sf(statistic, *degrees)), degrees, shapes)


def _legendre(pit: Numbers, degree: int) -> Values:
    """Return the Legendre polynomial of 2u − 1, scaled to variance 1 under uniformity."""
    polynomial = legval(2.0 * pit - 1.0, np.eye(degree + 1)[degree])
    return np.asarray(np.sqrt(2 * degree + 1) * polynomial, dtype=np.float64)


def _covariance(centred: NDArray[np.float64], waves: int) -> NDArray[np.float64]:
    """Return the long-run covariance of T × K series from their first cosine transforms."""
    transforms = fft.dct(centred, type=2, axis=0, norm="ortho")[1 : waves + 1]
    return np.asarray(transforms.T @ transforms / waves)
