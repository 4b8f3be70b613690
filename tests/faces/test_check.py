"""`firmament check`: what is understood of prices, without keeping anything."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from command import Place
from refusals import contents, fresh

CALENDAR = ("--set", "ingest.calendar=24/5", "--set", "ingest.quality.min_days=252")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return fresh(tmp_path)


def check(place: Place, *words: str) -> dict[str, Any]:
    """Check the place's prices; nothing may change by it."""
    before = contents(place.folder)
    done = place.run("check", str(place.prices), *CALENDAR, *words, "--format", "json")
    assert (done.returncode, contents(place.folder)) == (0, before), done.stderr
    return dict(json.loads(done.stdout))


def test_shape_firms_and_days_are_told(place: Place) -> None:
    told = check(place)
    assert told["shape"] == "long table"
    assert (told["firms"], told["listed"], told["matched"]) == (4, 5, 5)
    assert told["columns"] == {"close": "close"}
    assert told["set_apart"] == {"F04": "short: 248 prices, fewer than min_days 252"}


def test_faults_are_told_with_examples(place: Place) -> None:
    file = place.prices / "prices.parquet"
    prices = pd.read_parquet(file)
    prices.loc[prices.index % 7 == 3, "close"] *= -1.0
    prices = prices.assign(high=prices["close"].abs(), low=prices["close"].abs() + 1.0)
    prices.to_parquet(file)
    lax = ("--set", "ingest.quality.missing_share=0.5")
    told = check(place, *lax)
    assert told["faults"]["nonpositive"] == (len(prices) + 3) // 7
    assert told["faults"]["crossed"] == len(prices)
    done = place.run(
        "check", str(place.prices), *CALENDAR, "--set", "ingest.quality.missing_share=0.5"
    )
    assert "crossed (repair)" in done.stdout
    assert "low" in done.stdout


def test_what_office_programs_leave_is_passed_over(place: Place) -> None:
    (place.prices / "prices.parquet").rename(place.prices / "closes.parquet")
    for name in ("~$closes.csv", "._closes.csv", ".hidden.csv"):
        (place.prices / name).write_bytes(b"\x00\x05junk")
    assert check(place)["firms"] == 4


def test_firms_in_small_letters_are_matched(place: Place) -> None:
    file = place.prices / "firms.csv"
    table = pd.read_csv(file)
    table.assign(symbol=table["symbol"].str.lower()).to_csv(file, index=False)
    told = check(place)
    assert told["matched"] == 5
    assert not any("lack a sector" in note for note in told["notes"])


def test_a_run_says_in_one_line_what_it_understood(place: Place) -> None:
    done = place.run("stage", "ingest", *place.options)
    assert done.returncode == 0, done.stderr
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("files:prices, ")]
    assert "long table (Parquet, days as YYYY-MM-DD): 5 firms" in line
    assert line.endswith("5 of 5 rows of the table of firms match.")
