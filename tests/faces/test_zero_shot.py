"""Prices of one's own are answered with nothing trained: forecasts, peers, a registered model."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import requests
import universe
from command import Place
from serving import body, loaded, recent, served

from pipeline.store import Store

DAYS = 600
"""From January 2015 on: the last 300 sessions are later than what the pretrained networks saw."""
CALENDAR = ["--set", "ingest.calendar=24/5", "--set", "growth.days_per_year=252"]


@pytest.fixture(scope="module")
def growth() -> pd.DataFrame:
    return universe.growth_panel(firms=5, days=DAYS, gaps=False)


@pytest.fixture(scope="module")
def place(growth: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Tables of closing prices: of all firms, of one, and of as few days as may be."""
    folder = tmp_path_factory.mktemp("zero_shot")
    wide = 100.0 * np.exp(growth.cumsum() / 252.0)
    wide.to_csv(folder / "all.csv")
    wide.iloc[:, :1].to_csv(folder / "one.csv")
    wide.tail(64).to_csv(folder / "short.csv")
    wide.tail(63).to_csv(folder / "shorter.csv")
    return Place(folder)


def asked(place: Place, *words: str) -> subprocess.CompletedProcess[str]:
    return place.run(*words, *place.places, *CALENDAR)


def answer(place: Place, *words: str) -> dict[str, Any]:
    done = asked(place, *words, "--format", "json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def source(place: Place, name: str) -> list[str]:
    return ["--source", f"files:{place.folder / name}.csv"]


def test_a_file_is_forecast_and_checked_with_no_run(place: Place, growth: pd.DataFrame) -> None:
    found = answer(place, "forecast", *source(place, "all"), "--check")
    assert found["run_id"] is None
    assert found["model"] == "pretrained gru"
    assert found["seen_to"] == "2015-12-31"
    assert found["date"] == f"{growth.index[-1]:%Y-%m-%d}"
    assert [row["symbol"] for row in found["forecasts"]] == list(growth)
    assert all(row["q05"] < row["q50"] < row["q95"] for row in found["forecasts"])
    check = found["check"]
    assert check["sessions"] == 250
    assert 0.5 < check["crps_over_garch"] < 1.5
    assert [firm["symbol"] for firm in check["firms"]] == list(growth)
    # Nothing was tracked, and no run is there to be asked.
    assert not (place.folder / "mlruns").exists()
    assert not list(Store(place.store).root.glob("runs/*"))
    done = asked(place, "forecast")
    assert done.returncode == 2
    table = asked(place, "forecast", "F01", *source(place, "all"), "--check", "--unit", "percent")
    assert "by the pretrained gru network, which saw growth to 2015-12-31" in table.stdout
    (line,) = [line for line in table.stdout.splitlines() if line.startswith("Checked on the last")]
    assert "250 sessions" in line
    assert "none of which it has seen" in line
    assert "F02" not in table.stdout


def test_one_firm_and_as_few_sessions_as_the_lookback_are_served(place: Place) -> None:
    done = asked(place, "forecast", *source(place, "one"), "--format", "csv")
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 2
    assert "What the market does is unknown with 1 firm, which costs some" in done.stderr
    short = answer(place, "forecast", *source(place, "short"), "--check")
    assert len(short["forecasts"]) == 5
    assert "63 sessions of growth are too few" in short["check"]["reason"]
    done = asked(place, "forecast", *source(place, "shorter"))
    assert done.returncode == 2
    assert "63 growth rates, which the network has to see before it forecasts" in done.stderr


def test_peers_are_found_with_no_run(place: Place) -> None:
    found = answer(place, "similar", "F01", *source(place, "all"), "--set", "embed.networks=1")
    assert found["run_id"] is None
    assert found["model"] == "co-movement"
    # F04 alone is of the same group.
    assert found["peers"][0]["symbol"] == "F04"
    assert not (place.folder / "mlruns").exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["forecast", "--check"], "--check judges the pretrained network on prices"),
        (["forecast", "--source", "sample", "--run", "latest"], "give one of them"),
        (["similar", "AAPL", "--source", "sample", "--run", "latest"], "give one of them"),
        (["forecast", "--source", "files:nowhere"], "nowhere"),
        (
            ["forecast", "--source", "sample", "--set", "window.horizon=3"],
            "forecasts 1 session ahead, but window.horizon is 3",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(place: Place, words: list[str], sentence: str) -> None:
    done = asked(place, *words)
    assert done.returncode == 2, done.stdout
    assert sentence in done.stderr.splitlines()[-1]


@pytest.fixture(scope="module")
def registered(place: Place) -> dict[str, Any]:
    return answer(place, "registry", "universal")


@pytest.mark.full
def test_it_is_registered_once_and_loaded_where_firmament_is_not(
    place: Place, registered: dict[str, Any], growth: pd.DataFrame, tmp_path: Path
) -> None:
    assert registered["new"]
    assert (registered["model"], registered["version"]) == ("firmament-universal", "1")
    again = answer(place, "registry", "universal")
    assert again == {**registered, "new": False}
    model = f"models:/{registered['model']}/{registered['version']}"
    told, files = loaded(place, tmp_path, recent(growth.iloc[1:]), model)
    assert not [file for file in files if not file.is_relative_to(place.folder / "mlruns")]
    found = pd.DataFrame(answer(place, "forecast", *source(place, "all"))["forecasts"])
    for column in ("location", "scale", "df", "q05", "q95"):
        np.testing.assert_allclose(told[column], found[column], rtol=1e-4, atol=1e-4)


@pytest.mark.full
def test_it_is_served_over_http(
    place: Place, registered: dict[str, Any], growth: pd.DataFrame, tmp_path: Path
) -> None:
    model = f"models:/{registered['model']}/{registered['version']}"
    with served(place, tmp_path, model) as address:
        told = requests.post(address, json=body(recent(growth)), timeout=60)
    assert told.status_code == 200
    assert [row["symbol"] for row in told.json()["predictions"]] == list(growth)
