"""Trajectories of a planted universe, from a small random recurrent network in plain NumPy."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import universe
from numpy.typing import NDArray

from pipeline.outputs import Embedded, Grown, Windowed
from pipeline.panel.windows import window
from pipeline.settings.similarity import Embed
from pipeline.settings.window import Window
from pipeline.similarity.embedding.embed import Passes, compare, compared_days
from pipeline.watch import Silence, Watch

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


def passes(states: NDArray[np.float32], at_once: int = 5) -> Passes:
    """Start passes over trajectories that are held, some firms at a time."""

    def start() -> Iterator[tuple[slice, NDArray[np.float32]]]:
        for first in range(0, len(states), at_once):
            rows = slice(first, min(first + at_once, len(states)))
            yield rows, states[rows]

    return start


def compared(
    grown: Grown,
    trajectories: Sequence[NDArray[np.float32]],
    *,
    untrained: NDArray[np.float32] | None = None,
    firms: pd.DataFrame | None = None,
    block_days: int = 21,
    components: int = 4,
    watch: Watch | None = None,
) -> Embedded:
    """What the embed stage makes of given trajectories, one array a network."""
    windowed = window(SECTION, grown)
    return compare(
        Embed(block_days=block_days, components=components),
        universe.firms_table(grown.growth) if firms is None else firms,
        grown,
        windowed,
        compared_days(windowed),
        [passes(one) for one in trajectories],
        passes(trajectories[0] if untrained is None else untrained),
        list(range(len(trajectories))),
        watch=watch or Silence(),
    )


def embedded(
    grown: Grown | None = None,
    block_days: int = 21,
    components: int = 4,
    networks: int = 2,
    **planted: int | bool,
) -> Embedded:
    """What the embed stage makes of a planted universe, by random networks that differ in seed."""
    grown = grown or universe.grown(**planted)
    windowed = window(SECTION, grown)
    return compared(
        grown,
        [trajectories(windowed, seed=seed) for seed in range(networks)],
        untrained=trajectories(windowed, seed=networks),
        firms=universe.firms_table(grown.growth, planted.get("groups", 3)),
        block_days=block_days,
        components=components,
    )
