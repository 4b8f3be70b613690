"""Many firms at once, through yfinance's own session, from a service on the loopback."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from chart_server import FIRMS
from chart_service import Clock, days

from pipeline.errors import SourceError
from pipeline.settings.ingest import Ingest
from pipeline.settings.yahoo import Yahoo
from pipeline.sources import fetching
from pipeline.sources.cache import Cache
from pipeline.sources.curl import yfinance
from pipeline.sources.yahoo import YahooSource
from pipeline.watch import Silence

ROOT = Path(__file__).parents[2]
START = date(2024, 1, 2)
LATER = days("2024-01-02", 62)


class Told(Silence):
    """A watch that remembers, and may be interrupted."""

    def __init__(self, until: int | None = None) -> None:
        self.notes: list[str] = []
        self.steps: list[int] = []
        self.until = until

    def note(self, sentence):
        self.notes.append(sentence)

    def step(self, task, done, total):  # noqa: ARG002
        self.steps.append(done)
        if done == self.until:
            raise KeyboardInterrupt


def source(service, cache, firms=FIRMS, **section) -> YahooSource:
    section = {"start": START, "pause": 0.0, "backoff": 0.1, "coverage": 0.5, **section}
    return YahooSource(",".join(firms), Ingest(), Yahoo(**section), cache, service.session())


def kept(cache: Path) -> dict[str, bytes]:
    """Read what is kept of all firms, and what was replaced (whatever the time)."""
    replaced = {f"replaced {p.parent.name}": p for p in cache.glob("replaced/*/*.parquet")}
    tables = {path.stem: path for path in cache.glob("*.parquet")} | replaced
    return {name: path.read_bytes() for name, path in tables.items()}


@pytest.fixture(scope="module")
def noon(tmp_path_factory):
    """A cache with 60 days of each firm."""
    return tmp_path_factory.mktemp("noon") / "cache"


@pytest.fixture
def cache(service, noon, tmp_path):
    """A cache with 60 days of firms, of which the service has 62 by now."""
    if not noon.exists():
        source(service, noon).digest(Silence())
    shutil.copytree(noon, tmp_path / "cache")
    service.days = LATER
    service.asked.clear()
    return tmp_path / "cache"


# What is fetched.


def test_batches_leave_the_bytes_that_single_requests_leave(service, cache, tmp_path):
    """Of firms with gaps, ones listed late or lagging, a split, and while a session goes on."""
    service.absent = {"F01": {LATER[60]}, "F02": {LATER[20]}, "N1": set(LATER[:40])}
    service.splits, service.unknown = {"F03"}, {"F07"}
    Cache(cache).write("F05", Cache(cache).read("F05")[:50])
    for batch in (1, 8):
        shutil.copytree(cache, tmp_path / f"{batch}")
        if batch == 8:
            ends = pd.Timestamp.now("America/New_York") + pd.Timedelta(hours=1)
            service.session_end = int(ends.timestamp())
            service.days = [*LATER, f"{ends:%Y-%m-%d}"]  # which is tomorrow's late in the evening
        firms = [*FIRMS, "N1", "N2"]
        raw = source(service, tmp_path / f"{batch}", firms, batch=batch).read(Silence())
        assert Counter(raw.outcomes.values()) == {"ok": 16, "gone": 1}
        days_of = raw.prices.groupby("symbol")["date"].size()
        assert days_of[["F01", "F05", "N1"]].tolist() == [61, 62, 22]
    assert kept(tmp_path / "1") == kept(tmp_path / "8")


def test_only_who_differs_or_is_missing_is_asked_for_alone(service, cache):
    service.splits, service.unknown = {"F03"}, {"F07"}
    raw = source(service, cache).read(Silence())
    assert raw.notes == [
        "Yahoo no longer gives F07 (up to 2024-03-25): what is kept is used up to its last day.",
        "Yahoo rewrote the history of F03 (as after a split or a dividend): all of it was fetched "
        "again.",
    ]
    asked = Counter(symbol for symbol, _ in service.asked)
    # yfinance asks twice for what is not found.
    assert asked == {**dict.fromkeys(FIRMS, 1), "F03": 2, "F07": 4}


# Limits and faults.


def test_a_limit_that_leaves_out_80_of_100_firms_leaves_out_none(service, cache):
    service.burst = service.left = 3
    together = yfinance().download(
        FIRMS, start="2024-03-01", session=service.session(), progress=False
    )
    assert together["Close"].isna().all().sum() == 12
    assert service.statuses().count(429) == 24
    service.asked.clear()
    service.rate, service.left = 8.0, 3
    watch = Told()
    raw = source(service, cache).read(watch)
    assert set(raw.outcomes.values()) == {"ok"}
    assert raw.prices.groupby("symbol")["date"].size().eq(62).all()
    # Each limit was met by those requests alone that were on their way at once.
    limited = service.statuses().count(429)
    assert 0 < limited <= 2 * sum("rate-limited, next try" in note for note in watch.notes)
    assert watch.steps == list(range(1, 16))


def test_a_limit_is_remembered_by_the_next_process(service, cache):
    service.burst = service.left = 5
    service.retry_after = "900"
    for answered in (5, 0):
        service.asked.clear()
        watch = Told()
        with pytest.raises(SourceError, match=r"5 of 15 symbols.*rate-limited"):
            source(service, cache).read(watch)
        assert service.statuses().count(200) == answered
        assert any("no further try is worth the wait" in note for note in watch.notes)
    assert service.asked == []


def test_faults_of_single_requests_cost_no_firm(service, cache):
    service.failing = {"F04": 2, "F12": 1}
    raw = source(service, cache).read(Silence())
    assert set(raw.outcomes.values()) == {"ok"}


def test_the_time_that_is_left_is_told_once_a_minute(service, cache, monkeypatch):
    clock = Clock()
    clock.monotonic = clock.time
    monkeypatch.setattr(fetching, "time", clock)

    class Slow(Told):
        def step(self, task, done, total):
            super().step(task, done, total)
            clock.now += 25.0

    watch = Slow()
    source(service, cache).digest(watch)
    assert watch.notes == [
        f"Yahoo: {done} of 15 firms, some {(15 - done) * 25} s left." for done in (3, 6, 9, 12)
    ]


# Where a fetch stopped.


def test_an_interrupted_fetch_goes_on_where_it_stopped(service, cache):
    service.splits = {"F03"}
    with pytest.raises(KeyboardInterrupt):
        source(service, cache, batch=4).digest(Told(until=12))
    before = {symbol for symbol, _ in service.asked}
    service.asked.clear()
    watch = Told()
    raw = source(service, cache, batch=4).read(watch)
    # The first firm, and two batches of four; the third was answered, and not yet remembered.
    assert "9 of 15 firms were answered before" in watch.notes[0]
    assert len(before & {symbol for symbol, _ in service.asked}) == 4
    assert "rewrote the history of F03" in raw.notes[0]
    assert raw.prices.groupby("symbol")["date"].size().eq(62).all()
    # It has ended now: the next one asks for all.
    service.asked.clear()
    source(service, cache).digest(Silence())
    assert {symbol for symbol, _ in service.asked} == set(FIRMS)


def test_an_answer_counts_until_a_session_ends(service, cache):
    service.session_end = int(time.time()) + 1000
    with pytest.raises(KeyboardInterrupt):
        source(service, cache, batch=4).digest(Told(until=12))
    lasting = Cache(cache).record("asked")
    assert {answer["until"] for answer in lasting.values()} == {service.session_end}
    for answer in lasting.values():
        answer["until"] = time.time() - 1.0
    Cache(cache).keep("asked", lasting)
    service.asked.clear()
    source(service, cache).digest(Silence())
    assert {symbol for symbol, _ in service.asked} == set(FIRMS)


FETCHES = """
import os, signal, sys
from pathlib import Path
tests, folder, cache, port, renames = sys.argv[1:]
sys.path.insert(0, tests)
from pipeline.sources.curl import yfinance
from chart_server import session
from test_fetching import FIRMS, Ingest, START, Silence, Yahoo, YahooSource
yfinance().set_tz_cache_location(folder)
rename, done = Path.replace, []
def stop(self, target):
    if len(done) == int(renames):
        os.kill(os.getpid(), signal.SIGKILL)
    if target.suffix == ".parquet" or target.name == "asked.json":
        done.append(target)
    return rename(self, target)
