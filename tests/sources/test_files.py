"""Files of one's own: every shape, and a sentence for every fault."""

import os
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.sources import Raw
from pipeline.sources.files import FilesSource
from pipeline.watch import Silence

DAYS = ["2021-03-01", "2021-03-02", "2021-03-03"]


def read(path: Path) -> Raw:
    return FilesSource(path).read(Silence())


def write(folder: Path, name: str, *lines: str) -> Path:
    path = folder / name
    path.write_text("\n".join(lines) + "\n")
    return path


def closes(raw: Raw) -> pd.DataFrame:
    """Dates × firms, whatever the order of rows; gaps are NaN."""
    return raw.prices.pivot_table(index="date", columns="symbol", values="close", dropna=False)


PANELS = st.integers(2, 4).flatmap(
    lambda firms: st.lists(
        st.lists(
            st.one_of(st.none(), st.floats(1 / 64, 1e5, width=32)), min_size=firms, max_size=firms
        ).filter(lambda row: any(value is not None for value in row)),
        min_size=1,
        max_size=6,
    )
)


@settings(max_examples=8)
@given(PANELS)
def test_long_wide_and_folder_give_the_same_prices(rows):
    days = pd.bdate_range("2021-03-01", periods=len(rows))
    firms = ["LOW", "NA", "BRK.B", "0700"][: len(rows[0])]
    wide = pd.DataFrame(rows, index=days.rename("Date"), columns=firms, dtype="float64")
    long = wide.reset_index().melt("Date", var_name="Symbol", value_name="Close").dropna()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        wide.to_csv(folder / "wide.csv")
        wide.to_parquet(folder / "wide.parquet")
        long.to_csv(folder / "long.csv.gz", index=False)
        long.to_parquet(folder / "long.parquet")
        (folder / "many").mkdir()
        for firm in firms:
            single = wide[[firm]].rename(columns={firm: "Close"}).assign(Volume=1)
            single.to_csv(folder / "many" / f"{firm}.csv")
        names = ["wide.csv", "wide.parquet", "long.csv.gz", "long.parquet", "many"]
        tables = [closes(read(folder / name)) for name in names]
    whole = wide.dropna(axis=1, how="all")
    for table in tables:
        kept = table.dropna(axis=1, how="all")
        assert set(kept.columns) == set(whole.columns)
        np.testing.assert_array_equal(kept[whole.columns].to_numpy(), whole.to_numpy())
        assert list(kept.index) == list(days)


def test_yahoos_columns_and_offsets(tmp_path):
    header = "Date,Open,High,Low,Close,Adj Close,Volume,Dividends,Stock Splits"
    for symbol in ("KO", "PEP"):
        write(
            tmp_path,
            f"{symbol}.csv",
            header,
            "2021-03-12 00:00:00-05:00,1,2,0.5,1.5,1.4,100,0,0",
            "2021-03-15 00:00:00-04:00,1,2,0.5,1.6,1.5,100,0,0",
        )
    prices = read(tmp_path).prices
    assert list(prices.columns) == [
        *("date", "symbol", "open", "high", "low", "close", "adj_close", "volume")
    ]
    assert prices["date"].dt.strftime("%m-%d").tolist() == ["03-12", "03-15"] * 2
    assert prices["adj_close"].tolist() == [1.4, 1.5] * 2
    assert prices["symbol"].tolist() == ["KO", "KO", "PEP", "PEP"]


def test_dates_may_be_numbers_or_another_order(tmp_path):
    numbers = write(tmp_path, "a.csv", "date,A,B", "20210301,1,2", "20210302,1,2")
    other = write(tmp_path, "b.csv", "date,A", "03/01/2021,1", "03/14/2021,1")
    days = write(tmp_path, "d.csv", "date,A", "03/01/2021,1", "14/03/2021,1")
    assert read(numbers).prices["date"].dt.strftime("%Y-%m-%d").tolist() == DAYS[:2] * 2
    with pytest.raises(InputError, match=r"line 3 of .*'03/14/2021'.*others are DD/MM.*YYYY-MM-DD"):
        read(write(tmp_path, "c.csv", "date,A", "14/03/2021,1", "03/14/2021,1"))
    with pytest.raises(InputError, match=r"whether '03/01/2021' .* the day or the month first"):
        read(write(tmp_path, "e.csv", "date,A", "03/01/2021,1", "03/02/2021,1"))
    assert read(days).prices["date"].dt.strftime("%d.%m.").tolist() == ["03.01.", "14.03."]
    assert read(other).prices["date"].dt.strftime("%d.%m.").tolist() == ["01.03.", "14.03."]


