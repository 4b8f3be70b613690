"""What a study says in words, against tables written by hand."""

import numpy as np
import pandas as pd
import pytest

from pipeline.similarity.study.answers import answers
from pipeline.similarity.study.associations import COLUMNS
from pipeline.similarity.study.figures import BY_KEY

SINGLE, JOINT = "single", "joint"


def figures(**values):
    table = pd.DataFrame(
        np.nan, index=["learned", "Pearson", "random", "majority"], columns=list(BY_KEY)
    )
    for key, column in values.items():
        table[key] = column
    return table


def differences(*rows):
    columns = ["figure", "best_classical", "learned", "classical", "difference", "low", "high"]
    return pd.DataFrame(rows, columns=[*columns, "winner", "firms"])


def associations(*rows):
    return pd.DataFrame([("learned", *row) for row in rows], columns=COLUMNS)


NOTHING = associations()


def test_what_similarity_goes_with_alone():
    said = answers(
        figures(),
        differences(),
        associations(
            ("same_sector", SINGLE, 0.412, 0.001, 0.17, 427),
            ("capitalisation", SINGLE, 0.011, 0.31, 0.0, 1422),
            ("beta", SINGLE, -0.2, 0.0005, 0.04, 427),
            ("volatility", SINGLE, np.nan, np.nan, np.nan, 1),
        ),
    )
    assert said == [
        "By learned, firms of the same sector are more alike than others (r = 0.412, p = 0.001, "
        "427 firms).",
        "By learned, firms of similar market capitalisation are not measurably more alike than "
        "others (r = 0.011, p = 0.310, 1,422 firms).",
        "By learned, firms of similar market beta are less alike than others (r = −0.200, "
        "p < 0.001, 427 firms).",
    ]


def test_what_is_left_when_other_traits_are_held_fixed():
    rows = [
        ("same_sector", JOINT, 0.3, 0.001, 0.25, 306),
        ("same_industry", JOINT, 0.2, 0.002, 0.25, 306),
        ("beta", JOINT, -0.1, 0.01, 0.25, 306),
        ("capitalisation", JOINT, 0.0, 0.9, 0.25, 306),
    ]
    (said,) = answers(figures(), differences(), associations(*rows))
    assert said == (
        "With the other traits held fixed, similarity by learned goes with the same sector "
        "(standardised coefficient 0.300, p = 0.001) and the same industry (standardised "
        "coefficient 0.200, p = 0.002), goes against similar market beta (standardised "
        "coefficient −0.100, p = 0.010) and does not measurably go with similar market "
        "capitalisation (standardised coefficient 0.000, p = 0.900); together they explain "
        "25.0 % of its variance over pairs of 306 firms."
    )
    assert answers(figures(), differences(), associations(rows[0])) == []


@pytest.mark.parametrize(
    ("winner", "start"),
    [
        ("learned", "Learned is better than Pearson, the best classical measure, in"),
        ("classical", "Pearson, the best classical measure, is better than learned in"),
        ("neither", "Learned and Pearson, the best classical measure, are not told apart in"),
    ],
)
def test_who_is_better(winner, start):
    row = ("sector_precision_5", "Pearson", 0.7, 0.75, -0.05, -0.06, -0.04, winner, 427)
    said, tally = answers(
        figures(sector_precision_5=[0.7, 0.75, 0.12, np.nan]), differences(row), NOTHING
    )
    assert said == (
        f"{start} sector precision at 5 (share of a firm's 5 nearest firms that are of its own "
        "sector, mean over firms): learned has 0.700, Pearson 0.750, a difference of −0.050 "
        "(95 % interval −0.060 to −0.040); random neighbours reach 0.120."
    )
    assert tally.startswith("Of 1 figure that can be compared firm by firm, in 1 ")


def test_where_each_side_wins_is_counted():
    rows = [
        ("sector_precision_1", "Pearson", 0.7, 0.6, 0.1, 0.05, 0.15, "learned", 427),
        ("knn_accuracy", "Pearson", 0.7, 0.8, -0.1, -0.15, -0.05, "classical", 427),
        ("later_r2", "Pearson", 0.4, 0.5, -0.1, -0.15, -0.05, "classical", 427),
    ]
    (said,) = answers(figures(), differences(*rows), NOTHING)
    assert said == (
        "Of 3 figures that can be compared firm by firm, in 1 learned is better by more than "
        "chance (sector precision at 1) and in 2 the best classical measure is better by more "
        "than chance (vote of 5 on the sector, later R² on 5 peers)."
    )


def test_too_few_firms_for_an_interval():
    row = ("later_correlation_5", "Pearson", 0.2, 0.1, 0.1, np.nan, np.nan, "neither", 5)
    said = answers(figures(), differences(row), NOTHING)[0]
    assert said.endswith("a difference of 0.100 (too few firms for an interval).")


def test_clusters_and_seeds():
    table = figures(adjusted_rand=[0.5, 0.6, 0.0, np.nan], stability_seeds=[0.6, *[np.nan] * 3])
    clusters, seeds = answers(table, differences(), NOTHING)
    assert "index of 0.500, and the best classical measure, Pearson, by 0.600" in clusters
    # m / (20 − m) = 0.6 at m = 7.5.
    assert seeds.endswith("index of 0.600 between a firm's 10 nearest firms: about 7.5 of the 10 "
                          "are the same.")  # fmt: skip
