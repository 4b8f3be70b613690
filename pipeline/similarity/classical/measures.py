"""The classical measures by name, in the order in which tables show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pipeline.similarity.classical.denoised import denoised
from pipeline.similarity.classical.eigen import FIRMS_A_COMPONENT, eigen10, eigen20, eigen30
from pipeline.similarity.classical.exposures import FACTORS, exposures
from pipeline.similarity.classical.gaps import MIN_COMMON, Growth, Values
from pipeline.similarity.classical.kernel import kernel
from pipeline.similarity.classical.ledoit_wolf import ledoit_wolf
from pipeline.similarity.classical.market import residual
from pipeline.similarity.classical.pearson import pearson
from pipeline.similarity.classical.profile import profile
from pipeline.similarity.classical.recent import recent250, recent500, recent500_eigen40
from pipeline.similarity.classical.scaled import scaled
from pipeline.similarity.classical.spearman import residual_spearman, spearman


class Similarity(Protocol):
    """Compare firms (all, or some with all the others) by their growth: (T, N) → (K, N)."""

    def __call__(
        self, growth: Growth, firms: Sequence[int] | None = None, *, min_common: int = MIN_COMMON
    ) -> Values:
        """Return similarities in [−1, 1]; NaN for pairs with too few common days."""
        ...


@dataclass(frozen=True)
class Measure:
    """A classical similarity measure of growth rates."""

    name: str
    """As it is asked for; the function has the same name."""
    title: str
    """As tables show it."""
    function: Similarity
    meaning: str
    """What a high similarity says, in one line."""
    above: int = 0
    """It is offered for more firms than this."""
    quick: bool = False
    """A table shows it beside the measure that is asked for: all would not fit, and take longer."""
    tested: bool = False
    """A study tests its association with traits of the firms, which takes the most time."""
    slow: bool = False
    """It takes seconds: a study does not ask it of single years, nor is it shown beside others."""
    heading: str = ""
    """Of a column of ranks by it; empty: its name in words."""
    need: int = 8
    """In a narrow terminal, columns of ranks of a higher number are left out first."""


_ALL = (
    Measure(
        "pearson",
        "Pearson",
        pearson,
        "The firms grow and fall on the same days, the market's days included.",
        quick=True,
        tested=True,
        heading="Pearson",
        need=3,
    ),
    Measure(
        "spearman",
        "Spearman",
        spearman,
        "The firms' good and bad days are the same, however wild the wildest were.",
        quick=True,
    ),
    Measure(
        "residual",
        "Pearson of market residuals",
        residual,
        "The firms move together beyond what the market does.",
        quick=True,
        need=3,
    ),
    Measure(
        "residual_spearman",
        "Spearman of market residuals",
        residual_spearman,
        "The firms' good and bad days beside the market are the same, wild or not.",
    ),
    Measure(
        "scaled",
        "Pearson of scaled market residuals",
        scaled,
        "The firms move together beyond the market, calm times counting like nervous ones.",
        quick=True,
        tested=True,
        need=6,
    ),
    Measure(
        "recent250",
        "Pearson of scaled residuals, half-life 250 days",
        recent250,
        "The firms move together beyond the market, most of all in the last year.",
    ),
    Measure(
        "recent500",
        "Pearson of scaled residuals, half-life 500 days",
        recent500,
        "The firms move together beyond the market, most of all in the last two years.",
        tested=True,
    ),
    Measure(
        "recent500_eigen40",
        "half-life 500 days, and 40 eigenvectors",
        recent500_eigen40,
        "The firms move together of late, and load alike on the 40 strongest common movements.",
    ),
    Measure(
        "denoised",
        "scaled residuals without noise",
        denoised,
        "The firms move together beyond the market, in movements that noise alone would not make.",
        slow=True,
    ),
    Measure(
        "exposures",
        "exposures to 20 factors",
        exposures,
        "The firms are exposed alike to 20 common factors, by however few days of their own.",
        FACTORS,
    ),
    Measure(
        "eigen10",
        "10 eigenvectors",
        eigen10,
        "The firms load alike on the 10 strongest common movements beyond the market.",
        10 * FIRMS_A_COMPONENT,
    ),
    Measure(
        "eigen20",
        "20 eigenvectors",
        eigen20,
        "The firms load alike on the 20 strongest common movements beyond the market.",
        20 * FIRMS_A_COMPONENT,
    ),
    Measure(
        "eigen30",
        "30 eigenvectors",
        eigen30,
        "The firms load alike on the 30 strongest common movements beyond the market.",
        30 * FIRMS_A_COMPONENT,
    ),
    Measure(
        "ledoit_wolf",
        "Ledoit–Wolf",
        ledoit_wolf,
        "The firms grow and fall on the same days, by more than noise, nervous firms first.",
    ),
    Measure(
        "kernel",
        "Squared-exponential kernel",
        kernel,
        "The firms' growth, in units of their own deviation, differs little from day to day.",
        quick=True,
    ),
    Measure(
        "profile",
        "Volatility and beta",
        profile,
        "The firms are as nervous and as exposed to the market, whether or not on the same days.",
    ),
)

MEASURES: dict[str, Measure] = {measure.name: measure for measure in _ALL}
"""To add a measure, write a module with such a function and name it here."""


def offered(firms: int) -> dict[str, Measure]:
    """Choose the measures that make sense for a number of firms.

    Parameters
    ----------
    firms : int
        Firms N of the panel.

    Returns
    -------
    dict
        Names and measures, in the order of `MEASURES`; similarity by k eigenvectors only where k
        is below a third of the firms.
    """
    return {name: measure for name, measure in MEASURES.items() if firms > measure.above}
