"""What a network says of days that it has learned from, and what came on them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import keras
import numpy as np
from numpy.typing import NDArray

from models import is_causal
from pipeline.outputs import Origins, Windowed
from pipeline.training.predict import forecast
from pipeline.training.targets import targets
from pipeline.watch import Watch

FIRMS = 500
"""Firms at most that are looked at: more would tell hardly anything else."""
FIRMS_IN_WINDOWS = 100
"""The same for a network that is not causal: it is shown a window for each of their days."""


@dataclass(frozen=True)
class Hindsight:
    """Forecasts of N firms from O origins, H days ahead, and what came."""

    forecasts: NDArray[np.float32]
    """N × O × H × 4: location, scale, degrees of freedom and skew, in the firms' units."""
    came: NDArray[np.float32]
    """N × O × H, in the units of the origin; NaN where nothing is known."""
    first: int
    """Position of the first origin."""

    def of(self, origins: Origins) -> Hindsight:
        """Return what is known of some of the origins."""
        part = slice(origins[0] - self.first, origins[1] - self.first)
        return Hindsight(self.forecasts[:, part], self.came[:, part], origins[0])


def hindsight(
    network: keras.Model, windowed: Windowed, origins: Origins, *, watch: Watch
) -> Hindsight:
    """Let a network forecast days that are known.

    Parameters
    ----------
    network
        Fitted.
    windowed
        The panel, of whose firms some are looked at.
    origins
        Half-open range of days at whose end forecasts are made.
    watch
        Told how many firms are done.
    """
    sample = _some(windowed, FIRMS if is_causal(network) else FIRMS_IN_WINDOWS)
    said = forecast(network, sample, origins, watch=watch)
    firms, days = np.arange(len(sample.symbols))[:, None], np.arange(*origins)[None]
    return Hindsight(said, targets(sample, firms, days, origins), origins[0])


def _some(windowed: Windowed, most: int) -> Windowed:
    """Return a panel with some firms at most: a view, which reads no more than is run."""
    every = slice(None, None, -(-len(windowed.symbols) // most))
    return replace(
        windowed,
        features=windowed.features[every],
        growth=windowed.growth[every],
        unit=windowed.unit[every],
        symbols=windowed.symbols[every],
    )
