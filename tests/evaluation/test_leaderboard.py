import numpy as np
import pandas as pd
import pytest

from pipeline.evaluation.leaderboard import Entry, leaderboard, marked, verdict

DATES = pd.bdate_range("2020-01-01", periods=250)
FIRMS, RANDOM = 12, np.random.default_rng(0)
MARKET = RANDOM.normal(size=len(DATES))
GROWTH = 0.5 * MARKET[:, None] + RANDOM.normal(size=(len(DATES), FIRMS))
SPREAD = np.sqrt(1.25)


def forecasts(scale: float, location: float = 0.0, noise: int | None = None) -> pd.DataFrame:
    shape = GROWTH.shape
    shifts = 0.0 if noise is None else np.random.default_rng(noise).normal(0.0, 0.02, shape)
    return pd.DataFrame(
        {
            "date": np.repeat(DATES, FIRMS),
            "symbol": np.tile([f"F{firm}" for firm in range(FIRMS)], len(DATES)),
            "horizon": 1,
            "location": np.broadcast_to(location + shifts, shape).ravel(),
            "scale": scale,
            "df": 200.0,
            "growth": GROWTH.ravel(),
        }
    )


def entry(scale: float, **options: float) -> Entry:
    tables = [marked(forecasts(scale, noise=seed, **options), seed) for seed in (1, 2)]
    return Entry(pd.concat(tables, ignore_index=True), {"parameters": 7})


@pytest.fixture(scope="module")
def board() -> pd.DataFrame:
    networks = {"true": entry(SPREAD), "twin": entry(SPREAD), "wide": entry(3.0)}
    baselines = {
        "garch": Entry(marked(forecasts(1.5 * SPREAD)), {}),
        "poor": Entry(marked(forecasts(4.0)), {}),
    }
    return leaderboard(networks, baselines).set_index("name")


def test_the_truth_wins_and_its_twin_is_not_told_apart(board: pd.DataFrame) -> None:
    assert set(board.index[:2]) == {"true", "twin"}
    assert list(board.index[2:]) == ["garch", "wide", "poor"]
    assert board.loc[["true", "twin"], "in_set"].all()
    assert not board.loc[["garch", "wide", "poor"], "in_set"].any()


def test_a_planted_difference_is_found_and_corrected(board: pd.DataFrame) -> None:
    assert (board.loc[["true", "twin", "wide"], "dm_p"] < 1e-3).all()
    assert (board["dm_p_holm"] >= board["dm_p"])[["true", "twin", "wide"]].all()
    assert board.loc[["garch", "poor"], "dm_p"].isna().all()


def test_columns_worked_by_hand(board: pd.DataFrame) -> None:
    table = pd.concat([marked(forecasts(SPREAD, noise=seed), seed) for seed in (1, 2)])
    row = board.loc["true"]
    assert row["crps"] == pytest.approx(table["crps"].mean())
    assert row["crps_ratio"] == pytest.approx(row["crps"] / board.loc["garch", "crps"])
    by_seed = table.groupby("seed")["crps"].mean()
    assert row["seed_spread"] == pytest.approx(abs(by_seed[1] - by_seed[2]) / np.sqrt(2.0))
    assert row["crps_low"] < row["crps"] < row["crps_high"]
    error = table["growth"] - table["location"]
    assert row["mae"] == pytest.approx(error.abs().mean())
    assert row["rmse"] == pytest.approx(np.sqrt((error**2).mean()))
    assert row["coverage_90"] == pytest.approx(0.9, abs=0.02)
    assert row["parameters"] == 7
    assert row["kind"] == "network"


def test_calibration_is_told_from_its_absence(board: pd.DataFrame) -> None:
    assert board.loc["true", "pit_p"] > 0.01
    assert board.loc["wide", "pit_p"] < 1e-3


def test_the_verdict_names_winner_margin_and_doubt(board: pd.DataFrame) -> None:
    sentence = verdict(board.reset_index())
    assert sentence.startswith(str(board.index[0]))
    assert "better than the best baseline (garch): more than chance" in sentence
    assert "2 of 3 networks are in the 90 % model confidence set" in sentence
