"""Searches on the toy plan, whose trainings take milliseconds, and one that trains networks."""

from __future__ import annotations

import json
import signal
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import toy
import universe
from command import Place, planted, tracker
from nursery import nursery
from toy import TOY

from pipeline.errors import ConfigError, StoreError
from pipeline.outputs import Trained, Windowed
from pipeline.run.plan import Bench, Plan
from pipeline.settings.load import load
from pipeline.stages import PLAN
from pipeline.tuning.tune import FOLDER, Tuned, tune
from pipeline.watch import Silence

ASKED = ("tune", "--trials", "6", "--format", "json")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return planted(tmp_path_factory.mktemp("tuned"), firms=4, days=400, plan=TOY)


@pytest.fixture(scope="module")
def first(place: Place) -> dict[str, Any]:
    """A search that went to its end."""
    done = place.run(*ASKED, *place.options)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def search(place: Place, *assignments: str, plan: Plan = toy.PLAN, **options: Any) -> Tuned:
    words = [word for word in place.options if "=" in word and not word.startswith("sqlite")]
    settings = load(
        None,
        [*words, *assignments],
        {
            "source": f"files:{place.prices}",
            "data_root": str(place.store),
            "tracking_uri": place.tracking_uri,
        },
    )
    return tune(plan, settings, Silence(), **{"trials": 4, **options})


def drawn(told: dict[str, Any]) -> list[Any]:
    """What a search tried and found, but for how long it took."""
    return [{k: v for k, v in one.items() if k != "seconds"} for one in told["trials"]]


def files(place: Place) -> list[Path]:
    return sorted((place.store / FOLDER).glob("*.db"))


def test_the_best_trial_is_told_beside_what_was_given(first: dict[str, Any]) -> None:
    rows = pd.DataFrame(first["trials"])
    assert list(rows["trial"]) == [1, 2, 3, 4, 5, 6]
    assert first["given_valid_loss"] == rows["valid_loss"][0]
    assert first["valid_loss"] == rows["valid_loss"].min()
    assert first["trials"][first["trial"] - 1]["settings"] == first["settings"]
    # The toy's loss falls with every epoch, of which there are two.
    assert all(min(one["losses"]) == one["losses"][-1] for one in first["trials"])
    assert first["trials"][0]["settings"]["train.batch_size"] == 16


def test_no_test_day_is_forecast(place: Place, first: dict[str, Any]) -> None:
    made = {folder.name for folder in (place.store / "stages").iterdir()}
    assert made == {"ingest", "growth", "window", "train"}
    assert len(first["trials"]) == 6


def test_what_is_printed_is_read_with_config(place: Place, first: dict[str, Any]) -> None:
    done = place.run("tune", "--trials", "6", *place.options)
    assert done.returncode == 0
    assert done.stdout == first["yaml"]
    assert "taken up" in done.stderr and "Nothing has changed" in done.stderr
    file = place.folder / "best.yaml"
    file.write_text(done.stdout)
    settings = load(file)
    told = {"train": settings.train, "model": settings.model}
    for key, value in first["settings"].items():
        section, name = key.split(".")
        assert getattr(told[section], name) == value
    assert settings.source == f"files:{place.prices}"
    assert settings.train.refit and settings.window.lookback == 20
    again = place.run("tune", "--config", str(file), "--trials", "1", *place.places)
    assert again.returncode == 0, again.stderr
    assert "the settings as they were given" in again.stdout


