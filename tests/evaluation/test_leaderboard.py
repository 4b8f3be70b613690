import numpy as np
import pandas as pd
import pytest

from pipeline.evaluation.earned import marked
from pipeline.evaluation.entry import Entry
from pipeline.evaluation.leaderboard import leaderboard, versus
from pipeline.evaluation.significance import mean_test

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


def network(name: str, scale: float, firm_scale: float | None = None) -> Entry:
    """Two trainings of a network that forecasts the first firm with a scale of its own."""
    tables = [forecasts(scale, noise=seed) for seed in (1, 2)]
    for table in tables:
        table.loc[table["symbol"] == "F0", "scale"] = firm_scale or scale
    marks = [marked(table, seed) for seed, table in enumerate(tables, start=1)]
    return Entry.of(name, "network", pd.concat(marks, ignore_index=True), {"parameters": 7})


def control(name: str, scale: float) -> Entry:
    marks = marked(forecasts(scale, noise=7))
    return Entry.of(name, "control", marks, {"parameters": 3})


def baseline(name: str, scale: float) -> Entry:
    return Entry.of(name, "baseline", marked(forecasts(scale)), {"fallbacks": 3})


ENTRIES = [
    baseline("garch", 1.5 * SPREAD),
    baseline("poor", 4.0),
    baseline("better", 1.35 * SPREAD),
    network("true", SPREAD, firm_scale=1.9 * SPREAD),
    network("twin", SPREAD, firm_scale=1.9 * SPREAD),
    network("wide", 3.0),
]


@pytest.fixture(scope="module")
def board() -> pd.DataFrame:
    return leaderboard(ENTRIES).set_index("name")


def test_the_truth_wins_and_its_twin_is_not_told_apart(board: pd.DataFrame) -> None:
    assert set(board.index[:2]) == {"true", "twin"}
    assert list(board.index[2:]) == ["better", "garch", "wide", "poor"]
    assert list(board["rank"]) == [1, 2, 3, 4, 5, 6]
    assert board.loc[["true", "twin"], "in_set"].all()
    assert not board.loc[["garch", "wide", "poor"], "in_set"].any()


def test_a_planted_difference_is_found_and_corrected(board: pd.DataFrame) -> None:
    networks = ["true", "twin", "wide"]
    assert (board.loc[["wide"], "dm_p"] < 1e-3).all()
    assert (board["dm_p_holm"] >= board["dm_p"])[networks].all()
    assert board.loc[["garch", "poor", "better"], "dm_p"].isna().all()


def daily(name: str) -> pd.Series:
    (entry,) = (entry for entry in ENTRIES if entry.name == name)
    return entry.daily.set_index("date")["crps"]


def test_the_best_baseline_and_the_reference_are_two_tests(board: pd.DataFrame) -> None:
    for column, other in (("dm_p", "better"), ("dm_p_garch", "garch")):
        expected = mean_test((daily("wide") - daily(other)).to_numpy()).p_value
        assert board.loc["wide", column] == pytest.approx(expected)
    assert np.isnan(board.loc["garch", "dm_p_garch"])
    assert board.loc["better", "dm_p_garch"] < 1e-3


def test_the_share_of_firms_is_counted_firm_by_firm(board: pd.DataFrame) -> None:
    # Of 12 firms the true network forecasts all but the first better than garch.
    assert board.loc["true", "firms_better"] == pytest.approx(11 / 12)
    assert board.loc["poor", "firms_better"] == 0.0
    assert np.isnan(board.loc["garch", "firms_better"])


def test_the_ratio_has_an_interval_of_its_own(board: pd.DataFrame) -> None:
    row = board.loc["wide"]
    assert row["crps_ratio_low"] < row["crps_ratio"] < row["crps_ratio_high"]
    assert row["crps_ratio_low"] > 1.0
    assert board.loc["better", "crps_high"] > board.loc["garch", "crps_low"]
    assert board.loc["better", "crps_ratio_high"] < 1.0
    assert (board.loc["garch", ["crps_ratio_low", "crps_ratio_high"]] == 1.0).all()


