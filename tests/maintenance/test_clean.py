"""Space is freed by age: what is referenced stays, and the store is whole at any moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import command
import pytest
from flat import record as least
from hypothesis import given, settings
from hypothesis import strategies as st
from maintenance.shelf import Shelf, outdated, register

from pipeline.errors import InputError, StoreError
from pipeline.maintenance.clean import Cleaning, clean
from pipeline.maintenance.references import Lineage, Output, named, records
from pipeline.registry.decisions import Decision, log
from pipeline.registry.versions import CHALLENGER, CHAMPION, give_alias
from pipeline.store import Store
from pipeline.watch import Silence


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    made = Shelf(tmp_path)
    made.store.prepare()
    return made


def cleaned(shelf: Shelf, days: int = 30, dry: bool = False) -> Cleaning:
    return clean(shelf.settings, days, Silence(), dry)


def record(shelf: Shelf, run_id: str, **fingerprints: str) -> None:
    shelf.store.keep(f"runs/{run_id}", {"run_id": run_id, "fingerprints": fingerprints})


def test_what_was_not_used_goes_and_is_told_by_stage(shelf: Shelf) -> None:
    shelf.put("embed", "a", days=29.0)
    shelf.put("embed", "b", days=30.5)  # the noted time may be a day behind
    shelf.put("embed", "c", days=31.5)
    shelf.put("growth", "d")
    shelf.put("growth", "e")
    size = shelf.store.size("growth", "d")
    said = cleaned(shelf, dry=True)
    assert shelf.there() == {"embed/a", "embed/b", "embed/c", "growth/d", "growth/e"}
    assert said == cleaned(shelf)
    assert shelf.there() == {"embed/a", "embed/b"}
    assert said.by_stage()["growth"] == {"outputs": 2, "bytes": 2 * size}
    assert list(said.by_stage()) == ["growth", "embed"]
    assert said.kept == 2
    assert cleaned(shelf).outputs == {}


def test_the_latest_run_stays_and_records_go_with_what_they_name(shelf: Shelf) -> None:
    shelf.put("ingest", "prices")
    for run in ("one", "two"):
        shelf.put("embed", f"embed {run}")
        facts = {"ingest": "prices", "embed": f"embed {run}"}
        shelf.store.record(run, {"run_id": run, "fingerprints": facts})
    shelf.put("embed", "young", days=1.0)
    record(shelf, "three", ingest="prices", embed="young")
    record(shelf, "by hand", embed="gone already")
    shelf.store.keep("days/2020-01-02", least("days/2020-01-02"))
    assert set(cleaned(shelf).records) == {"runs/one", "runs/by hand"}
    assert shelf.there() == {"ingest/prices", "embed/embed two", "embed/young"}
    assert shelf.store.run()["run_id"] == "two"
    assert set(records(shelf.store)) == {
        *("runs/latest", "runs/two", "runs/three", "days/2020-01-02")
    }


def test_a_day_s_record_goes_with_its_prices(shelf: Shelf) -> None:
    shelf.put("ingest", "old")
    shelf.put("ingest", "new", days=2.0)
    for day, prices in (("2020-01-02", "old"), ("2020-02-03", "new")):
        shelf.store.keep(f"days/{day}", least(f"days/{day}", fingerprint=prices))
    assert cleaned(shelf).records == ["days/2020-01-02"]
    assert shelf.there() == {"ingest/new"}


def test_what_is_published_stays_with_all_that_was_made_of_its_prices(shelf: Shelf) -> None:
    for day in ("then", "now"):
        shelf.put("ingest", f"i {day}")
        shelf.put("window", f"w {day}", {"ingest": f"i {day}"})
        for seed in "12":
            shelf.put("train", f"t{seed} {day}", {"window": f"w {day}"})
            needs = {"window": f"w {day}", "train": f"t{seed} {day}"}
            shelf.put("evaluate", f"e{seed} {day}", needs)
        shelf.put("comparison", f"c {day}", [f"e1 {day}", f"e2 {day}"])
        shelf.put("evaluate", f"champion {day}", {"window": f"w {day}", "train": "t1 then"})
        shelf.put("edition", f"edition {day}", [f"champion {day}"])
    facts = {"ingest": "i now", "window": "w now", "train": "t1 then", "evaluate": "champion now"}
    published = least("published", edition="edition now", fingerprints=facts)
    shelf.store.keep("published", published)
    cleaned(shelf)
    assert shelf.there() == {
        *("ingest/i now", "window/w now", "train/t1 now", "train/t2 now", "evaluate/e1 now"),
        *("evaluate/e2 now", "comparison/c now", "evaluate/champion now", "edition/edition now"),
        *("train/t1 then", "train/t2 then"),  # the tracking store does not say whose they are
    }


def test_what_is_used_keeps_what_it_was_made_from(shelf: Shelf) -> None:
    command.tracker(shelf.folder)
    shelf.put("window", "w")
    shelf.put("train", "t", {"window": "w"})
    shelf.put("train", "u", {"window": "w"})
    shelf.put("evaluate", "e", {"train": "t"})
    shelf.put("comparison", "c", ["e"], days=1.0)
    assert cleaned(shelf).notes == []
    assert shelf.there() == {"train/t", "evaluate/e", "comparison/c"}


def test_networks_of_the_registry_stay(shelf: Shelf) -> None:
    for number in range(1, 8):
        assert register(shelf, {"0": f"t{number}", "1": f"s{number}"}) == str(number)
        shelf.put("train", f"t{number}")
        shelf.put("train", f"s{number}")
    tracker = command.tracker(shelf.folder)

    def decide(outcome: str, challenger: str, before: str, champion: str) -> None:
        log(tracker, Decision(outcome, "2020-01-02", challenger, before, champion, "A reason."))

    decide("promoted", "1", "", "1")
    decide("held", "2", "1", "1")
    decide("promoted", "3", "1", "3")
    decide("promoted", "4", "3", "4")
    decide("restored", "3", "4", "3")
    decide("promoted", "5", "3", "5")
    decide("promoted", "7", "5", "7")
    tracker.client.delete_model_version("firmament-forecaster", "7")
    give_alias(tracker, CHAMPION, "5")
    give_alias(tracker, CHALLENGER, "6")
    before = [run.info.status for run in tracker.client.search_runs(["0", "1", "2"])]
    cleaned(shelf)
    assert shelf.there() == {f"train/{part}{number}" for part in "ts" for number in (1, 3, 5, 6)}
    assert before == [run.info.status for run in tracker.client.search_runs(["0", "1", "2"])]


@pytest.mark.parametrize("state", ["missing", "outdated", "lacking"])
def test_all_networks_stay_where_the_registry_does_not_tell(shelf: Shelf, state: str) -> None:
    shelf.put("train", "t")
    shelf.put("embed", "e")
    database = shelf.folder / "mlruns" / "mlflow.db"
    if state == "outdated":
        outdated(shelf)
    if state == "lacking":
        give_alias(command.tracker(shelf.folder), CHAMPION, register(shelf, {"0": "other"}))
        (about,) = database.parent.rglob("trainings/about.json")
        about.unlink()
    (note,) = cleaned(shelf).notes
    assert note.startswith("All networks stay")
    assert shelf.there() == {"train/t"}
    assert database.exists() == (state != "missing")


def test_a_damaged_record_stops_it(shelf: Shelf) -> None:
    shelf.put("embed", "e")
    shelf.store.keep("published", {})
    (shelf.store.root / "published.json").write_text("{")
    with pytest.raises(StoreError, match=r"published\.json is damaged"):
        cleaned(shelf)
    assert shelf.there() == {"embed/e"}


def test_a_store_in_use_is_left_alone(shelf: Shelf) -> None:
    shelf.put("embed", "e")
    with shelf.store.shared(), pytest.raises(StoreError, match="wait until it has ended"):
        cleaned(shelf)
    assert shelf.there() == {"embed/e"}


def test_no_store_is_one_sentence_and_none_is_made(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no store at .*--data-root"):
        cleaned(Shelf(tmp_path))
    assert not list(tmp_path.iterdir())


def test_what_dead_writers_left_goes_and_what_runs_left_waits(shelf: Shelf) -> None:
    for claim in ("draft-1", "run-1"):
        shelf.store.claim(claim, "sqlite:///x").close()
        (shelf.store.root / "unfinished" / claim).mkdir(parents=True)
    with shelf.store.unfinished() as living:
        assert cleaned(shelf, dry=True).leftovers == ["draft-1"]
        assert (shelf.store.root / "unfinished" / "draft-1").exists()
        assert cleaned(shelf).leftovers == ["draft-1"]
        left = {path.name for path in (shelf.store.root / "unfinished").iterdir()}
        assert left == {"run-1", living.name}


class Killed(BaseException):
    """Stands for a SIGKILL: nothing that runs after it may count."""


Layout = tuple[list[tuple[str, list[int], float]], dict[str, set[int]]]


@st.composite
def layouts(draw: st.DrawFn) -> Layout:
    """Outputs (stage, which of those before it was made from, days unused) and records.

    A record names outputs by their position; the position after the last is of none that is there.
    """
    count = draw(st.integers(1, 8))
    outputs = [
        (
            draw(st.sampled_from(["ingest", "train", "embed"])),
            draw(st.lists(st.integers(0, number - 1), max_size=2)) if number else [],
            draw(st.sampled_from([0.0, 5.0, 50.0])),
        )
        for number in range(count)
    ]
    names = draw(st.sets(st.sampled_from(["published", "runs/latest", "runs/a", "days/b"])))
    return outputs, {name: draw(st.sets(st.integers(0, count), max_size=3)) for name in names}


def lay_down(shelf: Shelf, layout: Layout) -> list[Output]:
    """Write a layout's outputs and records; return the outputs."""
    outputs, kept = layout
    places = [(stage, f"f{number}") for number, (stage, _, _) in enumerate(outputs)]
    for (stage, fingerprint), (_, needs, days) in zip(places, outputs, strict=True):
        shelf.put(stage, fingerprint, [places[need][1] for need in needs], days)
    for record_name, numbers in kept.items():
        facts = dict([*places, ("growth", "never there")][number] for number in numbers)
        shelf.store.keep(record_name, least(record_name, fingerprints=facts))
    return places


