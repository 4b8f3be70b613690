"""Prices as DataFrames: any shape becomes long, and what is kept for a run is the same again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import universe

from firmament.prices import priced, read_prices, source_of
from pipeline.errors import InputError
from pipeline.settings.load import load
from pipeline.settings.settings import Settings
from pipeline.sources import open_source
from pipeline.watch import Silence

DAYS = pd.date_range("2020-01-01", periods=3, name="date")
WIDE = pd.DataFrame({"A": [1.0, 2.0, 3.0], "B": [4.0, np.nan, 6.0]}, DAYS)
LONG = pd.DataFrame(
    {
        "date": [*DAYS, *DAYS],
        "symbol": ["A"] * 3 + ["B"] * 3,
        "close": [1.0, 2.0, 3.0, 4.0, np.nan, 6.0],
    }
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load(None, (), {"data_root": str(tmp_path / "store")})


@pytest.mark.parametrize("table", [WIDE, WIDE.reset_index(), LONG], ids=["wide", "flat", "long"])
def test_a_table_of_any_shape_becomes_long(table: pd.DataFrame) -> None:
    found = read_prices(table)
    assert list(found) == ["date", "symbol", "close"]
    assert found["symbol"].tolist() == LONG["symbol"].tolist()
    np.testing.assert_array_equal(found["close"], LONG["close"])
    assert found["date"].dt.tz is None


def test_a_file_is_read_as_a_source_reads_it(tmp_path: Path) -> None:
    file = tmp_path / "prices.csv"
    LONG.to_csv(file, index=False)
    for asked in (file, str(file), f"files:{file}"):
        pd.testing.assert_frame_equal(
            read_prices(asked), LONG, check_dtype=False, check_column_type=False
        )


def test_the_sample_is_there() -> None:
    found = read_prices("sample")
    assert found["symbol"].nunique() == 20
    assert list(found) == ["date", "symbol", "adj_close"]


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        (LONG.drop(columns="date"), "DataFrame has no date column|DataFrame has symbols"),
        (LONG.drop(columns="close"), "no column close or adj_close"),
        (LONG.assign(close="dear"), "row 1 of DataFrame holds 'dear'"),
        (LONG.head(0), "DataFrame has no rows"),
        ("absent.csv", "does not exist"),
    ],
)
def test_what_is_no_table_of_prices_is_refused(table: pd.DataFrame | str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        read_prices(table)


def test_the_same_table_is_the_same_source(settings: Settings) -> None:
    source = source_of(WIDE, None, settings)
    assert source == source_of(LONG, None, settings)
    assert source != source_of(WIDE * 2.0, None, settings)


def test_a_source_has_the_prices_and_the_firms_of_the_tables(settings: Settings) -> None:
    growth = universe.growth_panel(firms=3, days=30)
    prices, firms = universe.prices(growth), universe.firms_table(growth)
    source = source_of(prices, firms, settings)
    assert Path(source.removeprefix("files:")).is_relative_to(settings.data_root)
    raw = open_source(source, settings.ingest, settings.yahoo, "").read(Silence())
    pd.testing.assert_frame_equal(raw.prices, read_prices(prices))
    assert raw.firms["symbol"].tolist() == firms["symbol"].tolist()
    assert raw.firms["sector"].tolist() == firms["sector"].tolist()


def test_firms_without_a_table_of_prices_are_refused(settings: Settings) -> None:
    with pytest.raises(InputError, match="one of its own"):
        source_of("sample", pd.DataFrame({"symbol": ["A"]}), settings)
    with pytest.raises(InputError, match="no column symbol"):
        source_of(WIDE, pd.DataFrame({"ticker": ["A"]}), settings)
    assert source_of(Path("prices.csv"), None, settings) == "files:prices.csv"


def test_without_prices_the_source_of_the_settings_is_asked(settings: Settings) -> None:
    assert priced(settings, None, None).source == "sample"
    given = settings.model_copy(update={"source": "files:mine"})
    assert priced(given, None, None) == given
    assert priced(given, "sample", None).source == "sample"
