import numpy as np
import pandas as pd
import pytest

from pipeline.evaluation.earned import marked
from pipeline.evaluation.entry import Entry, by_day

DAYS = pd.to_datetime(["2020-01-02", "2020-01-03"])


def marks(rows: list[tuple[int, str, int, int, float]]) -> pd.DataFrame:
    """Marks from `day symbol seed horizon crps`; the log score is twice the CRPS."""
    table = pd.DataFrame(rows, columns=["date", "symbol", "seed", "horizon", "crps"])
    table["date"] = DAYS[table["date"]]
    return table.assign(
        log_score=2.0 * table["crps"], qlike=0.0, location=0.5, growth=1.0, pit=0.97
    )


ENTRY = Entry.of(
    "gru",
    "network",
    marks(
        [
            (0, "A", 0, 1, 1.0),
            (0, "B", 0, 1, 3.0),
            (0, "A", 1, 1, 2.0),
            (0, "B", 1, 1, 4.0),
            (0, "A", 0, 2, 8.0),
            (1, "A", 0, 1, 5.0),
        ]
    ),
    {"epochs": 4.0},
)


def test_days_are_means_over_firms_and_seeds() -> None:
    rows = ENTRY.daily.set_index(["date", "horizon"])
    assert list(rows.index) == [(DAYS[0], 1), (DAYS[0], 2), (DAYS[1], 1)]
    assert list(rows["forecasts"]) == [4, 1, 1]
    assert list(rows["crps"]) == [2.5, 8.0, 5.0]
    assert list(rows["log_score"]) == [5.0, 16.0, 10.0]


def test_a_day_is_the_mean_of_its_forecasts_whatever_the_days_ahead() -> None:
    # Four forecasts of 10 in all and one of 8.
    assert by_day(ENTRY.daily, "crps").to_dict() == {DAYS[0]: 18.0 / 5.0, DAYS[1]: 5.0}
    ahead = ENTRY.daily[ENTRY.daily["horizon"] == 1]
    assert by_day(ahead, "log_score").to_dict() == {DAYS[0]: 5.0, DAYS[1]: 10.0}


def test_firms_and_days_ahead_are_told_apart() -> None:
    assert ENTRY.firms.to_dict() == {"A": (1 + 2 + 8 + 5) / 4, "B": 3.5}
    assert ENTRY.ahead.set_index("horizon")["crps"].to_dict() == {1: 3.0, 2: 8.0}
    assert list(ENTRY.ahead["forecasts"]) == [5, 1]
    assert list(ENTRY.ahead["coverage_90"]) == [0.0, 0.0]


def test_scores_are_over_all_forecasts() -> None:
    assert ENTRY.scores["crps"] == 23.0 / 6.0
    assert ENTRY.scores["mae"] == ENTRY.scores["rmse"] == 0.5
    assert ENTRY.scores["directional_accuracy"] == 1.0
    assert (ENTRY.scores["coverage_90"], ENTRY.scores["coverage_99"]) == (0.0, 1.0)
    assert ENTRY.scores["epochs"] == 4.0
    # Seed 0 has a mean of 17/4, seed 1 of 3.
    assert ENTRY.scores["seed_spread"] == pytest.approx((17.0 / 4.0 - 3.0) / np.sqrt(2.0))
    assert ENTRY.calibration["count"].sum() == 6
    assert ENTRY.calibration["count"].iloc[-1] == 6


def test_a_forecast_is_marked_by_hand() -> None:
    table = pd.DataFrame(
        {
            "date": DAYS[:1],
            "symbol": ["A"],
            "horizon": [1],
            "location": [1.0],
            "scale": [2.0],
            "df": [1e6],
            "growth": [1.0],
        }
    )
    row = marked(table, seed=3).iloc[0]
    # In its middle a normal forecast has a CRPS of (√2 − 1)/√π scales.
    assert row["crps"] == pytest.approx(2.0 * (np.sqrt(2.0) - 1.0) / np.sqrt(np.pi), rel=1e-5)
    assert row["log_score"] == pytest.approx(np.log(2.0 * np.sqrt(2.0 * np.pi)), rel=1e-5)
    assert (row["symbol"], row["seed"], row["pit"]) == ("A", 3, 0.5)
