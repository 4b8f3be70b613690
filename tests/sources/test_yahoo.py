"""The Yahoo source against recorded answers, which yfinance itself parses."""

from datetime import date

import pandas as pd
import pytest
import requests
from chart_service import Clock, source

from pipeline.errors import SourceError, StoreError
from pipeline.settings.ingest import Ingest
from pipeline.settings.yahoo import Yahoo
from pipeline.sources import pace as pace_module
from pipeline.sources.chart import COLUMNS, finished
from pipeline.sources.yahoo import YahooSource
from pipeline.watch import Silence


def test_prices_come_through_yfinance(server, tmp_path):
    server.answers["ACME"] = "first"
    raw = source(server, tmp_path).read(Silence())
    assert list(raw.prices["close"]) == [100.0, 101.0, 102.0, 101.5, 103.0, 104.0]
    assert list(raw.prices["high"]) == [101.0, 102.0, 103.0, 102.5, 104.0, 105.0]
    assert raw.prices["date"].iloc[-1] == pd.Timestamp("2024-05-28")
    assert raw.prices["symbol"].unique().tolist() == ["ACME"]
    assert raw.firms["name"].tolist() == ["Acme Corporation"]
    assert raw.outcomes == {"ACME": "ok"}
    assert server.asked == [("ACME", "2024-05-01")]


def test_only_what_is_new_is_fetched(server, tmp_path):
    server.answers["ACME"] = "first"
    old = source(server, tmp_path).digest(Silence())
    again = source(server, tmp_path)
    assert again.digest(Silence()) == old
    server.answers["ACME"] = "later"
    newer = source(server, tmp_path)
    assert newer.digest(Silence()) != old
    raw = newer.read(Silence())
    assert list(raw.prices["close"])[-3:] == [104.0, 105.0, 104.5]
    assert len(raw.prices) == 8
    assert raw.notes == []
    # Ten days of overlap before the last day that was kept, 2024-05-28.
    assert server.asked[1:] == [("ACME", "2024-05-18"), ("ACME", "2024-05-18")]


@pytest.mark.parametrize(
    ("answer", "adjusted"), [("dividend", [99.0, 99.99]), ("split", [50.0, 50.5])]
)
def test_rewritten_history_is_fetched_again_as_a_whole(server, tmp_path, answer, adjusted):
    server.answers["ACME"] = "first"
    source(server, tmp_path).digest(Silence())
    server.answers["ACME"] = answer
    raw = source(server, tmp_path).read(Silence())
    assert list(raw.prices["adj_close"])[:2] == adjusted
    assert len(raw.prices) == 8
    assert "rewrote the history of ACME" in raw.notes[0]
    assert [day for _, day in server.asked] == ["2024-05-01", "2024-05-18", "2024-05-01"]


def test_an_earlier_start_fetches_all_again(server, tmp_path):
    server.answers["ACME"] = "first"
    source(server, tmp_path, start=date(2024, 5, 22)).digest(Silence())
    raw = source(server, tmp_path).read(Silence())
    assert len(raw.prices) == 6


def test_nothing_is_asked_when_the_cache_reaches_the_end(server, tmp_path):
    server.answers["ACME"] = "first"
    source(server, tmp_path).digest(Silence())
    server.answers["ACME"] = requests.ConnectionError("no route to host")
    done = source(server, tmp_path, ingest=Ingest(end=date(2024, 5, 28)))
    assert len(done.read(Silence()).prices) == 6


def test_outcomes_are_told_by_symbol(server, tmp_path):
    server.answers |= {"ACME": "first", "GONE": "not_found", "VOID": "empty"}
    raw = source(server, tmp_path, "ACME,GONE,VOID", coverage=0.3).read(Silence())
    assert raw.outcomes == {"ACME": "ok", "GONE": "empty", "VOID": "empty"}
    assert raw.notes == ["Yahoo gave no prices for GONE (empty), VOID (empty): left out."]
    assert raw.prices["symbol"].unique().tolist() == ["ACME"]


