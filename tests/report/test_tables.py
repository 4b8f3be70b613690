"""Tables and sentences of the report, against values worked by hand."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from pipeline.report import peers, sentences, tables

SCORES = {
    "crps": 2.0,
    "log_score": 2.5,
    "mae": 3.0,
    "rmse": 4.0,
    "directional_accuracy": 0.51,
    "information_coefficient": -0.02,
    "coverage_50": 0.53,
    "coverage_90": None,
    "forecasts": 1500,
    "firms": 3,
    "days": 500,
    "first": "2021-01-04",
    "last": "2022-12-30",
    "best_baseline": "ewma_volatility",
    "crps_skill": 0.02,
    "baselines": {
        "zero_growth": {
            "crps": 2.2,
            "log_score": 2.4,
            "mae": 3.00004,
            "rmse": 3.9,
            "directional_accuracy": None,
            "information_coefficient": None,
            "coverage_50": 0.49,
            "coverage_90": 0.91,
        },
        "ewma_volatility": {
            "crps": 2.0408,
            "log_score": 2.6,
            "mae": 3.1,
            "rmse": 4.1,
            "directional_accuracy": 0.4,
            "information_coefficient": 0.01,
            "coverage_50": 0.4,
            "coverage_90": 0.8,
        },
    },
}
SUMMARY = {"architecture": "lstm"}


def test_the_best_of_each_column_is_marked() -> None:
    grid = tables.score_grid(SCORES)
    assert [row.cells[0].text for row in grid.rows] == [
        "network",
        "zero growth",
        "EWMA volatility",
    ]
    best = [[cell.best for cell in row.cells[1:]] for row in grid.rows]
    assert best == [
        # crps, log score, qlike, mae, rmse, direction, rises (came, forecast), ic, 50 %, 90 %
        [True, False, False, True, False, True, False, False, False, False, False],
        [False, True, False, True, True, False, False, False, False, True, True],
        [False, False, False, False, False, False, False, False, True, False, False],
    ]
    assert [cell.text for cell in grid.rows[1].cells[-4:]] == ["–", "–", "49.0 %", "91.0 %"]
    assert [row.own for row in grid.rows] == [True, False, False]


def test_days_ahead_have_a_table_only_if_there_are_several() -> None:
    first, second = {"horizon": 1, **SCORES}, {"horizon": 2, **SCORES, "crps": 2.3}
    assert tables.horizon_grid([first]) is None
    grid = tables.horizon_grid([first, second])
    assert grid is not None
    assert [[cell.text for cell in row.cells] for row in grid.rows] == [
        ["1", "2.000", "2.200", "2.041", "2.0 %", "53.0 %", "–"],
        ["2", "2.300", "2.200", "2.041", "2.0 %", "53.0 %", "–"],
    ]
    assert [[cell.best for cell in row.cells].index(True) for row in grid.rows] == [1, 3]
    assert all(len(row.cells) == len(grid.heads) for row in grid.rows)


@pytest.mark.parametrize(
    ("ratio", "p_value", "verdict"),
    [
        (0.98, 0.01, "is better than the best baseline, EWMA volatility: 2.00 % (95 % interval"),
        (0.98, 0.2, "is not told apart from the best baseline, EWMA volatility: 2.00 %"),
        (1.02, 0.2, "is not told apart from the best baseline, EWMA volatility: −2.00 %"),
        (1.02, 0.0004, "is worse than the best baseline, EWMA volatility: −2.00 % (95 % interval"),
        (0.98, None, "cannot be told from the best baseline, EWMA volatility, on so few days"),
        (None, None, "could not be compared"),
    ],
)
def test_the_headline_is_honest(ratio: float | None, p_value: float | None, verdict: str) -> None:
    told = {"crps_skill": None, "crps_over_best": ratio, "dm_p": p_value}
    if ratio is not None:
        told |= {"crps_skill": 1.0 - ratio}
        told |= {f"crps_over_best_{end}": ratio for end in ("low", "high")}
    what, how_well, intervals = sentences.headline({**SCORES, **told}, SUMMARY, 1)
    assert what == (
        "An LSTM network forecast the daily growth of 3 firms, one day ahead, on 500 test days "
        "from 2021-01-04 to 2022-12-30, on none of which it was trained or chosen "
        "(1,500 forecasts)."
    )
    assert verdict in how_well
    assert intervals == "Growth lay in the 50 % intervals 53.0 % of the time."


def test_quality_rules_are_written_out() -> None:
    found = {
        "rule": "off_calendar",
        "action": "quarantine",
        "count": 2000,
        "firms": 3,
        "examples": ["a", "b", "c", "d"],
        "sentence": "Found.",
    }
    (row,) = tables.rule_rows([found])
    assert row == {
        "name": "off calendar",
        "count": "2,000",
        "firms": "3",
        "action": "quarantine",
        "sentence": "Found.",
        "examples": "a; b; c",
    }


SYMBOLS = list("ABCD")
SIMILARITY = pd.DataFrame(
    [[1, 0.5, 0.2, np.nan], [0.5, 1, 0.9, np.nan], [0.2, 0.9, 1, np.nan], [np.nan] * 3 + [1]],
    index=SYMBOLS,
    columns=SYMBOLS,
)
PEARSON = pd.DataFrame(
    [[1, 0.1, 0.3, 0.2], [0.1, 1, 0.4, np.nan], [0.3, 0.4, 1, 0.5], [0.2, np.nan, 0.5, 1]],
    index=SYMBOLS,
    columns=SYMBOLS,
)


def test_nearest_firms_with_the_rank_that_pearson_gives() -> None:
    near = peers.nearest(SIMILARITY, PEARSON, 2)
    rows = list(zip(near["symbol"], near["peer"], near["score"], near["pearson_rank"], strict=True))
    assert rows == [
        ("A", "B", 0.5, 3.0),
        ("A", "C", 0.2, 1.0),
        ("B", "C", 0.9, 1.0),
        ("B", "A", 0.5, 2.0),
        ("C", "B", 0.9, 2.0),
        ("C", "A", 0.2, 3.0),
    ]
    assert peers.peers_in_words(near)["A"] == "B 0.50, C 0.20"


def test_a_firm_without_peers_has_dashes() -> None:
    firms = pd.DataFrame(
        {
            "symbol": SYMBOLS,
            "name": ["Aa", None, "Cc", "Dd"],
            "sector": ["x", np.nan, "x", "y"],
            "market_cap": [2.951e12, np.nan, 5e8, 12_000.0],
        }
    )
    rows = peers.peer_rows(peers.named(firms), peers.nearest(SIMILARITY, PEARSON, 2), 2)
    assert rows[3]["peers"] == [None, None]
    assert rows[0]["peers"][0] == {"symbol": "B", "score": "0.50", "rank": "3"}
    assert [row["cap"] for row in rows] == ["2.95 T", "–", "500 M", "12,000"]
    assert (rows[1]["name"], rows[1]["sector"]) == ("", "unknown")


def test_the_most_similar_pairs_are_named_once() -> None:
    near = peers.nearest(SIMILARITY, PEARSON, 2)
    _, closest = sentences.similarity((date(2020, 1, 2), date(2021, 1, 4)), near)
    assert closest == "The most similar: B and C (0.90), A and B (0.50) and A and C (0.20)."
    _, none = sentences.similarity((date(2020, 1, 2), date(2021, 1, 4)), near.iloc[:0])
    assert none == "No two firms have enough days in common to be compared."


def test_the_source_and_the_basis_of_growth_are_told() -> None:
    quality = {
        "source": "Closes of three firms.",
        "rows_read": 3000,
        "firms_read": 4,
        "firms_kept": 3,
        "first": "2019-01-02",
        "last": "2022-12-30",
        "sessions": 1008,
    }
    basis = {"used": "adj_close", "days_per_year": 252, "risk_free": 0.015, "note": None}
    assert sentences.data(quality, basis) == [
        "Source: Closes of three firms.",
        "Rows read: 3,000, of 4 firms; kept: 3 firms from 2019-01-02 to 2022-12-30 "
        "(1,008 sessions).",
        "Growth rates are the daily log changes of the adjusted close, times 252 (unit 1/year), "
        "less a risk-free rate of 1.50 % a year.",
    ]


def test_firms_without_peers_have_none_in_words() -> None:
    scores = pd.DataFrame(np.eye(2), index=["A", "B"], columns=["A", "B"])
    scores[scores == 0.0] = np.nan
    assert peers.peers_in_words(peers.nearest(scores, scores, 3)) == {}
