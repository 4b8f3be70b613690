"""The pace of requests: learned from limits, shared and remembered by processes."""

import json
import signal
from pathlib import Path

import pytest
from chart_service import Clock
from dying import begun, die, wait

from pipeline.settings.yahoo import Yahoo
from pipeline.sources import pace as pace_module
from pipeline.sources.pace import LimitedError, Pace

YAHOO = Yahoo(pause=0.5, backoff=4.0, retries=2)


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(pace_module, "time", clock)
    return clock


def kept(cache: Path) -> dict:
    return json.loads((cache / "pace" / "pace.json").read_text())


def test_turns_follow_each_other_by_a_pause(tmp_path, clock):
    for _ in range(3):
        Pace(tmp_path, YAHOO).turn()
    assert clock.waits == [0.5, 0.5]
    clock.now += 10.0
    Pace(tmp_path, YAHOO).turn()
    assert clock.waits == [0.5, 0.5]


def test_a_limit_stops_all_processes_and_makes_requests_rarer(tmp_path, clock):
    here, other = Pace(tmp_path, YAHOO), Pace(tmp_path, YAHOO)
    here.turn()
    here.limited()
    here.limited()  # by a request that was on its way then
    with pytest.raises(LimitedError):
        other.turn()
    assert other.patience() == 4.0
    clock.now += 4.0
    other.turn()
    other.answered()
    assert kept(tmp_path)["limits"] == 0
    assert kept(tmp_path)["pause"] == pytest.approx(0.98)
    for _ in range(34):
        other.answered()
    assert kept(tmp_path)["pause"] == pytest.approx(0.5, abs=0.01)


def test_limits_in_a_row_double_the_wait_until_no_try_is_left(tmp_path, clock):
    pace = Pace(tmp_path, YAHOO)
    waits = []
    for _ in range(3):
        pace.limited()
        waits.append(pace.patience())
        clock.now += waits[-1] or 0.0
    assert waits == [4.0, 8.0, None]
    # The next process waits until the limit is over, and has one try.
    later = Pace(tmp_path, YAHOO)
    assert later.patience() == 16.0
    clock.now += 16.0
    later.turn()
    later.limited()
    assert later.patience() is None


def test_a_limit_lasts_as_long_as_the_service_says(tmp_path, clock):
    Pace(tmp_path, YAHOO).limited(15.0)
    assert Pace(tmp_path, YAHOO).patience() == 15.0
    clock.now += 15.0
    Pace(tmp_path, YAHOO).limited(1000.0)
    assert Pace(tmp_path, YAHOO).patience() is None


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"pause": "a"}', None])
def test_a_damaged_record_is_a_new_beginning(tmp_path, clock, text):
    pace = Pace(tmp_path, YAHOO)
    pace.limited()
    if text is None:  # written by a clock that went wrong
        clock.now -= 10_000.0
    else:
        (tmp_path / "pace" / "pace.json").write_text(text)
    pace.turn()
    assert clock.waits == []


def test_the_pace_of_a_cache_at_an_address_is_this_machines(monkeypatch, tmp_path):
    monkeypatch.setattr(pace_module.tempfile, "gettempdir", lambda: str(tmp_path))
    Pace("memory://bucket/cache", YAHOO).limited()
    with pytest.raises(LimitedError):
        Pace("memory://bucket/cache", YAHOO).turn()
    Pace("memory://bucket/other", YAHOO).turn()


def hurry(cache: Path) -> None:
    """Take a hundred turns without waiting for them."""
    pace_module.time.sleep = lambda _: None
    for _ in range(100):
        Pace(cache, YAHOO).turn()


def die_within(cache: Path) -> None:
    """Die while a turn is written down."""
    Path.replace = die
    Pace(cache, YAHOO).turn()


def test_no_two_processes_have_the_same_turn_and_a_dead_one_holds_none(tmp_path, clock):
    processes = [begun(lambda: hurry(tmp_path)) for _ in range(2)]
    dying = begun(lambda: die_within(tmp_path / "other"))
    assert [wait(process) for process in processes] == [0, 0]
    assert kept(tmp_path)["next"] == clock.now + 200 * 0.5
    assert wait(dying) == -signal.SIGKILL
    Pace(tmp_path / "other", YAHOO).turn()
    assert kept(tmp_path / "other")["next"] == clock.now + 0.5
