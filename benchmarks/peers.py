"""How fast firmament trains beside what one would take instead: supervised targets a second.

Every side trains one recurrent layer of 64 units (256 where it says so) on batches of 128
sequences, by turns in rotation, since machines are shared and noisy; medians are told, and the
first turn of each, which compiles, is not counted.

- ``gru``, ``lstm``, ``elman``, ``gru_256``: firmament's own training, of 20 days that are not
  supervised and 64 that are, on the prices of FOLDER: sequences gathered from the panel, dropout,
  the Student-t likelihood, clipping, Adam.
- ``two_grus``: two such trainings at a time, each with half of the cores.
- ``keras``: ``keras.layers.GRU(64, return_sequences=True)``, a dense head and the mean squared
  error in ``model.fit``, on ready-made random sequences of 20 + 64 days.
- ``darts``: ``RNNModel(model="GRU", hidden_dim=64)`` on the same prices, 60 targets a sequence.
- ``torch``: a bare loop over ``nn.GRU``, a dense head and the mean squared error, on ready-made
  random sequences of 20 + 64 days.
- ``product``: GFLOP/s of the product of two matrices of 2,048 × 2,048.

A share of the product is what a training makes of that: 6 FLOPs a weight and day, for the days that
are not supervised too.

    make peers
    python -m benchmarks.peers [FOLDER with prices.parquet] [--turns 7] [--format json]
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data" / "sp500"
PEERS = ROOT / ".peers" / "bin" / "python"
"""Where `make peers` has installed what is not firmament's."""
BATCH, DAYS, BURN_IN, FEATURES = 128, 64, 20, 23
STEPS = 32
"""Steps a turn."""
OURS = {"gru": ("gru", 64), "lstm": ("lstm", 64), "elman": ("elman", 64), "gru_256": ("gru", 256)}
SIDES = (*OURS, "two_grus", "keras", "darts", "torch", "product")
QUIET = dict.fromkeys(
    ("enable_progress_bar", "logger", "enable_checkpointing", "enable_model_summary"), False
)
"""What keeps PyTorch Lightning from telling and keeping what nobody asks for."""
Turn = Callable[[], float]
"""One turn of a side, which returns its rate."""


def ours(folder: Path, name: str, units: int) -> Turn:
    import models
    from benchmarks.training import epoch, panel
    from pipeline.settings.train import Train
    from pipeline.training.batches import Sequences
    from pipeline.training.trainer import Trainer

    windowed = panel(folder)
    section = Train(batch_size=BATCH, sequence=DAYS, burn_in=BURN_IN)
    section = section.model_copy(update={"sequences_per_epoch": STEPS * BATCH})
    features = windowed.features.shape[2]
    network = models.build(name, features=features, units=units, dropout=0.1)
    batches = Sequences(windowed, windowed.fold, section)
    trainer = Trainer(network, section, steps=10**6)

    def turn() -> float:
        began = time.perf_counter()
        targets = epoch(trainer, batches)
        return targets / (time.perf_counter() - began)

    return turn


def plain(_: Path) -> Turn:
    import keras

    inputs = keras.Input((None, FEATURES))
    hidden = keras.layers.GRU(64, return_sequences=True)(inputs)
    supervised = keras.layers.Cropping1D((BURN_IN, 0))(hidden)
    network = keras.Model(inputs, keras.layers.Dense(1)(supervised))
    network.compile("adam", "mse")
    x, y = _noise(BURN_IN + DAYS, FEATURES), _noise(DAYS, 1)
    return _timed(
        lambda: network.fit(x, y, batch_size=BATCH, shuffle=False, verbose=0), STEPS * BATCH * DAYS
    )


def _noise(*shape: int) -> Any:
    return np.random.default_rng(0).standard_normal((STEPS * BATCH, *shape), dtype=np.float32)


def _timed(work: Callable[[], Any], targets: float) -> Turn:
    def turn() -> float:
        began = time.perf_counter()
        work()
        return targets / (time.perf_counter() - began)

    return turn


def product(_: Path) -> Turn:
    import tensorflow as tf

    matrix = tf.random.normal((2048, 2048))

    def work() -> None:
        for _ in range(10):
            answer = tf.matmul(matrix, matrix)
        answer.numpy()

    return _timed(work, 10 * 2 * 2048**3 / 1e9)


def bare_torch(_: Path) -> Turn:
    import torch

    network, head = torch.nn.GRU(FEATURES, 64, batch_first=True), torch.nn.Linear(64, 1)
    adam = torch.optim.Adam([*network.parameters(), *head.parameters()], 1e-3)
    x, y = torch.randn(BATCH, BURN_IN + DAYS, FEATURES), torch.randn(BATCH, DAYS, 1)

    def work() -> None:
        for _ in range(STEPS):
            adam.zero_grad()
            ((head(network(x)[0][:, BURN_IN:]) - y) ** 2).mean().backward()
            adam.step()

    return _timed(work, STEPS * BATCH * DAYS)