def test_what_recurrence_adds_is_beside_the_best_control(board: pd.DataFrame) -> None:
    near, far = control("linear", 1.1 * SPREAD), control("far", 2.0 * SPREAD)
    found = leaderboard([*ENTRIES, near, far]).set_index("name")
    row, best = found.loc["true"], found.loc["linear"]
    assert (best["kind"], row["kind"]) == ("control", "network")
    assert row["crps_over_control"] == pytest.approx(row["crps"] / best["crps"])
    assert row["crps_over_control_low"] < row["crps_over_control"] < row["crps_over_control_high"]
    difference = (daily("true") - near.daily.set_index("date")["crps"]).to_numpy()
    assert row["dm_p_control"] == pytest.approx(mean_test(difference).p_value)
    others = found[found["kind"] != "network"]
    assert others[["crps_over_control", "dm_p_control", "dm_p_holm"]].isna().all(axis=None)
    assert found.loc["linear", "dm_p"] < 0.05  # beside the best baseline, as networks are
    assert row["crps_over_best"] == pytest.approx(row["crps"] / found.loc["better", "crps"])
    # Controls change nothing of what holds for all networks at once.
    assert row["dm_p_holm"] == board.loc["true", "dm_p_holm"]


def test_controls_alone_are_corrected_for_one_another(board: pd.DataFrame) -> None:
    assert board[["crps_over_control", "dm_p_control"]].isna().all(axis=None)
    controls = [control("linear", 1.1 * SPREAD), control("far", 2.0 * SPREAD)]
    found = leaderboard([*ENTRIES[:1], *controls]).set_index("name")
    assert (found.loc[["linear", "far"], "dm_p_holm"] >= found.loc[["linear", "far"], "dm_p"]).all()
    assert found["crps_over_control"].isna().all()


def test_two_forecasts_of_equal_skill_are_told_apart_in_one_case_of_twenty() -> None:
    days, draws = 250, 400
    dates = pd.bdate_range("2020-01-01", periods=days)
    random, rejected = np.random.default_rng(3), 0
    for _ in range(draws):
        shared = random.gamma(4.0, size=days)
        own = random.normal(0.0, 0.1, (2, days))
        wander = own + 0.3 * np.roll(own, 1, axis=1)  # neither is better for long
        losses = pd.DataFrame((shared + wander).T, dates, ["network", "control"])
        rejected += versus(losses, "control", 1)["network"] < 0.05
    assert 0.02 < rejected / draws < 0.085


def test_columns_worked_by_hand(board: pd.DataFrame) -> None:
    table = pd.concat([marked(forecasts(3.0, noise=seed), seed) for seed in (1, 2)])
    row = board.loc["wide"]
    assert row["crps"] == pytest.approx(table["crps"].mean())
    assert row["crps_ratio"] == pytest.approx(row["crps"] / board.loc["garch", "crps"])
    by_seed = table.groupby("seed")["crps"].mean()
    assert row["seed_spread"] == pytest.approx(abs(by_seed[1] - by_seed[2]) / np.sqrt(2.0))
    assert row["crps_low"] < row["crps"] < row["crps_high"]
    error = table["growth"] - table["location"]
    assert row["mae"] == pytest.approx(error.abs().mean())
    assert row["rmse"] == pytest.approx(np.sqrt((error**2).mean()))
    assert row["coverage_90"] == (table["pit"] - 0.5).abs().le(0.45).mean()
    assert row["parameters"] == 7
    assert board.loc["poor", "fallbacks"] == 3
    assert row["kind"] == "network"


def test_calibration_is_told_from_its_absence() -> None:
    networks = [network("true", SPREAD), network("wide", 3.0)]
    found = leaderboard([ENTRIES[0], *networks]).set_index("name")
    assert found.loc["true", "pit_p"] > 0.01
    assert found.loc["true", "coverage_90"] == pytest.approx(0.9, abs=0.02)
    assert found.loc["wide", "pit_p"] < 1e-3
