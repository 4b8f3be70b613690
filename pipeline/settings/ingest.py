"""Which prices are read, and what is done with their faults."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from pipeline.settings.exchange import known
from pipeline.settings.section import Day, Section, Share

Action = Literal["repair", "quarantine", "refuse"]


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
    crossed: Action = Field(
        "repair", description="highs below the day's low; repair makes both gaps"
    )
    jumps: Action = Field(
        "repair",
        description="growth beyond jump_size in a day; repair makes that day's growth a gap",
    )
    jump_size: float = Field(
        1.0, gt=0.0, le=10.0, description="absolute daily log return from which on it is a jump"
    )
    splits: Action = Field(
        "repair",
        description="growth as of a split or spin-off that prices were not adjusted for, on a day "
        "that was calm otherwise; repair makes that day's growth a gap",
    )
    split_size: float = Field(
        0.38,
        gt=0.0,
        le=10.0,
        description="absolute daily log return from which on it may be a split's; 3:2 has 0.41",
    )
    reversals: Action = Field(
        "repair",
        description="jumps that are taken back within 5 days, which calm firms and markets do not "
        "know; repair makes the growth of both days a gap",
    )
    reversal_size: float = Field(
        0.3,
        gt=0.0,
        le=10.0,
        description="absolute daily log return from which on a jump may reverse",
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
    min_days: int = Field(60, ge=10, le=100_000, description="prices that a firm must have")


class Ingest(Section):
    """Which prices are read, and what is done with their faults."""

    start: Day | None = Field(None, description="first day to use; empty: the source's first")
    end: Day | None = Field(None, description="last day to use; empty: the source's last")
    calendar: Annotated[str, AfterValidator(known)] = Field(
        "XNYS", description="exchange calendar (ISO 10383 code, 24/5 or 24/7) of the sessions"
    )
    min_firms: int = Field(
        3, ge=3, le=100_000, description="firms that must be left after quality control"
    )
    quality: Quality = Quality()

    @model_validator(mode="after")
    def _ordered(self) -> Ingest:
        if self.start and self.end and self.start >= self.end:
            raise ValueError(f"start {self.start} is not before end {self.end}")
        return self
