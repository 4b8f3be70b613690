"""The figures by which measures of similarity are judged, and which way is better."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.similarity.study.differences import Better


@dataclass(frozen=True)
class Figure:
    """A figure: its key in tables, its title, which way is better, and what it means."""

    key: str
    title: str
    better: Better
    meaning: str
    group: str
    unit: str = ""


SECTORS, INDUSTRIES, LATER, STABILITY = "sectors", "industries", "later years", "stability"

GROUPS = {
    SECTORS: "sector_precision_5",
    INDUSTRIES: "industry_precision_5",
    LATER: "later_correlation_5",
    STABILITY: "stability_years",
}
"""Groups of figures, and the one of each that is told in words first."""


def _precision(label: str, k: int) -> Figure:
    """Declare a precision at k."""
    return Figure(
        f"{label}_precision_{k}",
        f"{label} precision at {k}",
        "high",
        f"share of a firm's {k} nearest firms that are of its own {label}, mean over firms"
        if k > 1
        else f"share of firms whose nearest firm is of their own {label}",
        SECTORS if label == "sector" else INDUSTRIES,
    )


def _macro(label: str, group: str, k: int) -> Figure:
    """Declare a precision at k in which every label counts the same."""
    return Figure(
        f"macro_{label}_precision_{k}",
        f"macro {label} precision at {k}",
        "high",
        f"{label} precision at {k}, mean over firms of each {label} and then over them",
        group,
    )


FIGURES = (
    *(_precision("sector", k) for k in (1, 5, 10)),
    *(_macro("sector", SECTORS, k) for k in (1, 5, 10)),
    Figure(
        "knn_accuracy",
        "vote of 5 on the sector",
        "high",
        "share of firms whose sector most of their 5 nearest firms have; of sectors with as many "
        "votes, the nearest firm's",
        SECTORS,
    ),
    Figure(
        "knn_macro_f1",
        "macro F1 of the vote of 5",
        "high",
        "F1 of the vote on the sector, mean over sectors",
        SECTORS,
    ),
    Figure(
        "adjusted_rand",
        "adjusted Rand index",
        "high",
        "agreement of as many clusters (Ward's linkage) as there are sectors with the sectors: "
        "1 when they are the same, 0 on average by chance",
        SECTORS,
    ),
    *(_precision("industry", k) for k in (1, 5, 10)),
    *(_macro("industry", INDUSTRIES, k) for k in (1, 5, 10)),
    *(
        Figure(
            f"later_correlation_{k}",
            f"later correlation with {k} peers",
            "high",
            f"mean correlation of a firm's later market residuals with those of its {k} nearest "
            "firms of the first years, mean over firms",
            LATER,
        )
        for k in (5, 10)
    ),
    Figure(
        "rank_correlation",
        "rank correlation over all pairs",
        "high",
        "Spearman correlation of similarity in the first years with later residual correlation, "
        "over all pairs of firms",
        LATER,
    ),
    Figure(
        "firm_rank_correlation",
        "rank correlation by firm",
        "high",
        "the same over the possible peers of one firm, mean over firms",
        LATER,
    ),
    Figure(
        "later_r2",
        "later R² on 5 peers",
        "high",
        "share of the variance of a firm's later growth that the mean growth of its 5 nearest "
        "firms explains, mean over firms",
        LATER,
    ),
    Figure(
        "hedged_variance",
        "variance left when hedged",
        "low",
        "later variance of a firm hedged with its 5 nearest firms, at the beta of the first "
        "years, beside that of the firm alone, mean over firms",
        LATER,
    ),
    Figure(
        "distant_pair_volatility",
        "volatility of distant pairs",
        "low",
        "later standard deviation of the growth of half a firm and half one of its 5 least "
        "similar firms, mean over pairs and firms",
        LATER,
        "1/year",
    ),
    Figure(
        "stability_years",
        "same peers a year on",
        "high",
        "Jaccard index of a firm's 10 nearest firms of a year and of the next, mean over years "
        "and firms",
        STABILITY,
    ),
    Figure(
        "stability_seeds",
        "same peers by another seed",
        "high",
        "Jaccard index of a firm's 10 nearest firms by networks of two seeds, mean over pairs of "
        "seeds and firms",
        STABILITY,
    ),
)
"""All figures, in the order in which tables show them."""

BY_KEY = {figure.key: figure for figure in FIGURES}
"""The same, by key."""
