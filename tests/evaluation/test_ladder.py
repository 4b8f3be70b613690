"""The ladder by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.evaluation.earned import marked
from pipeline.evaluation.entry import Entry, kind_of
from pipeline.evaluation.ladder import Rung, ladder
from pipeline.evaluation.significance import mean_test

DATES = pd.bdate_range("2020-01-01", periods=150)
GROWTH = np.random.default_rng(0).normal(size=(150, 5))
SCALES = {
    Rung("linear"): 1.1,
    Rung("gru", "raw"): 1.15,
    Rung("gru", "all", 1): 1.2,
    Rung("gru", "all", 5): 1.02,
    Rung("gru"): 1.0,
}


def marks(scale: float) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "date": np.repeat(DATES, 5),
            "symbol": np.tile(list("ABCDE"), 150),
            "horizon": 1,
            "location": 0.0,
            "scale": scale,
            "df": 100.0,
            "growth": GROWTH.ravel(),
        }
    )
    return marked(table)


GARCH = Entry.of("garch", "baseline", marks(1.6), {})
ENTRIES = {
    rung: Entry.of(rung.name, kind_of(rung.architecture), marks(scale), {})
    for rung, scale in SCALES.items()
}


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return ladder(ENTRIES, GARCH).set_index("name")


def test_rungs_are_named_by_inputs_and_days(table: pd.DataFrame) -> None:
    names = ["linear", "gru raw", "gru last 1 day", "gru last 5 days", "gru"]
    assert list(table.index) == names
    assert list(table["kind"]) == ["control", *["network"] * 4]
    assert list(table["inputs"]) == ["all", "raw", "all", "all", "all"]
    assert list(table["days"]) == [0, 0, 1, 5, 0]
    assert [rung.whole for rung in SCALES] == [True, False, False, False, True]


def test_each_is_beside_garch_and_beside_the_whole(table: pd.DataFrame) -> None:
    crps = {
        name: entry.scores["crps"]
        for name, entry in zip(table.index, ENTRIES.values(), strict=True)
    }
    garch, row = GARCH.scores["crps"], table.loc["gru last 1 day"]
    assert row["crps_ratio"] == pytest.approx(crps["gru last 1 day"] / garch)
    assert row["crps_ratio_low"] < row["crps_ratio"] < row["crps_ratio_high"] < 1.0
    kept = (garch - crps["gru last 1 day"]) / (garch - crps["gru"])
    assert row["kept"] == pytest.approx(kept) and 0.0 < kept < 1.0
    assert row["crps_over_whole"] == pytest.approx(crps["gru last 1 day"] / crps["gru"])
    daily = {r.name: entry.daily["crps"].to_numpy() for r, entry in ENTRIES.items()}
    test = mean_test(daily["gru last 1 day"] - daily["gru"])
    assert row["dm_p_whole"] == pytest.approx(test.p_value)
    for name in ("linear", "gru"):
        assert table.loc[name, "kept"] == pytest.approx(1.0)
        assert np.isnan(table.loc[name, "dm_p_whole"])


def test_what_gains_nothing_has_nothing_to_keep() -> None:
    worse = {Rung("gru", "raw"): 1.9, Rung("gru"): 1.7}
    entries = {r: Entry.of(r.name, "network", marks(scale), {}) for r, scale in worse.items()}
    assert ladder(entries, GARCH)["kept"].isna().all()
