"""What becomes of firms and their histories from one day to the next."""

import contextlib
import uuid
from datetime import date

import numpy as np
import pandas as pd
import pytest
import requests
from chart_service import chart, days, source
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import SourceError
from pipeline.settings.ingest import Ingest
from pipeline.sources.cache import Cache
from pipeline.watch import Silence

WEEK = days("2024-05-20", 5)
TWO = days("2024-05-20", 10)


def course(when: list[str], first: float = 100.0) -> dict[str, float]:
    """Closes that rise by one a day: 100, 101, …"""
    return {day: first + n for n, day in enumerate(when)}


def read(server, cache, *symbols, **section):
    return source(server, cache, ",".join(symbols) or "ACME", **section).read(Silence())


def aside(cache, symbol="ACME"):
    return [pd.read_parquet(path) for path in sorted(cache.glob(f"replaced/{symbol}/*.parquet"))]


def closes(raw, symbol="ACME") -> list[float]:
    return raw.prices.loc[raw.prices["symbol"] == symbol, "close"].tolist()


# Firms that go, come back, and are renamed.


def trio(server, **answers):
    server.answers |= dict.fromkeys(("ACME", "BOLT", "COIL"), chart(course(WEEK))) | answers


def test_a_firm_that_goes_stays_up_to_its_last_day(server, tmp_path):
    trio(server)
    read(server, tmp_path, "ACME", "BOLT", "COIL")
    later = chart(course(TWO))
    trio(server, ACME=later, BOLT=later, COIL="not_found")
    raw = read(server, tmp_path, "ACME", "BOLT", "COIL", coverage=0.6)
    assert raw.outcomes == {"ACME": "ok", "BOLT": "ok", "COIL": "gone"}
    assert raw.notes == [
        "Yahoo no longer gives COIL (up to 2024-05-24): what is kept is used up to its last day."
    ]
    assert (len(closes(raw, "ACME")), len(closes(raw, "COIL"))) == (10, 5)


def test_a_firm_that_is_known_to_be_gone_counts_no_more(server, tmp_path):
    trio(server)
    read(server, tmp_path, "ACME", "BOLT", "COIL")
    trio(server, COIL="not_found")
    with pytest.raises(SourceError, match=r"2 of 3 symbols.*COIL \(gone\).*accept it once"):
        read(server, tmp_path, "ACME", "BOLT", "COIL")
    assert "gone_since" not in Cache(tmp_path).read("COIL").attrs
    first = source(server, tmp_path, "ACME,BOLT,COIL", coverage=0.6).digest(Silence())
    again = source(server, tmp_path, "ACME,BOLT,COIL")
    assert again.digest(Silence()) == first
    assert again.read(Silence()).outcomes["COIL"] == "gone"
    assert server.asked[-1][0] == "COIL"


def test_a_firm_that_comes_back_is_a_firm_again(server, tmp_path):
    trio(server)
    read(server, tmp_path, "ACME", "BOLT", "COIL")
    trio(server, COIL="empty")
    read(server, tmp_path, "ACME", "BOLT", "COIL", coverage=0.6)
    trio(server, COIL=chart(course(TWO)))
    raw = read(server, tmp_path, "ACME", "BOLT", "COIL")
    assert raw.outcomes["COIL"] == "ok"
    assert len(closes(raw, "COIL")) == 10
    (note,) = raw.notes
    assert note.startswith("Yahoo gives COIL (gone since 20")
    assert "gone_since" not in Cache(tmp_path).read("COIL").attrs


def test_half_of_the_firms_gone_is_a_faulty_source(server, tmp_path):
    names = [f"F{n}" for n in range(6)]
    server.answers |= dict.fromkeys(names, chart(course(WEEK)))
    read(server, tmp_path, *names)
    whole = {path.name: path.read_bytes() for path in tmp_path.glob("*.parquet")}
    server.answers |= dict.fromkeys(names[3:], "not_found")
    for _ in range(2):
        with pytest.raises(SourceError, match=r"3 of 6 symbols.*F3 \(gone\)"):
            read(server, tmp_path, *names, coverage=0.6)
    assert {path.name: path.read_bytes() for path in tmp_path.glob("*.parquet")} == whole


