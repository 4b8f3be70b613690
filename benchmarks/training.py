"""Compare firmament's training with plain Keras, in speed and in memory.

Speed: supervised targets a second of firmament's own loop (sequences gathered from the panel,
burn-in, Student-t likelihood, clipping, gradient norms) on a GRU, over that of a plain
``keras.layers.GRU`` with its default options, a dense head and the mean squared error, fed by
``model.fit`` with ready-made sequences. Both run in one process by many short turns (a shared
machine is noisy), and medians are compared, by the clock and by processor time; compilation is
not counted.

Memory: peak resident memory of a process that fits the whole panel with firmament, validation
included, less that of one that fits a panel of one firm with batches of the same shape (the
framework's own: TensorFlow, the compiled step and the batch), over the size of the panel. The
plain network on one batch of that shape stands beside it.

    python benchmarks/training.py [FOLDER with prices.parquet] [--batch 32] [--units 64]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipeline.outputs import Fold, Grown, Windowed
from pipeline.panel.windows import window
from pipeline.settings.train import Train
from pipeline.settings.window import Window
from pipeline.watch import Silence

SEQUENCE = 128
STEPS = 20
"""Steps a turn."""
DATA = Path(__file__).parents[2] / "shared" / "data" / "sp500"


def panel(folder: Path) -> Windowed:
    long = pd.read_parquet(folder / "prices.parquet")
    close = long.pivot_table(index="date", columns="symbol", values="close").sort_index()
    return window(Window(), Grown(252.0 * np.log(close.where(close > 0)).diff().iloc[1:], {}))


def plain(units: int, features: int) -> Any:
    import keras

    inputs = keras.Input((None, features))
    hidden = keras.layers.GRU(units, return_sequences=True)(inputs)
    network = keras.Model(inputs, keras.layers.Dense(1)(hidden))
    network.compile("adam", "mse")
    return network


def ready_made(windowed: Windowed, fold: Fold) -> tuple[Any, Any]:
    starts = range(fold.train[0], fold.train[1] - SEQUENCE + 1, SEQUENCE)
    cut = [slice(start, start + SEQUENCE) for start in starts]
    inputs = np.concatenate([windowed.features[:, days] for days in cut])
    scaled = windowed.growth[:, 1:] / windowed.unit[:, :-1]  # of each day's next
    target = np.concatenate([scaled[:, days] for days in cut])
    return inputs, np.nan_to_num(target)[..., None]


def ours(windowed: Windowed, fold: Fold, section: Train, units: int) -> tuple[Any, Any]:
    import models
    from pipeline.training.batches import Sequences
    from pipeline.training.trainer import Trainer

    network = models.build("gru", features=windowed.features.shape[2], units=units)
    batches = Sequences(windowed, fold, section)
    return Trainer(network, section, len(batches) * section.epochs), batches


def speed(windowed: Windowed, section: Train, units: int, repeats: int) -> tuple[float, float]:
    """Return the ratio of median rates by the clock, and by the processor's time."""
    fold = windowed.fold
    inputs, target = ready_made(windowed, fold)
    network = plain(units, inputs.shape[2])
    trainer, batches = ours(windowed, fold, section.model_copy(update={"epochs": 1000}), units)
    rates: dict[str, list[tuple[float, float]]] = {"plain": [], "ours": []}
    short: dict[str, Any] = {"steps_per_epoch": STEPS, "shuffle": False, "verbose": 0}
    for turn in range(repeats + 1):
        for name in rates if turn % 2 else reversed(rates):
            wall, own = time.perf_counter(), time.process_time()
            if name == "plain":
                network.fit(inputs, target, batch_size=section.batch_size, **short)
                targets = float(STEPS * section.batch_size * SEQUENCE)
            else:
                targets = epoch(trainer, batches)
            wall, own = time.perf_counter() - wall, time.process_time() - own
            if turn:  # the first turn compiles
                rates[name].append((targets / wall, targets / own))
    medians = {name: np.median(pairs, axis=0) for name, pairs in rates.items()}
    for name, (clock, processor) in medians.items():
        print(f"  {name:8s} {clock:10,.0f} targets/s, {processor:10,.0f} a processor second")
    clock, processor = medians["ours"] / medians["plain"]
    return float(clock), float(processor)


