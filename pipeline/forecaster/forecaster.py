"""A trained network as something that can be asked: recent growth in, quantiles out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from models.backend import import_keras
from pipeline.errors import InputError
from pipeline.features.view import View
from pipeline.forecaster.recent import Recent
from pipeline.ingest.calendar import sessions_between
from pipeline.outputs import Fold, Grown, Windowed
from pipeline.panel.windows import laid_out

if TYPE_CHECKING:
    from pipeline.settings.settings import Settings

NETWORK, ABOUT = "network.keras", "forecaster.json"
"""Names of the files that a forecaster is kept in."""


@dataclass(frozen=True)
class About:
    """What a forecaster has to know beside its network."""

    architecture: str
    features: tuple[str, ...]
    """Names of `pipeline.features.features.FEATURES`, in the order of its training."""
    lookback: int
    horizon: int
    quantiles: tuple[float, ...]
    """Levels that are answered unless others are asked for."""
    calendar: str
    """Exchange whose sessions are forecast."""

    @classmethod
    def of(cls, settings: Settings, grown: Grown) -> About:
        """Return what a network is told of by its settings and the growth that it learnt from."""
        return cls(
            architecture=settings.model.name,
            features=settings.window.inputs(grown.trading_told),
            lookback=settings.window.lookback,
            horizon=settings.window.horizon,
            quantiles=settings.evaluate.quantiles,
            calendar=settings.ingest.calendar,
        )


class Forecaster:
    """Forecasts the growth of firms on the next sessions from a table of their recent growth.

    It scales growth and builds the features itself, by the very functions that the network was
    trained with; nothing of the training data is needed.

    Parameters
    ----------
    network
        A `.keras` file's content.
    about
        What it was trained to see and to answer.
    """

    def __init__(self, network: bytes, about: About) -> None:
        import_keras()
        import models

        self.network, self.about = models.from_bytes(network), about

    @classmethod
    def load(cls, network: Path, about: Path) -> Forecaster:
        """Read a forecaster from its two files."""
        facts: dict[str, Any] = json.loads(about.read_text(encoding="utf-8"))
        for name in ("features", "quantiles"):
            facts[name] = tuple(facts[name])
        return cls(network.read_bytes(), About(**facts))

    def forecast(
        self, recent: pd.DataFrame | Recent, quantiles: Sequence[float] | None = None
    ) -> pd.DataFrame:
        """Forecast growth on the sessions after the last date.

        The market's growth and the dispersion across firms are taken over the firms of the table:
        give it all firms of the universe. The more history the better: surprises of up to 156
        weeks ago are looked at, and 40 growth rates before them tell what is usual. From three
        and a half years on, the forecasts are those of the pipeline itself but for a hundredth
        or two of their scale. With less, earlier surprises are unknown and taken as none.

        Parameters
        ----------
        recent
            `date symbol growth` (1/year), a row a firm and day. A session without a row, or with
            NaN, is a gap. The last date is the day at whose end the forecasts are made. Beside
            them `range`, ln(high / low) annualised as growth is, and `volume`, in shares: a
            network that was trained with them forecasts less well without.
        quantiles
            Levels between 0 and 1; None: those of `about`.

        Returns
        -------
        DataFrame
            A row a firm and day ahead, by symbol: `symbol date horizon location scale df skew` and
            a column `q05`… a quantile, in 1/year. A firm with fewer growth rates than the lookback
            has NaN: the network was never shown one.

        Raises
        ------
        InputError
            For a table that `Recent.read` refuses or with a date that the calendar does not know;
            for no firm with enough growth rates; for levels that are none.
        """
        levels = _levels(self.about.quantiles if quantiles is None else quantiles)
        asked = recent if isinstance(recent, Recent) else Recent.read(recent)
        known = asked.growth.notna().sum()
        if (known < self.about.lookback).all():
            raise InputError(
                f"No firm has {self.about.lookback} growth rates, which the network has to see "
                f"before it forecasts (the most are {known.max()} of {known.idxmax()}): give more "
                "recent days."
            )
        return self._answer(asked, known >= self.about.lookback, levels)

    def _answer(
        self, asked: Recent, seasoned: pd.Series[bool], levels: Sequence[float]
    ) -> pd.DataFrame:
        """Return the forecasts as a table."""
        from pipeline.evaluation.forecasts import in_growth, quantile_column
        from pipeline.evaluation.student import StudentT
        from pipeline.training.predict import forecast
        from pipeline.watch import Silence

        dates = asked.growth.index
        sessions = self._sessions(dates[0], dates[-1])
        ahead = sessions[sessions > dates[-1]][: self.about.horizon]
        asked = asked.on(dates.union(sessions[sessions < dates[-1]]))
        windowed = self._windowed(asked, ahead[0])
        last, horizon = len(windowed.dates) - 1, self.about.horizon
        raw = forecast(self.network, windowed, (last, last + 1), watch=Silence())[:, 0]
        unit = windowed.unit[:, last, None]
        known = (seasoned.to_numpy() & np.isfinite(unit[:, 0]))[:, None]
        parts = vars(in_growth(raw, unit)).values()
        student = StudentT(*(np.where(known, part, np.nan).ravel() for part in parts))
        symbols = asked.growth.columns
        return pd.DataFrame(
            {
                "symbol": np.repeat(symbols.to_numpy(dtype=object), horizon),
                "date": np.tile(ahead, len(symbols)),
                "horizon": np.tile(np.arange(1, horizon + 1), len(symbols)),
                "location": student.location,
                "scale": student.scale,
                "df": student.df,
                "skew": student.skew,
                **{quantile_column(level): student.quantile(level) for level in levels},
            }
        )

    def _windowed(self, asked: Recent, following: pd.Timestamp) -> Windowed:
        """Return the panel that the network sees."""
        dates = asked.growth.index.to_numpy().astype("datetime64[D]")
        growth, ranges, volumes = asked.arrays()
        view = View(growth, dates, following.to_datetime64(), ranges, volumes)
        symbols = asked.growth.columns.to_numpy().astype(np.str_)
        none = (0, 0)
        fold = Fold(none, none, none, self.about.horizon, self.about.lookback)
        return laid_out(view, self.about.features, symbols, fold)

    def _sessions(self, first: pd.Timestamp, last: pd.Timestamp) -> pd.DatetimeIndex:
        """Return the sessions from a day on, to those that are forecast from another."""
        name = self.about.calendar
        beyond = InputError(
            f"The calendar {name} does not reach over the dates of the table of growth, "
            f"{first:%Y-%m-%d} to {last:%Y-%m-%d}: give dates that it knows."
        )
        # Long enough for as many sessions ahead, with holidays.
        end = last + pd.Timedelta(days=3 * self.about.horizon + 30)
        return sessions_between(name, first, end, beyond)


def write(folder: Path, network: bytes, about: About) -> dict[str, Path]:
    """Write a forecaster's files into a folder, and return them by the names of `load`."""
    files = {"network": folder / NETWORK, "about": folder / ABOUT}
    files["network"].write_bytes(network)
    files["about"].write_text(json.dumps(asdict(about), indent=1) + "\n", encoding="utf-8")
    return files


def _levels(levels: Sequence[float]) -> tuple[float, ...]:
    """Return quantile levels, checked."""
    answer = tuple(float(level) for level in levels)
    if not answer or not all(0.0 < level < 1.0 for level in answer):
        raise InputError(f"The quantiles {list(answer)} are not all between 0 and 1: mend them.")
    return answer