def test_too_little_coverage_is_an_error(server, tmp_path):
    server.answers |= {"ACME": "first", "GONE": "not_found"}
    with pytest.raises(SourceError, match=r"1 of 2 symbols, .*0\.9 \(GONE \(empty\)\).*sample"):
        source(server, tmp_path, "ACME,GONE").read(Silence())


def test_a_rate_limit_is_waited_out_with_doubling_pauses(server, tmp_path, monkeypatch):
    clock = Clock()
    monkeypatch.setattr(pace_module, "time", clock)
    server.answers["SLOW"] = [429, 429, "first"]
    raw = source(server, tmp_path, "SLOW", backoff=3.0).read(Silence())
    assert raw.outcomes == {"SLOW": "ok"}
    assert clock.waits == [3.0, 6.0]


def test_a_rate_limit_that_stays_ends_the_asking(server, tmp_path):
    server.answers |= {"ACME": "first", "BUSY": 429, "NEXT": "first"}
    unlucky = source(server, tmp_path, "ACME,BUSY,NEXT", coverage=0.0, batch=1)
    raw = unlucky.read(Silence())
    assert raw.outcomes == {"ACME": "ok", "BUSY": "rate-limited", "NEXT": "rate-limited"}
    assert "NEXT" not in {symbol for symbol, _ in server.asked}


def test_a_machine_without_network_is_told_so_at_once(server, tmp_path, monkeypatch):
    monkeypatch.setattr(pace_module.time, "sleep", lambda _: pytest.fail("waited"))
    down = requests.ConnectionError("name or service not known")
    server.answers |= {"ACME": down, "NEXT": down}
    with pytest.raises(SourceError, match=r"could not be reached.*--source sample.*files:PATH"):
        source(server, tmp_path, "ACME,NEXT").digest(Silence())
    assert [path.name for path in tmp_path.iterdir()] == ["pace"]


def test_a_network_that_breaks_midway_costs_one_symbols_tries(server, tmp_path):
    server.answers |= {
        "ACME": "first",
        "LOST": requests.ConnectionError("broken pipe"),
        "NEXT": "first",
    }
    raw = source(server, tmp_path, "ACME,LOST,NEXT", coverage=0.3, batch=1).read(Silence())
    assert raw.outcomes == {"ACME": "ok", "LOST": "network", "NEXT": "network"}


def test_a_damaged_cache_is_told(server, tmp_path):
    (tmp_path / "ACME.parquet").write_bytes(b"not a table")
    with pytest.raises(StoreError, match=r"ACME\.parquet are damaged: move"):
        source(server, tmp_path).digest(Silence())


def test_names_are_short_and_tell_lists_apart(tmp_path):
    def name(asked: str) -> str:
        return YahooSource(asked, Ingest(), Yahoo(), tmp_path).name

    assert name("megacaps") == "yahoo:megacaps"
    assert name("KO,PEP") == "yahoo:KO,PEP"
    assert name("A,B,C,D,E").startswith("yahoo:5-symbols-")
    assert name("A,B,C,D,E") != name("A,B,C,D,F")


def test_an_answer_that_is_not_yahoos_counts_as_network(server, tmp_path):
    server.answers |= {"ACME": "first", "PAGE": ValueError("a page, not data")}
    raw = source(server, tmp_path, "ACME,PAGE", coverage=0.5).read(Silence())
    assert raw.outcomes == {"ACME": "ok", "PAGE": "network"}


@pytest.mark.parametrize(("hour", "rows"), [(15, 1), (16, 2)])
def test_a_session_that_goes_on_is_left_out(hour, rows):
    zone = "America/New_York"
    days = pd.DatetimeIndex(["2024-05-24", "2024-05-28"]).tz_localize(zone)
    answer = pd.DataFrame(1.0, index=days, columns=list(COLUMNS))
    end = int(pd.Timestamp("2024-05-28 16:00", tz=zone).timestamp())
    about = {"currentTradingPeriod": {"regular": {"end": end}}, "exchangeTimezoneName": zone}
    now = pd.Timestamp(f"2024-05-28 {hour}:00", tz=zone)
    assert len(finished(answer, about, now)) == rows