def darts(folder: Path) -> Turn:
    import pandas as pd
    import pytorch_lightning as pl
    from darts import TimeSeries
    from darts.models import RNNModel

    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    close = pd.read_parquet(folder / "prices.parquet").pivot_table(
        index="date", columns="symbol", values="close"
    )
    close = close.where(close > 0).loc[:, lambda c: c.notna().mean() > 0.98]
    growth = np.log(close.astype("float64").ffill().bfill()).diff().iloc[1:].clip(-0.3, 0.3)
    growth = (growth / growth.std()).astype("float32")
    series = [TimeSeries.from_values(growth.iloc[:, [k]].values) for k in range(growth.shape[1])]
    stamps: list[float] = []

    class Clock(pl.Callback):  # type: ignore[misc]
        def on_train_batch_end(self, *_: Any, **__: Any) -> None:
            stamps.append(time.perf_counter())

    limits = {"accelerator": "cpu", "callbacks": [Clock()], "max_steps": STEPS + 5, **QUIET}

    def turn() -> float:
        stamps.clear()
        model = RNNModel(
            model="GRU",
            hidden_dim=64,
            input_chunk_length=60,
            training_length=60,
            batch_size=BATCH,
            n_epochs=1,
            pl_trainer_kwargs=limits,
        )
        model.fit(series, max_samples_per_ts=50)
        return BATCH * 60 / float(np.median(np.diff(stamps[5:])))

    return turn


def side(name: str, folder: Path) -> None:
    """Be one side: take a turn for each line of standard input, and tell its rate."""
    makers: dict[str, Callable[[Path], Turn]] = {
        "keras": plain,
        "product": product,
        "torch": bare_torch,
        "darts": darts,
    }
    turn = ours(folder, *OURS[name]) if name in OURS else makers[name](folder)
    turn()
    for _ in sys.stdin:
        print(f"rate {turn()}", flush=True)


class Side:
    """One side in processes of its own, which wait while the others have their turn."""

    def __init__(self, name: str, folder: Path) -> None:
        kind, number = ("gru", 2) if name == "two_grus" else (name, 1)
        python = PEERS if name in ("darts", "torch") else Path(sys.executable)
        threads = str(max(1, (os.cpu_count() or 1) // 2))
        few = {"TF_NUM_INTRAOP_THREADS": threads, "TF_NUM_INTEROP_THREADS": threads}
        self.processes = [
            subprocess.Popen(
                [python, "-m", "benchmarks.peers", str(folder), "--side", kind],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                cwd=ROOT,
                env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", **(few if number > 1 else {})},
            )
            for _ in range(number)
        ]

    def turn(self) -> float:
        """Return the rate of a turn, of all processes together."""
        for process in self.processes:
            assert process.stdin is not None
            print("turn", file=process.stdin, flush=True)
        return sum(map(self._rate, self.processes))

    @staticmethod
    def _rate(process: subprocess.Popen[str]) -> float:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("rate "):
                return float(line.split()[1])
        raise SystemExit(f"A side ended before its turn: {process.args}")

    def close(self) -> None:
        """End its processes."""
        for process in self.processes:
            assert process.stdin is not None
            process.stdin.close()
            process.wait()


def check_there(folder: Path) -> None:
    """Refuse to begin where prices or peers are missing.

    Raises
    ------
    SystemExit
        With what to do.
    """
    if not (folder / "prices.parquet").is_file():
        raise SystemExit(f"{folder} has no prices.parquet: name the folder that has it.")
    if not PEERS.exists():
        raise SystemExit(f"{PEERS} is missing: give `make peers` first.")


def measure(folder: Path, turns: int) -> dict[str, dict[str, float]]:
    """Return the median rate of each side, and ratios of them."""
    sides = {name: Side(name, folder) for name in SIDES}
    found: dict[str, list[float]] = {name: [] for name in SIDES}
    for _ in range(turns):
        for name, each in sides.items():
            found[name].append(each.turn())
    for each in sides.values():
        each.close()
    rates = {name: statistics.median(values) for name, values in found.items()}
    of = {
        "gru_over_darts": ("gru", "darts"),
        "two_grus_over_darts": ("two_grus", "darts"),
        "gru_over_torch": ("gru", "torch"),
        "gru_over_keras": ("gru", "keras"),
        "lstm_over_darts": ("lstm", "darts"),
        "elman_over_darts": ("elman", "darts"),
    }
    ratios = {name: rates[one] / rates[other] for name, (one, other) in of.items()}
    for name, units in (("gru", 64), ("gru_256", 256)):
        flops = 6 * 3 * units * (units + FEATURES) * (BURN_IN + DAYS) / DAYS
        ratios[f"share_of_product_{units}"] = rates[name] * flops / 1e9 / rates["product"]
    return {"rates": rates, "ratios": ratios}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", nargs="?", type=Path, default=DATA)
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--format", choices=("table", "json"), default="table")
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.side:
        side(asked.side, asked.folder)
        return
    check_there(asked.folder)
    told = measure(asked.folder.resolve(), asked.turns)
    if asked.format == "json":
        print(json.dumps(told))
        return
    for name, rate in told["rates"].items():
        print(f"{name:20s} {rate:12,.0f} {'GFLOP/s' if name == 'product' else 'targets/s'}")
    for name, ratio in told["ratios"].items():
        print(f"{name:20s} {ratio:12.2f}")


if __name__ == "__main__":
    main()
