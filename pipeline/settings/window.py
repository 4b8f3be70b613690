"""What a network sees, and on which days it is fitted, chosen and judged."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from pipeline.features.features import FEATURES, SETS
from pipeline.settings.section import Day, Parts, Section
from pipeline.words import closest


def _features(names: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse what is neither a feature nor a set of them, and what stands twice."""
    for position, name in enumerate(names):
        if name in names[:position]:
            raise ValueError(f"it names {name} twice; name each once")
        if name not in FEATURES and name not in SETS:
            close = closest(name, (*FEATURES, *SETS))
            hint = f"did you mean {close}?" if close else "docs/evaluation.md lists them"
            raise ValueError(f"there is no feature {name!r}; {hint}")
    return names


class Window(Section):
    """What a network sees, and which days it is fitted, chosen and judged on."""

    features: Annotated[tuple[str, ...], Parts, AfterValidator(_features)] = Field(
        ("all",),
        min_length=1,
        description=f"inputs by name, or by that of a set: {', '.join(SETS)}; "
        "known at the end of the day",
    )
    traded: bool | None = Field(
        None,
        description="add the features of daily ranges and volumes; empty: if the source tells both",
    )
    lookback: int = Field(
        64, ge=2, le=2000, description="days that a network sees before its first forecast"
    )
    horizon: int = Field(
        1, ge=1, le=60, description="days ahead that are forecast; of seq2seq 5, unless it is set"
    )
    train_share: float = Field(0.7, gt=0.0, lt=1.0, description="share of the days to train on")
    valid_share: float = Field(0.15, gt=0.0, lt=1.0, description="share of the days to validate on")
    train_end: Day | None = Field(
        None, description="last training day; with valid_end it replaces the shares"
    )
    valid_end: Day | None = Field(None, description="last validation day")
    test_end: Day | None = Field(
        None, description="last test day, with the other two; empty: the last day there is"
    )
    train_days: int | None = Field(
        None, ge=20, le=100_000, description="last training days used; empty: all of them"
    )

    @model_validator(mode="after")
    def _consistent(self) -> Window:
        if (self.train_end is None) != (self.valid_end is None):
            raise ValueError("train_end and valid_end go together; give both or neither")
        if self.train_end and self.valid_end and self.train_end >= self.valid_end:
            raise ValueError(f"train_end {self.train_end} is not before valid_end {self.valid_end}")
        if self.test_end and not (self.valid_end and self.valid_end < self.test_end):
            raise ValueError("test_end needs a valid_end that is before it; give all three ends")
        if self.train_share + self.valid_share >= 1.0:
            raise ValueError("train_share + valid_share leave no test days; keep their sum below 1")
        return self

    def with_trading(self, told: bool) -> bool:
        """Say whether features of ranges and volumes are added, if the source tells both or not."""
        return told if self.traded is None else self.traded

    def inputs(self, told: bool) -> tuple[str, ...]:
        """Return all features but `observed`, where the source tells of trading or does not.

        What is seen of trading is told by the sets that are named; without one, by `all`.
        """
        sets = [SETS[name] for name in self.features if name in SETS] or [SETS["all"]]
        found: list[str] = []
        for name in self.features:
            found += SETS[name].always if name in SETS else (name,)
        if self.with_trading(told):
            found += [name for named in sets for name in named.traded]
        return tuple(dict.fromkeys(found))
