"""The bundled sample."""

from datetime import date

import pandas as pd
import pytest

from pipeline.ingest.ingest import ingest
from pipeline.settings.ingest import Ingest
from pipeline.sources import sample
from pipeline.sources.sample import SampleSource
from pipeline.watch import Silence

SECTORS = {
    "Consumer Discretionary": 2,
    "Consumer Staples": 4,
    "Energy": 3,
    "Financials": 2,
    "Health Care": 5,
    "Industrials": 1,
    "Information Technology": 3,
}


def test_ten_years_of_twenty_firms_without_a_fault():
    raw = SampleSource(Ingest()).read(Silence())
    result = ingest(Ingest(), raw, "sample", today=date(2026, 1, 1), watch=Silence())
    assert result.quality["firms_kept"] == 20
    assert (result.quality["first"], result.quality["last"]) == ("2013-01-02", "2022-12-28")
    assert len(result.prices) == 20 * 2516
    assert list(result.prices.columns) == ["date", "symbol", "adj_close", "broken"]
    assert all(rule["count"] == 0 for rule in result.quality["rules"])


def test_the_firms_table_knows_every_firm():
    raw = SampleSource(Ingest()).read(Silence())
    assert set(raw.firms["symbol"]) == set(raw.prices["symbol"])
    assert raw.firms.notna().all(axis=None)
    assert raw.firms["sector"].value_counts().to_dict() == SECTORS
    assert (raw.firms["as_of"] == pd.Timestamp("2022-12-30")).all()


@pytest.mark.parametrize(
    ("dates", "first"),
    [
        ({"start": date(1990, 1, 1)}, "1990-01-02"),
        ({"end": date(2000, 1, 1)}, "1990-01-02"),
        ({"end": date(2015, 1, 1)}, "2013-01-02"),
    ],
)
def test_other_years_are_there_when_asked_for(dates, first):
    raw = SampleSource(Ingest(**dates)).read(Silence())
    assert f"{raw.prices['date'].min():%Y-%m-%d}" == first


def test_the_digest_follows_the_dates_and_the_firms_table(tmp_path, monkeypatch):
    plain = SampleSource(Ingest()).digest(Silence())
    assert SampleSource(Ingest()).digest(Silence()) == plain
    assert SampleSource(Ingest(start=date(2000, 1, 1))).digest(Silence()) != plain
    other = tmp_path / "firms.csv"
    other.write_bytes(sample.FIRMS_TABLE.read_bytes() + b"\n")
    monkeypatch.setattr(sample, "FIRMS_TABLE", other)
    assert SampleSource(Ingest()).digest(Silence()) != plain