@settings(max_examples=30)
@given(layout=layouts(), steps=st.integers(0, 12))
def test_what_is_referenced_is_never_removed_whenever_it_dies(layout: Layout, steps: int) -> None:
    with TemporaryDirectory() as folder:
        shelf = Shelf(Path(folder))
        shelf.store.prepare()
        places = lay_down(shelf, layout)
        known, lineage = records(shelf.store), Lineage(shelf.store)
        asked = [named(known.get(which, {})) for which in ("published", "runs/latest")]
        young = {place for place, (_, _, days) in zip(places, layout[0], strict=True) if days < 10}
        networks = {place for place in places if place[0] == "train"}  # no registry tells of them
        referenced = lineage.above(young.union(networks, *asked))
        with pytest.MonkeyPatch.context() as patch:
            _die_after(patch, steps)
            with suppress(Killed):
                cleaned(shelf)
        there = set(shelf.store.outputs())
        assert referenced <= there
        assert all(shelf.store.damage(*place) is None for place in there)
        for facts in records(shelf.store).values():
            assert named(facts).intersection(places) <= there
        cleaned(shelf)  # whoever comes next brings it to its end
        assert referenced <= set(shelf.store.outputs())
        assert cleaned(shelf).outputs == {}


def _die_after(patch: pytest.MonkeyPatch, steps: int) -> None:
    """Let the process die before one of the steps that change the store."""
    left: Iterator[int] = iter(range(steps))

    def counted(method: str) -> None:
        original = getattr(Store, method)

        def act(*arguments: object) -> None:
            if next(left, None) is None:
                raise Killed
            original(*arguments)

        patch.setattr(Store, method, act)

    counted("drop")
    counted("remove")
