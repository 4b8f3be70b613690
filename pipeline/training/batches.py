"""Batches: an index of (firm, first day), and one vectorised gather a step.

Nothing here grows with the length of a sequence: the panel is read where it lies, which may be a
memory map, and only the batch at hand is ever cut out of it.
"""

from __future__ import annotations

import math

import keras
import numpy as np
from numpy.typing import NDArray

from pipeline.errors import ConfigError
from pipeline.outputs import Fold, Windowed
from pipeline.panel.windows import gather
from pipeline.settings.train import Train
from pipeline.training.day_factors import DayFactors
from pipeline.training.targets import targets

Index = NDArray[np.intp]
Batch = tuple[NDArray[np.float32], NDArray[np.float32]]


class Sequences(keras.utils.PyDataset):  # type: ignore[misc]
    """Long sequences that are supervised at every day after a burn-in, for causal networks.

    Sequences are laid end to end over the training origins from a random first day, so that no
    day is always the first of a sequence; when all have been drawn, in random order, they are laid
    anew. An epoch is a number of sequences, not a pass over the days: a universe of twenty firms
    then takes as many steps as one of five hundred.
    """

    per_day = True

    def __init__(
        self, windowed: Windowed, fold: Fold, section: Train, factors: DayFactors | None = None
    ) -> None:
        super().__init__()
        self.windowed, self.fold, self.factors = windowed, fold, factors
        self.batch_size, self.burn_in = section.batch_size, section.burn_in
        self.first = max(fold.train[0], section.burn_in)
        span = fold.train[1] - self.first
        if span < 1:
            raise ConfigError(
                f"train.burn_in of {section.burn_in} days leaves none of the {fold.train[1]} "
                "training days to learn from: make it shorter."
            )
        self.days = min(section.sequence, span)
        self.offsets = min(self.days, span - self.days + 1)
        self.random = np.random.default_rng(section.seed)
        self.steps = -(-section.sequences_per_epoch // self.batch_size)
        tiles = len(self._tiles(0)[0])
        if not tiles:
            raise ConfigError("No firm has a growth rate to learn from in the training days.")
        self.passes_an_epoch = self.steps * self.batch_size / tiles
        self.left: tuple[Index, Index] = (np.empty(0, np.intp), np.empty(0, np.intp))
        self.on_epoch_end()

    def _tiles(self, offset: int) -> tuple[Index, Index]:
        """Return the firm and the first supervised day of every sequence with any target."""
        starts = np.arange(self.first + offset, self.fold.train[1] - self.days + 1, self.days)
        reach = self.days + self.fold.horizon - 1
        known = [
            np.isfinite(self.windowed.growth[:, day + 1 : day + 1 + reach]).any(axis=1)
            for day in starts
        ]
        firms, tiles = np.nonzero(np.stack(known, axis=1))
        return firms, starts[tiles]

    def on_epoch_end(self) -> None:
        """Draw the sequences of the next epoch."""
        needed = self.steps * self.batch_size
        while len(self.left[0]) < needed:
            firms, starts = self._tiles(int(self.random.integers(self.offsets)))
            order = self.random.permutation(len(firms))
            fresh = (firms[order], starts[order])
            self.left = tuple(map(np.concatenate, zip(self.left, fresh, strict=True)))  # type: ignore[assignment]
        (self.firms, self.starts) = (drawn[:needed] for drawn in self.left)
        self.left = (self.left[0][needed:], self.left[1][needed:])

    def __len__(self) -> int:
        """Return the steps of an epoch."""
        return self.steps

    def __getitem__(self, step: int) -> Batch:
        """Return features (B, burn-in + days, F) and targets (B, burn-in + days, H)."""
        rows = slice(step * self.batch_size, (step + 1) * self.batch_size)
        return self._cut(self.firms[rows], self.starts[rows])

    def sample(self, number: int) -> Batch:
        """Return sequences with a target on their last day, always the same ones.

        They are spread evenly over firms and days, and fewer than the number where there are.
        """
        firms, starts = self._tiles(0)
        ends = starts + self.days - 1
        known = np.isfinite(targets(self.windowed, firms, ends, self.fold.train)).any(axis=1)
        (there,) = np.nonzero(known)
        if not len(there):
            raise ConfigError(
                "No firm has a growth rate after the last day of a training sequence: set "
                f"train.sequence, now {self.days} days, to another length."
            )
        places = np.linspace(0, len(there) - 1, min(number, len(there))).round().astype(np.intp)
        return self._cut(firms[there[places]], starts[there[places]])

    def _cut(self, firms: Index, starts: Index) -> Batch:
        """Return the sequences of given firms and first supervised days."""
        first, length = starts - self.burn_in, self.burn_in + self.days
        days = first[:, None] + np.arange(length)
        y = targets(self.windowed, firms[:, None], days, self.fold.train)
        if self.factors is not None:
            y = self.factors.without(y, days)
        y[:, : self.burn_in] = np.nan
        return gather(self.windowed.features, firms, first, length), y


class Windows(keras.utils.PyDataset):  # type: ignore[misc]
    """Windows of `lookback` days that are supervised at their last day only.

    Each epoch draws firms and training origins anew. This is how a network that is not causal
    has to be fitted: at any day inside its window it has already seen the days after.
    """

    per_day = False
    passes_an_epoch = math.inf
    """Windows overlap, so that passes are no measure: a refit takes the steps of the first fit."""

    def __init__(
        self, windowed: Windowed, fold: Fold, section: Train, factors: DayFactors | None = None
    ) -> None:
        super().__init__()
        self.windowed, self.fold, self.factors = windowed, fold, factors
        self.batch_size = section.batch_size
        self.random = np.random.default_rng(section.seed)
        pairs = len(windowed.growth) * (fold.train[1] - fold.train[0])
        self.steps = -(-min(section.windows_per_epoch, pairs) // self.batch_size)
        self.on_epoch_end()

    def on_epoch_end(self) -> None:
        """Draw the windows of the next epoch."""
        drawn = self.steps * self.batch_size
        self.firms = self.random.integers(len(self.windowed.growth), size=drawn)
        self.days = self.random.integers(*self.fold.train, size=drawn)

    def __len__(self) -> int:
        """Return the steps of an epoch."""
        return self.steps

    def __getitem__(self, step: int) -> Batch:
        """Return features (B, lookback, F) and targets (B, H)."""
        rows = slice(step * self.batch_size, (step + 1) * self.batch_size)
        firms, days, fold = self.firms[rows], self.days[rows], self.fold
        y = targets(self.windowed, firms, days, fold.train)
        if self.factors is not None:
            y = self.factors.without(y, days)
        first = days - fold.lookback + 1
        return gather(self.windowed.features, firms, first, fold.lookback), y


Batches = Sequences | Windows
"""What a network can be fitted on."""
