"""Run a fitted network over the days.

A causal network passes over the history once, in date order. Any other is shown the window of
`lookback` days that ends at each day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import keras
import numpy as np
from numpy.typing import NDArray

from models import is_causal
from pipeline import cores
from pipeline.errors import InputError
from pipeline.outputs import Origins, Windowed
from pipeline.panel.windows import gather
from pipeline.training.graph import runner
from pipeline.watch import Watch

CELLS = 131_072
"""Firm-days that a network is run on at once: bounds memory, whatever the panel's size.

A GRU of 64 units takes about 100 MiB for them."""

Array = NDArray[np.float32]
Parts = Iterator[tuple[slice, Array]]


def forecast(
    network: keras.Model,
    windowed: Windowed,
    origins: Origins,
    *,
    watch: Watch,
    since: int = 0,
    shown: int | None = None,
    at_once: int = CELLS,
) -> Array:
    """Forecast at the end of each of a range of days.

    Parameters
    ----------
    network
        Made by `models.build`.
    windowed
        The panel.
    origins
        Half-open range of positions of days.
    watch
        Told how many firms are done.
    since
        First day that a causal network is shown; its state is zero before.
    shown
        Last days, the origin included, that any network is shown before each forecast, its state
        zero before them; None: all since `since`, or `lookback` where it is not causal.
    at_once
        Firm-days that the network is run on at once.

    Returns
    -------
    ndarray
        N × origins × H × 4: location, scale (both in the firm's unit of that day),
        degrees of freedom and skew, for every firm, whether it traded or not.

    Raises
    ------
    InputError
        If an origin is not a day of the panel, or has no full window before it.
    """
    earliest = since if is_causal(network) else windowed.fold.lookback - 1
    if shown is not None:
        earliest = shown - 1
    if not earliest <= origins[0] < origins[1] <= len(windowed.dates):
        raise InputError(
            f"Forecasts at the days {origins[0]} to {origins[1] - 1} were asked for, but the "
            f"panel allows {earliest} to {len(windowed.dates) - 1}: ask for days within."
        )
    parts = _parts if shown is None else partial(_slides, length=shown)
    return _run(parts(network, windowed, origins, since, at_once), len(windowed.symbols), watch)


def at_windows(
    run: Callable[[Array], Array],
    windowed: Windowed,
    firms: NDArray[np.intp],
    days: NDArray[np.intp],
    at_once: int = CELLS,
    length: int | None = None,
) -> Array:
    """Run a network on the windows that end at given days.

    Parameters
    ----------
    run
        The network, as `runner` gives it.
    windowed
        The panel.
    firms, days
        Positions of the firm and of the last day of each of B windows.
    at_once
        Firm-days that the network is run on at once.
    length
        Days of a window; None: `lookback`.

    Returns
    -------
    ndarray
        (B, …): what the network gives for a window.
    """
    lookback = length or windowed.fold.lookback
    size = max(1, at_once // lookback)
    parts = [
        run(
            gather(
                windowed.features, firms[a : a + size], days[a : a + size] - lookback + 1, lookback
            )
        )
        for a in range(0, len(firms), size)
    ]
    return np.concatenate(parts)


def _run(parts: Parts, firms: int, watch: Watch) -> Array:
    """Return N × origins × …: what a network gives at each day."""
    answer: Array | None = None
    for rows, part in parts:
        if answer is None:
            answer = np.empty((firms, *part.shape[1:]), np.float32)
        answer[rows] = part
        watch.step("forecasting", rows.stop, firms)
    assert answer is not None  # a panel has at least one firm
    return answer


def _parts(
    network: keras.Model, windowed: Windowed, origins: Origins, since: int, at_once: int
) -> Parts:
    """Run a network over the days as it allows, some firms at a time."""
    run = _passes if _answers_by_day(network) else _slides
    return run(network, windowed, origins, since, at_once)


def _answers_by_day(network: keras.Model) -> bool:
    """Say whether a network answers at each day that it is shown, not at the last alone."""
    return len(network.output_shape) > 2 and network.output_shape[1] is None


def _passes(
    network: keras.Model, windowed: Windowed, origins: Origins, since: int, at_once: int
) -> Parts:
    """Run a causal network over the days up to the last origin, some firms on each core."""
    firms = len(windowed.symbols)
    size = max(1, at_once // (origins[1] - since) // cores.count())
    answer = runner(network)

    def run(rows: slice) -> tuple[slice, Array]:
        output = answer(np.asarray(windowed.features[rows, since : origins[1]]))
        return rows, output[:, origins[0] - since :]

    yield from cores.side_by_side(
        run, (slice(a, min(a + size, firms)) for a in range(0, firms, size))
    )


def _slides(
    network: keras.Model,
    windowed: Windowed,
    origins: Origins,
    _since: int,
    at_once: int,
    length: int | None = None,
) -> Parts:
    """Run a network on the window before every origin, one firm at a time."""
    run, days = runner(network), np.arange(*origins)
    for firm in range(len(windowed.symbols)):
        output = at_windows(run, windowed, np.full(len(days), firm), days, at_once, length)
        last = output[:, -1] if _answers_by_day(network) else output
        yield slice(firm, firm + 1), last[None]
