"""Tables of prices in the shapes, dialects and files of vendors that people have."""

from __future__ import annotations

import gzip
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.sources.formats import Prices, read_prices
from pipeline.sources.source import PRICES

VENDORS = {
    "one firm's, the close called Last": (
        "F0.csv",
        "Date,Open,High,Low,Last,Volume\n2024-01-30,7,9,6,8,100\n2024-01-31,8,9,7,8.5,50\n",
        ("single", "F0", 8.0, 8.5),
    ),
    "yfinance, one firm": (
        "a.csv",
        "Price,Close,High,Low,Open,Volume\nTicker,KO,KO,KO,KO,KO\nDate,,,,,\n"
        "2024-01-30,8,9,6,7,100\n2024-01-31,8.5,9,7,8,50\n",
        ("yfinance", "KO", 8.0, 8.5),
    ),
    "yfinance, by firm": (
        "a.csv",
        "Ticker,KO,KO,PEP,PEP\nPrice,Open,Close,Open,Close\nDate,,,,\n"
        "2024-01-30,7,8,1,2\n2024-01-31,8,8.5,1,2\n",
        ("yfinance", "KO", 8.0, 8.5),
    ),
    "yfinance of old": (
        "a.csv",
        ",Close,Close\n,KO,PEP\nDate,,\n2024-01-30,8,2\n2024-01-31,8.5,2\n",
        ("yfinance", "KO", 8.0, 8.5),
    ),
    "yfinance, its index reset": (
        "a.csv",
        "Date,Open,Close,Open,Close\n,KO,KO,PEP,PEP\n2024-01-30,7,8,1,2\n2024-01-31,8,8.5,1,2\n",
        ("yfinance", "KO", 8.0, 8.5),
    ),
    "Alpha Vantage": (
        "KO.csv",
        "timestamp,1. open,2. high,3. low,4. close,5. volume\n"
        "2024-01-30,7,9,6,8,100\n2024-01-31,8,9,7,8.5,50\n",
        ("single", "KO", 8.0, 8.5),
    ),
    "Tiingo": (
        "KO.csv",
        "date,close,high,low,open,volume,adjClose,adjHigh,adjLow,adjOpen,adjVolume,divCash,"
        "splitFactor\n2024-01-30,8,9,6,7,100,8,9,6,7,100,0,1\n"
        "2024-01-31,8.5,9,7,8,50,8.5,9,7,8,50,0,1\n",
        ("single", "KO", 8.0, 8.5),
    ),
    "FRED": (
        "a.csv",
        "observation_date,KO\n2024-01-30,8\n2024-01-31,8.5\n",
        ("wide", "KO", 8.0, 8.5),
    ),
    "for an office program": (
        "a.csv",
        "sep=;\nDate;KO;PEP\n2024-01-30;8;1\n2024-01-31;8,5;2\n",
        ("wide", "KO", 8.0, 8.5),
    ),
    "with rows counted by pandas": (
        "a.csv",
        "Unnamed: 0,date,KO\n0,2024-01-30,8\n1,2024-01-31,8.5\n",
        ("wide", "KO", 8.0, 8.5),
    ),
    "years of two digits first": (
        "a.csv",
        "date,KO\n24-01-30,8\n24-01-31,8.5\n",
        ("wide", "KO", 8.0, 8.5),
    ),
    "Nasdaq": (
        "KO.csv",
        "Date,Close/Last,Volume,Open,High,Low\n01/31/2024,$8.50,1000,$8.00,$9.00,$7.00\n"
        "01/30/2024,$8.00,1000,$7.00,$9.00,$6.00\n",
        ("single", "KO", 8.0, 8.5),
    ),
    "Investing.com": (
        "KO Historical Data.csv",
        '\ufeff"Date","Price","Open","High","Low","Vol.","Change %"\n'
        '"01/31/2024","8.50","8.00","9.00","7.00","55.47M","-1.94%"\n'
        '"01/30/2024","8.00","7.00","9.00","6.00","1.2B","-1.92%"\n',
        ("single", "KO", 8.0, 8.5),
    ),
    "Investing.com in German": (
        "KO.csv",
        '"Datum","Zuletzt","Eröffn.","Hoch","Tief","Vol.","+/- %"\n'
        '"31.01.2024","8,50","8,00","9,00","7,00","55,47M","-1,94%"\n'
        '"30.01.2024","8,00","7,00","9,00","6,00","1,2B","-1,92%"\n',
        ("single", "KO", 8.0, 8.5),
    ),
    "Investing.com in French": (
        "KO.csv",
        '"Date","Dernier","Ouv."," Plus Haut","Plus Bas","Vol.","Variation %"\n'
        '"31/01/2024","8,50","8,00","9,00","7,00","55,47M","-1,94%"\n'
        '"30/01/2024","8,00","7,00","9,00","6,00","1,2B","-1,92%"\n',
        ("single", "KO", 8.0, 8.5),
    ),
    "Investing.com in Spanish": (
        "KO.csv",
        '"Fecha","Último","Apertura","Máximo","Mínimo","Vol.","% var."\n'
        '"31.01.2024","8,50","8,00","9,00","7,00","55,47M","-1,94%"\n'
        '"30.01.2024","8,00","7,00","9,00","6,00","1,2B","-1,92%"\n',
        ("single", "KO", 8.0, 8.5),
    ),
    "Stooq in Polish": (
        "ko.csv",
        "Data,Otwarcie,Najwyzszy,Najnizszy,Zamkniecie,Wolumen\n"
        "2024-01-30,7,9,6,8,100\n2024-01-31,8,9,7,8.5,50\n",
        ("single", "ko", 8.0, 8.5),
    ),
    "Stooq": (
        "ko.us.txt",
        "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>\n"
        "KO.US,D,20240130,000000,7,9,6,8,100,0\nKO.US,D,20240131,000000,8,9,7,8.5,50,0\n",
        ("long", "KO.US", 8.0, 8.5),
    ),
    "CRSP": (
        "crsp.csv",
        "PERMNO,date,TICKER,COMNAM,PRC,VOL,RET,BIDLO,ASKHI,OPENPRC,CFACPR\n"
        "11308,20240130,OLD,COCA COLA,8,100,0.02,6,9,7,2\n"
        "11308,20240131,KO,COCA COLA,-8.5,50,C,7,9,8,1\n",
        ("CRSP", "KO", 8.0, 8.5),
    ),
}
"""The file's name and text, and what it is: its shape, its first firm and that firm's closes."""