def test_a_search_that_is_killed_goes_on_as_if_nothing_had_been(
    place: Place, first: dict[str, Any], tmp_path: Path
) -> None:
    other = replace(place, folder=tmp_path)
    tracker(tmp_path)
    options = [word.replace(f"{place.folder}/store", f"{tmp_path}/store") for word in place.options]
    killed = other.begin(*ASKED, *options, target=("after Store._commit train", 3))
    assert nursery().wait(killed).status == -signal.SIGKILL
    (file,) = files(other)
    with sqlite3.connect(file) as read:
        states = [state for (state,) in read.execute("SELECT state FROM trials ORDER BY number")]
    assert states == ["COMPLETE", "COMPLETE", "RUNNING"]
    done = other.run(*ASKED, *options)
    assert done.returncode == 0, done.stderr
    assert "2 trials of before are taken up" in done.stderr
    assert drawn(json.loads(done.stdout)) == drawn(first)
    assert len(files(other)) == 1


def test_a_search_is_a_run_with_a_run_a_trial(place: Place, first: dict[str, Any]) -> None:
    client = tracker(place.folder).client
    parent = client.get_run(first["run_id"])
    assert parent.data.tags["kind"] == "search" and parent.info.status == "FINISHED"
    assert parent.data.metrics["search/valid_loss"] == pytest.approx(first["valid_loss"])
    assert parent.data.metrics["search/trials"] == 6
    below = client.search_runs(
        [parent.info.experiment_id], f"tags.`mlflow.parentRunId` = '{first['run_id']}'"
    )
    assert {run.data.tags["kind"] for run in below} == {"trial"}
    best = next(run for run in below if run.info.run_name.endswith(f" {first['trial']}"))
    rate = first["settings"]["train.learning_rate"]
    assert float(best.data.params["train.learning_rate"]) == rate
    course = client.get_metric_history(best.info.run_id, "valid/loss")
    assert [one.value for one in course] == first["trials"][first["trial"] - 1]["losses"]
    assert not any(name.startswith("test") for run in below for name in run.data.metrics)


def test_other_settings_and_seeds_are_other_searches(place: Place) -> None:
    there = {*files(place)}
    found = [search(place, f"train.seed={seed}", trials=2) for seed in (7, 8)]
    assert found[0].trials[1].drawn != found[1].trials[1].drawn
    assert len({*files(place)} - there) == 2


def sluggish(bench: Bench) -> Trained:
    """Lose more the higher the learning rate, and all but the first far more than it."""
    rate = bench.settings.train.learning_rate
    rows = []
    for number in range(1, 7):
        row = {"valid_loss": 1.0 if rate == 3e-3 else 2.0 + rate, "seconds": 0.0}
        bench.watch.epoch(number, row)
        rows.append({"epoch": number, **row})
    return Trained(b"", pd.DataFrame(rows), {})


def refusing(bench: Bench) -> Trained:
    """Refuse every learning rate but the one that is given."""
    if bench.settings.train.learning_rate != 3e-3:
        raise ConfigError("Training diverged: lower train.learning_rate.")
    return sluggish(bench)


def plan(train: Any) -> Plan:
    """The toy plan with another training."""
    stages = [replace(one, function=train) if one.name == "train" else one for one in toy.PLAN]
    return Plan("here", stages)


def test_hopeless_trials_are_ended_early_and_kept_out_of_the_store(place: Place) -> None:
    kept = place.store / "stages" / "train"
    before = len([*kept.glob("*")])
    found = search(place, "train.epochs=6", plan=plan(sluggish), trials=9)
    assert found.best.number == 1
    ended = [one for one in found.trials if one.state == "ended early"]
    assert ended and all(one.loss is None and len(one.losses) < 6 for one in ended)
    assert all(one.state == "finished" for one in found.trials[:5])
    assert len([*kept.glob("*")]) - before == 9 - len(ended)


def test_settings_that_cannot_be_trained_are_bad_ones_unless_they_are_given(place: Place) -> None:
    found = search(place, "train.epochs=5", plan=plan(refusing))
    assert [one.state for one in found.trials] == ["finished", *["refused"] * 3]
    assert "diverged" in found.trials[1].refused
    assert len({str(one.drawn) for one in found.trials}) == 4
    with pytest.raises(ConfigError, match="diverged"):
        search(place, "train.epochs=5", "train.learning_rate=0.2", plan=plan(refusing))


