"""The sections of the configuration: one frozen, bounded model a stage."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

S = TypeVar("S", bound="Section")
Action = Literal["repair", "quarantine", "refuse"]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Price = Literal["adj_close", "close", "typical", "vwap"]
Cell = Literal["elman", "jordan", "lstm", "gru", "memory"]
Architecture = Literal[
    "elman",
    "jordan",
    "lstm",
    "gru",
    "bidirectional",
    "stacked",
    "attention",
    "seq2seq",
    "hybrid",
    "memory",
]
COMPOSED = ("bidirectional", "stacked", "attention", "seq2seq", "hybrid")
"""Architectures that are made of layers of a recurrent kind."""
FEATURES = (
    "growth",
    "absolute_growth",
    "volatility_4",
    "volatility_10",
    "volatility_40",
    "volatility_120",
    "volatility_250",
    "relative_volatility",
    "tail",
    "market_correlation",
    "market_growth",
    "market_dispersion",
    "dispersion_trend",
    "market_volatility_5",
    "market_volatility_20",
    "market_share",
    "echo_years",
    "echo_quarters",
    "echo_beside",
    "echo_later",
    "echo_earlier",
    "echo_strength",
)


TRADED = (
    "range_volatility_2",
    "range_volatility_10",
    "range_volatility_60",
    "market_range_1",
    "market_range_20",
    "volume",
    "volume_trend",
    "market_volume",
    "event_quarter",
    "event_quarters",
    "event_earlier_quarters",
    "event_quarters_before",
    "event_quarters_after",
    "event_year",
    "event_years",
    "event_years_before",
    "event_years_after",
    "event_weeks_beside",
    "event_recent_5",
    "event_recent_15",
    "event_recent_40",
)
"""Features of ranges and volumes."""


class Section(BaseModel):
    """A part of the configuration that cannot change once it is read."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Quality(Section):
    """What to do with each fault in the prices, and from where on it is one."""

    unsorted: Action = Field("repair", description="rows out of date order; repair sorts them")
    duplicates: Action = Field(
        "repair", description="equal rows of one firm and date; repair keeps one"
    )
    conflicts: Action = Field(
        "refuse",
        description="different prices of one firm and date, as when two firms share a symbol; "
        "repair keeps the last row",
    )
    nonpositive: Action = Field(
        "repair", description="prices that are zero or negative; repair makes them gaps"
    )
    jumps: Action = Field(
        "repair",
        description="growth beyond jump_size in a day; repair makes that day's growth a gap",
    )
    jump_size: float = Field(
        1.0, gt=0.0, le=10.0, description="absolute daily log return from which on it is a jump"
    )
    stale: Action = Field(
        "repair", description="runs of one unchanged price; repair makes all but the first a gap"
    )
    stale_days: int = Field(
        10, ge=2, le=1000, description="sessions in a row with one price that make a stale run"
    )
    off_calendar: Action = Field(
        "repair", description="rows on days when the exchange was closed; repair drops them"
    )
    missing: Action = Field(
        "repair", description="sessions without a price; repair leaves them as gaps"
    )
    missing_share: Share = Field(
        0.2, description="share of a firm's sessions between its prices that may be missing"
    )
    future: Action = Field("refuse", description="rows dated after today; repair drops them")
    short: Literal["quarantine", "refuse"] = Field(
        "quarantine", description="firms with fewer than min_days prices"
    )
    min_days: int = Field(252, ge=10, le=100_000, description="prices that a firm must have")


class Ingest(Section):
    """Which prices are read, and what is done with their faults."""

    start: date | None = Field(None, description="first day to use; empty: the source's first")
    end: date | None = Field(None, description="last day to use; empty: the source's last")
    calendar: str = Field("XNYS", description="exchange calendar (ISO 10383 code) of the sessions")
    min_firms: int = Field(
        3, ge=3, le=100_000, description="firms that must be left after quality control"
    )
    quality: Quality = Quality()

    @model_validator(mode="after")
    def _ordered(self) -> Ingest:
        if self.start and self.end and self.start >= self.end:
            raise ValueError(f"start {self.start} is not before end {self.end}")
        return self


