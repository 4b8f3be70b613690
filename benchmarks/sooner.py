"""How soon a training forecasts better than GARCH: seconds to a lower CRPS.

A GRU of 64 units learns one day ahead from the closing prices of FOLDER up to November 2014. The
clock runs once libraries are loaded, graphs and compilation included, and stands still while the
days of 2015 are forecast. It stops when their mean CRPS is below that of GARCH(1,1) with Student-t
errors, one fit a firm, to the end of 2014. The sides come one after the other, each alone:

- ``firmament``: its own features of closing prices and its own training, from weights drawn anew;
  neither the refit nor what is fitted after it.
- ``darts``: ``RNNModel("GRU")`` with its Gaussian likelihood, on growth in each firm's standard
  deviation, sequences of 60 days.
- ``torch``: a bare loop over ``nn.GRU``, a dense head and the Student-t likelihood, on sequences
  of 20 + 64 days of the same growth.

All learn from batches of 128 sequences by Adam with the same step size. What is known of firms is
the same growth; how a network is shown it is part of what each side gives.

    make peers
    python -m benchmarks.sooner [FOLDER with prices.parquet] [--seeds 3] [--limit 120]
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.peers import BATCH, BURN_IN, DATA, DAYS, PEERS, QUIET, ROOT, check_there

LEARNED, KNOWN, JUDGED = "2014-11-28", "2014-12-31", "2015-12-31"
"""Last day that networks learn from, that GARCH is fitted to, and that is judged."""
STEPS = 8
"""Between one look at the forecasts and the next."""
RATE = 0.003
LEAST_SHARE = 0.98
"""Of the days, that a firm must have a price on."""
DAYS_A_YEAR = 252.0
FARTHEST = 0.3
"""Growth of a day is cut to this for the peers: a jump would move their scale for good."""
SAID = "said.npz"
"""File beside the panel's, which forecasts are handed over in."""
NORMAL = 1000.0
"""Degrees of freedom of what is normal."""

Values = NDArray[np.float64]


class Clock:
    """Seconds of training, which stand still while forecasts are made and judged."""

    def __init__(self, file: Path) -> None:
        self._file, self._trained, self._since = file, 0.0, 0.0

    def start(self) -> None:
        """Begin: libraries are loaded, and all that is left is to learn."""
        self._since = time.perf_counter()

    def pause(self) -> None:
        """Stop, to make forecasts."""
        self._trained += time.perf_counter() - self._since

    def enough(self, location: Values, scale: Values, df: Values) -> bool:
        """Have forecasts judged (N × O each; 1/year but for the degrees of freedom).

        Goes on, unless the answer is that it is enough.
        """
        np.savez(self._file, location=location, scale=scale, df=df)
        print(f"after {self._trained}", flush=True)
        answer = sys.stdin.readline()
        self.start()
        return answer != "on\n"


def firmament(panel: Any, seed: int, clock: Clock) -> None:
    """Train a network of firmament's."""
    import keras
    import pandas as pd

    import models
    from pipeline.settings.train import Train
    from pipeline.training.batches import Sequences
    from pipeline.training.predict import forecast
    from pipeline.training.trainer import Trainer
    from pipeline.watch import Silence

    table = pd.DataFrame(panel["growth"].T, pd.DatetimeIndex(panel["dates"]), panel["symbols"])
    windowed = panel_of(table)
    origins = windowed.fold.test
    unit = windowed.unit[:, slice(*origins)]
    section = Train(batch_size=BATCH, sequence=DAYS, burn_in=BURN_IN, learning_rate=RATE, seed=seed)
    section = section.model_copy(update={"sequences_per_epoch": STEPS * BATCH})

    class Look(keras.callbacks.Callback):  # type: ignore[misc]
        def on_epoch_end(self, _epoch: int, _logs: Any = None) -> None:
            clock.pause()
            said = forecast(network, windowed, origins, watch=Silence())[:, :, 0].astype("f8")
            location, scale, df, _ = np.moveaxis(said, -1, 0)
            self.model.stop_training = clock.enough(location * unit, scale * unit, df)

    keras.utils.set_random_seed(seed)
    clock.start()
    features = windowed.features.shape[2]
    network = models.build("gru", features=features, units=64, dropout=0.1)
    batches = Sequences(windowed, windowed.fold, section)
    Trainer(network, section, steps=400).run(batches, 10**6, [Look()])