def read(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Prices:
    path = folder / name
    path.write_text(text, encoding=encoding, newline="")
    return read_prices(path)


@pytest.mark.parametrize("vendor", VENDORS)
def test_files_of_vendors_are_known_by_their_columns(tmp_path: Path, vendor: str) -> None:
    name, text, (shape, symbol, *closes) = VENDORS[vendor]
    found = read(tmp_path, name, text)
    firm = found.prices[found.prices["symbol"] == symbol].sort_values("date")
    assert found.shape == shape
    assert firm["date"].dt.strftime("%Y-%m-%d").tolist() == ["2024-01-30", "2024-01-31"]
    assert firm["close"].tolist() == closes
    assert set(found.prices) <= {"date", "symbol", *PRICES}
    if "volume" in firm and "Vol." in text:
        assert firm["volume"].tolist() == [1.2e9, 55.47e6]


def test_crsps_splits_are_adjusted_and_firms_of_one_ticker_kept_apart(tmp_path: Path) -> None:
    text = VENDORS["CRSP"][1] + "99999,20240130,KO,OTHER,3,1,0,1,4,2,1\n"
    prices = read(tmp_path, "crsp.csv", text).prices
    assert prices["symbol"].tolist() == ["KO.11308", "KO.11308", "KO.99999"]
    assert prices["adj_close"].tolist() == [4.0, 8.5, 3.0]


def test_tickers_that_are_words_for_prices_are_firms_among_firms(tmp_path: Path) -> None:
    found = read(tmp_path, "a.csv", "Date,LOW,OPEN,KO,PEP,MMM\n2024-01-30,1,2,3,4,5\n")
    assert found.shape == "wide"
    assert set(found.prices["symbol"]) == {"LOW", "OPEN", "KO", "PEP", "MMM"}


DAYS = pd.bdate_range("2020-01-01", periods=300).strftime("%Y-%m-%d")
LATE = "date,A\n" + "".join(f"{day},5\n" for day in DAYS) + '2024-01-31,"1,234"\n'


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Date,KO,PEP,MMM,Volume\n2024-01-30,1,2,3,4\n", "Volume is no firm"),
        ("Date,Open,High,Low,Volume\n2024-01-30,1,2,3,4\n", "no column close .* beside the date"),
        ('date,A,B\n2024-01-30,"1,234","2,345"\n', "cannot be told whether 1,234"),
        ("\n\ndate,A,B\n\n2024-01-30,1,2\n\n2024-01-31,x,2\n", r"column A in line 7 .*holds 'x'"),
        ('date,symbol,close\n2024-01-30,"a\nb",1\n2024-01-31,c,?\n', r"in line 4 of"),
        ("date,symbol,close\n2024-01-30,Acme, Inc.,5\n", r"Line 2 of .*texts with commas in quot"),
        ("date;A;B\n2024-01-30;1;2;3\n", r"Line 2 .* without semicolons in them"),
        ("date,symbol,close\n2024-01-30,A,True\n", "holds 'True'"),
        ("date,KO,PEP,VOLUME\n2024-01-30,1,2,3\n", "VOLUME is no firm"),
        ("date,A.Open,A.Close,B.Open,B.Close\n2024-01-30,1,2,3,4\n", r"such as A\.Open: give"),
        ("date,Open_A,Close_A,Open_B,Close_B\n2024-01-30,1,2,3,4\n", "such as Open_A: give"),
        ("date,\"('High', 'A')\",\"('Close', 'A')\"\n2024-01-30,1,2\n", "such as .*High.*: give"),
        (
            "date,code,close\n" + "2024-01-30,700,1\n2024-01-30,701,2\n2024-01-30,702,3\n",
            "several rows of a day and no column symbol, only code, close",
        ),
        ("# of today\ndate,A\n2024-01-30,1\n", r"first line of .*'# of today'.* no row of names"),
        ("2024-01-30,KO,8\n2024-01-31,KO,9\n", "no row of names, its first line holds prices"),
        ("symbol,2024-01-30,2024-01-31\nKO,8,9\n", "a column a day: turn it"),
        ("symbol,sector\nKO,Drinks\n", r"call it firms\.csv if it is the table of firms"),
        ("date;A;B\n2024-01-30;987;1,002\n", "cannot be told whether 1,002"),
        ("date;A;B\n2024-01-30;987;1.002\n", r"cannot be told whether 1\.002"),
        (LATE, "whether 1,234"),
        ("date,A\n0202-01-06,1\n", "'0202-01-06', which is no date"),
        ("d\0a\0t\0e\0,\0A\0\n\0", "not written in UTF-8"),
        ("date,A,B\n45321,1,2\n", "'45321', which is no date"),
        ("date,A,B\n2024-01-30,1,2\n30.01.2024,1,2\n", r"line 3 .*'30.01.2024'"),
        ("date,,B\n2024-01-30,1,2\n", r"Column 2 of .* has no name"),
        ("date,A,\n2024-01-30,1,2\n", r"Line 2 of .* more cells than the 2"),
        ("Ticker,KO\nSomething,x\nDate,\n2024-01-30,1\n", "no column close"),
        ("Price,Close,Close\nTicker,KO\nDate,,\n2024-01-30,1,2\n", "Column 3 .* has no firm"),
    ],
)
def test_what_cannot_be_told_is_asked_and_not_guessed(
    tmp_path: Path, text: str, sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence) as raised:
        read(tmp_path, "mine.csv", text)
    assert "\n" not in str(raised.value)