@pytest.mark.parametrize("header", [",date,A,B", ",date,symbol,close"])
def test_row_numbers_that_were_written_along_are_no_prices(tmp_path, header):
    cells = "1,2" if "symbol" not in header else "A,1"
    lines = [f"{row},{day},{cells}" for row, day in enumerate(DAYS)]
    prices = read(write(tmp_path, "a.csv", header, *lines)).prices
    assert set(prices["symbol"]) <= {"A", "B"}
    assert set(prices["close"]) <= {1.0, 2.0}


def test_a_firms_table_beside_the_prices(tmp_path):
    write(tmp_path, "prices.csv", "date,symbol,close", "2021-03-01,A,1", "2021-03-01,B,2")
    write(tmp_path, "notes.csv", "anything", "else")
    write(
        tmp_path, "firms.csv", "Symbol,Sector,Market_Cap,as_of", "A,Energy,1e9,2021-01-31", "B,,,"
    )
    raw = read(tmp_path)
    assert len(raw.prices) == 2
    firms = raw.firms.set_index("symbol")
    assert firms.loc["A", "sector"] == "Energy"
    assert firms.loc["A", "market_cap"] == 1e9
    assert firms.loc["A", "as_of"] == pd.Timestamp("2021-01-31")
    assert firms.loc["B"].isna().all()
    pd.testing.assert_frame_equal(read(tmp_path / "prices.csv").firms, raw.firms)


def test_the_digest_follows_contents_and_names_alone(tmp_path):
    path = write(tmp_path, "prices.csv", "date,symbol,close", "2021-03-01,A,1")
    first = FilesSource(tmp_path).digest(Silence())
    assert FilesSource(path).digest(Silence()) == first
    path.touch()
    assert FilesSource(tmp_path).digest(Silence()) == first
    write(tmp_path, "firms.csv", "symbol", "A")
    assert FilesSource(tmp_path).digest(Silence()) != first


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ([], "is empty: give"),
        (["date,symbol,close"], "has a header but no rows"),
        (["day of it,symbol,close", "2021-03-01,A,1"], r"no date column.*\(day of it, symbol"),
        (["date,symbol,cost", "2021-03-01,A,1"], "no column close or adj_close.*cost"),
        (["date,close,firm", "2021-03-01,1,A", "2021-03-01,1,B"], "no column symbol.*column firm"),
        (["date,symbol,close", "2021-03-01,A,ten"], r"column close in line 2 of .*holds 'ten'"),
        (["date,A,B", "2021-03-01,1,2", "2021-03-02,x,2"], r"column A in line 3 of .*holds 'x'"),
        (["date,symbol,close", "2021-03-01,A,1", "soon,A,1"], r"line 3 of .* has 'soon'"),
        (["date,symbol,close", ",A,1"], r"line 2 of .* has no date"),
        (["date,symbol,close", "2021-03-01,,1"], r"line 2 of .* has no symbol"),
        (["date,symbol,close", "2021-03-01,A,1,234.5"], "more cells than the 3 of its header"),
        (["date,symbol,close", "18687.5,A,1"], r"line 2 of .*'18687.5'.*YYYY-MM-DD"),
        (["date,A,A", "2021-03-01,1,2"], "two columns named A"),
        (["date,symbol,close,Close", "2021-03-01,A,1,2"], "close and Close, which both mean"),
        (["date", "2021-03-01"], "nothing else: add a column a firm"),
    ],
)
def test_a_table_that_makes_no_sense_is_told_in_one_sentence(tmp_path, lines, sentence):
    path = tmp_path / "mine.csv"
    path.write_text("".join(f"{line}\n" for line in lines))
    with pytest.raises(InputError, match=sentence) as raised:
        read(path)
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_places_that_make_no_sense_are_told(tmp_path):
    with pytest.raises(InputError, match=r"nowhere does not exist: check the path"):
        read(tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"holds no \.csv or \.parquet file"):
        read(tmp_path)
    with pytest.raises(InputError, match=r"neither \.csv nor \.parquet"):
        read(write(tmp_path, "prices.txt", "date"))
    (tmp_path / "prices.parquet").write_bytes(b"PAR1 but not really")
    with pytest.raises(InputError, match="cannot be read as Parquet"):
        read(tmp_path / "prices.parquet")
    (tmp_path / "bytes.csv").write_bytes(b"date,symbol,close\n2021-03-01,\xff\xfe,1\n")
    with pytest.raises(InputError, match="cannot be read as CSV"):
        read(tmp_path / "bytes.csv")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else for a while")