def darts(panel: Any, seed: int, clock: Clock) -> None:
    """Train a network of darts'."""
    import pytorch_lightning as pl
    import torch
    from darts import TimeSeries
    from darts.models import RNNModel
    from darts.utils.likelihood_models.torch import GaussianLikelihood

    growth, unit, learned, origins = _scaled(panel)
    series = [TimeSeries.from_values(firm[:learned, None]) for firm in growth]

    class Look(pl.Callback):  # type: ignore[misc]
        def on_train_batch_end(self, trainer: Any, module: Any, *_: Any, **__: Any) -> None:
            if trainer.global_step % STEPS:
                return
            clock.pause()
            with torch.no_grad():
                states, _ = module.rnn(torch.from_numpy(growth)[..., None])
                said = module.V(states).reshape(*growth.shape, 1, 2)
                location, scale = module.likelihood._params_from_output(said)
            location, scale = (
                part[:, origins, 0].double().numpy() * unit for part in (location, scale)
            )
            trainer.should_stop = clock.enough(location, scale, np.full_like(scale, NORMAL))

    model = RNNModel(
        model="GRU",
        hidden_dim=64,
        input_chunk_length=60,
        training_length=60,
        batch_size=BATCH,
        n_epochs=1000,
        likelihood=GaussianLikelihood(),
        optimizer_kwargs={"lr": RATE},
        random_state=seed,
        pl_trainer_kwargs={"accelerator": "cpu", "callbacks": [Look()], **QUIET},
    )
    clock.start()
    model.fit(series)


def torch(panel: Any, seed: int, clock: Clock) -> None:
    """Train a network as one would write it with PyTorch alone."""
    import torch
    from torch.nn.functional import softplus

    growth, unit, learned, origins = _scaled(panel)
    rates, random = torch.from_numpy(growth)[..., None], np.random.default_rng(seed)
    torch.manual_seed(seed)
    clock.start()
    network, head = torch.nn.GRU(1, 64, batch_first=True), torch.nn.Linear(64, 3)
    adam = torch.optim.Adam([*network.parameters(), *head.parameters()], RATE)

    def said(seen: Any) -> tuple[Any, Any, Any]:
        location, scale, df = head(network(seen)[0]).unbind(-1)
        return location, softplus(scale) + 1e-3, 2.01 + softplus(df)

    stop, step = False, 0
    while not stop:
        firms = random.integers(len(growth), size=BATCH)
        starts = random.integers(learned - BURN_IN - DAYS, size=BATCH)
        days = starts[:, None] + np.arange(BURN_IN + DAYS + 1)
        taken = rates[firms[:, None], days]
        location, scale, df = said(taken[:, :-1])
        likely = torch.distributions.StudentT(df, location, scale).log_prob(taken[:, 1:, 0])
        adam.zero_grad()
        (-likely[:, BURN_IN:].mean()).backward()
        adam.step()
        step += 1
        if step % STEPS == 0:
            clock.pause()
            with torch.no_grad():
                location, scale, df = (part[:, origins].double().numpy() for part in said(rates))
            stop = clock.enough(location * unit, scale * unit, df)


SIDES = {"firmament": firmament, "darts": darts, "torch": torch}


def _scaled(panel: Any) -> tuple[Any, Values, int, slice]:
    """Return growth in each firm's standard deviation (N × T), that (N × 1, 1/year), and days."""
    learned, first, stop = map(int, panel["days"])
    growth = np.clip(np.nan_to_num(panel["growth"]) / DAYS_A_YEAR, -FARTHEST, FARTHEST)
    unit = growth[:, :learned].std(axis=1, keepdims=True)
    return (growth / unit).astype(np.float32), DAYS_A_YEAR * unit, learned, slice(first, stop)


