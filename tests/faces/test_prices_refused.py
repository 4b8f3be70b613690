"""Prices that make no sense are refused, each with what is wrong in them, and nothing is made."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from command import Place
from refusals import Case, fresh, refused, table

PLACES = ("--data-root", "{store}", "--tracking-uri", "{tracking}")
CALENDAR = ("--set", "ingest.calendar=24/5", "--set", "window.features=[growth]")
RUN = ("run", "--source", "files:{prices}", *PLACES, *CALENDAR)
Spoil = Callable[[Place], None]


def text(content: str, name: str = "prices.csv") -> Spoil:
    """Write a text in place of the prices."""

    def spoil(place: Place) -> None:
        (place.prices / "prices.parquet").unlink()
        (place.prices / name).write_text(content, encoding="utf-8")

    return spoil


def changed(change: Callable[[pd.DataFrame], pd.DataFrame]) -> Spoil:
    """Change the prices, days × firms."""

    def spoil(place: Place) -> None:
        file = place.prices / "prices.parquet"
        prices = pd.read_parquet(file)
        wide = prices.pivot_table(index="date", columns="symbol", values="close")
        long = change(wide).melt(var_name="symbol", value_name="close", ignore_index=False)
        long.rename_axis("date").reset_index().to_parquet(file, index=False)

    return spoil


def beside(name: str, content: str) -> Spoil:
    """Write a file beside the prices."""
    return lambda place: (place.prices / name).write_text(content, encoding="utf-8") and None


def pipe(place: Place) -> None:
    (place.prices / "prices.parquet").unlink()
    os.mkfifo(place.prices / "prices.csv")


def folder(place: Place) -> None:
    (place.prices / "prices.parquet").unlink()
    (place.prices / "prices.csv").mkdir()


def dangling(place: Place) -> None:
    (place.prices / "prices.parquet").unlink()
    (place.prices / "prices.csv").symlink_to("nowhere.csv")


def every(days: int) -> Spoil:
    return changed(
        lambda wide: wide.set_axis(pd.bdate_range("1990-01-05", periods=len(wide) * days)[::days])
    )


LONG = "date,symbol,close\n"
CASES = (
    Case(
        "a column that is no firm",
        RUN,
        "Volume is no firm",
        text("date,A,B,C,Volume\n2020-01-02,1,2,3,4\n"),
    ),
    Case(
        "no close", RUN, "no column close", text("Date,Open,High,Low,Volume\n2020-01-02,1,2,3,4\n")
    ),
    Case(
        "no date",
        RUN,
        r"no date column.*\(when, symbol",
        text("when,symbol,close\n2020-01-02,A,1\n"),
    ),
    Case("no rows", RUN, "has a header but no rows: give a file with prices", text(LONG)),
    Case("nothing", RUN, r"prices\.csv is empty", text("")),
    Case("blank lines alone", RUN, r"prices\.csv is empty", text("\n\n  \n")),
    Case(
        "semicolons, and a bad cell",
        RUN,
        r"column A in line 3 of .* holds 'x'",
        text("date;A;B\n2020-01-02;1,5;2\n2020-01-03;x;2\n"),
    ),
    Case("tabs, and a bad date", RUN, r"line 2 of .* has 'soon'", text("date\tA\nsoon\t1\n")),
    Case(
        "a comma too many",
        RUN,
        r"Line 3 of .* more cells than the 3",
        text(f"{LONG}2020-01-02,A,1\n2020-01-03,A,1,234.5\n"),
    ),
    Case("an unclear comma", RUN, "whether 1,234", text('date,A\n2020-01-02,"1,234"\n')),
    Case(
        "an unclear date",
        RUN,
        r"'03/04/2020' .* the day or the month first",
        text("date,A\n03/04/2020,1\n04/04/2020,1\n"),
    ),
    Case(
        "dates of two kinds",
        RUN,
        r"line 3 of .*'04.05.2020'",
        text("date,A\n2020-05-03,1\n04.05.2020,1\n"),
    ),
    Case(
        "no such day",
        RUN,
        r"line 2 of .*'2020-02-30', which is no date",
        text("date,A\n2020-02-30,1\n"),
    ),
    Case(
        "an empty symbol",
        RUN,
        r"line 3 of .* has no symbol",
        text(f"{LONG}2020-01-02,A,1\n2020-01-02,,1\n"),
    ),
    Case("two columns of one name", RUN, "two columns named A", text("date,A,A\n2020-01-02,1,2\n")),
    Case(
        "two closes",
        RUN,
        "Last and Price, which both mean close",
        text("date,symbol,Last,Price\n2020-01-02,A,1,2\n"),
    ),
    Case(
        "not UTF-8",
        RUN,
        "not written in UTF-8",
        lambda place: (
            text("")(place),
            (place.prices / "prices.csv").write_bytes(b"date,symbol,close\n2020-01-02,\xe9,1\n"),
        )[0],
    ),
    Case(
        "no Parquet",
        RUN,
        "cannot be read as Parquet",
        lambda place: (place.prices / "prices.parquet").write_bytes(b"PAR1 not"),
    ),
    Case(
        "a cut Parquet",
        RUN,
        "cannot be read as Parquet",
        lambda place: os.truncate(place.prices / "prices.parquet", 5000),
    ),
    Case("a cut line", RUN, "cut short: its last line has 2 of 3", text(f"{LONG}2020-01-02,A")),
    Case(
        "a quote that is never closed",
        RUN,
        "a quote in line 3 that is never closed",
        text(f'{LONG}2020-01-02,A,1\n2020-01-03,"A,1\n2020-01-04,A,1\n'),
    ),
    Case(
        "a long text with such a quote",
        RUN,
        "a quote in line 2 that is never closed",
        text(f'{LONG}2020-01-02,"A,1\n' + 9999 * "2020-01-03,A,1\n"),
    ),
    Case("one endless cell", RUN, r"a cell of it has more than 131,072", text("x" * 200_000)),
    Case("an address", ("run", "--source", "files:http://x/y.csv", *PLACES), "is an address, and"),
    Case(
        "a folder for the table of firms",
        RUN,
        r"firms\.csv is a folder where a file belongs",
        lambda place: (
            (place.prices / "firms.csv").unlink(missing_ok=True),
            (place.prices / "firms.csv").mkdir(),
        )[1],
    ),
    Case("no gzip", RUN, "cannot be read as CSV", text("date,A\n2020-01-02,1\n", "prices.csv.gz")),
    Case("a named pipe", RUN, r"prices\.csv is no file that can be read more than once", pipe),
    Case("no zip", RUN, "File is not a zip file", text("PK no", "prices.csv.zip")),
    Case("a folder of that name", RUN, r"prices\.csv is a folder where a file belongs", folder),
    Case("a link to nowhere", RUN, r"prices\.csv is not there", dangling),
    Case(
        "standard input", ("run", "--source", "files:/dev/stdin", *PLACES), "/dev/stdin is no file"
    ),
    Case(
        "no table",
        ("run", "--source", "files:{prices}/firms.xlsx", *PLACES),
        r"firms\.xlsx is neither",
        beside("firms.xlsx", "x"),
    ),
    Case(
        "two tables of prices",
        RUN,
        r"both prices\.csv and prices\.parquet",
        beside("prices.csv", LONG),
    ),
    Case("returns", RUN, "look like returns", changed(lambda wide: np.log(wide).diff().iloc[1:])),
    Case(
        "growth factors",
        RUN,
        "as far from those of the day before .* as returns are",
        changed(lambda wide: (wide / wide.shift()).iloc[1:]),
    ),
    Case("endless prices", RUN, "positive and finite", changed(lambda wide: wide * np.inf)),
    Case(
        "firms in capitals and not",
        RUN,
        "F00 and f00, which differ in capitals alone",
        changed(lambda wide: wide.assign(f00=wide["F00"])),
    ),
    Case("negative prices", RUN, "is positive", changed(lambda wide: -wide)),
    Case(
        "prices that never change",
        RUN,
        "the same on all days",
        changed(lambda wide: wide * 0.0 + 5.0),
    ),
    Case("prices of weeks", RUN, "are a week apart", every(5)),
    Case("prices of months", RUN, "are a month apart", every(22)),
    Case(
        "firms of other symbols",
        RUN,
        r"None of the 2 symbols of .*firms\.csv \(X, Y\) is among",
        beside("firms.csv", "symbol,sector\nX,Energy\nY,Energy\n"),
    ),
    Case(
        "firms without rows",
        RUN,
        r"firms\.csv has a header but no rows: give a file with a row a firm, or",
        beside("firms.csv", "symbol,sector\n"),
    ),
    Case(
        "firms without symbols",
        RUN,
        r"firms\.csv has no column symbol",
        beside("firms.csv", "name,sector\nA,Energy\n"),
    ),
    Case(
        "a firm twice",
        RUN,
        r"firms\.csv has two rows for the firm F00",
        beside("firms.csv", "symbol\nF00\nF00\n"),
    ),
    Case(
        "a capitalisation in words",
        RUN,
        r"column market_cap in line 2 of .*holds 'big'",
        beside("firms.csv", "symbol,market_cap\nF00,big\n"),
    ),
    Case(
        "a negative capitalisation",
        RUN,
        r"column market_cap in line 3 of .*holds -5",
        beside("firms.csv", "symbol,market_cap\nF00,5\nF01,-5\n"),
    ),
    Case(
        "a name with a comma",
        RUN,
        r"Line 2 of .*texts with commas in quotes",
        beside("firms.csv", "symbol,name,sector\nF00,Acme, Inc.,Energy\n"),
    ),
    Case("check: nothing there", ("check", "{folder}/nowhere"), "nowhere does not exist"),
    Case(
        "check: no prices",
        ("check", "{folder}/mlruns"),
        "holds no .csv or .parquet",
        lambda place: (place.folder / "mlruns").mkdir(),
    ),
    Case("check: what must be fetched", ("check", "yahoo:AAPL"), "at hand"),
)


@table(CASES)
def test_it_is_refused(case: Case, tmp_path: Path) -> None:
    refused(case, fresh(tmp_path))
