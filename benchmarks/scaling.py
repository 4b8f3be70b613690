"""How the seconds of a training step grow with days, units and the size of a batch.

Each of the three is varied alone around 64 supervised days after 20, 64 units and batches of 128
sequences of 23 random features; a step is firmament's own (likelihood, clipping, Adam), compiled.
Medians of steps, taken by turns. The exponent b of seconds ∝ size^b is a least-squares line through
the logarithms: below 1 where a fixed cost a day is shared, above where caches run out.

    python -m benchmarks.scaling [--models gru lstm elman] [--turns 5]
"""

from __future__ import annotations

import argparse
import os
import time
from typing import Any

import numpy as np

FEATURES, BURN_IN = 23, 20
USUAL = {"days": 64, "units": 64, "batch": 128}
GRID = {
    "days": (32, 64, 128, 256, 512),
    "units": (16, 32, 64, 128, 256),
    "batch": (16, 32, 64, 128, 256),
}
STEPS = 5
"""Steps a turn."""


def stepping(name: str, days: int, units: int, batch: int) -> Any:
    """Return a function that takes a turn's steps and returns the seconds of one."""
    import models
    from pipeline.settings.train import Train
    from pipeline.training.step import Kind, Step

    network = models.build(name, features=FEATURES, units=units, dropout=0.1)
    section = Train(batch_size=batch)
    step = Step(Kind.of(network, section, steps=10**6), network)
    step.take_up(network, section.learning_rate)
    random = np.random.default_rng(0).standard_normal
    x = random((batch, BURN_IN + days, FEATURES), dtype=np.float32)
    y = random((batch, BURN_IN + days, 1), dtype=np.float32)
    y[:, :BURN_IN] = np.nan

    def turn() -> float:
        began = time.perf_counter()
        for _ in range(STEPS):
            told = step(x, y)
        told.numpy()
        return (time.perf_counter() - began) / STEPS

    turn()
    return turn


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--models", nargs="+", default=["gru", "lstm", "elman"])
    parser.add_argument("--turns", type=int, default=5)
    asked = parser.parse_args()
    for name in asked.models:
        for what, values in GRID.items():
            turns = [stepping(name, **{**USUAL, what: value}) for value in values]
            seconds = np.array([[turn() for turn in turns] for _ in range(asked.turns)])
            medians = np.median(seconds, axis=0)
            exponent = np.polyfit(np.log(values), np.log(medians), 1)[0]
            cells = "  ".join(
                f"{v}: {1e3 * s:.1f} ms" for v, s in zip(values, medians, strict=True)
            )
            print(f"{name:6s} {what:6s} exponent {exponent:.2f}   {cells}", flush=True)


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    main()