class Yahoo(Section):
    """How prices are fetched from Yahoo."""

    start: date = Field(date(2010, 1, 1), description="first day to fetch")
    overlap_days: int = Field(10, ge=1, le=365, description="days fetched again and compared")
    pause: float = Field(1.0, ge=0.0, le=60.0, description="seconds between two requests")
    retries: int = Field(4, ge=0, le=20, description="further tries after a rate limit or a fault")
    backoff: float = Field(
        5.0, ge=0.0, le=600.0, description="seconds before the first further try; doubled each time"
    )
    coverage: Share = Field(
        0.9, description="share of the symbols not known to be gone that must be answered"
    )
    universes: dict[str, list[str]] = Field(
        default_factory=lambda: {
            "megacaps": ["AAPL", "AMZN", "GOOGL", "META", "MSFT", "NVDA", "TSLA"],
            "banks": ["BAC", "C", "GS", "JPM", "MS", "USB", "WFC"],
        },
        description="named lists of symbols, asked for as yahoo:NAME",
    )


class Growth(Section):
    """How a growth rate is taken: μ_t = (1/Δt)·ln(S_t / S_{t−1}) − r_f, unit 1/year."""

    price: Price = Field("adj_close", description="the price that growth rates are taken on")
    days_per_year: int = Field(252, ge=1, le=366, description="1/Δt: trading days in a year")
    risk_free: float = Field(0.0, ge=-1.0, le=1.0, description="r_f, annualised rate subtracted")


class Window(Section):
    """What a network sees, and which days it is fitted, chosen and judged on."""

    features: tuple[str, ...] = Field(
        FEATURES, min_length=1, description="inputs by name; all are known at the end of the day"
    )
    traded: bool | None = Field(
        None,
        description="add the features of daily ranges and volumes; empty: if the source tells both",
    )
    lookback: int = Field(
        64, ge=2, le=2000, description="days that a network sees before its first forecast"
    )
    horizon: int = Field(
        1, ge=1, le=60, description="days ahead that are forecast; of seq2seq 5, unless it is set"
    )
    train_share: float = Field(0.7, gt=0.0, lt=1.0, description="share of the days to train on")
    valid_share: float = Field(0.15, gt=0.0, lt=1.0, description="share of the days to validate on")
    train_end: date | None = Field(
        None, description="last training day; with valid_end it replaces the shares"
    )
    valid_end: date | None = Field(None, description="last validation day")
    test_end: date | None = Field(
        None, description="last test day, with the other two; empty: the last day there is"
    )
    train_days: int | None = Field(
        None, ge=20, le=100_000, description="last training days used; empty: all of them"
    )

    @model_validator(mode="after")
    def _consistent(self) -> Window:
        if (self.train_end is None) != (self.valid_end is None):
            raise ValueError("train_end and valid_end go together: give both or neither")
        if self.train_end and self.valid_end and self.train_end >= self.valid_end:
            raise ValueError(f"train_end {self.train_end} is not before valid_end {self.valid_end}")
        if self.test_end and not (self.valid_end and self.valid_end < self.test_end):
            raise ValueError("test_end needs a valid_end that is before it: give all three ends")
        if self.train_share + self.valid_share >= 1.0:
            raise ValueError("train_share + valid_share leave no test days: keep their sum below 1")
        return self

    def with_trading(self, told: bool) -> bool:
        """Say whether features of ranges and volumes are added, if the source tells both or not."""
        return told if self.traded is None else self.traded

    def inputs(self, told: bool) -> tuple[str, ...]:
        """Return all features but `observed`, where the source tells of trading or does not."""
        added = TRADED if self.with_trading(told) else ()
        return (*self.features, *(name for name in added if name not in self.features))


