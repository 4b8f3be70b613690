"""How a growth rate is taken."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from pipeline.settings.section import Section

Price = Literal["adj_close", "close", "typical", "vwap"]


class Growth(Section):
    """How a growth rate is taken: μ_t = (1/Δt)·ln(S_t / S_{t−1}) − r_f, unit 1/year."""

    price: Price = Field("adj_close", description="the price that growth rates are taken on")
    days_per_year: int = Field(
        252,
        ge=1,
        le=366,
        description="1/Δt: sessions in a year; as many as ingest.calendar has, unless it is set",
    )
    risk_free: float = Field(0.0, ge=-1.0, le=1.0, description="r_f, annualised rate subtracted")
