"""Bad input of any kind: one clear sentence, exit status 2, nothing half-written."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from command import Place, planted
from toy import TOY


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return planted(tmp_path_factory.mktemp("good"), firms=5, days=330, plan=TOY)


@pytest.fixture
def place(good: Place, tmp_path: Path) -> Place:
    shutil.copytree(good.prices, tmp_path / "prices")
    return Place(tmp_path, TOY)


Spoil = Callable[[pd.DataFrame], pd.DataFrame]


def cell(row: int, column: str, value: object) -> Spoil:
    def spoil(prices: pd.DataFrame) -> pd.DataFrame:
        prices[column] = prices[column].astype(object)
        prices.loc[row, column] = value
        return prices

    return spoil


PRICES: dict[str, tuple[Spoil, str]] = {
    "an empty table": (lambda prices: prices.iloc[:0], r"prices\.csv.*(empty|no rows)"),
    "no close": (lambda prices: prices.drop(columns="close"), r"prices\.csv.*close"),
    "no symbol": (
        lambda prices: prices.drop(columns="symbol"),
        r"several rows of a day and no column symbol",
    ),
    "text for a price": (
        cell(7, "close", "n/a?"),
        r"close in line 9 of .*prices\.csv holds 'n/a\?'",
    ),
    "text for a date": (
        cell(7, "date", "soon"),
        r"line 9 of .*prices\.csv has 'soon', which is no date",
    ),
    "a single firm": (lambda prices: prices[prices["symbol"] == "F01"], r"3 firms|min_firms"),
    "three days": (
        lambda prices: prices[prices["date"] < "2015-01-07"],
        r"days",
    ),
    "NaN everywhere": (lambda prices: prices.assign(close=np.nan), r"prices"),
    "the future": (cell(7, "date", "2999-01-04"), r"2999-01-04.*future"),
    "two firms with one symbol": (
        lambda prices: pd.concat([prices, prices.assign(close=prices["close"] * 2.0)]),
        r"ingest\.quality\.conflicts",
    ),
}


def refused(place: Place, *options: str, status: int = 2) -> str:
    """Run, and return the one sentence of the refusal."""
    done = place.run("run", *place.options, *options)
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    sentences = [line for line in done.stderr.splitlines() if line.startswith("firmament: ")]
    assert len(sentences) == 1
    assert done.stderr.splitlines()[-1] == sentences[0]
    return sentences[0]


def nothing_made(place: Place) -> bool:
    """Tell whether no stage left anything, whole or half."""
    store = place.folder / "store"
    made = {path.name for path in store.rglob("*") if path.is_file()}
    return made <= {"use.lock"}  # which everyone opens that uses the store


@pytest.mark.parametrize("fault", PRICES)
def test_faulty_prices_are_refused(place: Place, fault: str) -> None:
    spoil, sentence = PRICES[fault]
    prices = pd.read_parquet(place.prices / "prices.parquet").reset_index(drop=True)
    (place.prices / "prices.parquet").unlink()
    prices["date"] = prices["date"].dt.strftime("%Y-%m-%d")
    spoil(prices).to_csv(place.prices / "prices.csv", index=False)
    said = refused(place)
    assert pd.Series([said]).str.contains(sentence, regex=True).item(), said
    assert nothing_made(place)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--source", "files:nowhere"], "nowhere"),
        (["--source", "table:x"], "use sample, files:PATH"),
        (["--set", "train.epoch=3"], "did you mean train.epochs?"),
        (["--set", "ingest.calendar=XXXX"], "XXXX"),
        (["--set", "ingest.start=2031-01-01"], "2031-01-01"),
        (["--set", "window.train_end=2015-06-01", "--set", "window.valid_end=2018-01-01"], "test"),
        (["--set", "window.lookback=300"], "window.lookback"),
        (["--set", "window.features=[growth, mood]"], "mood"),
        (["--set", "growth.price=vwap"], "vwap"),
        (["--config", "absent.yaml"], "absent.yaml"),
        (["--tracking-uri", "nonsense://x"], "nonsense://x"),
        (["--data-root", "/proc/firmament"], "/proc/firmament"),
        (["--model", "transformer"], "transformer"),
    ],
)
def test_faulty_settings_are_refused(place: Place, options: list[str], sentence: str) -> None:
    assert sentence in refused(place, *options)


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (["daily", "--model", "gru"], "--step train"),
        (["daily", "--step", "window", "--model", "gru"], "--step train"),
        (["registry", "rollback"], "There is no tracking store at sqlite:///"),
        (["clean", "--older-than", "7"], "There is no store at"),
        (["forecast", "F01"], "There is no run yet in"),
    ],
)
def test_a_schedule_is_refused_before_it_makes_anything(
    tmp_path: Path, command: list[str], sentence: str
) -> None:
    place = Place(tmp_path)
    options = place.places if command[0] != "forecast" else place.places[:2]
    done = place.run(*command, *options)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert sentence in done.stderr.splitlines()[-1]
    assert list(tmp_path.iterdir()) == []


def test_who_only_asks_makes_nothing(tmp_path: Path) -> None:
    place = Place(tmp_path)
    asked = place.run("registry", "history", *place.places[2:])
    assert (asked.returncode, asked.stderr) == (0, "")
    assert "No decision has been made yet" in asked.stdout
    assert place.run("doctor", *place.places).returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_an_empty_file_is_refused(place: Place) -> None:
    (place.prices / "prices.parquet").write_bytes(b"")
    assert "prices.parquet" in refused(place)


def test_two_firms_of_one_symbol_in_the_firms_table_are_refused(place: Place) -> None:
    table = pd.read_csv(place.prices / "firms.csv")
    pd.concat([table, table.iloc[:1]]).to_csv(place.prices / "firms.csv", index=False)
    said = refused(place)
    assert "F00" in said
    assert "firms.csv" in said


def test_firms_without_a_sector_are_told_and_kept(place: Place) -> None:
    table = pd.read_csv(place.prices / "firms.csv")
    table.loc[2, "sector"] = None
    table.to_csv(place.prices / "firms.csv", index=False)
    done = place.run("stage", "ingest", *place.options)
    assert done.returncode == 0, done.stderr
    (firms,) = (place.folder / "store" / "stages" / "ingest").glob("*/firms.parquet")
    assert pd.read_parquet(firms).set_index("symbol").loc["F02", "sector"] == "unknown"


def test_debug_shows_the_traceback(place: Place) -> None:
    done = place.run("--debug", "run", *place.options, "--source", "files:nowhere")
    assert done.returncode == 2
    assert "Traceback" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("firmament: ")
