"""Seconds of passes through recurrent networks, measured by turns.

Processor seconds are counted, not those of the clock: on one thread they are the same on a machine
at rest, and neighbours who take the processor away do not count.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline import cores

Call = Callable[[], Any]
"""One pass, ended when it returns."""
SHORTEST = 2e-3
"""Seconds of the shortest reading: faster passes are made several times in one."""
TURNS = 3
"""Readings of each pass at least."""
PRODUCT = 1024
"""Rows and columns of the matrices whose product shows what the machine can do."""


def passes(architecture: str, days: int, units: int, inputs: int, batch: int) -> dict[str, Call]:
    """Return the passes of `compiled`, ready to be timed: each was made once."""

    def timed(function: Any, given: tuple[Any, ...]) -> Call:
        return lambda: [each.numpy() for each in function(*given)]

    made = compiled(architecture, days, units, inputs, batch)
    calls = {way: timed(function, given) for way, (function, given) in made.items()}
    for call in calls.values():
        call()
    return calls


def compiled(
    architecture: str, days: int, units: int, inputs: int, batch: int
) -> dict[str, tuple[Any, tuple[Any, ...]]]:
    """Return the passes of a network as the trainer compiles its steps, and what they are given.

    `forward` is the pass of forecasting, which keeps nothing for a gradient. `training` is the mean
    negative log-likelihood and its gradient by all weights, back through all days; no optimiser.
    """
    from models.backend import import_keras

    import_keras()
    import tensorflow as tf

    import models

    network = models.build(architecture, features=inputs, units=units)
    weights = [variable.value for variable in network.trainable_variables]
    random = np.random.default_rng(0)
    shown, target = (
        tf.constant(random.standard_normal((batch, days, width), dtype=np.float32))
        for width in (inputs, 1)
    )

    def forward(shown: Any) -> list[Any]:
        return [network(shown, training=False)]

    def training(shown: Any, target: Any) -> list[Any]:
        with tf.GradientTape() as tape:
            losses = models.negative_log_likelihood(target, network(shown, training=True))
            loss = tf.reduce_mean(losses)
        gradients: list[Any] = tape.gradient(loss, weights)
        return gradients

    return {
        "forward": (tf.function(forward, autograph=False, jit_compile=True), (shown,)),
        "training": (tf.function(training, autograph=False, jit_compile=True), (shown, target)),
    }


def product() -> Call:
    """Return a big product of matrices of float32, on one thread."""
    one = np.random.default_rng(0).standard_normal((PRODUCT, PRODUCT), dtype=np.float32)
    other = one.T.copy()

    def call() -> None:
        with cores.threads(1):
            np.matmul(one, other)

    return call


def rotate(calls: Mapping[Any, Call], seconds: float) -> dict[Any, NDArray[np.float64]]:
    """Read the processor seconds of each call by turns, until time is up.

    What slows a machine for a while so slows all of them, and not one.

    Parameters
    ----------
    calls
        What is timed, by name.
    seconds
        Processor seconds after which no other turn begins; `TURNS` are made at least.

    Returns
    -------
    dict
        Readings, (turns,), by name.
    """
    times = {name: _times(call) for name, call in calls.items()}
    read: dict[Any, list[float]] = {name: [] for name in calls}
    began, turns = time.process_time(), 0
    while turns < TURNS or time.process_time() - began < seconds:
        for name, call in calls.items():
            read[name].append(reading(call, times[name]))
        turns += 1
    return {name: np.array(values) for name, values in read.items()}


def reading(call: Call, times: int) -> float:
    """Return the processor seconds of a call as a mean over some."""
    began = time.process_time()
    for _ in range(times):
        call()
    return (time.process_time() - began) / times


def _times(call: Call) -> int:
    """Return how many times a call is made so that a reading is long enough.

    What held up one call is not taken for what a call takes.
    """
    shortest = min(reading(call, 1) for _ in range(TURNS))
    return max(1, round(SHORTEST / max(shortest, 1e-6)))


def together(makers: Sequence[Callable[[], Any]]) -> list[Any]:
    """Call the makers on two threads: compiling takes longer than measuring, and is not timed."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(2) as pool:
        return [each.result() for each in [pool.submit(make) for make in makers]]