Path.replace = stop
yahoo = Yahoo(start=START, pause=0.01, backoff=0.1, batch=4, coverage=0.5)
YahooSource(",".join(FIRMS), Ingest(), yahoo, cache, session(int(port))).digest(Silence())
"""


@pytest.fixture
def process(service, tmp_path_factory):
    """Start a process that fetches into a cache, and is killed at a renaming of a file."""

    def started(cache: Path, renames: int = -1, before: str = "") -> subprocess.Popen:
        folder = tmp_path_factory.getbasetemp() / "yfinance"
        told = [Path(__file__).parent, folder, cache, service.server_port, renames]
        return subprocess.Popen(
            [sys.executable, "-c", before + FETCHES, *map(str, told)],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )

    return started


@pytest.mark.parametrize(
    "renames", [7, *(pytest.param(n, marks=pytest.mark.full) for n in (0, 1, 2, 3, 5, 6, 12, 20))]
)
def test_a_kill_at_any_moment_loses_nothing(service, cache, tmp_path, process, renames):
    service.splits = {"F03"}
    whole = shutil.copytree(cache, tmp_path / "whole")
    source(service, whole, batch=4).digest(Silence())
    assert process(cache, renames).wait(60) == -signal.SIGKILL
    sizes = [len(Cache(cache).read(firm)) for firm in FIRMS]
    assert set(sizes) <= {60, 62}
    service.asked.clear()
    source(service, cache, batch=4).digest(Silence())
    assert kept(cache) == kept(whole)
    # The first firm's table and its mark were there before the third.
    assert ("F00" in {symbol for symbol, _ in service.asked}) == (renames < 2)


@pytest.mark.full
def test_tensorflow_may_be_there_before(cache, process):
    # It brings a curl of its own, whose functions others would take for theirs.
    assert process(cache, before="import tensorflow\n").wait(120) == 0
    assert {len(Cache(cache).read(firm)) for firm in FIRMS} == {62}


@pytest.mark.full
def test_two_processes_at_once_leave_what_one_leaves(service, cache, tmp_path, process):
    service.splits = {"F03"}
    whole = shutil.copytree(cache, tmp_path / "whole")
    source(service, whole).digest(Silence())
    service.burst, service.rate, service.left = 5, 10.0, 5.0
    both = [process(cache) for _ in range(2)]
    assert [one.wait(120) for one in both] == [0, 0]
    assert kept(cache) == kept(whole)
    assert not list(cache.rglob("*.part"))
    assert 429 in service.statuses()