def test_firms_that_are_all_known_to_be_gone_are_given(server, tmp_path):
    trio(server, COIL="not_found")
    with pytest.raises(SourceError, match=r"0 of 1 symbols"):
        read(server, tmp_path, "COIL")
    trio(server)
    read(server, tmp_path, "ACME", "COIL")
    trio(server, COIL="not_found")
    read(server, tmp_path, "ACME", "COIL", coverage=0.5)
    assert closes(read(server, tmp_path, "COIL"), "COIL") == [100.0, 101.0, 102.0, 103.0, 104.0]


def test_a_gone_firm_is_not_asked_for_days_before_it_went(server, tmp_path):
    trio(server)
    read(server, tmp_path, "ACME", "COIL")
    trio(server, ACME=chart(course(TWO)), COIL="not_found")
    read(server, tmp_path, "ACME", "COIL", coverage=0.5)
    asked = len(server.asked)
    raw = read(server, tmp_path, "ACME", "COIL", ingest=Ingest(end=date(2024, 5, 31)))
    assert raw.outcomes == {"ACME": "ok", "COIL": "gone"}
    assert len(server.asked) == asked


def test_a_firm_that_could_not_be_asked_keeps_its_prices(server, tmp_path):
    trio(server)
    read(server, tmp_path, "ACME", "BOLT", "COIL")
    later = chart(course(TWO))
    trio(server, ACME=later, BOLT=requests.ConnectionError("broken pipe"), COIL=later)
    with pytest.raises(SourceError, match=r"1 of 3 symbols.*BOLT \(network\), COIL \(network\)"):
        read(server, tmp_path, "ACME", "BOLT", "COIL", batch=1)
    (tmp_path / "asked.json").unlink()  # as if it were hours ago that ACME was answered
    raw = read(server, tmp_path, "ACME", "BOLT", "COIL", coverage=0.3, batch=1)
    assert raw.outcomes == {"ACME": "ok", "BOLT": "network", "COIL": "network"}
    assert [len(closes(raw, s)) for s in ("ACME", "BOLT", "COIL")] == [10, 5, 5]
    assert raw.notes == [
        "Yahoo gave nothing new for BOLT (network, up to 2024-05-24), COIL (network, up to "
        "2024-05-24): what is kept is used up to its last day."
    ]


def test_a_renamed_firm_is_there_once(server, tmp_path):
    when = days("2024-01-02", 90)
    waves = {day: 100.0 + 10.0 * np.sin(n) for n, day in enumerate(when)}
    server.answers |= {"KO": chart(course(when)), "FB": chart(dict(list(waves.items())[:80]))}
    read(server, tmp_path, "KO", "FB", start=date(2024, 1, 1))
    server.answers |= {"FB": "not_found", "META": chart(waves)}
    for _ in range(2):
        raw = read(server, tmp_path, "KO", "FB", "META", start=date(2024, 1, 1))
        assert raw.outcomes == {"KO": "ok", "FB": "renamed", "META": "ok"}
        assert raw.prices["symbol"].unique().tolist() == ["KO", "META"]
        assert raw.firms["symbol"].tolist() == ["KO", "META"]
        assert raw.notes == [
            "META continues FB: the earlier symbol is left out, so that no firm is there twice."
        ]
    assert len(Cache(tmp_path).read("FB")) == 80
    # Nor is it there twice when it cannot be asked for.
    server.answers["FB"] = requests.ConnectionError("broken pipe")
    raw = read(server, tmp_path, "KO", "META", "FB", start=date(2024, 1, 1))
    assert raw.outcomes["FB"] == "renamed"


