"""`firmament study`: the list, an answer as table, JSON and CSV, plots as files, and refusals."""

from __future__ import annotations

import csv
import json
from io import StringIO

import pytest
from dice import DICE

from pipeline.cli import app
from pipeline.errors import UsageError
from pipeline.studies.catalogue import STUDIES


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    uri = f"sqlite:///{folder}/mlruns/mlflow.db"
    return folder, ["--data-root", str(folder / "store"), "--tracking-uri", uri]


@pytest.fixture
def study(places, capsys, monkeypatch):
    """Return a function that runs the command, and gives what it prints."""
    monkeypatch.setitem(STUDIES, "dice", DICE)

    def run(*words):
        app(["study", *words, *places[1]], standalone_mode=False)
        return capsys.readouterr().out

    return run


def test_without_a_name_all_are_listed(study):
    told = study()
    for row in STUDIES.values():
        assert row.name in told
        assert row.question.split()[-1] in told
    listed = json.loads(study("--format", "json"))
    assert [one["study"] for one in listed] == list(STUDIES)


def test_an_answer_is_one_object(study, places):
    told = json.loads(study("dice", "--jobs", "1", "--format", "json", "--plots", f"{places[0]}/p"))
    assert list(told)[:7] == [
        "study",
        "question",
        "answer",
        "sentences",
        "rows",
        "figures",
        "seconds",
    ]
    assert told["study"] == "dice"
    assert told["figures"][0].keys() == {"name", "value", "low", "high", "unit"}
    assert [row["throws"] for row in told["rows"]] == [1, 10]
    assert told["files"] == [f"{places[0]}/p/dice_distance.svg"]
    assert (places[0] / "p" / "dice_distance.svg").read_text().startswith("<?xml")

    text = study("dice", "--jobs", "1")
    for part in (DICE.question, told["answer"], "distance, 10 throws", told["page"]):
        assert part in text
    assert told["run_id"] in text
    rows = list(csv.DictReader(StringIO(study("dice", "--format", "csv"))))
    assert float(rows[1]["off"]) == pytest.approx(told["rows"][1]["off"])


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["gradient"], "did you mean gradients"),
        (["--full"], "Name the study: cost, gradients,"),
        (["dice", "--jobs", "0"], "jobs"),
        (["dice", "cost"], "cost"),
    ],
)
def test_what_is_not_understood_is_refused(study, words, sentence):
    with pytest.raises(UsageError) as refused:
        study(*words)
    assert sentence in str(refused.value)
