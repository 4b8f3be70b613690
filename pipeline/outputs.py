"""What each stage makes: flat tables and arrays that the store can write.

Shapes use N firms, T days (all sessions in date order), F features, H days ahead,
B blocks of days.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Json = dict[str, Any]

UNKNOWN = "unknown"
"""Sector or industry of a firm for which the source has none."""


Origins = tuple[int, int]
"""A half-open range of origins: positions of the days at whose end a forecast is made."""


@dataclass(frozen=True)
class Fold:
    """One train / validation / test split of the days.

    The origin t forecasts the days t + 1 … t + horizon. No day is a target in two parts: between
    the last origin of a part and the first of the next, horizon − 1 origins are purged.
    """

    train: Origins
    valid: Origins
    test: Origins
    horizon: int
    lookback: int

    @property
    def training_days(self) -> slice:
        """Days whose data may scale, select or fit: what the training origins see and target."""
        return slice(self.train[0] - self.lookback + 1, self.train[1] + self.horizon)

    @property
    def purge(self) -> int:
        """Origins that are left out between two parts."""
        return self.horizon - 1

    def spans(self, dates: NDArray[np.datetime64]) -> dict[str, tuple[str, str]]:
        """Return the first and the last day (ISO) that each part forecasts.

        Parameters
        ----------
        dates
            T sessions, which the origins count positions in.
        """
        days = dates.astype("datetime64[D]")
        parts = {"training": self.train, "validation": self.valid, "test": self.test}
        return {
            name: (str(days[first + 1]), str(days[stop - 1 + self.horizon]))
            for name, (first, stop) in parts.items()
        }

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Fold:
        """Return the fold that was written as plain numbers and lists."""
        parts: dict[str, Any] = {name: tuple(plain[name]) for name in ("train", "valid", "test")}
        return cls(**parts, horizon=plain["horizon"], lookback=plain["lookback"])


@dataclass(frozen=True)
class Ingested:
    """Prices that passed quality control, and what was found on the way."""

    prices: pd.DataFrame
    """Long, sorted by symbol and date: `date` (datetime64), `symbol`, at least one of `close` and
    `adj_close`, and those of `open high low volume vwap` that the source has; a gap is a missing
    row or NaN; `broken` (bool) marks days whose growth must stay a gap."""
    firms: pd.DataFrame
    """A row a kept firm, sorted by symbol: `symbol name sector industry market_cap as_of`."""
    sessions: NDArray[np.datetime64]
    """T: every session of the exchange from the first to the last price, also those on which no
    firm has a price (so that a growth rate never spans two of them)."""
    quality: Json
    """`source`, `rows_read`, `rows_kept`, `firms_read`, `firms_kept`, `first`, `last`, `sessions`,
    `rules` (a list of {rule, action, count, firms, examples, sentence}),
    `quarantined` ({symbol: reason}), `notes` (a list of sentences), `understood` (as of `Raw`) and
    `matched` (rows of the table of firms whose firm has prices)."""


@dataclass(frozen=True)
class Grown:
    """Growth rates."""

    growth: pd.DataFrame
    """Dates × symbols, float64, unit 1/year; gaps are NaN."""
    basis: Json
    """`asked` and `used` price, `days_per_year`, `risk_free` and a `note` (or null)."""
    ranges: pd.DataFrame = field(default_factory=pd.DataFrame)
    """As `growth`: ln(high / low) of each day, 1/year; empty if the source has no such prices."""
    volumes: pd.DataFrame = field(default_factory=pd.DataFrame)
    """As `growth`: shares traded each day; empty if the source does not tell."""

    @property
    def trading_told(self) -> bool:
        """Whether the source tells both ranges and volumes."""
        return not (self.ranges.empty or self.volumes.empty)


@dataclass(frozen=True)
class Windowed:
    """The panel that networks see, and the days they see it on."""

    features: NDArray[np.float32]
    """N × T × F; a gap is zero with its `observed` feature zero. `features[i, t]` uses data of
    days ≤ t alone."""
    growth: NDArray[np.float32]
    """N × T, 1/year; gaps are NaN."""
    unit: NDArray[np.float32]
    """N × T: the firm's running volatility at the end of each day, 1/year. A forecast made at the
    end of day t for k days ahead is judged on `growth[:, t + k] / unit[:, t]`."""
    dates: NDArray[np.datetime64]
    """T."""
    symbols: NDArray[np.str_]
    """N."""
    fold: Fold = field(metadata={"read": Fold.from_json})
    """The origins (days at whose end a forecast is made) of each part."""
    names: list[str] = field(default_factory=list)
    """F names of the features, the last of them `observed`."""


@dataclass(frozen=True)
class Baselined:
    """Test forecasts that need no network."""

    forecasts: pd.DataFrame
    """`baseline date symbol horizon location scale df skew growth`, the same firm-days of each."""
    fallbacks: Json
    """Baseline → firms that it could not be fitted to, so that something plainer stands in."""


@dataclass(frozen=True)
class Trained:
    """A fitted network."""

    network: bytes = field(metadata={"suffix": ".keras"})
    """The network with the weights that are kept, in Keras's own format."""
    history: pd.DataFrame
    """A row an epoch: `epoch loss valid_loss valid_crps learning_rate gradient_norm clipped_share
    seconds targets_per_second`; epoch 0 is the pretrained network that it started from, if any."""
    summary: Json
    """`architecture parameters best_epoch epochs seconds targets_per_second clipping causal
    refit refit_epochs`; `start` (fresh, fine-tuned or zero-shot), `starts` (each of those that
    were tried → {valid_loss, valid_crps}), `start_reason` (why none but fresh was, or null),
    `pretrained` (name of the network that was started from, or null) and `pretrained_to` (the last
    day that a pretrained network that was tried has seen, or null)."""
    gradient_flow: pd.DataFrame = field(default_factory=pd.DataFrame)
    """A row an epoch and lag: `epoch lag norm`, the mean norm of the gradient of a day's loss
    (nats) with respect to the state that many days before; epoch 0 is before the first. Empty
    unless `train.gradient_flow` asks for it."""


