"""What the HTML report shows."""

from __future__ import annotations

from pydantic import Field

from pipeline.settings.section import Section


class Report(Section):
    """What the HTML report shows."""

    firms: int = Field(4, ge=1, le=50, description="firms whose forecast intervals are drawn")
    days: int = Field(250, ge=10, le=10_000, description="last test days that are drawn")
