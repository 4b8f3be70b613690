"""The ingest stage: dates, calendar, firms and the sentences for what makes no sense."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.errors import InputError
from pipeline.ingest.ingest import ingest
from pipeline.outputs import Ingested
from pipeline.settings.ingest import Ingest, Quality
from pipeline.sources import Raw
from pipeline.sources.files import FilesSource
from pipeline.sources.source import firms_table
from pipeline.watch import Silence

SP500 = Path(__file__).parents[3] / "shared" / "data" / "sp500"
SESSIONS = pd.bdate_range("2021-03-01", periods=20).as_unit("us")


def raw(symbols: str = "ABCD", **firms: dict[str, object]) -> Raw:
    prices = pd.concat(
        pd.DataFrame({"date": SESSIONS, "symbol": s, "close": 10.0 + np.arange(20) % 7})
        for s in symbols
    )
    return Raw(prices.reset_index(drop=True), firms_table(firms), ["A note."], outcomes={"A": "ok"})


def run(given: Raw, **section: object) -> Ingested:
    asked = Ingest(**{"quality": Quality(min_days=10), **section})
    return ingest(asked, given, "files:mine", today=date(2021, 12, 31), watch=Silence())


def test_dates_outside_the_range_are_left_out():
    result = run(raw(), start=date(2021, 3, 4), end=date(2021, 3, 19))
    assert (result.quality["first"], result.quality["last"]) == ("2021-03-04", "2021-03-19")
    assert result.quality["sessions"] == len(result.sessions) == 12
    assert (result.quality["rows_read"], len(result.prices)) == (48, 48)


def test_sessions_hold_days_on_which_no_firm_has_a_price():
    given = raw()
    hole = given.prices[given.prices["date"] != SESSIONS[7]]
    result = run(Raw(hole, given.firms))
    np.testing.assert_array_equal(result.sessions, SESSIONS.to_numpy())


def test_every_firm_has_a_row_and_gaps_in_the_table_are_told():
    result = run(raw(B={"name": "Bee", "sector": "Energy", "market_cap": 1e9}, Z={"name": "Zed"}))
    firms = result.firms.set_index("symbol")
    assert list(firms.index) == list("ABCD")
    assert firms.loc["B", "sector"] == "Energy"
    assert firms.loc["A", ["name", "sector", "industry"]].tolist() == ["A", "unknown", "unknown"]
    notes = result.quality["notes"]
    assert notes[0] == "A note."
    assert notes[1] == "3 of 4 firms lack a sector and count as unknown: A, C, D."
    assert "as_of" in notes[2]
    assert result.quality["outcomes"] == {"A": "ok"}


@pytest.mark.parametrize(
    ("given", "section", "error", "sentence"),
    [
        (raw(), {"start": date(2030, 1, 1)}, InputError, "between 2021-03-01 and 2021-03-26"),
        (raw("AB"), {}, InputError, "has 2 usable firms, but ingest.min_firms is 3"),
        (raw("A"), {}, InputError, "has 1 usable firm, but"),
        (raw(), {"end": date(2021, 3, 3)}, InputError, "4 set apart, for example A for short: 3"),
    ],
    ids=["dates", "few", "single", "three days"],
)
def test_what_makes_no_sense_is_told_in_one_sentence(given, section, error, sentence):
    with pytest.raises(error, match=sentence):
        run(given, **section)


def test_nan_everywhere_and_nothing_at_all_are_refused():
    given = raw()
    with pytest.raises(InputError, match="NaN everywhere"):
        run(Raw(given.prices.assign(close=np.nan), given.firms))
    with pytest.raises(InputError, match="has no rows"):
        run(Raw(given.prices.iloc[:0], given.firms))
    with pytest.raises(InputError, match="no column close or adj_close"):
        run(Raw(given.prices.rename(columns={"close": "open"}), given.firms))


def test_prices_all_in_the_future_are_refused_as_such():
    given = raw()
    later = given.prices.assign(date=given.prices["date"] + pd.Timedelta(days=364))
    with pytest.raises(InputError, match="dated after today"):
        run(Raw(later, given.firms))
    for action in ("repair", "quarantine"):
        with pytest.raises(InputError, match="0 usable firms"):
            run(Raw(later, given.firms), quality=Quality(future=action, min_days=10))


@pytest.mark.skipif(not SP500.is_dir(), reason="the S&P 500 prices are not beside the project")
def test_real_prices_of_the_sp500():
    source = FilesSource(SP500)
    result = ingest(
        Ingest(), source.read(Silence()), source.name, today=date(2026, 1, 1), watch=Silence()
    )
    quality = result.quality
    assert (quality["rows_read"], quality["firms_read"]) == (1_154_010, 495)
    found = {f["rule"]: f for f in quality["rules"]}
    # As counted in the table itself: rows with a zero open, high or low; no zero close.
    assert found["nonpositive"]["count"] == 502
    assert sorted(quality["quarantined"]) == ["ETN"]
    assert quality["sessions"] == 2505
    assert len(result.firms) == quality["firms_kept"] == 494