@dataclass(frozen=True)
class Evaluated:
    """Test forecasts and their scores."""

    forecasts: pd.DataFrame
    """`date symbol horizon location scale df skew growth` and a column `q05`… a quantile; `date`
    is the day that is forecast; location, scale, growth and quantiles in 1/year."""
    scores: Json
    """{crps, log_score, mae, …, baselines: {name: {crps, …}}, by_horizon: …}."""
    calibration: pd.DataFrame
    """Histogram of the probability integral transform: `model left right count`."""


@dataclass(frozen=True)
class Controlled:
    """How the network stands beside a control: the same inputs, trained alike, no recurrence."""

    beside: Json
    """`name` of the control, its scores, and of the network beside it `crps_over_control
    crps_over_control_low crps_over_control_high dm_p_control`; what is undefined is null. Empty
    where the network is the control itself."""


@dataclass(frozen=True)
class Foreseen:
    """Forecasts of the sessions after the last day."""

    forecasts: pd.DataFrame
    """`symbol date horizon location scale df skew` and a column `q05`… a quantile; `date` is the
    day that is forecast; location, scale and quantiles in 1/year. Firms that no longer trade, or
    have too short a history, are not in it."""


@dataclass(frozen=True)
class Embedded:
    """What firms are compared by, ready to be asked; S networks, K portfolios, H half-lives."""

    held: NDArray[np.float32]
    """(B + 1) × H × N × (K + 2): running exposures of the firms to the portfolios before each
    block's start, and after the last (`pipeline.similarity.embedding.exposures`)."""
    portfolios: NDArray[np.float32]
    """N × K: what the firms' days are held beside."""
    readings: NDArray[np.float32]
    """S × P: what each network learned to read from states."""
    untrained: NDArray[np.float32]
    """S × P: the same of networks that learned nothing."""
    days: NDArray[np.float32]
    """T × N: what each firm's day was beside the others'; zero where a firm is not compared."""
    present: NDArray[np.uint8]
    """N × ⌈T / 8⌉: a bit a day, whether the firm is compared that day (`numpy.packbits`)."""
    edges: NDArray[np.datetime64]
    """B × 2: first and last day of each block."""
    growth: NDArray[np.float32]
    """T × N: growth rates for the correlations that stand beside; gaps are NaN."""
    dates: NDArray[np.datetime64]
    """T."""
    embedding: pd.DataFrame
    """`symbol` and `e0`…: what the first network reads of each firm's state after all days."""
    firms: pd.DataFrame
    """As `Ingested.firms`, in the order of the arrays."""
    basis: Json
    """`networks` (their seeds), `learned_to` (the last day that they were taught by), `lessons`
    (how many days of the past taught them), `first` (the position of the first day that is
    compared) and `days_per_year` of the growth."""


@dataclass(frozen=True)
class Studied:
    """Whether similarity can be believed: several measures side by side."""

    figures: pd.DataFrame
    """`measure` and a column a figure: the learned measure first, then `random`, `majority`."""
    differences: pd.DataFrame
    """`figure best_classical learned classical difference low high winner firms`."""
    associations: pd.DataFrame
    """`measure predictor kind effect p_value r_squared firms`."""
    portfolios: pd.DataFrame
    """`portfolio` and its figures on the later days, a row a portfolio."""
    summary: Json
    """Days and firms of each part, permutations, draws, and the answers as `sentences`."""


@dataclass(frozen=True)
class Reported:
    """The report."""

    page: str = field(metadata={"suffix": ".html"})
    """One self-contained HTML page."""


@dataclass(frozen=True)
class Edition:
    """What is published of one day, all of it the champion's."""

    forecasts: pd.DataFrame
    """As `Foreseen.forecasts`."""
    peers: pd.DataFrame
    """`symbol rank peer score`, the nearest firms of every firm."""
    page: str = field(metadata={"suffix": ".html"})
    """The report."""
    summary: Json
    """`date version model seen_to decision drift scores`."""


@dataclass(frozen=True)
class Compared:
    """What a comparison found; M networks, controls and baselines."""

    board: pd.DataFrame
    """A row an entry, the best first, as `leaderboard` returns it."""
    ahead: pd.DataFrame
    """A row a day ahead and entry, as `days_ahead` returns it."""
    daily: pd.DataFrame
    """`date name horizon forecasts` and the scores that every forecast has by itself (`crps
    log_score qlike`): means over firms and seeds of a day."""
    firms: pd.DataFrame
    """N × M: mean CRPS of each firm (index `symbol`) under each entry, 1/year."""
    calibration: pd.DataFrame
    """Histogram of the probability integral transform: `model left right count`."""
    summary: Json
    """`verdict winner best_control` (or null) `best_baseline reference networks controls seeds
    horizon firms forecasts first last fallbacks` ({baseline: firms}) and `folds`: a list of {fold,
    purge, training, validation, test}, the last three with the first and the last day that the
    part forecasts."""
    page: str = field(metadata={"suffix": ".html"})
    """One self-contained HTML page."""
    ladder: pd.DataFrame = field(default_factory=pd.DataFrame)
    """A row a rung, as `ladder` returns it; empty unless `compare.ladder` asks for it."""
