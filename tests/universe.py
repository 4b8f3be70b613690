"""A planted universe: prices whose groups, gaps and late listings are known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pipeline.evaluation.baselines import BASELINES
from pipeline.evaluation.baselines.combination import COMBINATION
from pipeline.features.features import FEATURES, feature_panel
from pipeline.features.view import View
from pipeline.outputs import Grown, Ingested, Windowed
from pipeline.panel.windows import window
from pipeline.settings.window import Window

SESSIONS = pd.bdate_range("2015-01-02", periods=4000)


def growth_panel(
    firms: int = 12,
    days: int = 400,
    groups: int = 3,
    seed: int = 0,
    gaps: bool = True,
    twins: bool = False,
) -> pd.DataFrame:
    """Annualised growth of a factor model with fat tails and volatility that clusters.

    Firms F00, F01, … belong to group `number % groups`. With `gaps`, the last firm is listed
    after a quarter of the days and one day in fifty of the first firm is missing. With `twins`,
    the next firm of F02's group (F05, of three groups) is another share class of F02: its growth
    differs by a whisper.
    """
    random = np.random.default_rng(seed)
    calm = np.exp(0.3 * np.sin(np.arange(days) / 17.0))[:, None]
    market = 0.008 * random.standard_t(5, size=(days, 1))
    factors = 0.010 * random.standard_t(5, size=(days, groups))
    own = 0.008 * random.standard_t(5, size=(days, firms))
    growth = 252.0 * calm * (market + factors[:, np.arange(firms) % groups] + own)
    if twins:
        growth[:, 2 + groups] = growth[:, 2] + random.normal(scale=0.1, size=days)
    if gaps:
        growth[: days // 4, -1] = np.nan
        growth[10::50, 0] = np.nan
    names = [f"F{number:02d}" for number in range(firms)]
    index = pd.DatetimeIndex(SESSIONS[:days], name="date")
    return pd.DataFrame(growth, index=index, columns=pd.Index(names, name="symbol"))


def grown(**planted: int | bool) -> Grown:
    """Growth as the growth stage gives it, of a source that tells of closes alone."""
    basis = {"asked": "close", "used": "close", "days_per_year": 252, "risk_free": 0.0}
    return Grown(growth_panel(**planted), basis | {"note": None})  # type: ignore[arg-type]


def traded(growth: pd.DataFrame, seed: int = 1) -> dict[str, pd.DataFrame]:
    """Ranges and volumes of days of growth: the more of both the more moved, and some noise."""
    random = np.random.default_rng(seed)
    noise = np.exp(0.3 * random.standard_normal((2, *growth.shape)))
    size = growth.abs()
    return {"ranges": (1.0 + size) * noise[0], "volumes": 1e6 * np.sqrt(1.0 + size) * noise[1]}


def baseline_names(ranges: bool = False) -> list[str]:
    """Names of the baselines of a run whose source tells ranges, or does not."""
    needy = () if ranges else ("range_ewma", "garch_range")
    return [*(name for name in BASELINES if name not in needy), COMBINATION]


def windowed(section: Window | None = None, **planted: int | bool) -> Windowed:
    """Features, targets and fold as the window stage gives them."""
    return window(section or Window(lookback=20), grown(**planted))


def features(growth: np.ndarray, names: Sequence[str] = tuple(FEATURES)) -> np.ndarray:
    """Features of growth (T × N) on the first sessions, as networks see them (N × T × F)."""
    dates = SESSIONS[: len(growth)].to_numpy().astype("datetime64[D]")
    return feature_panel(View(np.ascontiguousarray(growth), dates), names)


def firms_table(growth: pd.DataFrame, groups: int = 3) -> pd.DataFrame:
    """The firms' table; the sector is the planted group."""
    symbols = list(growth.columns)
    return pd.DataFrame(
        {
            "symbol": symbols,
            "name": [f"Firm {symbol}" for symbol in symbols],
            "sector": [f"Group {number % groups}" for number in range(len(symbols))],
            "industry": [f"Industry {number % (2 * groups)}" for number in range(len(symbols))],
            "market_cap": [1e9 * (1 + number) for number in range(len(symbols))],
            "as_of": ["2022-12-30"] * len(symbols),
        }
    )


def prices(growth: pd.DataFrame) -> pd.DataFrame:
    """Long table of closes whose growth is `growth` (start at 100, gaps are missing rows).

    A missing day hides its growth from both sides: the close after a gap carries on from the
    growth rates that are there.
    """
    close = 100.0 * np.exp(growth.fillna(0.0).cumsum() / 252.0)
    close = close.where(growth.notna())
    long = close.reset_index().melt(id_vars="date", value_name="close").dropna()
    return long[["date", "symbol", "close"]].sort_values(["symbol", "date"], ignore_index=True)


def ingested(groups: int = 3, **planted: int | bool) -> Ingested:
    """Prices and firms as the ingest stage gives them."""
    growth = growth_panel(groups=groups, **planted)  # type: ignore[arg-type]
    table = prices(growth).assign(broken=False)
    quality = {
        "source": "planted",
        "rows_read": len(table),
        "firms_read": growth.shape[1],
        "firms_kept": growth.shape[1],
        "first": str(growth.index[0].date()),
        "last": str(growth.index[-1].date()),
        "sessions": len(growth),
        "rules": [],
        "quarantined": {},
        "notes": [],
    }
    sessions = growth.index.to_numpy().astype("datetime64[D]")
    return Ingested(table, firms_table(growth, groups), sessions, quality)
