"""Which networks are compared, how often each is trained, on what, and beside which controls."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from models.catalogue import CONTROLS, RECURRENT
from pipeline.settings.model import Architectures
from pipeline.settings.section import Section
from pipeline.words import listed


def _without_recurrence(names: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse an architecture that has recurrence: it would be no control."""
    for name in names:
        if name not in CONTROLS:
            raise ValueError(
                f"{name} is no control, as it has recurrence; choose from {listed(CONTROLS)}, and "
                "name it in compare.models"
            )
    return names


class Compare(Section):
    """Which networks are compared, how often each is trained, on what, and beside what."""

    models: Architectures = Field(RECURRENT, min_length=1, description="architectures to compare")
    controls: Annotated[Architectures, AfterValidator(_without_recurrence)] = Field(
        CONTROLS, description="those without recurrence that stand beside them; may be empty"
    )
    seeds: int = Field(3, ge=1, le=1000, description="trainings of each, with seeds 0, 1, …")
    folds: int = Field(
        1, ge=1, le=1000, description="walk-forward folds that the test days are cut into"
    )
    ladder: bool = Field(
        False, description="also judge raw inputs, and networks that are shown their last days"
    )

    @property
    def trained(self) -> tuple[str, ...]:
        """All that is trained: what is compared, and the controls beside it."""
        return (*self.models, *(name for name in self.controls if name not in self.models))
