"""Runs, comparisons and studies from Python, on the toy plan; and what a real run can be asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import command
import pandas as pd
import plotly.graph_objects as go
import pytest
import toy
import universe
from conftest import World
from dice import DICE

import firmament
from firmament.runs import Run
from pipeline import stages
from pipeline.errors import ConfigError, FirmamentError, InputError, UsageError
from pipeline.forecaster.recent import Recent
from pipeline.outputs import Grown
from pipeline.studies.catalogue import STUDIES

QUICK: dict[str, Any] = {
    "window": {"lookback": 20, "features": ["growth"]},
    "ingest": {"calendar": "24/5"},
    "train": {"epochs": 2, "refit": False},
}


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Settings of a run of the toy plan in a folder of its own."""
    monkeypatch.setattr(stages, "PLAN", toy.PLAN)
    command.lay_out_tracking(tmp_path)
    uri = f"sqlite:///{tmp_path}/mlruns/mlflow.db"
    return {"data_root": tmp_path / "store", "tracking_uri": uri, **QUICK}


@pytest.fixture(scope="module")
def prices() -> pd.DataFrame:
    return universe.prices(universe.growth_panel(firms=5, days=330))


@pytest.fixture(scope="module")
def real(world: World) -> Run:
    return firmament.load_run(data_root=world.place.store)


def test_a_table_is_run_and_reused(places: dict[str, Any], prices: pd.DataFrame) -> None:
    done = firmament.run(prices, **places)
    assert set(done.forecasts["symbol"]) == set(prices["symbol"])
    assert done.record["source"].startswith("files:")
    assert not done.record["stages"]["train"]["reused"]
    again = firmament.run(prices, progress=True, **places)
    assert again.run_id == done.run_id
    assert again.record["stages"]["train"]["reused"]
    assert firmament.load_run(done.run_id[:8], places["data_root"]).scores == done.scores


def test_a_comparison_has_a_leaderboard(places: dict[str, Any], prices: pd.DataFrame) -> None:
    asked = {"controls": ["linear"]}
    found = firmament.compare(prices, ["gru"], seeds=1, jobs=1, compare=asked, **places)
    assert {"gru", "linear", "garch"} <= set(found.leaderboard["name"])
    assert found.winner == "gru"
    assert found.report.exists()
    shown = found._repr_html_()
    assert found.run_id in shown
    assert "linear" in shown


def test_a_study_is_answered(places: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(STUDIES, "dice", DICE)
    found = firmament.study("dice", jobs=1, **places)
    assert found.answer
    assert found.question == DICE.question
    assert len(found.rows)
    assert "<table" in found._repr_html_()
    assert found.report.exists()


@pytest.mark.parametrize(
    ("settings", "kind", "sentence"),
    [
        ({"train": {"epochs": -1}}, ConfigError, "train.epochs"),
        ({"epochs": 3}, ConfigError, "The key epochs"),
        ({"model": "absent"}, ConfigError, "model.name"),
        ({"config": "absent.yaml"}, ConfigError, "absent.yaml"),
    ],
)
def test_settings_are_refused_in_a_sentence(
    settings: dict[str, Any], kind: type[FirmamentError], sentence: str
) -> None:
    with pytest.raises(kind, match=sentence) as refused:
        firmament.run("sample", **settings)
    assert "\n" not in str(refused.value)
    assert refused.value._render_traceback_() == [f"{kind.__name__}: {refused.value}"]


def test_what_there_is_not_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no study 'absent'"):
        firmament.study("absent")
    with pytest.raises(InputError, match="no run yet"):
        firmament.load_run(data_root=tmp_path)


def test_a_real_run_tells_its_scores(world: World, real: Run) -> None:
    assert real.run_id == world.result["run_id"]
    assert real.scores == world.result["scores"]
    assert real.leaderboard.loc["network", "crps"] == world.result["scores"]["crps"]
    assert {"linear", "garch"} <= set(real.leaderboard.index)
    assert str(real.report) == world.result["report"]
    assert real.run_id in repr(real)
    shown = real._repr_html_()
    assert real.report.absolute().as_uri() in shown
    assert "ewma_volatility" in shown


def test_a_real_run_is_drawn(real: Run) -> None:
    figure = real.plot()
    assert isinstance(figure, go.Figure)
    assert sorted(figure.data[-1].x) == sorted(real.peers().symbols)
    json.dumps(figure.to_plotly_json()["layout"], default=str)


def test_the_network_of_a_run_forecasts_as_the_run_did(real: Run) -> None:
    grown = real.made(Grown, "growth", "take growth rates")
    answer = real.forecaster().forecast(Recent.of(grown, real.settings.window.lookback))
    known = answer.dropna(subset="scale").reset_index(drop=True)
    pd.testing.assert_frame_equal(known, real.forecasts)


def test_the_pretrained_network_is_asked_for_any_firms() -> None:
    growth = universe.growth_panel(firms=3, days=200, gaps=False).reset_index()
    recent = growth.melt("date", var_name="symbol", value_name="growth")
    calendar = {"calendar": "24/5"}
    answer = firmament.Forecaster.pretrained(ingest=calendar).forecast(recent, [0.5])
    assert len(answer) == 3
    assert answer["scale"].gt(0.0).all()
