"""The panel as arrays: features, targets and an index of windows that copies nothing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.errors import ConfigError, InputError
from pipeline.features.features import FROM_GROWTH, feature_panel
from pipeline.features.view import View
from pipeline.outputs import Fold, Grown, Windowed
from pipeline.panel.splits import split
from pipeline.settings.window import Window

OBSERVED = "observed"
"""The last feature of every panel: 1 where the firm has a growth rate that day, else 0."""


def window(section: Window, grown: Grown) -> Windowed:
    """Build the panel that networks see.

    A window is not an array but a pair (firm, day): `gather` cuts any number of them out of the
    panel at once, so memory does not grow with the lookback.

    Parameters
    ----------
    section
        Features, lookback, horizon and split.
    grown
        Growth rates, T × N.

    Returns
    -------
    Windowed
        Features (N × T × F, float32, `observed` last), growth and its unit (N × T) and the fold.

    Raises
    ------
    ConfigError
        If a feature needs ranges and volumes that the source does not tell.
    InputError
        If the days do not suffice for the split, or no firm has growth in training.
    """
    features = section.inputs(grown.trading_told)
    _check_features(section, features, grown)
    dates = grown.growth.index.to_numpy().astype("datetime64[D]")
    fold = split(section, dates)
    _check_growth(grown.growth.to_numpy(dtype=np.float64), dates, fold)
    return window_on(grown, features, fold)


def window_on(grown: Grown, features: Sequence[str], fold: Fold) -> Windowed:
    """Return growth as the arrays that networks see.

    Parameters
    ----------
    grown
        Growth rates, T × N.
    features
        Names of `FEATURES`.
    fold
        Origins of each part.
    """
    # One layout in memory, wherever the table comes from: sums round the same way every time.
    view = View(
        np.ascontiguousarray(grown.growth.to_numpy(dtype=np.float64)),
        grown.growth.index.to_numpy().astype("datetime64[D]"),
        ranges=_beside(grown.growth, grown.ranges),
        volumes=_beside(grown.growth, grown.volumes),
    )
    return laid_out(view, features, grown.growth.columns.to_numpy().astype(np.str_), fold)


def _check_growth(growth: NDArray[np.float64], dates: NDArray[np.datetime64], fold: Fold) -> None:
    """Refuse parts without a growth rate: nothing could be learned from them, or judged on them."""
    parts = {
        "training": fold.training_days,
        "validation": slice(fold.valid[0] + 1, fold.valid[1] + fold.horizon),
        "test": slice(fold.test[0] + 1, fold.test[1] + fold.horizon),
    }
    for name, days in parts.items():
        if not np.isfinite(growth[days]).any():
            raise InputError(
                f"No firm has a growth rate from {dates[days][0]} to {dates[days][-1]}, the {name} "
                "days: move the split, or bring prices of these days."
            )


def _check_features(section: Window, features: Sequence[str], grown: Grown) -> None:
    """Refuse features that are made of what the source does not tell."""
    needy = [name for name in features if name not in FROM_GROWTH]
    lacking = {"high and low": grown.ranges, "volume": grown.volumes}
    absent = [columns for columns, table in lacking.items() if table.empty]
    if needy and absent:
        named = needy[0] in section.features
        cure = "take it out of window.features" if named else "set window.traded to false"
        raise ConfigError(
            f"The feature {needy[0]} is made of ranges and volumes, but the prices have no "
            f"{' and no '.join(absent)}: {cure}, or bring prices that have."
        )


def _beside(growth: pd.DataFrame, table: pd.DataFrame) -> NDArray[np.float64] | None:
    """Return a table's values on the days and firms of growth, or None for an empty table."""
    if table.empty:
        return None
    return np.ascontiguousarray(table.reindex_like(growth).to_numpy(dtype=np.float64))


def laid_out(
    view: View, features: Sequence[str], symbols: NDArray[np.str_], fold: Fold
) -> Windowed:
    """Return a view of growth as the arrays that networks are trained and run on.

    Parameters
    ----------
    view
        Growth, T × N.
    features
        Names of `FEATURES`.
    symbols
        N.
    fold
        Origins of each part.
    """
    return Windowed(
        features=feature_panel(view, features),
        growth=np.ascontiguousarray(view.growth.T, dtype=np.float32),
        unit=np.ascontiguousarray(view.unit.T, dtype=np.float32),
        dates=view.dates,
        symbols=symbols,
        fold=fold,
        names=[*features, OBSERVED],
    )


def gather(
    panel: NDArray[np.float32], firms: NDArray[np.intp], first: NDArray[np.intp], days: int
) -> NDArray[np.float32]:
    """Cut windows of equal length out of a panel in one indexed read.

    Parameters
    ----------
    panel
        N × T or N × T × F; may be a memory map.
    firms, first
        Position of the firm and of the first day of each of the B windows.
    days
        Length of the windows.

    Returns
    -------
    ndarray
        B × days (× F).
    """
    return np.asarray(panel[firms[:, None], first[:, None] + np.arange(days)])