def test_a_firm_that_is_listed_late_is_given_from_its_first_day(server, tmp_path):
    server.answers["ACME"] = chart(course(WEEK))
    start = {"start": date(2024, 1, 2)}
    raw = read(server, tmp_path, **start)
    assert raw.notes == ["Yahoo has prices of ACME (2024-05-20) only from a day after yahoo.start."]
    # One that joins the universe later is asked for from the start, the others from their last day.
    server.answers |= {"ACME": chart(course(TWO)), "BOLT": chart(course(days("2024-01-02", 100)))}
    raw = read(server, tmp_path, "ACME", "BOLT", **start)
    assert raw.notes == []
    assert [len(closes(raw, s)) for s in ("ACME", "BOLT")] == [10, 100]
    assert server.asked == [("ACME", "2024-01-02"), ("ACME", "2024-05-14"), ("BOLT", "2024-01-02")]


# Days without a session, and overlaps.


def test_a_holiday_changes_nothing(server, tmp_path):
    server.answers["ACME"] = chart(course(WEEK))
    old = source(server, tmp_path).digest(Silence())
    when = (tmp_path / "ACME.parquet").stat().st_mtime_ns
    holiday = source(server, tmp_path)
    assert holiday.digest(Silence()) == old
    assert holiday.read(Silence()).notes == []
    assert (tmp_path / "ACME.parquet").stat().st_mtime_ns == when


def test_an_overlap_of_one_day_is_compared(server, tmp_path):
    server.answers["ACME"] = chart(course(TWO[:1]))
    read(server, tmp_path)
    server.answers["ACME"] = chart(course(TWO))
    assert closes(read(server, tmp_path))[:2] == [100.0, 101.0]
    assert aside(tmp_path) == []
    server.answers["ACME"] = chart(course(TWO, 50.0))
    assert closes(read(server, tmp_path))[:2] == [50.0, 51.0]


def test_after_a_gap_of_a_year_the_overlap_is_still_compared(server, tmp_path):
    long = days("2023-05-22", 260)
    server.answers["ACME"] = chart(course(long[:5]))
    read(server, tmp_path, start=date(2023, 5, 1))
    server.answers["ACME"] = chart(course(long), dict.fromkeys(long, 0.5))
    raw = read(server, tmp_path, start=date(2023, 5, 1))
    assert "rewrote the history of ACME" in raw.notes[0]
    assert len(closes(raw)) == 260
    assert set(raw.prices["adj_close"]) == {0.5}


def test_a_day_that_is_lost_from_the_overlap_stays(server, tmp_path):
    server.answers["ACME"] = chart(course(WEEK))
    read(server, tmp_path)
    held = course(TWO)
    del held[WEEK[2]]
    server.answers["ACME"] = chart(held)
    raw = read(server, tmp_path)
    assert closes(raw) == list(course(TWO).values())
    assert "no longer gives days that are kept of ACME (1 day from 2024-05-22 on)" in raw.notes[0]


def test_a_session_without_a_price_is_a_gap_until_it_has_one(server, tmp_path):
    gap = course(WEEK) | {WEEK[2]: None}
    server.answers["ACME"] = chart(gap)
    old = source(server, tmp_path).digest(Silence())
    assert source(server, tmp_path).digest(Silence()) == old
    server.answers["ACME"] = chart(course(WEEK))
    assert closes(read(server, tmp_path)) == list(course(WEEK).values())


# Histories that are replaced.


def test_the_table_that_a_rewritten_history_replaces_is_kept(server, tmp_path):
    server.answers["ACME"] = "first"
    read(server, tmp_path)
    before = Cache(tmp_path).read("ACME")
    server.answers["ACME"] = "split"
    read(server, tmp_path)
    (kept,) = aside(tmp_path)
    pd.testing.assert_frame_equal(kept, before)
    assert kept.attrs == before.attrs | {"replaced": "rewritten"}