def ranges(names: list[str]) -> str:
    """Write what may be one firm's high, low and close."""
    close = 50.0 * np.exp(np.random.default_rng(0).normal(0.0, 0.01, 80).cumsum())
    days = pd.bdate_range("2024-01-01", periods=80, name="date")
    table = pd.DataFrame(np.stack([close * 1.01, close * 0.99, close], 1), days, names)
    return str(table.to_csv())


def test_columns_tell_by_their_values_that_they_are_no_firms(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="H is never below the price and L never above"):
        read(tmp_path, "a.csv", ranges(["H", "L", "C"]))
    lines = ranges(["A", "B", "C"]).splitlines()
    counted = [f"{at},{line}" for at, line in enumerate(lines, start=-1)]
    counted[0] = f"row,{lines[0]}"
    with pytest.raises(InputError, match="row counts rows: remove it"):
        read(tmp_path, "a.csv", "\n".join(counted))
    endless = "date,A,B\n" + "".join(f"{day},inf,1e300\n" for day in DAYS)
    assert set(read(tmp_path, "a.csv", endless).prices["symbol"]) == {"A", "B"}
    long = "date,symbol,close\n" + "".join(f"2024-01-{d},H,9\n2024-01-{d},L,8\n" for d in (3, 4))
    assert set(read(tmp_path, "a.csv", long).prices["symbol"]) == {"H", "L"}


