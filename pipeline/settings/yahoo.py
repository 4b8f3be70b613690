"""How prices are fetched from Yahoo."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from pipeline.settings.section import Day, Parts, Section, Share


class Yahoo(Section):
    """How prices are fetched from Yahoo."""

    start: Day = Field(date(2010, 1, 1), description="first day to fetch")
    overlap_days: int = Field(10, ge=1, le=365, description="days fetched again and compared")
    batch: int = Field(
        25, ge=1, le=200, description="firms asked for in one call; with 1 each is asked alone"
    )
    pause: float = Field(
        0.2, ge=0.0, le=60.0, description="seconds between two requests, longer after a rate limit"
    )
    retries: int = Field(4, ge=0, le=20, description="further tries after a rate limit or a fault")
    backoff: float = Field(
        5.0, ge=0.0, le=600.0, description="seconds before the first further try; doubled each time"
    )
    coverage: Share = Field(
        0.9, description="share of the symbols not known to be gone that must be answered"
    )
    universes: dict[str, Annotated[list[str], Parts]] = Field(
        default_factory=lambda: {
            "megacaps": ["AAPL", "AMZN", "GOOGL", "META", "MSFT", "NVDA", "TSLA"],
            "banks": ["BAC", "C", "GS", "JPM", "MS", "USB", "WFC"],
        },
        description="named lists of symbols, asked for as yahoo:NAME",
    )