class Model(Section):
    """Which network, and its sizes."""

    name: Architecture = Field(
        "gru", description=f"architecture: {', '.join(get_args(Architecture))}"
    )
    cell: Cell = Field(
        "gru",
        description="recurrent kind inside bidirectional, stacked, attention, seq2seq and hybrid",
    )
    units: int = Field(64, ge=1, le=4096, description="hidden units h of a recurrent layer")
    layers: int | None = Field(
        None, ge=1, le=16, description="recurrent layers of those; empty: 2 of stacked, else 1"
    )
    activation: Literal["tanh", "relu", "sigmoid", "elu", "softsign"] = Field(
        "tanh", description="activation σ of the hidden state"
    )
    dropout: float = Field(0.1, ge=0.0, lt=1.0, description="share of inputs dropped in training")
    recurrent_dropout: float = Field(
        0.0, ge=0.0, lt=1.0, description="share of recurrent inputs dropped in training"
    )
    spectral_norm: float | None = Field(
        None, gt=0.0, le=1e6, description="bound on the norm of each recurrent matrix; empty: none"
    )
    reset_after: bool = Field(
        False, description="GRU variant that cuDNN runs; false is the textbook's"
    )
    state_units: int | None = Field(
        None, ge=1, le=4096, description="state units s of jordan; empty: as many as hidden units"
    )
    attention: Literal["causal", "full"] = Field(
        "causal", description="whether attention looks back from each day or at a whole window"
    )
    attention_days: int = Field(
        64, ge=1, le=2000, description="days that causal attention spans, the day itself included"
    )
    convolutions: int = Field(2, ge=1, le=8, description="convolution layers of hybrid")
    kernel_days: int = Field(5, ge=1, le=250, description="days that a convolution joins")
    slots: int = Field(8, ge=1, le=1024, description="slots N of the memory of memory")
    slot_width: int = Field(16, ge=1, le=1024, description="width W of a slot of memory")
    teacher_forcing: float = Field(
        0.5,
        ge=0.0,
        le=1.0,
        description="share of training days on which seq2seq is told the growth that came",
    )

    @model_validator(mode="after")
    def _single(self) -> Model:
        if self.layers not in (None, 1) and self.name not in COMPOSED:
            raise ValueError(
                f"{self.name} has one recurrent layer, but layers is {self.layers}: take stacked "
                f"with the cell {self.name}"
            )
        return self


class Train(Section):
    """How a network is fitted."""

    epochs: int = Field(12, ge=1, le=10_000, description="epochs at most")
    patience: int = Field(
        4, ge=0, le=10_000, description="epochs without a better validation loss before stopping"
    )
    batch_size: int = Field(128, ge=1, le=65_536, description="sequences or windows a step")
    sequence: int = Field(
        64, ge=1, le=10_000, description="supervised days of a training sequence (causal networks)"
    )
    burn_in: int = Field(
        20, ge=0, le=2000, description="unsupervised days at a training sequence's start"
    )
    sequences_per_epoch: int = Field(
        4096, ge=1, le=100_000_000, description="sequences drawn an epoch (causal networks)"
    )
    windows_per_epoch: int = Field(
        20_000, ge=1, le=100_000_000, description="windows drawn an epoch (networks not causal)"
    )
    refit: bool = Field(
        True,
        description="train anew on training and validation days, as the baselines are fitted to "
        "both, on growth without what all firms of a day share",
    )
    refit_batch_size: int = Field(
        16,
        ge=1,
        le=65_536,
        description="sequences a step of the refit of a causal network, for each time that an "
        "epoch passes over the training days; 8 at least, batch_size at most",
    )
    location_penalty: float = Field(
        20.0,
        ge=0.0,
        le=1e6,
        description="weight of the variance of locations, in scales, beside the likelihood: how "
        "unlikely it is that growth itself can be forecast",
    )
    learning_rate: float = Field(3e-3, gt=0.0, le=1.0, description="Adam's initial step size")
    schedule: Literal["constant", "cosine", "plateau"] = Field(
        "cosine", description="course of the learning rate over the epochs"
    )
    clipnorm: float | None = Field(
        None, gt=0.0, le=1e6, description="clip each variable's gradient to this norm"
    )
    global_clipnorm: float | None = Field(
        1.0, gt=0.0, le=1e6, description="clip the whole gradient to this norm, direction kept"
    )
    seed: int = Field(0, ge=0, le=2**31 - 1, description="seed of weights, batches and dropout")

    @model_validator(mode="after")
    def _one_clip(self) -> Train:
        if self.clipnorm is not None and self.global_clipnorm is not None:
            raise ValueError(
                "clipnorm and global_clipnorm exclude each other: set one of them to null"
            )
        return self


