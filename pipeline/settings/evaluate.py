"""How forecasts are scored, and beside what."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator

from pipeline.settings.section import Parts, Section


class Evaluate(Section):
    """How forecasts are scored, and beside what."""

    quantiles: Annotated[tuple[float, ...], Parts] = Field(
        (0.05, 0.25, 0.5, 0.75, 0.95),
        min_length=1,
        description="levels written to the forecast table",
    )
    shown_days: int | None = Field(
        None,
        ge=1,
        le=2000,
        description="last days that the network is shown before each test forecast, as on a rung "
        "of a ladder; empty: all. What is published sees all",
    )
    ewma_decay: float = Field(
        0.94, gt=0.0, lt=1.0, description="λ of the EWMA volatility (RiskMetrics 1996: 0.94)"
    )
    refit_days: int | None = Field(
        252,
        ge=20,
        le=100_000,
        description="test sessions after which `garch_refitted` is fitted anew; null: without it",
    )

    @field_validator("quantiles")
    @classmethod
    def _levels(cls, levels: tuple[float, ...]) -> tuple[float, ...]:
        if any(not 0.0 < q < 1.0 for q in levels) or list(levels) != sorted(set(levels)):
            raise ValueError("levels must rise strictly between 0 and 1")
        return levels
