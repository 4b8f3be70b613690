"""Classical measures on ten years of S&P 500 firms: do near firms share a sector?

The panel is without gaps: closes of the firms seen on more than 98 % of the days, with gaps at
the last close, and daily growth of at most 30 %. On such a panel, a plain implementation of the
Pearson correlations, of the Spearman correlation of residuals and of the eigenvectors gave the
figures that are expected here; those of the other measures are as found.
"""

import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.similarity.classical import MEASURES
from pipeline.similarity.study.labels import precision_at

SP500 = Path(__file__).parents[4] / "shared" / "data" / "sp500"
DAYS_PER_YEAR = 252
PRECISION = {
    "pearson": 0.7583,
    "spearman": 0.8707,
    "residual": 0.8787,
    "residual_spearman": 0.9148,
    "scaled": 0.9148,
    "recent250": 0.889,
    "recent500": 0.909,
    "recent500_eigen40": 0.921,
    "denoised": 0.924,
    "exposures": 0.926,
    "eigen10": 0.8974,
    "eigen20": 0.9274,
    "eigen30": 0.9302,
    "ledoit_wolf": 0.7541,
    "kernel": 0.7583,
    "profile": 0.2867,
}
"""Sector precision at 5. Chance is 0.12."""

pytestmark = pytest.mark.skipif(
    not SP500.is_dir(), reason="the S&P 500 prices are not beside the project"
)


@pytest.fixture(scope="module")
def panel():
    prices = pd.read_parquet(SP500 / "prices.parquet", columns=["date", "symbol", "close"])
    sectors = pd.read_csv(SP500 / "firms.csv").set_index("symbol")["sector"].dropna()
    close = prices.pivot_table(index="date", columns="symbol", values="close", aggfunc="first")
    close = close.loc[:, (close.notna().mean() > 0.98) & close.columns.isin(sectors.index)]
    growth = np.log(close.ffill().bfill()).diff().iloc[1:].clip(-0.3, 0.3)
    return growth.to_numpy() * DAYS_PER_YEAR, sectors[growth.columns].to_numpy()


def test_sector_precision_is_as_expected(panel):
    growth, sectors = panel
    assert growth.shape == (2504, 427)
    began = time.perf_counter()
    found = {name: measure.function(growth) for name, measure in MEASURES.items()}
    seconds = time.perf_counter() - began
    precision = {name: precision_at(scores, sectors, 5) for name, scores in found.items()}
    # On a firm's first day, whose volatility is not known, the plain one has ±1.
    assert precision == pytest.approx(PRECISION, abs=2e-3)
    assert max(precision, key=precision.__getitem__) == "eigen30"
    assert seconds < 30.0


def test_gaps_as_they_are_change_little(panel):
    growth, sectors = panel
    gappy = growth.copy()
    gappy[np.random.default_rng(0).random(growth.shape) < 0.05] = np.nan
    gappy[:1250, ::7] = np.nan
    for name in ("pearson", "residual", "scaled", "eigen20", "ledoit_wolf"):
        scores = MEASURES[name].function(gappy)
        assert np.isfinite(scores).all()
        assert precision_at(scores, sectors, 5) == pytest.approx(PRECISION[name], abs=0.03)