def _named_once(section: S) -> S:
    """Refuse a list of architectures that has one twice."""
    models: tuple[str, ...] = section.models  # type: ignore[attr-defined]
    if len(set(models)) < len(models):
        raise ValueError("models names an architecture twice: name each once")
    return section


class Compare(Section):
    """Which networks are compared, how often each is trained, and on what."""

    models: tuple[Architecture, ...] = Field(
        get_args(Architecture), min_length=1, description="architectures to compare"
    )
    seeds: int = Field(3, ge=1, le=1000, description="trainings of each, with seeds 0, 1, …")
    folds: int = Field(
        1, ge=1, le=1000, description="walk-forward folds that the test days are cut into"
    )

    @model_validator(mode="after")
    def _different(self) -> Compare:
        return _named_once(self)


class Daily(Section):
    """What a scheduled run trains, and when a challenger becomes champion."""

    models: tuple[Architecture, ...] = Field(
        ("gru", "lstm"), min_length=1, description="architectures that are trained every day"
    )
    level: float = Field(
        0.05,
        gt=0.0,
        lt=1.0,
        description="level of the Diebold–Mariano test that a challenger must pass",
    )
    held_out_days: int = Field(
        252, ge=20, le=100_000, description="last days that both are judged on, of those unseen"
    )
    champion_days: int = Field(
        30,
        ge=0,
        le=100_000,
        description="days after which a champion yields to a challenger that is not worse",
    )
    coverage: Share = Field(
        0.8, description="share of the firms with a price the day before that must have one"
    )

    @model_validator(mode="after")
    def _different(self) -> Daily:
        return _named_once(self)


class Evaluate(Section):
    """How forecasts are scored, and beside what."""

    quantiles: tuple[float, ...] = Field(
        (0.05, 0.25, 0.5, 0.75, 0.95), description="levels written to the forecast table"
    )
    ewma_decay: float = Field(
        0.94, gt=0.0, lt=1.0, description="λ of the EWMA volatility (RiskMetrics 1996: 0.94)"
    )

    @model_validator(mode="after")
    def _levels(self) -> Evaluate:
        levels = self.quantiles
        if any(not 0.0 < q < 1.0 for q in levels) or list(levels) != sorted(set(levels)):
            raise ValueError("quantiles must rise strictly between 0 and 1")
        return self


class Embed(Section):
    """How trajectories become similarities."""

    block_days: int = Field(
        21, ge=1, le=2520, description="sessions a block: date ranges are answered in whole blocks"
    )
    components: int = Field(
        64,
        ge=1,
        le=512,
        description="directions that firms are compared along; half the firms at most",
    )
    networks: int = Field(
        2,
        ge=1,
        le=20,
        description="networks whose similarities are averaged, trained from the seeds "
        "train.seed, train.seed + 1, …",
    )


class Study(Section):
    """How similarity is judged."""

    firms: int = Field(
        500, ge=10, le=5000, description="firms that are judged at most, spread over the table"
    )
    permutations: int = Field(
        999, ge=99, le=99999, description="permutations of the firms in tests of association"
    )
    draws: int = Field(2000, ge=200, le=100000, description="bootstrap draws of the firms")


class Report(Section):
    """What the HTML report shows."""

    firms: int = Field(4, ge=1, le=50, description="firms whose forecast intervals are drawn")
    days: int = Field(250, ge=10, le=10_000, description="last test days that are drawn")


class Drift(Section):
    """When the newest days count as different from those before."""

    days: int = Field(21, ge=5, le=252, description="newest sessions that are compared")
    level: float = Field(
        0.02, gt=0.0, lt=0.5, description="chance of an alarm, by any figure, where nothing changed"
    )
