"""What every section of the configuration is: frozen, bounded, without unknown keys."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0.0, le=1.0)]


class Section(BaseModel):
    """A part of the configuration that cannot change once it is read."""

    model_config = ConfigDict(frozen=True, extra="forbid")
