"""Sentences about a comparison follow its numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.report import standings, verdicts
from pipeline.words import number

BOARD = pd.DataFrame(
    {
        "name": ["gru", "linear", "har", "garch", "elman"],
        "kind": ["network", "control", "baseline", "baseline", "network"],
        "crps": [1.9, 1.92, 1.98, 2.0, 2.1],
        "crps_low": [1.8, 1.8, 1.9, 1.9, 2.0],
        "crps_high": [2.0, 2.0, 2.1, 2.1, 2.2],
        "crps_ratio": [0.95, 0.96, 0.99, 1.0, 1.05],
        "crps_ratio_low": [0.93, 0.94, 0.98, 1.0, 1.01],
        "crps_ratio_high": [0.97, 0.98, 1.002, 1.0, 1.09],
        "dm_p_garch": [0.0004, 0.01, 0.3, np.nan, 0.02],
        "crps_over_best": [1.9 / 1.98, 1.92 / 1.98, np.nan, np.nan, 2.1 / 1.98],
        "crps_over_best_low": [0.94, 0.95, np.nan, np.nan, 1.04],
        "crps_over_best_high": [0.98, 0.99, np.nan, np.nan, 1.08],
        "dm_p_holm": [0.012, np.nan, np.nan, np.nan, 0.5],
        "crps_over_control": [1.9 / 1.92, np.nan, np.nan, np.nan, 2.1 / 1.92],
        "crps_over_control_low": [0.983, np.nan, np.nan, np.nan, 1.08],
        "crps_over_control_high": [0.9995, np.nan, np.nan, np.nan, 1.12],
        "dm_p_control": [0.03, np.nan, np.nan, np.nan, 0.001],
        "firms_better": [0.75, 0.7, 0.5, np.nan, 0.25],
        "pit_p": [0.2, 0.3, 0.01, 0.04, 0.06],
        "set_p": [1.0, 0.8, 0.2, 0.05, 0.01],
        "in_set": [True, True, True, False, False],
        "seconds": [10.0, 1.0, np.nan, np.nan, 4.0],
    }
)


def changed(name: str, **values: float | bool) -> pd.DataFrame:
    board = BOARD.set_index("name", drop=False)
    for column, value in values.items():
        board.loc[name, column] = value
    return board.reset_index(drop=True)


def test_the_verdict_names_winner_margin_and_doubt() -> None:
    assert verdicts.verdict(BOARD) == (
        "GRU has the lowest CRPS of the networks, 4.0 % better than that of the best baseline "
        "(HAR): more than chance (95 % interval 2.0 % to 6.0 %; Diebold–Mariano p = 0.012, for 2 "
        "comparisons). Beside the best control on the same inputs (linear), recurrence adds 1.04 % "
        "(95 % interval 0.05 % to 1.70 %, p = 0.030). 1 of 2 networks is in the 90 % model "
        "confidence set."
    )


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (
            {"dm_p_control": 0.46, "crps_over_control_high": 1.002},
            "what recurrence adds is not told apart from nothing: 1.04 % (95 % interval −0.20 % to "
            "1.70 %, p = 0.460).",
        ),
        (
            {"crps": 1.93, "crps_over_control": 1.93 / 1.92, "dm_p_control": 0.0},
            "recurrence adds −0.52 % (95 % interval 0.05 % to 1.70 %, p < 0.001). The CRPS of that",
        ),
        ({"dm_p_control": np.nan}, "adds cannot be told from chance on so few days (1.04 %)."),
    ],
)
def test_what_recurrence_adds_is_told_as_it_is(values: dict[str, float], said: str) -> None:
    assert said in verdicts.verdict(changed("gru", **values))


def test_a_control_that_leads_is_not_the_winner_but_is_named() -> None:
    board = changed("gru", crps=1.93, crps_over_control=1.93 / 1.92)
    said = verdicts.verdict(board.sort_values("crps"))
    assert said.startswith("GRU has the lowest CRPS of the networks")
    assert "(linear), " in said and "of that control is below that of every network." in said


LADDER = pd.DataFrame(
    {
        "name": ["gru raw", "gru last 1 day", "gru last 5 days", "gru"],
        "architecture": "gru",
        "inputs": ["raw", "all", "all", "all"],
        "days": [0, 1, 5, 0],
        "kept": [0.7, 0.86, 0.95, 1.0],
        "crps_over_whole": [1.25, 1.01, 1.001, 1.0],
        "crps_over_whole_low": [1.0, 1.0, 1.0, 1.0],
        "crps_over_whole_high": [2.0, 1.02, 1.01, 1.0],
        "dm_p_whole": [0.02, 0.01, 0.4, np.nan],
    }
)


def test_what_features_add_is_told_where_a_ladder_tells() -> None:
    assert (
        "Beside itself on raw inputs, the features add 20.00 % (95 % interval 0.00 % to 50.00 %, "
        "p = 0.020). 1 of 2"
    ) in verdicts.verdict(BOARD, LADDER)
    assert "raw" not in verdicts.verdict(BOARD, LADDER[1:])
    assert "raw" not in verdicts.verdict(BOARD, pd.DataFrame())


def test_what_a_network_keeps_that_is_shown_less() -> None:
    assert verdicts.shown_less(LADDER, "gru") == [
        "Of its gain on GARCH, GRU keeps 86 % with 1 day and 95 % with 5 days: as trained, but "
        "shown no more before each forecast."
    ]
    assert verdicts.shown_less(LADDER.assign(kept=np.nan), "gru") == []


def test_controls_alone_are_compared_among_themselves() -> None:
    alone = BOARD[BOARD["kind"] != "network"].assign(dm_p_holm=0.04)
    assert verdicts.verdict(alone) == (
        "linear has a CRPS that is 3.0 % better than that of the best baseline (HAR): more than "
        "chance (95 % interval 1.0 % to 5.0 %; Diebold–Mariano p = 0.040). 1 of 1 control is in "
        "the 90 % model confidence set."
    )
    without = verdicts.verdict(BOARD[BOARD["kind"] != "control"])
    assert "recurrence" not in without


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"dm_p_holm": 0.2}, "better than that of the best baseline (HAR): not told apart"),
        ({"dm_p_holm": 0.0002}, "6.0 %; Diebold–Mariano p < 0.001"),
        ({"dm_p_holm": np.nan}, "on too few days to tell from chance"),
        ({"crps": 2.0}, "1.0 % worse than that of the best baseline (HAR)"),
        ({"in_set": False}, "0 of 2 networks are in"),
    ],
)
def test_the_verdict_follows_the_numbers(values: dict[str, float], said: str) -> None:
    assert said in verdicts.verdict(changed("gru", **values))


def test_one_network_is_not_said_to_be_the_first() -> None:
    said = verdicts.verdict(BOARD[BOARD["name"] != "elman"])
    assert said.startswith("GRU has a CRPS that is 4.0 % better than")
    assert "p = 0.012)" in said and "1 of 1 network is" in said


def test_networks_are_sorted_by_what_is_sure() -> None:
    assert verdicts.beside_reference(BOARD) == (
        "GRU (0.9500) is better than GARCH by more than chance; Elman (1.0500) is worse than "
        "GARCH by more than chance (at 5 %, each on its own)."
    )
    unsure = changed("gru", dm_p_garch=0.06)
    unsure.loc[4, "dm_p_garch"] = np.nan
    assert verdicts.beside_reference(unsure).startswith(
        "GRU (0.9500) and Elman (1.0500) are not told apart from GARCH"
    )


def test_the_course_is_told_by_months() -> None:
    days = pd.to_datetime(["2020-01-02", "2020-02-03", "2020-02-04", "2020-03-02"])
    gained = pd.Series([-1.0, -3.0, 1.0, 2.0], days, name="gru")
    assert verdicts.course(gained) == [
        "GRU had a lower CRPS than GARCH on 50 % of 4 days.",
        "Month by month it gained most in 2020-02 and lost most in 2020-03.",
    ]
    assert len(verdicts.course(gained.abs())) == 1
    assert len(verdicts.course(gained[:3])) == 1


def test_firms_are_told_from_best_to_worst() -> None:
    ratios = pd.Series([1.1, 0.9, 0.95, np.nan], list("ABCD"), name="lstm")
    assert verdicts.by_firm(ratios) == (
        "LSTM has a lower CRPS than GARCH for 2 of 3 firms, from 0.900 of it (B) to 1.100 (A)."
    )


def test_calibration_is_refused_or_not() -> None:
    assert verdicts.calibrated(BOARD) == (
        "At 5 %, the test refuses the calibration of HAR and GARCH, and not that of GRU, linear "
        "and Elman."
    )
    assert "every one" in verdicts.calibrated(BOARD.assign(pit_p=0.01))
    assert "none of them" in verdicts.calibrated(BOARD.assign(pit_p=0.5))
    assert "too few days" in verdicts.calibrated(BOARD.assign(pit_p=np.nan))


@pytest.mark.parametrize(
    ("ratios", "p_values", "said"),
    [
        ([0.9, 0.95, 1.1], [0.01, 0.2, 0.01], "on 1 and 2 of 3 days ahead, by more than chance on"),
        ([0.9, 0.95, 1.1], [0.01, 0.2, 0.01], "more than chance on 1."),
        ([0.9, 1.0, 1.1], [0.1, 0.2, 0.01], "by more than chance on none."),
        ([1.1, 1.0, 1.1], [0.1, 0.2, 0.01], "on no day ahead"),
    ],
)
def test_days_ahead_are_told(ratios: list[float], p_values: list[float], said: str) -> None:
    table = pd.DataFrame(
        {"name": "gru", "horizon": [1, 2, 3], "crps_ratio": ratios, "dm_p_garch": p_values}
    )
    assert said in verdicts.ahead(table, "gru")


def test_cost_is_set_against_the_quickest() -> None:
    assert verdicts.cost(BOARD) == (
        "GRU took 10.0 s a training, 2.5 times as long as the quickest, Elman (4.0 s), whose CRPS "
        "is 10.53 % higher."
    )
    assert "the shortest, and has the lowest" in verdicts.cost(changed("gru", seconds=3.0))
    alone = changed("gru", seconds=180.0)
    assert verdicts.cost(alone[alone["name"] != "elman"]) == "GRU took 3.0 min a training."


def test_folds_and_fallbacks_are_told() -> None:
    fold = {"purge": 0}
    assert "no day need be left out" in verdicts.folds({"folds": [fold]})
    said = verdicts.folds({"folds": [{"purge": 4}] * 2})
    assert "4 days on which forecasts are made are left out" in said and "anew in each fold" in said
    assert "Every baseline could be fitted" in verdicts.fallbacks({"fallbacks": {"garch": 0}})
    assert "GARCH for 3 firms" in verdicts.fallbacks({"fallbacks": {"garch": 3, "ar": 0}})


def test_the_headline_counts() -> None:
    summary = {
        "networks": ["gru"],
        "controls": [],
        "folds": [{}],
        "seeds": 1,
        "horizon": 5,
        "firms": 3,
        "first": "2020-01-02",
        "last": "2020-03-02",
        "forecasts": 1200,
        "verdict": "Won.",
    }
    assert verdicts.headline(summary) == [
        "1 network forecast the daily growth of 3 firms, 1 to 5 days ahead, from 2020-01-02 to "
        "2020-03-02, beside baselines on the same 1,200 firm-days. It was trained once: 1 seed in "
        "1 fold.",
        "Won.",
    ]
    beside = verdicts.headline(summary | {"controls": ["linear", "feedforward"]})[0]
    assert "beside 2 controls and baselines on the same" in beside
    alone = verdicts.headline(summary | {"networks": [], "controls": ["linear"]})[0]
    assert alone.startswith("1 control forecast") and ", beside baselines on" in alone


def test_the_decisive_table_is_worked_by_hand() -> None:
    rows = standings.board_rows(BOARD)
    assert rows["gru"]["crps_interval"] == "1.80 to 2.00"
    assert rows["gru"]["crps_ratio_interval"] == "0.930 to 0.970"
    assert rows["garch"]["crps_ratio_interval"] == "–"
    assert [rows[name]["inside"] for name in ("gru", "garch")] == ["yes", "no"]
    few = standings.board_rows(BOARD.assign(set_p=np.nan, crps_low=np.nan))
    assert (few["gru"]["inside"], few["gru"]["crps_interval"]) == ("–", "–")


def test_p_values_are_never_zero() -> None:
    assert [number(p, "p") for p in (0.0, 0.0004, 0.012, None)] == ["< 0.001"] * 2 + ["0.012", "–"]
