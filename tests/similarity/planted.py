"""Trajectories of a planted universe, from a small random recurrent network in plain NumPy."""

import numpy as np
import universe
from numpy.typing import NDArray

from pipeline.outputs import Embedded, Grown, Windowed
from pipeline.panel.windows import window
from pipeline.sections import Embed, Window
from pipeline.similarity.embed import compare
from pipeline.watch import Silence

LOOKBACK = 20
SECTION = Window(
    lookback=LOOKBACK,
    features=("growth", "absolute_growth", "market_growth", "market_dispersion"),
)
"""Few features, so that the random network's states answer to the day rather than saturate."""


def trajectories(windowed: Windowed, units: int = 8, seed: int = 0) -> NDArray[np.float32]:
    """h_t = tanh(W x_t + U h_{t−1}), NaN before a firm's first observed day: (N, T, units)."""
    random = np.random.default_rng(seed)
    into = random.normal(size=(windowed.features.shape[2], units))
    back = 0.5 * random.normal(size=(units, units)) / np.sqrt(units)
    state = np.zeros((len(windowed.features), units))
    states = np.empty((*windowed.features.shape[:2], units), dtype=np.float32)
    for day in range(states.shape[1]):
        state = np.tanh(windowed.features[:, day] @ into + state @ back)
        states[:, day] = state
    listed = np.maximum.accumulate(windowed.features[..., -1] > 0, axis=1)
    states[~listed] = np.nan
    return states


def embedded(grown: Grown | None = None, block_days: int = 21, **planted: int | bool) -> Embedded:
    """What the embed stage makes of a planted universe."""
    grown = grown or universe.grown(**planted)
    windowed = window(SECTION, grown)
    return compare(
        Embed(block_days=block_days, components=4, compare="states"),
        universe.firms_table(grown.growth),
        grown,
        windowed,
        trajectories(windowed),
        LOOKBACK,
        watch=Silence(),
    )
