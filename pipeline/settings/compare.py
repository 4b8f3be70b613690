"""Which networks are compared, how often each is trained, and on what."""

from __future__ import annotations

from pydantic import Field

from models.catalogue import RECURRENT
from pipeline.settings.model import Architectures
from pipeline.settings.section import Section


class Compare(Section):
    """Which networks are compared, how often each is trained, and on what."""

    models: Architectures = Field(RECURRENT, min_length=1, description="architectures to compare")
    seeds: int = Field(3, ge=1, le=1000, description="trainings of each, with seeds 0, 1, …")
    folds: int = Field(
        1, ge=1, le=1000, description="walk-forward folds that the test days are cut into"
    )