def test_a_rewritten_history_that_lost_days_keeps_them(server, tmp_path):
    server.answers["ACME"] = chart(course(WEEK))
    read(server, tmp_path)
    halved = {day: close / 2 for day, close in course(TWO).items()}
    server.answers["ACME"] = chart(dict(list(halved.items())[3:]))
    raw = read(server, tmp_path)
    assert closes(raw) == list(halved.values())
    assert raw.notes[1] == (
        "Yahoo no longer gives days that are kept of ACME (3 days from 2024-05-20 on): they stay, "
        "in the adjustment of the others."
    )
    assert [table["close"].tolist() for table in aside(tmp_path)] == [list(course(WEEK).values())]


def test_a_later_start_does_not_shorten_what_is_kept(server, tmp_path):
    server.answers["ACME"] = "first"
    read(server, tmp_path)
    server.answers["ACME"] = "split"
    assert len(read(server, tmp_path, start=date(2024, 5, 24)).prices) == 4
    assert len(Cache(tmp_path).read("ACME")) == 8


def test_another_firm_under_the_symbol_does_not_take_the_place_of_a_longer_one(server, tmp_path):
    trio(server)
    read(server, tmp_path, "ACME", "BOLT", "COIL")
    for count, coverage in ((3, 0.6), (5, 0.9)):
        trio(server, COIL=chart(course(days("2024-07-01", count), 7.0)))
        raw = read(server, tmp_path, "ACME", "BOLT", "COIL", coverage=coverage)
        assert "another history" in raw.notes[-1]
        if count == 3:
            assert raw.outcomes["COIL"] == "gone"
            assert closes(raw, "COIL") == list(course(WEEK).values())
            assert aside(tmp_path, "COIL")[0]["close"].tolist() == [7.0, 8.0, 9.0]
    assert raw.outcomes["COIL"] == "ok"
    assert closes(raw, "COIL") == [7.0, 8.0, 9.0, 10.0, 11.0]
    assert aside(tmp_path, "COIL")[1]["close"].tolist() == list(course(WEEK).values())


def test_all_of_it_works_on_an_object_store(server):
    place = f"memory://{uuid.uuid4().hex}/cache"
    server.answers["ACME"] = "first"
    old = source(server, place).digest(Silence())
    assert source(server, place).digest(Silence()) == old
    server.answers["ACME"] = "split"
    raw = read(server, place)
    assert closes(raw)[:2] == [50.0, 50.5]
    assert "rewrote" in raw.notes[0]


ANSWER = st.one_of(
    st.just("not_found"),
    st.builds(
        lambda rows, split, first: chart(
            {TWO[n]: (first + n) / (2.0 if n < split else 1.0) for n in sorted(rows)}
        ),
        st.sets(st.integers(0, 9), min_size=3),
        st.integers(0, 10),
        st.sampled_from([100.0, 400.0]),
    ),
)


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answers=st.lists(ANSWER, min_size=2, max_size=4))
def test_no_price_that_was_once_answered_is_ever_lost(server, tmp_path, answers):
    """Every close of every answer is in the table of the firm or in one that it replaced."""
    cache = tmp_path / uuid.uuid4().hex
    # yfinance asks for a firm's time zone once a process, and believes the first answer.
    server.answers = {"ACME": "first"}
    read(server, tmp_path / "zone")
    server.served.clear()
    for answer in answers:
        server.answers = {"ACME": answer}
        with contextlib.suppress(SourceError):
            read(server, cache)
        table = Cache(cache).read("ACME")
        kept = [] if table is None else [table, *aside(cache)]
        found = {
            (f"{day:%Y-%m-%d}", close)
            for table in kept
            for day, close in zip(table["date"], table["close"], strict=True)
        }
        assert server.served <= found
        assert table is None or (table["date"].is_monotonic_increasing and table["date"].is_unique)
