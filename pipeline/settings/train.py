"""How a network is fitted."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from pipeline.settings.section import Section


class Train(Section):
    """How a network is fitted."""

    epochs: int = Field(12, ge=1, le=10_000, description="epochs at most")
    patience: int = Field(
        4, ge=0, le=10_000, description="epochs without a better validation loss before stopping"
    )
    batch_size: int = Field(128, ge=1, le=65_536, description="sequences or windows a step")
    sequence: int = Field(
        64, ge=1, le=10_000, description="supervised days of a training sequence (causal networks)"
    )
    burn_in: int = Field(
        20, ge=0, le=2000, description="unsupervised days at a training sequence's start"
    )
    sequences_per_epoch: int = Field(
        4096, ge=1, le=100_000_000, description="sequences drawn an epoch (causal networks)"
    )
    windows_per_epoch: int = Field(
        20_000, ge=1, le=100_000_000, description="windows drawn an epoch (networks not causal)"
    )
    start: Literal["best", "pretrained", "zero-shot", "fresh"] = Field(
        "best",
        description="what training starts from: weights drawn anew (fresh), the pretrained network "
        "that comes with firmament, as it is or fine-tuned (pretrained), or what of these "
        "validates best; zero-shot: as it is, nothing is trained; fresh where none fits",
    )
    refit: bool = Field(
        True,
        description="train anew on training and validation days, as the baselines are fitted to "
        "both, on growth without what all firms of a day share",
    )
    refit_batch_size: int = Field(
        16,
        ge=1,
        le=65_536,
        description="sequences a step of the refit of a causal network, for each time that an "
        "epoch passes over the training days; 8 at least, batch_size at most",
    )
    rehearse: bool = Field(
        False,
        description="choose the epochs of the refit by rehearsing it on training days alone; "
        "takes as long again, and has gained nothing yet",
    )
    location_penalty: float = Field(
        20.0,
        ge=0.0,
        le=1e6,
        description="weight of the variance of locations, in scales, beside the likelihood: how "
        "unlikely it is that growth itself can be forecast",
    )
    learning_rate: float = Field(3e-3, gt=0.0, le=1.0, description="Adam's initial step size")
    schedule: Literal["constant", "cosine", "plateau"] = Field(
        "cosine", description="course of the learning rate over the epochs"
    )
    clipnorm: float | None = Field(
        None, gt=0.0, le=1e6, description="clip each variable's gradient to this norm"
    )
    global_clipnorm: float | None = Field(
        1.0, gt=0.0, le=1e6, description="clip the whole gradient to this norm, direction kept"
    )
    gradient_flow: bool = Field(
        False,
        description="after each epoch, measure how far back in days the gradient of a day's loss "
        "reaches (causal networks); takes some tenths of a second an epoch",
    )
    seed: int = Field(0, ge=0, le=2**31 - 1, description="seed of weights, batches and dropout")

    @model_validator(mode="after")
    def _one_clip(self) -> Train:
        if self.clipnorm is not None and self.global_clipnorm is not None:
            raise ValueError(
                "clipnorm and global_clipnorm exclude each other; set one of them to null"
            )
        return self
