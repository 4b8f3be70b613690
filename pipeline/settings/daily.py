"""What a scheduled day trains, when a challenger becomes champion, and what counts as drift."""

from __future__ import annotations

from pydantic import Field

from pipeline.settings.model import Architectures
from pipeline.settings.section import Section, Share


class Daily(Section):
    """What a scheduled run trains, and when a challenger becomes champion."""

    models: Architectures = Field(
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


class Drift(Section):
    """When the newest days count as different from those before."""

    days: int = Field(21, ge=5, le=252, description="newest sessions that are compared")
    level: float = Field(
        0.02, gt=0.0, lt=0.5, description="chance of an alarm, by any figure, where nothing changed"
    )