@pytest.mark.parametrize(
    ("cells", "closes"),
    [
        (["8,500", "10,250"], None),
        (["8,500", "10,25"], [8.5, 10.25]),
        (["8,500.5", "1,025"], [8500.5, 1025.0]),
    ],
)
def test_texts_in_parquet_are_numbers_where_they_are_clear(
    tmp_path: Path, cells: list[str], closes: list[float] | None
) -> None:
    table = pd.DataFrame({"KO": cells}, ["2024-01-30", "2024-01-31"])
    table.to_parquet(tmp_path / "a.parquet")
    if closes is None:
        with pytest.raises(InputError, match="cannot be told whether 8,500"):
            read_prices(tmp_path / "a.parquet")
    else:
        assert read_prices(tmp_path / "a.parquet").prices["close"].tolist() == closes


def test_a_column_of_closes_a_firm_is_a_firm(tmp_path: Path) -> None:
    found = read(tmp_path, "a.csv", "date,KO Close,PEP Close,LOW\n2024-01-30,1,2,3\n")
    assert set(found.prices["symbol"]) == {"KO Close", "PEP Close", "LOW"}


def test_symbols_that_a_program_made_decimals_of_are_whole(tmp_path: Path) -> None:
    table = pd.DataFrame({"date": ["2024-01-30"], "symbol": [700.0], "close": [8.0]})
    table.to_parquet(tmp_path / "a.parquet")
    assert read_prices(tmp_path / "a.parquet").prices["symbol"].tolist() == ["700"]


def test_decimals_of_three_digits_between_semicolons(tmp_path: Path) -> None:
    text = "date;A;Volume\n2024-01-30;8,500;1000\n2024-01-31;10,250;2000\n"
    found = read(tmp_path, "a.csv", text.replace("A", "Close"))
    assert found.prices["close"].tolist() == [8.5, 10.25]


def test_encodings_and_archives_of_office_programs(tmp_path: Path) -> None:
    text = "date\tA\tB\n2024-01-30\t8,5\t2,25\n"
    assert read(tmp_path, "a.csv", text, "utf-16").prices["close"].tolist() == [8.5, 2.25]
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(text.encode("utf-8-sig")))
    assert read_prices(tmp_path / "b.csv.gz").prices["close"].tolist() == [8.5, 2.25]
    with zipfile.ZipFile(tmp_path / "c.csv.zip", "w") as held:
        held.writestr("c.csv", text)
        held.writestr("__MACOSX/._c.csv", "x")
    assert read_prices(tmp_path / "c.csv.zip").prices["close"].tolist() == [8.5, 2.25]
    with pytest.raises(InputError, match="not written in UTF-8"):
        read(tmp_path, "d.csv", "date,symbol,close\n2024-01-30,Ä,1\n", "latin-1")


FORMS = {
    "%Y-%m-%d": "YYYY-MM-DD",
    "%Y-%m-%d 00:00:00-05:00": "YYYY-MM-DD",
    "%Y/%m/%d": "YYYY-MM-DD",
    "%Y%m%d": "YYYYMMDD",
    "%d.%m.%Y": "DD.MM.YYYY",
    "%d/%m/%Y": "DD/MM/YYYY",
    "%m/%d/%y": "MM/DD/YY",
    "%d-%b-%Y": "DD Month YYYY",
    "%B %d %Y": "Month DD YYYY",
}


