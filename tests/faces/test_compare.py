"""A real comparison through the command line, and its winner as strangers load and serve it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import requests
from command import ONCE, Place, environment, planted
from serving import alone, body, imported, loaded, recent, served
from strangers import told
from universe import baseline_names

from pipeline.outputs import Evaluated
from pipeline.registry.register import HOUSE, NEEDS
from pipeline.store import read

TRAINED = (*ONCE, "--models", "seq2seq", "--seeds", "1", "--format", "json")
ASKED = (*TRAINED, "--set", "compare.controls=[]")
LADDER = (*TRAINED, "--set", "compare.controls=linear", "--ladder")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return planted(tmp_path_factory.mktemp("compared"), firms=5, days=400)


@pytest.fixture(scope="module")
def second(place: Place) -> dict[str, Any]:
    """A comparison of one network that forecasts five days ahead."""
    done = place.run("compare", *place.options, *ASKED)
    assert done.returncode == 0, done.stderr
    assert "warning" not in done.stderr.lower() and "Downloading" not in done.stderr
    return json.loads(done.stdout)


def test_every_entry_is_ranked(second: dict[str, Any]) -> None:
    board = pd.DataFrame(second["leaderboard"]).set_index("name")
    assert set(board.index) == {"seq2seq", *baseline_names()}
    assert list(board["crps"]) == sorted(board["crps"])
    assert sorted({row["horizon"] for row in second["by_horizon"]}) == [1, 2, 3, 4, 5]
    assert second["folds"][0]["purge"] == 4


@pytest.mark.full  # `comparison/test_compare.py` shows what a ladder is of a plan of milliseconds
def test_a_trained_network_climbs_the_ladder(
    place: Place, second: dict[str, Any], tmp_path: Path
) -> None:
    assert second["ladder"] == []
    other = place.copied(tmp_path)  # what it registers is not of the comparison that others ask
    done = other.run("compare", *other.options, *LADDER)
    assert done.returncode == 0, done.stderr
    steps = pd.DataFrame(json.loads(done.stdout)["ladder"]).set_index("name")
    shown = [f"seq2seq last {days}" for days in ("1 day", "2 days", "5 days")]
    assert list(steps.index) == ["linear raw", "linear", "seq2seq raw", *shown, "seq2seq"]
    assert steps["crps"].nunique() == len(steps)
    assert (steps["crps_ratio_low"] < steps["crps_ratio_high"]).all()


def of(place: Place, stage: str) -> dict[str, dict[str, Any]]:
    """What the store says about the outputs of a stage, by fingerprint."""
    folders = (place.store / "stages" / stage).iterdir()
    return {folder.name: json.loads((folder / "about.json").read_text()) for folder in folders}


@pytest.fixture(scope="module")
def growth(place: Place, second: dict[str, Any]) -> pd.DataFrame:  # noqa: ARG001
    """Growth up to the last origin of the challenger, which forecasts the five days after it."""
    (folder,) = (place.folder / "store" / "stages" / "growth").iterdir()
    return pd.read_parquet(folder / "growth.parquet").iloc[:-5]


@pytest.fixture(scope="module")
def foretold(place: Place, growth: pd.DataFrame) -> pd.DataFrame:
    """What the pipeline forecast at that origin with the network that is now the challenger."""
    models = {
        name: about["settings"]["model"]["name"] for name, about in of(place, "train").items()
    }
    windows = of(place, "window").items()
    (whole,) = [name for name, a in windows if a["settings"]["window"]["features"] != ["raw"]]
    (made,) = [
        about["fingerprint"]
        for about in of(place, "evaluate").values()
        if models[about["needs"]["train"]] == "seq2seq"
        and about["needs"]["window"] == whole
        and about["settings"]["evaluate"]["shown_days"] is None
    ]
    table = read(Evaluated, place.folder / "store" / "stages" / "evaluate" / made).forecasts
    later = sorted(day for day in table["date"].unique() if day > growth.index[-1])
    ahead = {day: number for number, day in enumerate(later, start=1)}
    return table[table["date"].map(ahead) == table["horizon"]]


def same(answer: pd.DataFrame, foretold: pd.DataFrame) -> None:
    """Require that a forecaster answered what the pipeline forecast."""
    answer = answer.assign(date=pd.to_datetime(answer["date"]))
    both = foretold.merge(answer, on=["symbol", "date", "horizon"], suffixes=("", "_answered"))
    assert len(both) == len(foretold) == 25
    for column in ("location", "scale", "df", "skew", "q05", "q25", "q50", "q75", "q95"):
        told = both[f"{column}_answered"].to_numpy()
        np.testing.assert_allclose(told, both[column], rtol=1e-3, atol=1e-3, err_msg=column)


GARBAGE = """
import mlflow
client = mlflow.MlflowClient()
version = client.get_model_version_by_alias("firmament-forecaster", "challenger")
experiment = client.get_run(version.run_id).info.experiment_id
for run in client.search_runs([experiment], "tags.kind = 'training'"):
    for model in client.search_logged_models([experiment], f"source_run_id = '{run.info.run_id}'"):
        client.delete_logged_model(model.model_id)
    client.delete_run(run.info.run_id)