def epoch(trainer: Any, batches: Any) -> float:
    """Train a turn's steps; return the targets that were learned from."""
    import keras

    told: dict[str, float] = {}
    listener = keras.callbacks.LambdaCallback(on_epoch_end=lambda _, logs: told.update(logs))
    trainer.run(batches, 1, [listener])
    return told["targets"]


def memory(windowed: Windowed, section: Train, units: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "panel.npz"
        arrays = {k: v for k, v in vars(windowed).items() if isinstance(v, np.ndarray)}
        np.savez(path, fold=asdict(windowed.fold), **arrays)  # type: ignore[arg-type]
        peaks = {
            name: _peak(name, path, "--batch", str(section.batch_size), "--units", str(units))
            for name in ("plain", "one firm", "ours")
        }
    size = windowed.features.nbytes + windowed.growth.nbytes + windowed.unit.nbytes
    for name, peak in peaks.items():
        print(f"  {name:8s} {peak / 2**20:10,.0f} MiB at most")
    print(f"  panel    {size / 2**20:10,.0f} MiB")
    return (peaks["ours"] - peaks["one firm"]) / size


def _peak(name: str, path: Path, *options: str) -> int:
    command = [sys.executable, __file__, str(path), "--child", name, *options]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    return int(answer.stdout.split()[-1])


def child(name: str, path: Path, section: Train, units: int) -> None:
    """Run one side alone and print its peak resident memory in bytes."""
    if name == "plain":
        rows = (section.batch_size, section.sequence + section.burn_in)
        seen = len(Window().inputs(told=False)) + 1  # and whether the firm was observed
        plain(units, seen).fit(np.zeros((*rows, seen)), np.zeros((*rows, 1)), verbose=0)
    else:
        import models
        from pipeline.training import step
        from pipeline.training.batches import Sequences
        from pipeline.training.fit import fit

        step.COMPILE_FROM = 0  # one epoch stands for many, whose steps are compiled
        content = np.load(path, allow_pickle=True)
        fold = Fold.from_json(content["fold"].item())
        arrays = {key: content[key] for key in content.files if key != "fold"}
        if name == "one firm":
            arrays |= {key: value[:1] for key, value in arrays.items() if key != "dates"}
        windowed = Windowed(**arrays, fold=fold)
        network = models.build("gru", features=windowed.features.shape[2], units=units)
        batches = Sequences(windowed, fold, section)
        fit(network, batches, section, windowed, watch=Silence())
    # Not getrusage: its maximum is handed down from the process that started this one.
    status = Path("/proc/self/status").read_text()
    print(1024 * int(status.split("VmHWM:")[1].split()[0]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", nargs="?", type=Path, default=DATA)
    parser.add_argument("--batch", type=int, default=Train().batch_size)
    parser.add_argument("--units", type=int, default=64)
    parser.add_argument("--repeats", type=int, default=21)
    parser.add_argument("--child", choices=("plain", "one firm", "ours"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    turn = {"sequence": SEQUENCE, "sequences_per_epoch": STEPS * asked.batch}
    section = Train(batch_size=asked.batch, **turn)
    if asked.child:
        child(asked.child, asked.folder, section.model_copy(update={"epochs": 1}), asked.units)
        return
    windowed = panel(asked.folder)
    firms, days, features = windowed.features.shape
    print(f"{firms} firms, {days} days, {features} features; batch {asked.batch}")
    clock, processor = speed(windowed, section, asked.units, asked.repeats)
    print(
        f"speed: {clock:.2f} × plain (bar: 2 with --batch 128); {processor:.2f} by processor time"
    )
    small = memory(windowed, section, asked.units)
    print(f"memory: {small:.2f} × the panel beyond the framework's own (bar: at most 0.5)")


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    main()
