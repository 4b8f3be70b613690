"""What the schemas let through."""

import pandas as pd
import pytest

from pipeline.errors import InputError
from pipeline.ingest.prices import check, firms_schema, prices_schema

DAYS = pd.to_datetime(["2021-03-01", "2021-03-02"]).as_unit("us")


def prices() -> pd.DataFrame:
    table = pd.DataFrame({"date": [*DAYS, *DAYS], "symbol": list("AABB"), "close": 1.0})
    return table.assign(broken=False).astype({"symbol": "str", "date": "datetime64[us]"})


def firms() -> pd.DataFrame:
    text = dict.fromkeys(("name", "sector", "industry"), "x")
    table = pd.DataFrame({"symbol": list("AB"), **text, "market_cap": [1e9, None]})
    return table.assign(as_of=pd.NaT).astype({"as_of": "datetime64[us]", "market_cap": "float64"})


def test_good_tables_pass():
    check(prices(), prices_schema(), "Prices")
    check(prices().rename(columns={"close": "adj_close"}), prices_schema(), "Prices")
    check(firms(), firms_schema(), "Firms")


@pytest.mark.parametrize(
    "table",
    [
        prices().assign(close=[1.0, 0.0, 1.0, 1.0]),
        prices().assign(close=[1.0, None, 1.0, 1.0]),
        prices().assign(close=float("inf")),
        prices().rename(columns={"close": "open"}),
        prices().drop(columns="broken"),
        prices().assign(surprise=1),
        prices().iloc[::-1],
        prices().assign(date=DAYS[0]),
        prices().assign(volume=[-1.0, 0.0, 1.0, 2.0]),
    ],
    ids=["zero", "gap", "infinite", "no close", "column", "extra", "order", "twice", "volume"],
)
def test_bad_prices_are_refused(table):
    with pytest.raises(InputError, match="Prices break a rule"):
        check(table, prices_schema(), "Prices")


@pytest.mark.parametrize("table", [firms().assign(symbol="A"), firms().assign(sector=None)])
def test_bad_firms_are_refused(table):
    with pytest.raises(InputError, match="Firms break a rule in the column s"):
        check(table, firms_schema(), "Firms")
