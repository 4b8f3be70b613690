"""Which network, and its sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field, model_validator

from models.catalogue import ARCHITECTURES, CELLS, COMPOSED, CONTROLS
from pipeline.settings.section import Parts, Section
from pipeline.words import listed

if TYPE_CHECKING:
    Architecture: TypeAlias = str
    Cell: TypeAlias = str
else:
    Architecture, Cell = Literal[tuple(ARCHITECTURES)], Literal[tuple(CELLS)]


def _each_once(models: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse a list of architectures that has one twice."""
    if len(set(models)) < len(models):
        raise ValueError("it names an architecture twice; name each once")
    return models


Architectures = Annotated[tuple[Architecture, ...], Parts, AfterValidator(_each_once)]
"""Several architectures, each once."""


class Model(Section):
    """Which network, and its sizes."""

    name: Architecture = Field("gru", description=f"architecture: {', '.join(ARCHITECTURES)}")
    cell: Cell = Field(
        "gru",
        description=f"recurrent kind inside {listed(COMPOSED)}",
    )
    units: int = Field(64, ge=1, le=4096, description="units h of a hidden layer")
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
    window_days: int = Field(
        1, ge=1, le=2000, description="days that feedforward sees, the day itself included"
    )
    slots: int = Field(8, ge=1, le=1024, description="slots N of the memory of memory")
    slot_width: int = Field(16, ge=1, le=1024, description="width W of a slot of memory")
    teacher_forcing: float = Field(
        0.5,
        ge=0.0,
        le=1.0,
        description="share of training days on which seq2seq is told the growth that came",
    )

    def of(self, name: str) -> Model:
        """Return the section of another architecture of the same sizes."""
        layers = self.layers if ARCHITECTURES[name].composed else None
        return self.model_copy(update={"name": name, "layers": layers})

    @model_validator(mode="after")
    def _single(self) -> Model:
        if self.layers in (None, 1) or self.name in COMPOSED:
            return self
        if self.name in CONTROLS:
            raise ValueError(
                f"{self.name} has no recurrent layer, but layers is {self.layers}; leave layers "
                "empty"
            )
        raise ValueError(
            f"{self.name} has one recurrent layer, but layers is {self.layers}; take stacked "
            f"with the cell {self.name}"
        )
