"""The store on an object store: a real S3 server, and machines that share nothing else."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import textwrap
import threading
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import s3
from command import ONCE, QUICK, SEEN, planted
from flat import Made, made, record
from toy import TOY

from pipeline.errors import ConfigError, InputError, StoreError
from pipeline.store import Store, open_store
from pipeline.store import output as output_module
from pipeline.store.bucket import Bucket
from pipeline.store.remote import RemoteStore

Machine = Callable[[str], RemoteStore]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with s3.served() as address:
        yield address


@pytest.fixture
def machine(tmp_path: Path, request: pytest.FixtureRequest) -> Machine:
    """Opens one store as a machine of some name would, whose mirror is its own."""
    request.getfixturevalue("server")

    def opened(name: str) -> RemoteStore:
        address = f"s3://{s3.BUCKET}/{request.node.name.partition('[')[0]}/store/"
        store = open_store(address, tmp_path / name)
        assert isinstance(store, RemoteStore)
        return store

    return opened


def test_what_one_machine_writes_others_see(machine: Machine) -> None:
    ours, theirs = machine("ours"), machine("theirs")
    for store in (ours, theirs):
        store.prepare()
        assert not store.has("train", "abc")
    place = ours.write("train", "abc", made(), {"seconds": 1.0})
    assert place == ours.root / "stages" / "train" / "abc"
    assert theirs.has("train", "abc")
    assert not theirs.root.joinpath("stages").exists()  # nothing is fetched before it is read
    back = theirs.read(Made, "train", "abc")
    pd.testing.assert_frame_equal(back.table, made().table)
    np.testing.assert_array_equal(back.array, made().array)
    assert isinstance(back.array, np.memmap)
    assert (back.facts, back.network, back.page) == ({"ä": None}, b"\x00PK", "<p>μ</p>")
    assert theirs.about("train", "abc") == ours.about("train", "abc")
    assert str(theirs.folder("train", "abc")).startswith(str(theirs.root))
    for store in (ours, theirs):
        assert not any((store.root / "unfinished").iterdir())


def test_an_address_leads_to_a_store(machine: Machine, tmp_path: Path) -> None:
    store = machine("ours")
    assert store.address == "s3://bucket/test_an_address_leads_to_a_store/store"
    assert store.root == tmp_path / "ours" / "s3" / store.address.removeprefix("s3://")
    assert store.cache == f"{store.address}/cache"
    assert type(open_store(tmp_path)) is Store


def test_a_writer_that_dies_between_files_leaves_no_output(machine: Machine) -> None:
    ours, theirs = machine("ours"), machine("theirs")
    script = f"""
        import os, signal, sys
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        from flat import made
        from pipeline.store import open_store
        from pipeline.store.bucket import Bucket
        upload, done = Bucket.upload, []
        def dying(self, path, name):
            upload(self, path, name)
            done.append(name)
            if len(done) == 3:
                os.kill(os.getpid(), signal.SIGKILL)
        Bucket.upload = dying
        store = open_store({ours.address!r}, {str(ours.root.parents[3])!r})
        store.write("train", "abc", made(), {{}})
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert len(theirs.bucket.sizes("stages/train/abc")) == 3
    assert not theirs.has("train", "abc")
    assert theirs.damage("train", "abc") == "about.json is missing"
    # What the dead one had made is whole in its mirror, and is not made again.
    assert ours.has("train", "abc")
    assert theirs.read(Made, "train", "abc").network == b"\x00PK"


def test_two_writers_of_an_output_do_not_mix(machine: Machine) -> None:
    ours, theirs, third = machine("ours"), machine("theirs"), machine("third")
    ours.write("train", "abc", made(), {"by": "us"})
    about = ours.bucket.read("stages/train/abc/about.json")
    assert about is not None
    ours.bucket.remove("stages/train/abc/about.json")  # as if we had not come so far
    other = Made(**{**vars(made()), "network": b"\x01PK", "page": "<p>other</p>"})
    theirs.write("train", "abc", other, {"by": "them"})
    assert third.read(Made, "train", "abc").page == "<p>other</p>"
    ours.bucket.write("stages/train/abc/about.json", about)
    for store in (ours, third):
        assert store.damage("train", "abc") is None
    fourth = machine("fourth")
    assert fourth.read(Made, "train", "abc").page == "<p>μ</p>"
    assert fourth.read(Made, "train", "abc").network == b"\x00PK"


def test_the_first_of_two_equal_outputs_stays_for_all(machine: Machine) -> None:
    machine("ours").write("train", "abc", made(), {"by": "first"})
    theirs = machine("theirs")
    theirs.write("train", "abc", made(), {"by": "second"})
    assert theirs.about("train", "abc")["by"] == "first"


def test_an_output_that_is_not_there_is_put_there_from_the_mirror(machine: Machine) -> None:
    machine("ours").write("train", "abc", made(), {})
    theirs = machine("theirs")
    theirs.remove("train", "abc")
    assert not theirs.has("train", "abc")
    assert machine("ours").has("train", "abc")
    assert theirs.has("train", "abc")
    theirs.remove("train", "abc")
    (machine("ours").root / "stages" / "train" / "abc" / "page.html").write_text("<p>m</p>")
    assert not machine("ours").has("train", "abc")  # a damaged one is not spread


