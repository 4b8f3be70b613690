"""The store: whole outputs or none, also when the writer dies or the disk is full."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from dying import ended, within
from flat import Made, made, record

from pipeline.errors import InputError, StoreError
from pipeline.outputs import Trained
from pipeline.store import Store
from pipeline.store.records import Shape, UnfitError, parsed, sealed


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "store")
    store.prepare()
    return store


def test_every_kind_of_field_comes_back(store: Store) -> None:
    store.write("train", "abc", made(), {"seconds": 1.0})
    back = store.read(Made, "train", "abc")
    pd.testing.assert_frame_equal(back.table, made().table)
    np.testing.assert_array_equal(back.array, made().array)
    assert isinstance(back.array, np.memmap)
    assert (back.facts, back.names, back.network, back.page) == (
        {"ä": None},
        ["x"],
        b"\x00PK",
        "<p>μ</p>",
    )
    assert store.about("train", "abc")["seconds"] == 1.0


def test_nothing_is_left_of_a_write_that_fails(store: Store) -> None:
    broken = Made(**{**vars(made()), "facts": {"score": float("nan")}})
    with pytest.raises(ValueError, match="JSON"):
        store.write("train", "abc", broken, {})
    assert not store.has("train", "abc")
    assert not any((store.root / "unfinished").iterdir())
    assert not any((store.root / "claims").iterdir())


def test_the_first_of_two_equal_outputs_stays(store: Store) -> None:
    store.write("train", "abc", made(), {"by": "first"})
    store.write("train", "abc", made(), {"by": "second"})
    assert store.about("train", "abc")["by"] == "first"
    assert not any((store.root / "unfinished").iterdir())


def test_a_damaged_output_is_not_there_and_is_made_again(store: Store) -> None:
    place = store.write("train", "abc", made(), {"by": "first"})
    (place / "array.npy").write_bytes(b"short")
    assert not store.has("train", "abc")
    store.write("train", "abc", made(), {"by": "second"})
    assert store.has("train", "abc")
    assert store.about("train", "abc")["by"] == "second"
    assert not any((store.root / "unfinished").iterdir())


def test_a_full_disk_is_told_in_one_sentence(store: Store) -> None:
    def full() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        big = Made(**{**vars(made()), "array": np.zeros(100_000)})
        with pytest.raises(StoreError, match=r"could not be written.*finished before is kept"):
            store.write("train", "abc", big, {})

    assert ended(full) == 0
    assert not store.has("train", "abc")
    assert not any((store.root / "unfinished").iterdir())


@pytest.mark.parametrize(
    ("number", "advice"), [(errno.ENOSPC, "disk is full"), (errno.EROFS, "read-only")]
)
def test_the_system_s_refusals_are_explained(
    store: Store, monkeypatch: pytest.MonkeyPatch, number: int, advice: str
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(StoreError, match=rf"{advice}.*--data-root"):
        store.prepare()


def test_a_file_in_the_place_of_the_root_is_refused(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(StoreError, match="--data-root"):
        Store(tmp_path / "taken").prepare()


def test_what_a_killed_writer_left_is_swept(store: Store) -> None:
    @contextmanager
    def writing() -> Iterator[None]:
        _held = store.claim("run-1", "sqlite:///x")
        with store.unfinished() as draft:
            (draft / "half").write_text("h")
            yield

    buried: list[tuple[str, str]] = []

    def bury(name: str, text: str) -> bool:
        buried.append((name, text))
        return True

    with within(writing):
        store.sweep(bury)
        assert buried == []
    store.sweep(bury)
    assert ("run-1", "sqlite:///x") in buried
    assert not any((store.root / "unfinished").iterdir())
    assert not any((store.root / "claims").iterdir())


def test_a_claim_stays_until_it_is_buried(store: Store) -> None:
    store.claim("run-1").close()

    def unreachable(*_: str) -> bool:
        raise StoreError("the server is down")

    with pytest.raises(StoreError):
        store.sweep(unreachable)
    asked: list[str] = []
    for done in (False, True):
        store.sweep(lambda name, _, done=done: asked.append(name) or done)
    store.sweep(lambda name, _: pytest.fail(name))
    assert asked == ["run-1", "run-1"]


def test_a_claim_that_is_given_back_meanwhile_is_no_fault(store: Store) -> None:
    store.claim("run-1").close()
    second = store.claim("run-2")
    second.close()
    asked: list[str] = []

    def bury(name: str, _: str) -> bool:
        asked.append(name)
        store.release(second)
        return True

    store.sweep(bury)
    assert asked == ["run-1"]


@pytest.mark.parametrize("name", ["table.parquet", "array.npy", "facts.json", "page.html"])
def test_a_damaged_output_is_named(store: Store, name: str) -> None:
    path = store.write("embed", "f", made(), {}) / name
    said = rf"{path.parent} is not whole \({path.name} (is missing|has another size)"
    if path.suffix != ".html":
        path.write_bytes(b"")
        with pytest.raises(StoreError, match=said):
            store.read(Made, "embed", "f")
    path.unlink()
    with pytest.raises(StoreError, match=said):
        store.read(Made, "embed", "f")


def test_the_latest_record_is_the_last_one(store: Store) -> None:
    store.record("one", record("runs/one"))
    store.record("two", record("runs/two"))
    assert store.run()["run_id"] == "two"
    assert store.run("one")["run_id"] == "one"
    assert not [path for path in (store.root / "runs").iterdir() if path.name.startswith(".")]
    json.loads((store.root / "runs" / "latest.json").read_text())


def test_no_run_yet_is_one_sentence(store: Store) -> None:
    with pytest.raises(InputError, match=r"no run yet in .*firmament run"):
        store.run()
    with pytest.raises(InputError, match="no run 'abc'"):
        store.run("abc")


RUNS = ("1a2b3c4d", "1a2b3fff", "9e8d7c6b")


@pytest.mark.parametrize("begun", ["9e8d", "9e8d7", "9e8d7c6b"])
def test_a_run_is_found_by_how_its_id_begins(store: Store, begun: str) -> None:
    for run_id in RUNS:
        store.record(run_id, record(f"runs/{run_id}"))
    assert store.run(begun)["run_id"] == "9e8d7c6b"


@pytest.mark.parametrize(
    ("begun", "sentence"),
    [
        ("1a2b", "2 runs in .* begin with 1a2b: .* 1a2b3c4d, 1a2b3fff"),
        ("9e8", "no run '9e8' in .* first 4 characters .* such as 9e8d7c6b"),
        ("7777", "no run '7777' in .* such as 1a2b3c4d, 1a2b3fff, 9e8d7c6b"),
        ("late", "no run 'late'"),
        ("../runs/9e8d7c6b", "no run"),
    ],
)
def test_a_beginning_that_is_not_of_one_run_alone_is_refused(
    store: Store, begun: str, sentence: str
) -> None:
    for run_id in RUNS:
        store.record(run_id, record(f"runs/{run_id}"))
    with pytest.raises(InputError, match=sentence):
        store.run(begun)


def test_a_network_of_an_earlier_version_lacks_what_it_did_not_have(store: Store) -> None:
    history, none = pd.DataFrame({"epoch": [1]}), pd.DataFrame()
    place = store.write("train", "abc", Trained(b"", history, {}, history), {})
    assert store.read(Trained, "train", "abc").gradient_flow.equals(history)
    (place / "gradient_flow.parquet").unlink()
    with pytest.raises(StoreError, match=r"gradient_flow\.parquet is missing"):
        store.read(Trained, "train", "abc")
    about = json.loads((place / "about.json").read_text())
    del about["files"]["gradient_flow.parquet"], about["seal"]
    (place / "about.json").write_text(json.dumps(about))
    assert store.read(Trained, "train", "abc").gradient_flow.equals(none)


def test_an_output_is_judged_by_what_was_written(store: Store) -> None:
    place = store.write("train", "abc", made(), {})
    sums = store.about("train", "abc")
    assert sums["digests"]["network.keras"] == hashlib.sha256(b"\x00PK").hexdigest()
    assert sums["files"]["network.keras"] == 3
    assert store.damage("train", "abc") is None
    (place / "network.keras").write_bytes(b"\x00PQ")
    assert store.has("train", "abc")  # which looks at sizes alone
    said = store.damage("train", "abc")
    assert said == "network.keras has another content than was written"
    (place / "network.keras").write_bytes(b"\x00")
    assert store.damage("train", "abc") == "network.keras has another size than was written"
    (place / "network.keras").unlink()
    assert store.damage("train", "abc") == "network.keras is missing"
    (place / "about.json").write_text("{}")
    assert store.damage("train", "abc") == "about.json lacks `files`"
    (place / "about.json").unlink()
    assert store.damage("train", "abc") == "about.json is missing"


def test_an_output_of_an_earlier_version_is_judged_by_its_sizes(store: Store) -> None:
    place = store.write("train", "abc", made(), {})
    earlier = {key: value for key, value in store.about("train", "abc").items() if key == "files"}
    (place / "about.json").write_text(json.dumps(earlier))
    assert store.damage("train", "abc") is None
    (place / "page.html").write_text("")
    assert store.damage("train", "abc") == "page.html has another size than was written"


def test_outputs_are_listed_measured_and_taken_away(store: Store) -> None:
    assert list(store.outputs()) == []
    for stage, fingerprint in (("train", "b"), ("embed", "c"), ("train", "a")):
        store.write(stage, fingerprint, made(), {})
    assert list(store.outputs()) == [("embed", "c"), ("train", "a"), ("train", "b")]
    about = store.folder("train", "a") / "about.json"
    assert store.size("train", "a") == about.stat().st_size + sum(
        store.about("train", "a")["files"].values()
    )
    array = store.read(Made, "train", "a").array
    store.remove("train", "a")
    store.remove("train", "a")
    assert not store.has("train", "a")
    assert list(store.outputs()) == [("embed", "c"), ("train", "b")]
    assert not any((store.root / "unfinished").iterdir())
    assert array.sum() == 15  # who has read it goes on with it


def test_an_output_that_is_asked_for_is_used(store: Store) -> None:
    about = store.write("train", "abc", made(), {}) / "about.json"
    os.utime(about, (0, 0))
    assert store.used("train", "abc").year == 1970
    assert store.has("train", "abc")
    now = datetime.now(UTC)
    assert abs(store.used("train", "abc") - now) < timedelta(minutes=1)
    hour = (now - timedelta(hours=1)).timestamp()
    os.utime(about, (hour, hour))
    assert store.has("train", "abc")
    assert store.used("train", "abc").timestamp() == hour  # noted once a day, not every time
    store.remove("train", "abc")
    with pytest.raises(StoreError, match="is not there"):
        store.used("train", "abc")


def test_an_output_from_elsewhere_is_taken_whole_or_refused(store: Store, tmp_path: Path) -> None:
    theirs = Store(tmp_path / "theirs")
    place = theirs.write("train", "abc", made(), {"fingerprint": "abc", "by": "them"})
    store.adopt("train", "abc", place)
    assert store.read(Made, "train", "abc").network == b"\x00PK"
    assert store.about("train", "abc") == theirs.about("train", "abc")
    store.adopt("train", "abc", place)
    with pytest.raises(StoreError, match=r"output def of train: it is the output abc\."):
        store.adopt("train", "def", place)
    (place / "network.keras").write_bytes(b"\x00PQ")
    store.remove("train", "abc")
    with pytest.raises(StoreError, match=r"network\.keras has another content.*Fetch it again"):
        store.adopt("train", "abc", place)
    with pytest.raises(StoreError, match=r"about\.json is missing"):
        store.adopt("train", "abc", tmp_path / "nowhere")
    assert list(store.outputs()) == []
    assert not any((store.root / "unfinished").iterdir())


def test_records_are_kept_by_name(store: Store) -> None:
    assert store.kept("published") is None
    assert store.records("days") == []
    store.keep("published", record("published", run_id="one"))
    store.keep("published", second := record("published", run_id="two", more={"ä": [1.5, None]}))
    for day in ("2022-12-29", "2022-12-28"):
        store.keep(f"days/{day}", record(f"days/{day}", day=day))
    assert store.kept("published") == second
    assert (store.root / "published.json").is_file()
    assert store.records("days") == ["days/2022-12-28", "days/2022-12-29"]
    assert (store.kept("days/2022-12-28") or {})["ingest"]["day"] == "2022-12-28"
    store.drop("days/2022-12-28")
    store.drop("days/2022-12-28")
    assert store.records("days") == ["days/2022-12-29"]
    with pytest.raises(ValueError, match="JSON"):
        store.keep("published", {"score": float("nan")})
    assert store.kept("published") == second


@pytest.mark.parametrize("content", ["{", "[1]", "null"])
def test_a_damaged_record_is_named(store: Store, content: str) -> None:
    store.keep("days/2022-12-28", {})
    (store.root / "days" / "2022-12-28.json").write_text(content)
    with pytest.raises(StoreError, match=r"days/2022-12-28\.json is damaged: remove it"):
        store.kept("days/2022-12-28")


def test_the_store_is_used_by_many_or_by_one_alone(store: Store) -> None:
    said = r"using the store .*: wait until"
    with within(store.shared), store.shared(), pytest.raises(StoreError, match=said):
        store.alone().__enter__()
    with store.alone(), pytest.raises(StoreError):
        store.alone().__enter__()
    with store.shared():
        pass


def test_a_digit_that_leaves_a_number_what_it_is_is_seen() -> None:
    written = sealed({"loss": 1.4622564315795898})
    other = written.replace("1.4622564315795898", "1.46225643157958984")
    assert json.loads(other) == json.loads(written)
    assert parsed(written.encode(), Shape) == {"loss": 1.4622564315795898}
    with pytest.raises(UnfitError, match="is damaged"):
        parsed(other.encode(), Shape)