def table_of(prices: Path) -> Any:
    """Return growth of the firms with full history (T dates × N symbols, 1/year)."""
    import pandas as pd

    long = pd.read_parquet(prices)
    close = long.pivot_table(index="date", columns="symbol", values="close").sort_index()
    close = close.where(close > 0)
    close = close.loc[:JUDGED, close.notna().mean() > LEAST_SHARE]
    return DAYS_A_YEAR * np.log(close).diff().iloc[1:]


def panel_of(table: Any) -> Any:
    """Return growth as firmament's networks see it."""
    from pipeline.outputs import Grown
    from pipeline.panel.windows import window
    from pipeline.settings.window import Window

    return window(Window(train_end=LEARNED, valid_end=KNOWN), Grown(table, {}))


class Judge:
    """Scores forecasts of one day ahead (mean CRPS, 1/year)."""

    def __init__(self, table: Any) -> None:
        from pipeline.evaluation.baselines import BASELINES, Given
        from pipeline.evaluation.forecasts import firm_days
        from pipeline.settings.evaluate import Evaluate

        windowed, growth = panel_of(table), table.to_numpy()
        self.fold = windowed.fold
        self.days = firm_days(growth, range(*self.fold.test), 1, self.fold.lookback)
        given = Given(growth, self.fold, Evaluate(), windowed.features)
        self.garch = self._mean(BASELINES["garch"](given, self.days).forecast)

    def score(self, said: Any) -> float:
        """Return the mean of a side's forecasts."""
        from pipeline.evaluation.student import symmetric

        at = (self.days.firm, self.days.origin - self.fold.test[0])
        return self._mean(symmetric(*(said[part][at] for part in ("location", "scale", "df"))))

    def _mean(self, forecast: Any) -> float:
        from pipeline.evaluation.proper import crps

        return float(crps(forecast, self.days.growth).mean())


def race(name: str, seed: int, judge: Judge, panel: Path, limit: float) -> tuple[float, float]:
    """Return the seconds of training that a side needed (infinite beyond a limit), and its score.

    Raises
    ------
    SystemExit
        If the side ends before.
    """
    python = sys.executable if name == "firmament" else PEERS
    command = [python, "-m", "benchmarks.sooner", "--side", name, "--panel", panel]
    process = subprocess.Popen(
        [*map(str, command), "--seeds", str(seed)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    for line in process.stdout:
        if not line.startswith("after "):
            continue
        seconds = float(line.split()[1])
        score = judge.score(np.load(panel.with_name(SAID)))
        if score < judge.garch or seconds > limit:
            process.communicate("enough\n")
            return (seconds if score < judge.garch else float("inf")), score
        process.stdin.write("on\n")
        process.stdin.flush()
    raise SystemExit(f"{name} ended before it was told to:\n{process.communicate()[1]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", nargs="?", type=Path, default=DATA)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--limit", type=float, default=120.0, help="seconds of training at most")
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--panel", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.side:
        clock = Clock(asked.panel.with_name(SAID))
        SIDES[asked.side](np.load(asked.panel), asked.seeds, clock)
        return
    check_there(asked.folder)
    table = table_of(asked.folder / "prices.parquet")
    judge = Judge(table)
    print(f"{table.shape[1]} firms; GARCH has a CRPS of {judge.garch:.4f} in 2015")
    with tempfile.TemporaryDirectory() as folder:
        panel = Path(folder) / "panel.npz"
        np.savez(
            panel,
            growth=table.to_numpy().T,
            dates=table.index.to_numpy().astype("datetime64[D]"),
            symbols=table.columns.to_numpy().astype(str),
            days=(judge.fold.train[1] + 1, *judge.fold.test),
        )
        found: dict[str, list[float]] = {name: [] for name in SIDES}
        for seed in range(asked.seeds):
            for name, taken in found.items():
                seconds, score = race(name, seed, judge, panel, asked.limit)
                taken.append(seconds)
                print(f"{name:10s} seed {seed}: {seconds:7.1f} s, CRPS {score:.4f}", flush=True)
    medians = {name: statistics.median(taken) for name, taken in found.items()}
    best = min(medians["darts"], medians["torch"])
    print(f"medians: {', '.join(f'{name} {taken:.1f} s' for name, taken in medians.items())}")
    print(f"firmament is {best / medians['firmament']:.1f} times as soon as the best peer")


if __name__ == "__main__":
    main()
