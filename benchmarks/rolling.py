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
from numpy.typing import NDArray

from models.backend import import_keras
from pipeline.settings.similarity import Embed
from pipeline.similarity.embedding import exposures
from pipeline.similarity.embedding.days import Days
from pipeline.similarity.embedding.portfolios import portfolios
from pipeline.similarity.embedding.reading import Reading
from pipeline.similarity.embedding.readings import mean_score, readings

JUMP = 0.3
"""Growth of a day beyond which it is cut off, as a day of one firm alone."""


def growth(folder: Path) -> pd.DataFrame:
    """Growth rates of all firms of a folder: dates × symbols; a gap is bridged by one rate."""
    prices = pd.read_parquet(folder / "prices.parquet", columns=["date", "symbol", "close"])
    close = prices.pivot_table("close", "date", "symbol")
    close = close.where(close > 0.0)
    known = np.log(close.ffill()).diff().where(close.notna())
    return known.clip(-JUMP, JUMP)


def score(
    panel: NDArray[np.float64], young: NDArray[np.intp], last: int, asked: argparse.Namespace
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Score all firms, and the young ones by their last days: (N, N) and (n, N)."""
    section = Embed()
    days, stop = Days.of(panel), len(panel)
    others = np.setdiff1d(np.arange(panel.shape[1]), young)
    some = Days(*(part[:, others] for part in (days.plain, days.standard, days.present)))
    both = readings(panel[:, others], some, section.components, range(asked.networks))
    read = both[1] if asked.control else both[0]
    everyone = _scores(read, days, days, section.components)
    shown = days.present.copy()
    shown[: stop - last, young] = False
    short = Days(*(np.where(shown, part, 0) for part in (days.plain, days.standard)), shown)
    return everyone, _scores(read, days, short, section.components)[young]


def _scores(read: list[Reading], days: Days, shown: Days, components: int) -> NDArray[np.floating]:
    """Score firms of which some days are shown with firms of which all are known."""
    found, stop = portfolios(shown, components), len(days.plain)
    held = exposures.over(days, found, 0, stop)
    columns = exposures.states(held, found)
    rows = columns
    if shown is not days:
        rows = exposures.states(exposures.over(shown, found, 0, stop), found, held)
    return mean_score(read, rows, columns)


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
    table = growth(asked.prices)
    young = np.flatnonzero(table.columns.isin([one for one in asked.young.split(",") if one]))
    asked.out.mkdir(parents=True, exist_ok=True)
    for origin in asked.origins.split(","):
        began = time.perf_counter()
        before = table[table.index < pd.Timestamp(origin)]
        listed = before.columns[before.notna().sum() > 0]
        some = np.flatnonzero(listed.isin(table.columns[young]))
        everyone, short = score(before[listed].to_numpy(), some, asked.young_days, asked)
        pd.DataFrame(everyone, listed, listed).to_parquet(asked.out / f"{origin}.parquet")
        if len(some):
            rows = pd.DataFrame(short, listed[some], listed)
            rows.to_parquet(asked.out / f"{origin}.young.parquet")
        print(f"{origin}: {len(listed)} firms, {time.perf_counter() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