def test_an_output_that_lost_a_file_is_not_there_and_is_made_again(machine: Machine) -> None:
    machine("ours").write("train", "abc", made(), {"by": "first"})
    theirs = machine("theirs")
    digest = theirs.about("train", "abc")["digests"]["page.html"]
    third = machine("third")
    third.bucket.remove(f"stages/train/abc/{digest}/page.html")
    assert not third.has("train", "abc")
    assert third.damage("train", "abc") == "page.html is missing"
    third.write("train", "abc", made(), {"by": "second"})
    assert machine("fourth").read(Made, "train", "abc").page == "<p>μ</p>"


def test_a_damaged_fetch_is_tried_again(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine("ours").write("train", "abc", made(), {})
    download, fetched = Bucket.download, []

    def damaged(self: Bucket, name: str, path: Path) -> None:
        download(self, name, path)
        if path.name == "network.keras" and not fetched.count("network.keras"):
            path.write_bytes(b"\x00PQ")
        fetched.append(path.name)

    monkeypatch.setattr(Bucket, "download", damaged)
    assert machine("theirs").read(Made, "train", "abc").network == b"\x00PK"
    assert fetched.count("network.keras") == 2


def test_an_output_that_is_damaged_for_good_is_named(machine: Machine) -> None:
    ours, theirs = machine("ours"), machine("theirs")
    ours.write("train", "abc", made(), {})
    digest = ours.about("train", "abc")["digests"]["network.keras"]
    ours.bucket.write(f"stages/train/abc/{digest}/network.keras", b"\x00PQ")
    said = "network.keras has another content than was written"
    with pytest.raises(StoreError, match=rf"{ours.address}/stages/train/abc cannot.*\({said}\)"):
        theirs.read(Made, "train", "abc")
    assert theirs.damage("train", "abc") == said
    assert not (theirs.root / "stages").exists()
    theirs.remove("train", "abc")
    assert theirs.write("train", "abc", made(), {}).is_dir()
    assert machine("third").read(Made, "train", "abc").network == b"\x00PK"


def test_a_damaged_mirror_is_fetched_again(machine: Machine) -> None:
    store = machine("ours")
    place = store.write("train", "abc", made(), {})
    (place / "array.npy").write_bytes(b"short")
    assert store.read(Made, "train", "abc").array.sum() == 15


def test_outputs_are_listed_measured_and_taken_away(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = machine("ours"), machine("theirs")
    assert list(ours.outputs()) == []
    for stage, fingerprint in (("train", "b"), ("embed", "c"), ("train", "a")):
        place = ours.write(stage, fingerprint, made(), {})
    assert list(theirs.outputs()) == [("embed", "c"), ("train", "a"), ("train", "b")]
    assert theirs.damage("train", "a") is None
    assert theirs.size("train", "a") == sum(path.stat().st_size for path in place.iterdir())
    monkeypatch.setattr(output_module, "DAY", -1.0)  # as if the last use were long ago
    assert theirs.has("train", "a")
    assert abs(theirs.used("train", "a") - datetime.now(UTC)) < timedelta(minutes=1)
    assert theirs.read(Made, "train", "a").names == ["x"]
    ours.remove("train", "a")
    ours.remove("train", "a")
    assert list(theirs.outputs()) == [("embed", "c"), ("train", "b")]
    assert not ours.has("train", "a")
    with pytest.raises(StoreError, match=rf"{ours.address}/stages/train/a is not there"):
        ours.used("train", "a")


def test_an_upload_that_was_cut_off_is_as_old_as_what_came_of_it(machine: Machine) -> None:
    ours = machine("ours")
    ours.write("train", "abc", made(), {})
    ours.bucket.remove("stages/train/abc/about.json")
    assert abs(ours.used("train", "abc") - datetime.now(UTC)) < timedelta(minutes=1)


def test_an_output_from_elsewhere_is_put_there(machine: Machine, tmp_path: Path) -> None:
    place = Store(tmp_path / "elsewhere").write("train", "abc", made(), {})
    machine("ours").adopt("train", "abc", place)
    assert machine("theirs").read(Made, "train", "abc").page == "<p>μ</p>"


def test_records_are_kept_by_name_for_all(machine: Machine) -> None:
    ours, theirs = machine("ours"), machine("theirs")
    assert theirs.kept("published") is None
    assert theirs.records("days") == []
    for day in ("2022-12-29", "2022-12-28"):
        ours.keep(f"days/{day}", record(f"days/{day}"))
    ours.keep("daystar/other", {})
    assert theirs.records("days") == ["days/2022-12-28", "days/2022-12-29"]
    ours.drop("days/2022-12-28")
    ours.drop("days/2022-12-28")
    assert theirs.records("days") == ["days/2022-12-29"]
    with pytest.raises(InputError, match=rf"no run yet in {ours.address}"):
        theirs.run()
    ours.record("one", record("runs/one"))
    ours.record("two", record("runs/two"))
    assert (theirs.run()["run_id"], theirs.run("one")["run_id"]) == ("two", "one")
    ours.record("1a2b3c4d", record("runs/1a2b3c4d"))
    assert theirs.run("1a2b")["run_id"] == "1a2b3c4d"
    ours.bucket.write("runs/one.json", b"{")
    with pytest.raises(StoreError, match=rf"{ours.address}/runs/one\.json is damaged"):
        theirs.run("one")


def test_a_record_is_always_the_earlier_or_the_later_one(machine: Machine) -> None:
    ours, theirs = machine("ours"), machine("theirs")
    ours.keep("published", record("published", values=[0] * 10_000))
    over = threading.Event()

    def replace() -> None:
        for number in range(1, 20):
            ours.keep("published", record("published", values=[number] * 10_000))
        over.set()

    writer = threading.Thread(target=replace)
    writer.start()
    seen = []
    while not over.is_set():
        facts = theirs.kept("published")
        assert facts is not None
        assert len(facts["values"]) == 10_000
        assert len(set(facts["values"])) == 1
        seen.append(facts["values"][0])
    writer.join()
    assert seen == sorted(seen)


@pytest.mark.usefixtures("server")
def test_a_bucket_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    store = open_store("s3://missing/store", tmp_path)
    for ask in (store.prepare, store.run, lambda: store.has("train", "abc"), store.outputs):
        with pytest.raises(StoreError, match=r"s3://missing/store could not .*make that bucket"):
            list(ask() or ())


def test_a_server_that_does_not_answer_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    s3.lead(monkeypatch, f"http://127.0.0.1:{s3.free_port()}")
    store = open_store("s3://bucket/store", tmp_path)
    with pytest.raises(StoreError, match=r"could not be reached \(.*\): check the address"):
        store.prepare()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    s3.forget()
    with pytest.raises(StoreError, match=r"\(Unable to locate credentials\)"):
        open_store("s3://bucket/store", tmp_path).run()
    s3.forget()


def test_credentials_that_are_refused_are_one_sentence(server: str, tmp_path: Path) -> None:
    def after(requests: str) -> None:
        """Let the server look at credentials after so many requests."""
        plain = {"Content-Type": "text/plain"}
        asked = urllib.request.Request(f"{server}/moto-api/reset-auth", requests.encode(), plain)
        urllib.request.urlopen(asked).close()

    after("0")
    try:
        with pytest.raises(StoreError, match="check the credentials"):
            open_store("s3://bucket/store", tmp_path).prepare()
    finally:
        after("inf")


@pytest.mark.parametrize(
    "address", ["s3://", "nosuch://bucket", "s3://bucket/../other", "file:///folder"]
)
def test_what_is_no_address_is_refused(address: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f"The address {address}"):
        open_store(address, tmp_path)


@pytest.mark.usefixtures("server")
def test_a_run_of_one_machine_is_asked_by_another(tmp_path: Path) -> None:
    place = planted(tmp_path, firms=5, days=330, plan=TOY)
    root = ["--data-root", "s3://bucket/runs"]
    tracked = ["--source", f"files:{place.prices}", "--tracking-uri", place.tracking_uri]
    quick = [*QUICK, *SEEN, *ONCE, "--set", "mirror_root=ours"]
    ran = place.run("run", *tracked, *root, *quick, "--format", "json")
    assert ran.returncode == 0, ran.stderr
    report = Path(json.loads(ran.stdout)["report"])
    assert (
        report == tmp_path / "ours/s3/bucket/runs/stages/report" / report.parent.name / "page.html"
    )
    assert report.is_file()
    theirs = tmp_path / "theirs" / "s3" / "bucket" / "runs" / "stages"
    asked = place.run("similar", "F00", "--format", "json", *root, "--set", "mirror_root=theirs")
    assert asked.returncode == 0, asked.stderr
    assert [path.name for path in theirs.iterdir()] == ["embed"]
    refused = place.run("similar", "F00", "--data-root", "s3://missing/runs")
    assert refused.returncode == 2
    assert refused.stderr.startswith("firmament: The store at s3://missing/runs could not")
    assert refused.stderr.count("\n") == 1


def test_a_copy_that_was_changed_is_fetched_again(machine: Machine) -> None:
    ours, theirs = machine("ours"), machine("theirs")
    ours.write("train", "abc", made(), {})
    assert theirs.read(Made, "train", "abc").page == "<p>μ</p>"
    page = theirs.root / "stages" / "train" / "abc" / "page.html"
    page.write_text("<p>ν</p>")
    assert theirs.read(Made, "train", "abc").page == "<p>μ</p>"
    ours.bucket.write("stages/train/abc/about.json", b"[]")
    with pytest.raises(StoreError, match=r"train/abc/about\.json is damaged: remove it there"):
        theirs.about("train", "abc")
    assert theirs.damage("train", "abc") == "about.json is damaged"