def test_time_that_is_over_ends_a_search_between_epochs(place: Place) -> None:
    with pytest.raises(ConfigError, match="No trial has ended within 0 seconds: give more"):
        search(place, "train.epochs=9", timeout=0.0)
    found = search(place, "train.epochs=9", trials=10_000, timeout=1.0)
    assert 1 <= len(found.trials) < 1000
    assert all(len(one.losses) == 9 for one in found.trials if one.state == "finished")


@pytest.mark.parametrize("damage", ["noise", "another's", "cut", "a folder"])
def test_a_file_that_holds_no_trials_is_refused_and_left(place: Place, damage: str) -> None:
    seed = f"train.seed={100 + len(damage)}"
    there = {*files(place)}
    search(place, seed, trials=1)
    (file,) = {*files(place)} - there
    whole = file.read_bytes()
    file.unlink()
    if damage == "another's":
        with sqlite3.connect(file) as other:
            other.execute("CREATE TABLE runs (id INTEGER)")
    elif damage == "a folder":
        file.mkdir()
    else:
        file.write_bytes(b"no database" * 500 if damage == "noise" else whole[: len(whole) // 2])
    held = file.read_bytes() if file.is_file() else None
    with pytest.raises(StoreError, match=r"\.db .*: move it away, and the search begins anew"):
        search(place, seed, trials=2)
    assert held == (file.read_bytes() if file.is_file() else None)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--trials", "0"), "--trials takes a whole number from 1 to 10000, not '0'"),
        (("--timeout", "0"), "--timeout takes a whole number from 1 to"),
        (("--timeout", "soon"), "--timeout takes a whole number from 1 to"),
        (("--model", "grru"), "did you mean gru?"),
        (("--source", "files:nowhere"), "nowhere"),
        (("--set", "model.units=0"), "model.units"),
    ],
)
def test_what_makes_no_sense_is_told_in_one_sentence(
    place: Place, words: tuple[str, ...], sentence: str
) -> None:
    done = place.run("tune", *place.places, *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr and done.stderr.count("\n") == 1


def known(bench: Bench) -> Trained:
    """Lose what all growth comes to that training and validation may know, and no other."""
    windowed, settings = bench.made(Windowed), bench.settings.train
    last = windowed.fold.valid[1] + windowed.fold.horizon
    loss = float(np.nansum(np.abs(windowed.growth[:, :last]))) * settings.learning_rate
    row = {"valid_loss": loss, "seconds": 0.0}
    bench.watch.epoch(1, row)
    return Trained(b"", pd.DataFrame([{"epoch": 1, **row}]), {})


@pytest.mark.parametrize(
    ("trained", "model"),
    [
        pytest.param(plan(known), "gru", id="toy"),
        pytest.param(PLAN, "linear", id="networks", marks=pytest.mark.full),
    ],
)
def test_test_days_change_nothing(tmp_path: Path, trained: Plan, model: str) -> None:
    growth = universe.growth_panel(firms=4, days=300, gaps=False)
    found = []
    for name in ("known", "changed"):
        place = Place(tmp_path / name)
        place.prices.mkdir(parents=True)
        tracker(place.folder)
        universe.prices(growth).to_parquet(place.prices / "prices.parquet", index=False)
        one = search(place, f"model.name={model}", plan=trained, trials=2)
        windowed = one.flow.made(Windowed)
        # The last growth that validation knows is that of the day after its last origin.
        tested = growth.index > windowed.dates[windowed.fold.valid[1]]
        growth.loc[tested] *= -3.0
        found.append(one)
    assert tested.sum() > 20
    for one, other in zip(found[0].trials, found[1].trials, strict=True):
        assert (one.drawn, one.losses) == (other.drawn, other.losses)
    assert found[0].flow.fingerprints != found[1].flow.fingerprints