@st.composite
def dialects(draw: st.DrawFn) -> dict[str, object]:
    """Draw how somebody writes a table."""
    separator = draw(st.sampled_from([",", ";", "\t", "|"]))
    return {
        "separator": separator,
        "decimal": draw(st.sampled_from(".," if separator != "," else ".")),
        "form": draw(st.sampled_from(list(FORMS))),
        "shape": draw(st.sampled_from(["long", "wide", "yfinance"])),
        "end": draw(st.sampled_from(["\n", "\r\n"])),
        "trailing": draw(st.booleans()),
        "blank": draw(st.booleans()),
        "quoted": draw(st.booleans()),
        "bom": draw(st.booleans()),
        "backwards": draw(st.booleans()),
    }


VALUES = st.lists(
    st.lists(st.one_of(st.none(), st.integers(1, 10**7)), min_size=3, max_size=3),
    min_size=3,
    max_size=8,
)


@settings(max_examples=30)
@given(dialects(), VALUES)
def test_what_is_written_in_any_dialect_is_read_back(dialect, cents) -> None:  # type: ignore[no-untyped-def]
    cents = [[825, 11_250, 3_175], *cents]  # so that decimals are there, and a close a firm
    days = pd.bdate_range("2024-01-15", periods=len(cents))
    wanted = pd.DataFrame(cents, days, ["KO", "NA", "0700"], dtype="float64") / 100.0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        path.write_text(written(wanted, **dialect), encoding="utf-8", newline="")
        found = read_prices(path)
    table = found.prices.pivot_table(index="date", columns="symbol", values="close", dropna=False)
    assert found.shape == dialect["shape"]
    assert FORMS[dialect["form"]] in found.written
    np.testing.assert_array_equal(table[list(wanted)].to_numpy(), wanted.to_numpy())


SPOILT = st.tuples(st.integers(0, 400), st.integers(0, 6), st.binary(max_size=4))


@settings(max_examples=75)
@given(dialects(), VALUES, st.lists(SPOILT, min_size=1, max_size=3))
def test_what_is_spoilt_is_read_or_told_in_one_sentence(dialect, cents, spoilt) -> None:  # type: ignore[no-untyped-def]
    days = pd.bdate_range("2024-01-15", periods=len(cents))
    whole = pd.DataFrame(cents, days, ["KO", "NA", "0700"], dtype="float64") / 100.0
    content = written(whole, **dialect).encode()
    for at, cut, put in spoilt:
        content = content[:at] + put + content[at + cut :]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        path.write_bytes(content)
        try:
            found = read_prices(path)
        except InputError as error:
            assert str(path) in str(error)
            assert "\n" not in str(error)
        else:
            assert found.prices["date"].notna().all()


def written(  # type: ignore[no-untyped-def]
    table, *, separator, decimal, form, shape, end, trailing, blank, quoted, bom, backwards
) -> str:
    """Write a table of closes, days × firms, as somebody would."""

    def number(value: float) -> str:
        return "" if np.isnan(value) else f"{value:.2f}".replace(".", decimal)

    firms = list(table)
    rows = [["Date", *firms]]
    if shape == "yfinance":
        rows = [["Price", *["Close"] * 3], ["Ticker", *firms], ["Date", "", "", ""]]
    if shape == "long":
        rows = [["Date", "Symbol", "Close"]]
    listed = list(table.iterrows())
    for day, values in reversed(listed) if backwards else listed:
        if shape == "long":
            rows += [[day.strftime(form), f, number(v)] for f, v in values.items()]
        else:
            rows.append([day.strftime(form), *map(number, values)])
    if quoted:
        rows = [[f'"{cell}"' if cell else cell for cell in row] for row in rows]
    lines = [separator.join(row) + (separator if trailing else "") for row in rows]
    if blank:
        lines[-1:-1] = ["", separator * (len(rows[0]) - 1)]
    return "\ufeff" * bom + end.join(lines) + end
