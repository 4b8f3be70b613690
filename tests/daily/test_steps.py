"""Scheduled runs on the planted universe: days in a row, once more, backwards, and taken back."""

from __future__ import annotations

import json
import shutil
from datetime import date
from typing import Any

import pandas as pd
import pytest
import universe
from command import ONCE, QUICK, SEEN, Place, planted
from toy import PLAN, TOY

from models.catalogue import CONTROLS
from pipeline.daily.day import Day
from pipeline.daily.promotion import _judge, restore
from pipeline.daily.registered import Registered
from pipeline.daily.steps import roll_back, run_day
from pipeline.errors import InputError
from pipeline.outputs import Edition, Windowed
from pipeline.registry.decisions import PROMOTED, settled
from pipeline.registry.versions import CHALLENGER, CHAMPION, TRAININGS, aliased
from pipeline.run.registration import ABOUT
from pipeline.settings.load import load
from pipeline.settings.settings import Settings
from pipeline.similarity.asking.peers import Peers
from pipeline.store import Store
from pipeline.tracking import Tracker
from pipeline.watch import Silence

DAYS = [day.date() for day in universe.SESSIONS[326:330]]
MODELS = ("gru", "elman")
ONE = ("gru",)


class Schedule:
    """A place, and the days that are run in it."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.store = Store(place.folder / "store")

    def settings(self, units: int = 6, **daily: Any) -> Settings:
        options = {
            "source": f"files:{self.place.prices}",
            "data_root": str(self.store.root),
            "tracking_uri": self.place.tracking_uri,
            "daily": {"models": MODELS, **daily},
        }
        assigned = [text for text in QUICK if text != "--set" and "embed.networks" not in text]
        given = [*assigned, *ONCE[1::2], *SEEN[1::2], "embed.networks=2", f"model.units={units}"]
        return load(assignments=given, options=options)

    def run(self, day: date, **daily: Any) -> dict[str, Any]:
        """Run a day; with other `units`, since a day more of prices need not change a network."""
        return run_day(PLAN, self.settings(**daily), day, Silence())["steps"]  # type: ignore[no-any-return]

    def tracker(self) -> Tracker:
        return Tracker(self.place.tracking_uri)

    def alias(self, name: str) -> str:
        found = aliased(self.tracker(), name)
        assert found
        return found.number

    def published(self) -> dict[str, Any]:
        found = self.store.kept("published")
        assert found
        return found

    def runs(self, kind: str) -> list[Any]:
        client = self.tracker().client
        everywhere = [found.experiment_id for found in client.search_experiments()]
        return list(client.search_runs(everywhere, f"tags.kind = '{kind}'"))


@pytest.fixture(scope="module")
def schedule(tmp_path_factory: pytest.TempPathFactory) -> Schedule:
    return Schedule(planted(tmp_path_factory.mktemp("schedule"), firms=5, days=330, plan=TOY))


@pytest.fixture(scope="module")
def first(schedule: Schedule) -> dict[str, Any]:
    return schedule.run(DAYS[1])


def test_the_first_day_makes_a_champion_and_publishes_it(
    schedule: Schedule, first: dict[str, Any]
) -> None:
    assert first["window"]["models"] == list(MODELS)
    assert (first["promote"]["outcome"], first["promote"]["reason"]) == (
        "promoted",
        "There was no champion.",
    )
    assert schedule.alias(CHAMPION) == schedule.alias(CHALLENGER) == "1"
    published = schedule.published()
    assert (published["date"], published["version"]) == (str(DAYS[1]), "1")
    edition = schedule.store.read(Edition, "edition", published["edition"])
    assert set(edition.forecasts["date"].dt.date) == {DAYS[2]}
    assert len(edition.forecasts) == 5
    assert edition.peers.groupby("symbol")["rank"].max().tolist() == [4] * 5
    assert edition.page.startswith("<!")
    assert edition.summary["drift"]["call"] in ("none", "retrain", "look")
    (run,) = schedule.runs("published")
    assert run.info.run_id == published["run_id"]
    assert run.data.tags["version"] == "1"
    assert run.data.metrics["test/crps"] == pytest.approx(published["scores"]["crps"])
    # What a scheduler hands on to others.
    told = first["publish"]
    assert (told["run_id"], told["firms"]) == (published["run_id"], 5)
    assert told["scores"]["crps"] == published["scores"]["crps"]
    assert told["decision"]["outcome"] == "promoted"
    assert first["ingest"]["source"] == published["source"]


def test_the_one_that_validated_best_is_the_challenger(
    schedule: Schedule, first: dict[str, Any]
) -> None:
    children = schedule.runs("training")
    best = {run.data.tags["architecture"]: run.data.metrics["train/best_epoch"] for run in children}
    assert set(best) == {*MODELS, *CONTROLS}
    crps = {}
    client = schedule.tracker().client
    for run in children:
        course = client.get_metric_history(run.info.run_id, "valid/crps")
        at = {metric.step: metric.value for metric in course}
        crps[run.data.tags["architecture"]] = at[int(run.data.metrics["train/best_epoch"])]
    version = client.get_model_version("firmament-forecaster", "1")
    # A control is never registered, however it validates.
    assert version.tags["architecture"] == min(MODELS, key=crps.__getitem__)
    assert version.tags["date"] == str(DAYS[1])
    assert first["compare"]["challenger"] == "1"


def test_analysts_are_answered_by_what_is_published(
    schedule: Schedule, first: dict[str, Any]
) -> None:
    peers = Peers.load(schedule.store.root)
    assert peers.run_id == first["publish"]["run_id"]
    named = schedule.place.run("forecast", "f01", "--format", "json", *schedule.place.places[:2])
    assert named.returncode == 0, named.stderr
    told = json.loads(named.stdout)
    assert told["version"] == "1"
    assert [row["date"] for row in told["forecasts"]] == [str(DAYS[2])]


def test_a_day_that_is_repeated_changes_nothing(schedule: Schedule, first: dict[str, Any]) -> None:
    before = schedule.published()
    counts = {kind: len(schedule.runs(kind)) for kind in ("comparison", "training", "published")}
    again = schedule.run(DAYS[1])
    assert again["promote"] == first["promote"]
    assert schedule.published() == before
    assert counts == {"comparison": 1, "training": 4, "published": 1}
    assert {kind: len(schedule.runs(kind)) for kind in counts} == counts
    assert len(settled(schedule.tracker())) == 1
    assert again["compare"]["challenger"] == "1"


def test_a_champion_that_sees_what_the_source_no_longer_tells_yields(
    schedule: Schedule,
    first: dict[str, Any],  # noqa: ARG001
) -> None:
    tracker = schedule.tracker()
    version = aliased(tracker, CHAMPION)
    assert version
    kept = schedule.place.folder / "mlruns"
    (about,) = kept.glob(f"**/{version.run_id}/**/{TRAININGS}/{ABOUT}")
    content = about.read_text()
    seen = json.loads(content)
    about.write_text(json.dumps(seen | {"window": seen["window"] | {"traded": True}}))
    outcome = _judge(Day(PLAN, schedule.settings(), DAYS[1], Silence()), tracker, version, version)
    about.write_text(content)
    assert outcome.kind == PROMOTED
    assert outcome.reason == "Version 1 sees ranges and volumes, which the source no longer tells."


def test_a_source_that_has_grown_changes_nothing_of_the_day(
    schedule: Schedule, first: dict[str, Any]
) -> None:
    """As files to which a row a firm is added every evening."""
    file = schedule.place.prices / "prices.parquet"
    content = file.read_bytes()
    prices = pd.read_parquet(file)
    later = prices.groupby("symbol").tail(1).assign(date=universe.SESSIONS[330])
    pd.concat([prices, later]).to_parquet(file, index=False)
    before = schedule.published()
    again = schedule.run(DAYS[1])
    file.write_bytes(content)
    assert again["compare"]["challenger"] == first["compare"]["challenger"]
    assert schedule.published() == before


@pytest.fixture(scope="module")
def second(schedule: Schedule, first: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001
    # A hair's breadth decides between such small networks: none is enough here.
    return schedule.run(DAYS[2], units=5, models=ONE, level=1e-6)


def test_a_challenger_that_is_not_better_is_held(
    schedule: Schedule, first: dict[str, Any], second: dict[str, Any]
) -> None:
    decision = second["promote"]
    assert (decision["outcome"], decision["challenger"], decision["champion"]) == ("held", "2", "1")
    assert decision["numbers"]["days"] >= 20
    assert decision["numbers"]["difference"] != 0.0
    assert (schedule.alias(CHAMPION), schedule.alias(CHALLENGER)) == ("1", "2")
    published = schedule.published()
    assert (published["date"], published["version"]) == (str(DAYS[2]), "1")
    # The champion's networks are those of the day before, on the prices of this one.
    earlier = schedule.store.run(first["publish"]["run_id"])["fingerprints"]
    assert published["fingerprints"]["train"] == earlier["train"]
    assert published["fingerprints"]["evaluate"] != earlier["evaluate"]
    edition = schedule.store.read(Edition, "edition", published["edition"])
    assert set(edition.forecasts["date"].dt.date) == {DAYS[3]}


@pytest.fixture(scope="module")
def third(schedule: Schedule, second: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001
    return schedule.run(DAYS[3], units=7, models=ONE, champion_days=0)


def test_an_old_champion_yields_to_one_that_is_not_worse(
    schedule: Schedule, third: dict[str, Any]
) -> None:
    assert third["promote"]["outcome"] == "promoted"
    assert "Not worse, and version 1 has been champion for" in third["promote"]["reason"]
    assert schedule.alias(CHAMPION) == schedule.published()["version"] == "3"


def test_a_day_that_is_made_up_for_leaves_later_ones_alone(
    schedule: Schedule, third: dict[str, Any]
) -> None:
    before = schedule.published()
    told = schedule.run(DAYS[0], models=ONE)
    assert told["promote"]["outcome"] == "held"
    assert "a later day" in told["promote"]["reason"]
    assert told["publish"]["published"] == third["publish"]["published"] == str(DAYS[3])
    assert schedule.published() == before
    assert schedule.alias(CHALLENGER) == "3"


def test_a_store_that_is_lost_is_made_again_with_the_champion_of_the_registry(
    schedule: Schedule, third: dict[str, Any]
) -> None:
    before = schedule.published()
    shutil.rmtree(schedule.store.root)
    again = schedule.run(DAYS[3], units=7, models=ONE, champion_days=0)
    assert again["promote"] == third["promote"]
    made_anew = {"edition", "run_id", "scores", "drift", "folder"}
    after = schedule.published()
    assert {k: v for k, v in after.items() if k not in made_anew} == {
        k: v for k, v in before.items() if k not in made_anew
    }
    assert after["scores"]["crps"] == pytest.approx(before["scores"]["crps"], rel=1e-12)


def test_a_champion_is_judged_on_days_that_it_has_not_seen_whatever_the_split(
    schedule: Schedule,
    third: dict[str, Any],  # noqa: ARG001
) -> None:
    settings = schedule.settings()
    early = settings.window.model_copy(update={"train_share": 0.5, "valid_share": 0.1})
    day = Day(PLAN, settings.model_copy(update={"window": early}), DAYS[3], Silence())
    version = aliased(schedule.tracker(), CHAMPION)
    assert version
    registered = Registered(day, schedule.tracker(), version)
    registered.flow.reach("window")
    windowed = registered.flow.made(Windowed)
    first = windowed.fold.spans(windowed.dates)["test"][0]
    by_split = day.flow().opened().made(Windowed).fold.spans(windowed.dates)
    assert by_split["test"][0] <= registered.training.seen_to < first


def test_another_source_is_not_taken_for_the_days(
    schedule: Schedule,
    third: dict[str, Any],  # noqa: ARG001
) -> None:
    before = schedule.published()
    done = schedule.place.run("registry", "rollback", *schedule.place.places)
    assert done.returncode == 2
    assert "were read from files:prices, but the source is now sample" in done.stderr
    assert schedule.published() == before
    assert schedule.alias(CHAMPION) == "3"


def test_a_rollback_restores_and_publishes_the_champion_before(
    schedule: Schedule, third: dict[str, Any]
) -> None:
    # As by a rollback whose publishing failed: what is repeated goes no champion further.
    restore(schedule.tracker(), str(DAYS[3]))
    told = roll_back(PLAN, schedule.settings(), Silence())
    assert (told["champion"], told["before"]) == ("1", "3")
    published = schedule.published()
    assert (published["version"], published["date"]) == ("1", str(DAYS[3]))
    assert published["decision"]["outcome"] == "restored"
    # The day that is repeated does not bring back what was taken back.
    again = schedule.run(DAYS[3], units=7, models=ONE, champion_days=0)
    assert again["promote"] == third["promote"]
    assert schedule.alias(CHAMPION) == "1"
    assert schedule.published() == published
    with pytest.raises(InputError, match="has no champion before the present one"):
        roll_back(PLAN, schedule.settings(), Silence())
    outcomes = [decision.outcome for decision in settled(schedule.tracker())]
    assert outcomes == ["promoted", "held", "promoted", "held", "restored"]


def test_the_history_is_printed(schedule: Schedule, third: dict[str, Any]) -> None:  # noqa: ARG001
    done = schedule.place.run("registry", "history", "--format", "json", *schedule.place.places[2:])
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert rows[0]["outcome"] == "restored"
    assert rows[-1]["reason"] == "There was no champion."
    assert (schedule.store.root / schedule.published()["folder"] / "page.html").is_file()
