"""Learned scores of all pairs of firms at days of the past, from the days before each alone.

usage: python -m benchmarks.rolling PRICES_FOLDER OUT --origins D,D,… [--young S,S,…]
           [--young-days 60] [--control] [--networks 2]

PRICES_FOLDER holds `prices.parquet` (date, symbol, close). At each origin the co-movement network
is trained anew on days before it, and OUT/ORIGIN.parquet has the scores of all firms, symbols ×
symbols. Of the firms of --young no more than the last days are known, and nothing is learned from
them: OUT/ORIGIN.young.parquet has their scores with all firms, of which all is known. With
--control the network keeps its first, random weights: reading and scale are the same.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import pandas as pd

from models.backend import import_keras
from pipeline.settings.similarity import Embed
from pipeline.similarity.asking.learned import LEARNED
from pipeline.similarity.study.scores import learned
from pipeline.similarity.study.titles import UNTRAINED

JUMP = 0.3
"""Growth of a day beyond which it is cut off, as a day of one firm alone."""


def growth(folder: Path) -> pd.DataFrame:
    """Growth rates of all firms of a folder: dates × symbols; a gap is bridged by one rate."""
    prices = pd.read_parquet(folder / "prices.parquet", columns=["date", "symbol", "close"])
    close = prices.pivot_table("close", "date", "symbol")
    close = close.where(close > 0.0)
    known = np.log(close.ffill()).diff().where(close.notna())
    return known.clip(-JUMP, JUMP)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("prices", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--origins", required=True)
    parser.add_argument("--young", default="")
    parser.add_argument("--young-days", type=int, default=60)
    parser.add_argument("--networks", type=int, default=Embed().networks)
    parser.add_argument("--control", action="store_true")
    asked = parser.parse_args()
    import_keras()
    table, components = growth(asked.prices), Embed().components
    young = np.flatnonzero(table.columns.isin([one for one in asked.young.split(",") if one]))
    asked.out.mkdir(parents=True, exist_ok=True)
    for origin in asked.origins.split(","):
        began = time.perf_counter()
        before = table[table.index < pd.Timestamp(origin)]
        listed = before.columns[before.notna().sum() > 0]
        some = np.flatnonzero(listed.isin(table.columns[young]))
        seeds = range(asked.networks)
        made = learned(before[listed].to_numpy(), components, seeds, some, asked.young_days)
        everyone, short = made[UNTRAINED if asked.control else LEARNED]
        pd.DataFrame(everyone, listed, listed).to_parquet(asked.out / f"{origin}.parquet")
        if len(some):
            rows = pd.DataFrame(short, listed[some], listed)
            rows.to_parquet(asked.out / f"{origin}.young.parquet")
        print(f"{origin}: {len(listed)} firms, {time.perf_counter() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
