"""A study is measured once, goes on where it stopped, and is tracked once, a child a cell."""

from __future__ import annotations

import dataclasses

import mlflow
import pytest
from command import lay_out_tracking
from dice import DICE

from pipeline.maintenance.contents import contents
from pipeline.settings.load import load
from pipeline.store import STUDIES as RECORDS
from pipeline.studies.catalogue import STUDIES
from pipeline.studies.conducting.answer import gathered
from pipeline.studies.conducting.conduct import as_json, conduct
from pipeline.tracking import PARENT
from pipeline.watch import Silence


@pytest.fixture
def settings(tmp_path):
    lay_out_tracking(tmp_path)  # MLflow would take seconds to do so
    places = {
        "data_root": str(tmp_path / "store"),
        "tracking_uri": f"sqlite:///{tmp_path}/mlruns/mlflow.db",
    }
    return load(None, [], places)


@pytest.fixture
def trace(tmp_path, monkeypatch):
    """Return a function that tells which cells were measured since."""
    file = tmp_path / "trace"
    file.touch()
    monkeypatch.setenv("DICE_TRACE", str(file))
    return lambda: file.read_text().split()


def runs(settings):
    client = mlflow.MlflowClient(settings.tracking_uri)
    (experiment,) = [e for e in client.search_experiments() if e.name == "studies"]
    return client, client.search_runs([experiment.experiment_id])


def test_a_study_is_answered_tracked_and_reused(settings, trace, monkeypatch):
    monkeypatch.setenv("DICE_BROKEN", "10")
    with pytest.raises(KeyboardInterrupt):
        conduct(DICE, settings, Silence(), jobs=1)
    assert trace() == ["1", "10"]

    monkeypatch.delenv("DICE_BROKEN")
    first, run_id = conduct(DICE, settings, Silence(), jobs=1)
    assert trace() == ["1", "10", "10"]  # the cell that was finished stands
    assert first.answered.told["answer"] == "The mean of 10 throws is the surest."
    assert len(first.answered.measured) == 20
    assert "Do more throws make a mean surer?" in first.page.read_text()

    client, found = runs(settings)
    children = [run for run in found if run.data.tags.get(PARENT) == run_id]
    assert {run.info.run_name for run in children} == {"1 throws", "10 throws"}
    assert all(run.info.status == "FINISHED" for run in found)
    assert len(found) == 3
    parent = client.get_run(run_id)
    value, low = (parent.data.metrics[f"distance/10 throws{end}"] for end in ("", " low"))
    assert low < value < 1.0
    named = {run.info.run_name: run.data.metrics for run in children}
    assert named["10 throws"]["off"] == pytest.approx(value)
    assert {"report", "plots", "rows.csv", "measured.csv"} <= {
        one.path for one in client.list_artifacts(run_id)
    }

    again, same = conduct(DICE, settings, Silence(), jobs=1)
    assert (same, again.fingerprint) == (run_id, first.fingerprint)
    assert len(runs(settings)[1]) == 3
    full, other = conduct(DICE, settings, Silence(), full=True, jobs=2)
    assert sorted(trace()) == ["1", "10", "10", "100"]
    assert other != run_id
    assert len(full.answered.rows) == 3

    told = as_json(full, other, 1.26)
    assert list(told)[:3] == ["study", "question", "answer"]
    assert told["seconds"] == 1.3
    assert [row["throws"] for row in told["rows"]] == [1, 10, 100]
    assert told["figures"][0]["unit"] == "points"
    undefined = {"name": "sevens over eights", "value": None, "low": None, "high": None, "unit": ""}
    assert told["figures"][-1] == undefined

    assert gathered(full.cells.store) == {}  # dice are none of the catalogue
    monkeypatch.setitem(STUDIES, "dice", DICE)
    answers = gathered(full.cells.store)
    assert answers["dice"]["run_id"] == other
    assert contents(settings, Silence(), mend=False).findings[2].sentence.startswith("1 record")
    full.cells.store.remove("answer", answers["dice"]["fingerprint"])
    assert gathered(full.cells.store) == {}
    assert full.cells.store.kept(f"{RECORDS}/dice")["run_id"] == other


def test_a_cell_of_real_growth_is_handed_the_windows(settings):
    grown = dataclasses.replace(DICE, name="grown", growth=True, module="grown_dice")
    found, _ = conduct(grown, settings, Silence(), jobs=1)
    assert found.answered.rows["firms"].tolist() == [20, 20]