def test_what_may_not_be_read_is_told(tmp_path_factory):
    folder = tmp_path_factory.mktemp("prices")
    path = write(folder, "prices.csv", "date,A,B", "2021-03-01,1,2")
    above = list(folder.parents)[:-1]
    before = {place: place.stat().st_mode for place in above}
    for place in above:
        place.chmod(0o755)
    try:
        for closed, seen in ((path, 0o755), (folder, 0)):
            folder.chmod(seen)
            path.chmod(0 if closed == path else 0o644)
            os.seteuid(65534)
            with pytest.raises(InputError, match=r"read \(Permission denied\): check its"):
                read(path)
            os.seteuid(0)
    finally:
        os.seteuid(0)
        for place, mode in before.items():
            place.chmod(mode)


def test_several_tables_of_several_firms_are_ambiguous(tmp_path):
    for name in ("one.csv", "two.csv"):
        write(tmp_path, name, "date,symbol,close", "2021-03-01,A,1", "2021-03-01,B,1")
    with pytest.raises(InputError, match=r"2 tables of which one\.csv has several firms"):
        read(tmp_path)


def test_a_firms_table_that_makes_no_sense_is_told(tmp_path):
    write(tmp_path, "prices.csv", "date,A,B", "2021-03-01,1,2")
    write(tmp_path, "firms.csv", "symbol,name", "A,One", "A,Two")
    with pytest.raises(InputError, match=r"firms\.csv has two rows for the firm A"):
        read(tmp_path)
    write(tmp_path, "firms.csv", "name", "One")
    with pytest.raises(InputError, match=r"firms\.csv has no column symbol"):
        read(tmp_path)
    write(tmp_path, "firms.csv", "symbol,sector,Sector", "A,x,y")
    with pytest.raises(InputError, match="sector and Sector, which both mean sector"):
        read(tmp_path)
    write(tmp_path, "firms.csv", "symbol,market_cap", "A,inf")
    with pytest.raises(InputError, match=r"holds inf, which is no market capitalisation"):
        read(tmp_path)
    write(tmp_path, "firms.csv", "symbol,sector", "A,x", "a,y")
    with pytest.raises(InputError, match=r"two rows for the firm A: keep"):
        read(tmp_path)
    write(tmp_path, "firms.csv", "symbol,market_cap", "A,big")
    with pytest.raises(InputError, match=r"column market_cap in line 2 .*holds 'big'"):
        read(tmp_path)


@pytest.mark.parametrize("name", ["firms.tsv", "Firms.csv.gz", "firms.parquet"])
def test_a_table_of_firms_is_one_in_any_form(tmp_path, name):
    write(tmp_path, "prices.csv", "date,A,B", "2021-03-01,1,2")
    table = pd.DataFrame(
        {"Symbol": ["A", "B"], "GICS Sector": ["x", "y"], "Security": ["One", "Two"]}
    )
    if name.endswith("parquet"):
        table.to_parquet(tmp_path / name)
    else:
        table.to_csv(tmp_path / name, index=False, sep="\t" if "tsv" in name else ",")
    firms = read(tmp_path).firms
    assert firms["sector"].tolist() == ["x", "y"]
    assert firms["name"].tolist() == ["One", "Two"]
    write(tmp_path, "firms.csv", "symbol", "A")
    with pytest.raises(InputError, match=r"holds both .* leave one of them"):
        read(tmp_path)


def test_firms_that_are_one_are_told(tmp_path):
    days = pd.bdate_range("2021-01-01", periods=80, name="date")
    table = pd.DataFrame({"close": range(10, 90)}, days)
    for name in ("A", "A (1)", "B"):
        (table + (name == "B")).to_csv(tmp_path / f"{name}.csv")
    assert (
        "A (1) and A have the same prices: if they are one firm, leave one." in read(tmp_path).notes
    )
    table.to_csv(tmp_path / "b.csv")
    with pytest.raises(InputError, match="firms B and b, which differ in capitals alone"):
        read(tmp_path)
