"""What a study of similarity found, in plain language; every sentence follows the numbers."""

from __future__ import annotations

from collections.abc import Hashable
from math import isfinite
from typing import Any

import pandas as pd

from pipeline.similarity.study.figures import BY_KEY, GROUPS
from pipeline.similarity.study.traits import (
    BETA,
    CAPITALISATION,
    SAME_INDUSTRY,
    SAME_SECTOR,
    VOLATILITY,
)
from pipeline.words import listed, number, plural

SURE = 0.05
"""A p-value below this is called more than chance."""

TRAIT_WORDS = {
    SAME_SECTOR: "the same sector",
    SAME_INDUSTRY: "the same industry",
    CAPITALISATION: "similar market capitalisation",
    BETA: "similar market beta",
    VOLATILITY: "similar volatility",
}
"""Firms of … are more alike."""


def answers(
    figures: pd.DataFrame, differences: pd.DataFrame, associations: pd.DataFrame
) -> list[str]:
    """Say what was found.

    Parameters
    ----------
    figures, differences, associations : DataFrame
        As in `Findings`.

    Returns
    -------
    list of str
        What the learned similarity goes with; how it stands to the best classical measure in one
        figure of each group; its clusters; its seeds; and where each side wins.
    """
    learned = str(figures.index[0])
    own = associations[associations["measure"] == learned]
    found = [*_singles(own, learned), _joint(own, learned), *_groups(figures, differences, learned)]
    found += [_clusters(figures, learned), _seeds(figures, learned), _tally(differences, learned)]
    return [sentence for sentence in found if sentence]


def _singles(own: pd.DataFrame, learned: str) -> list[str]:
    """Say of every trait whether firms that share it are more alike."""
    return [
        f"By {learned}, firms of {TRAIT_WORDS[row['predictor']]} are "
        f"{_more(row['effect'], row['p_value'])} (r = {number(row['effect'])}, "
        f"{_p(row['p_value'])}, {plural(row['firms'], 'firm')})."
        for row in own[own["kind"] == "single"].to_dict("records")
        if isfinite(row["effect"])
    ]


def _more(effect: float, p_value: float) -> str:
    """Say which way an effect goes, if it is more than chance."""
    if not p_value < SURE:
        return "not measurably more alike than others"
    return "more alike than others" if effect > 0.0 else "less alike than others"


def _joint(own: pd.DataFrame, learned: str) -> str:
    """Say which traits are left when the others are held fixed."""
    rows = own[(own["kind"] == "joint") & own["effect"].notna()]
    if len(rows) < 2:
        return ""
    sure = rows["p_value"] < SURE
    with_, against, without = map(
        _traits,
        (rows[sure & (rows["effect"] > 0)], rows[sure & (rows["effect"] <= 0)], rows[~sure]),
    )
    parts = [f"goes with {listed(with_)}"] if with_ else []
    parts += [f"goes against {listed(against)}"] if against else []
    parts += [f"does not measurably go with {listed(without, 'or')}"] if without else []
    share, firms = rows["r_squared"].iloc[0], rows["firms"].iloc[0]
    return (
        f"With the other traits held fixed, similarity by {learned} {listed(parts)}; together "
        f"they explain {number(share, '.1%')} of its variance over pairs of "
        f"{plural(firms, 'firm')}."
    )


def _traits(rows: pd.DataFrame) -> list[str]:
    """Name traits, each with its coefficient."""
    return [
        f"{TRAIT_WORDS[trait]} (standardised coefficient {number(effect)}, {_p(p_value)})"
        for trait, effect, p_value in zip(
            rows["predictor"], rows["effect"], rows["p_value"], strict=True
        )
    ]


def _groups(figures: pd.DataFrame, differences: pd.DataFrame, learned: str) -> list[str]:
    """Set the learned measure beside the best classical one, in one figure of each group."""
    rows = {row["figure"]: row for row in differences.to_dict("records")}
    return [
        _beside(key, rows[key], learned, float(figures[key]["random"]))
        for key in GROUPS.values()
        if key in rows
    ]


def _beside(key: str, row: dict[Hashable, Any], learned: str, chance: float) -> str:
    """Say who is better in a figure, and by how much."""
    figure, classical = BY_KEY[key], str(row["best_classical"])
    what = f"{figure.title} ({figure.meaning})"
    who = {
        "learned": f"{learned} is better than {classical}, the best classical measure, in {what}",
        "classical": f"{classical}, the best classical measure, is better than {learned} in {what}",
        "neither": f"{learned} and {classical}, the best classical measure, are not told apart in "
        f"{what}",
    }[str(row["winner"])]
    interval = (
        f"95 % interval {number(row['low'])} to {number(row['high'])}"
        if isfinite(row["low"])
        else "too few firms for an interval"
    )
    random = f"; random neighbours reach {number(chance)}" if isfinite(chance) else ""
    return (
        f"{_capital(who)}: {learned} has {number(row['learned'])}, {classical} "
        f"{number(row['classical'])}, a difference of {number(row['difference'])} "
        f"({interval}){random}."
    )


def _clusters(figures: pd.DataFrame, learned: str) -> str:
    """Say how well clusters agree with sectors."""
    known = figures["adjusted_rand"].drop(["random", "majority"]).dropna()
    if learned not in known.index or len(known) < 2:
        return ""
    others = known.drop(learned)
    return (
        f"Cut into as many clusters as there are sectors, {learned} agrees with the sectors by "
        f"an adjusted Rand index of {number(known[learned])}, and the best classical measure, "
        f"{others.idxmax()}, by {number(others.max())} (1 is the same, 0 is "
        "chance; there is no interval)."
    )


def _seeds(figures: pd.DataFrame, learned: str) -> str:
    """Say how far networks of different seeds name the same peers."""
    share = float(figures["stability_seeds"][learned])
    if not isfinite(share):
        return ""
    # Two sets of k with m in common have the Jaccard index m / (2k − m).
    common = 20.0 * share / (1.0 + share)
    return (
        f"Networks that differ in their seed alone have a Jaccard index of {number(share)} "
        f"between a firm's 10 nearest firms: about {common:.1f} of the 10 are the same."
    )


def _tally(differences: pd.DataFrame, learned: str) -> str:
    """Count who wins which figures."""
    if not len(differences):
        return ""
    won = {
        winner: [BY_KEY[key].title for key in rows["figure"]]
        for winner, rows in differences.groupby("winner")
    }
    groups = {
        "learned": f"{learned} is better by more than chance",
        "classical": "the best classical measure is better by more than chance",
        "neither": "the two are not told apart",
    }
    parts = [
        f"in {len(won[winner])} {words} ({', '.join(won[winner])})"
        for winner, words in groups.items()
        if winner in won
    ]
    figures = plural(len(differences), "figure")
    return f"Of {figures} that can be compared firm by firm, {listed(parts)}."


def _p(value: float) -> str:
    """Write a p-value."""
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}"


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