"""


@pytest.mark.full
def test_what_was_deleted_is_collected_after_cleaning_and_the_challenger_stays(
    place: Place, second: dict[str, Any], growth: pd.DataFrame, tmp_path: Path
) -> None:
    recently = recent(growth)
    before, _ = loaded(place, tmp_path, recently)
    models = place.folder / "mlruns" / "artifacts" / "models"
    networks = {*models.glob("*/artifacts")}
    done = place.cold("clean", "--older-than", "1", *place.places)
    assert done.returncode == 0, done.stderr
    deleted = told(GARBAGE, folder=tmp_path, **alone(place))
    assert deleted.returncode == 0, deleted.stderr
    words = [sys.executable, "-m", "mlflow", "gc", "--backend-store-uri", place.tracking_uri]
    collected = subprocess.run(
        words, env=environment() | alone(place), capture_output=True, text=True, check=False
    )
    assert collected.returncode == 0, collected.stderr
    left = {*models.glob("*/artifacts")}
    assert left < networks and len(left) == 1
    answer, _ = loaded(place, tmp_path, recently)
    pd.testing.assert_frame_equal(answer, before)
    done = place.cold("doctor", "--format", "json", *place.places)
    faults = [one for one in json.loads(done.stdout)["checks"] if one["state"] == "fault"]
    assert faults == []
    again = place.cold("compare", *place.options, *ASKED)
    assert json.loads(again.stdout)["run_id"] == second["run_id"]


def test_the_challenger_is_loaded_and_asked_where_firmament_is_not(
    place: Place, growth: pd.DataFrame, foretold: pd.DataFrame, tmp_path: Path
) -> None:
    answer, files = loaded(place, tmp_path, recent(growth))
    same(answer, foretold)
    model = place.folder / "mlruns" / "artifacts" / "models"
    assert {"forecaster.py", "features.py", "predict.py"} <= {file.name for file in files}
    assert [file for file in files if not file.is_relative_to(model)] == []
    files.append(
        HOUSE / "pipeline" / "forecaster" / "mlflow_model.py"
    )  # MLflow runs it under a name of its own
    packages = {"yaml": "pyyaml"}
    names = {name.partition(".")[0] for file in files for name in imported(file)}
    names = {packages.get(name, name) for name in names}
    assert names - {"models", "pipeline", *sys.stdlib_module_names} <= {*NEEDS}
    assert {"exchange_calendars", "keras", "mlflow", "scipy"} <= names


def test_the_challenger_is_served_over_http(
    place: Place, growth: pd.DataFrame, foretold: pd.DataFrame, tmp_path: Path
) -> None:
    table = recent(growth)
    with served(place, tmp_path) as address:
        answer = requests.post(address, json=body(table), timeout=60)
        assert answer.status_code == 200
        same(pd.DataFrame(answer.json()["predictions"]), foretold)
        answer = requests.post(address, json=body(table, quantiles=[0.01, 0.99]), timeout=60)
        assert list(answer.json()["predictions"][0])[7:] == ["q01", "q99"]
        young = table[(table["symbol"] != "F00") | (table["date"] >= growth.index[-19])]
        answer = requests.post(address, json=body(young), timeout=60)
        assert "NaN" not in answer.text  # which is no JSON
        scales = [row["scale"] for row in answer.json()["predictions"]]
        assert scales[:5] == [None] * 5
        assert None not in scales[5:]
        for asked, sentence in (
            (body(table.iloc[:15]), "No firm has 20 growth rates, which the network has to see"),
            (body(pd.concat([table, table[:1]])), "has F00 twice on 2015-01-05: keep one."),
            (body(table, quantiles=[0.5, 1.5]), "The quantiles [0.5, 1.5] are not all between 0"),
            (body(table.drop(columns="symbol")), "Model is missing inputs ['symbol']"),
        ):
            answer = requests.post(address, json=asked, timeout=60)
            assert answer.status_code == 400
            assert sentence in answer.json()["message"]
