"""The tables of prices and firms that later stages may rely on."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pipeline.errors import InputError
from pipeline.sources.source import PRICES

BASES = ("close", "adj_close")
"""At least one of these is in every table of prices, and a firm is judged by them alone; faults
in the other columns only ever become gaps."""


def prices_schema() -> Any:
    """Return the schema of `Ingested.prices` (a pandera ``DataFrameSchema``).

    Long, sorted by symbol and date, one row a firm and date; prices are positive or NaN, and no
    row is without any of `close` and `adj_close`.
    """
    import pandera.pandas as pa

    positive = pa.Check(lambda v: (v > 0) & (v < float("inf")), error="positive and finite")
    value = pa.Column("float64", positive, nullable=True, required=False)
    volume = pa.Column("float64", pa.Check.ge(0), nullable=True, required=False)
    return pa.DataFrameSchema(
        {
            "date": pa.Column("datetime64[us]"),
            "symbol": pa.Column("str"),
            **dict.fromkeys(PRICES, value),
            "volume": volume,
            "broken": pa.Column("bool"),
        },
        checks=[
            pa.Check(_has_basis, error="a close or an adj_close in every row"),
            pa.Check(_is_sorted, error="sorted by symbol and date, one row a firm and date"),
        ],
        strict=True,
    )


def firms_schema() -> Any:
    """Return the schema of `Ingested.firms`: a row a firm, sorted by symbol."""
    import pandera.pandas as pa

    text = pa.Column("str")
    return pa.DataFrameSchema(
        {
            "symbol": pa.Column("str", unique=True),
            "name": text,
            "sector": text,
            "industry": text,
            "market_cap": pa.Column("float64", pa.Check.gt(0), nullable=True),
            "as_of": pa.Column("datetime64[us]", nullable=True),
        },
        checks=pa.Check(lambda t: t["symbol"].is_monotonic_increasing, error="sorted by symbol"),
        strict=True,
    )


def check(table: pd.DataFrame, schema: Any, what: str) -> pd.DataFrame:
    """Validate a table.

    Parameters
    ----------
    table : DataFrame
        The table.
    schema : pandera.DataFrameSchema
        What it must be.
    what : str
        The table's name, for the error.

    Raises
    ------
    InputError
        If the table breaks its schema; the sentence names the first breach.
    """
    from pandera.errors import SchemaError, SchemaErrors

    try:
        return schema.validate(table)  # type: ignore[no-any-return]
    except (SchemaError, SchemaErrors) as error:
        # pandera gathers what is wrong with the columns themselves, and stops at one bad value.
        first = error.schema_errors[0] if isinstance(error, SchemaErrors) else error
        column = getattr(first.schema, "name", None)
        where = f" in the column {column}" if column else ""
        breach = str(first.check or first).splitlines()[0].split(" not in DataFrameSchema")[0]
        raise InputError(
            f"{what} break a rule{where} ({breach}): correct the source's table."
        ) from error


def _has_basis(table: pd.DataFrame) -> bool:
    bases = [c for c in BASES if c in table]
    return bool(bases) and bool(table[bases].notna().any(axis=1).all())


def _is_sorted(table: pd.DataFrame) -> bool:
    codes = pd.factorize(table["symbol"], sort=True)[0]
    dates = table["date"].to_numpy()
    later = (codes[1:] == codes[:-1]) & (dates[1:] > dates[:-1])
    return bool((later | (codes[1:] > codes[:-1])).all())
