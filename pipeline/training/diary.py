"""What happened in each epoch: measured, checked, told and kept."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models import is_causal
from pipeline.errors import ConfigError
from pipeline.outputs import Fold, Windowed
from pipeline.settings.train import Train
from pipeline.training.graph import runner
from pipeline.training.objective import weighted_loss
from pipeline.training.predict import at_windows, forecast
from pipeline.training.targets import targets
from pipeline.watch import Silence, Watch

AT_ONCE = 16_384
"""Firm-days that are validated at once: no more memory than a training step needs."""

COLUMNS = [
    "epoch",
    "loss",
    "valid_loss",
    "valid_crps",
    "learning_rate",
    "gradient_norm",
    "clipped_share",
    "seconds",
    "targets_per_second",
]
FLOW_COLUMNS = ["epoch", "lag", "norm"]


class Diary(keras.callbacks.Callback):  # type: ignore[misc]
    """Adds the validation scores to an epoch's logs, tells the watch, and keeps the history.

    It stands before the callbacks that read `valid_loss`. `seconds` count training and
    validation; `targets_per_second` the training alone.

    Parameters
    ----------
    validate
        Returns the validation loss and CRPS (1/year).
    epochs
        Epochs at most.
    watch
        Told the metrics of each epoch.
    flow
        Returns the norms by lag that `gradient_flow` keeps; None: nothing is kept.
    """

    def __init__(
        self,
        validate: Callable[[], tuple[float, float]],
        epochs: int,
        watch: Watch,
        flow: Callable[[], NDArray[np.float64]] | None = None,
    ) -> None:
        super().__init__()
        self.validate, self.epochs, self.watch, self.flow = validate, epochs, watch, flow
        self.rows: list[dict[str, float]] = []
        self.flows: list[NDArray[np.float64]] = []

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        """Keep how gradients flow before anything is learned."""
        self._measure_flow()

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        """Start the clock."""
        self.started = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any]) -> None:
        """Validate, check, tell and keep; a loss that is not a number ends the training."""
        trained = time.perf_counter() - self.started
        rate = float(self.model.optimizer.learning_rate)
        scores = self.validate() if np.isfinite(logs["loss"]) else (np.nan, np.nan)
        logs["valid_loss"], logs["valid_crps"] = scores
        if not (np.isfinite(logs["loss"]) and np.isfinite(logs["valid_loss"])):
            raise ConfigError(
                f"Training diverged: the loss of epoch {epoch + 1} is not a finite number; lower "
                f"train.learning_rate (now {rate:g}) or set train.global_clipnorm to 1."
            )
        logs["learning_rate"] = rate
        logs["seconds"] = time.perf_counter() - self.started
        logs["targets_per_second"] = float(logs["targets"]) / trained
        row = {"epoch": epoch + 1, **{name: float(logs[name]) for name in COLUMNS[1:]}}
        self.rows.append(row)
        self.tell(row, self.watch)
        self.watch.step("train", epoch + 1, self.epochs)
        self._measure_flow()

    def judge_before(self) -> None:
        """Validate the network as it comes, as epoch 0: what training would have to better."""
        row: dict[str, float] = dict.fromkeys(COLUMNS, np.nan)
        row["epoch"] = 0
        row["valid_loss"], row["valid_crps"] = self.validate()
        self.rows.append(row)

    @staticmethod
    def tell(row: dict[str, float], watch: Watch) -> None:
        """Tell of a row of the history."""
        watch.epoch(int(row["epoch"]), {name: row[name] for name in COLUMNS[1:]})

    def _measure_flow(self) -> None:
        if self.flow is not None:
            self.flows.append(self.flow())

    @property
    def best_epoch(self) -> int:
        """The epoch that validated best, counted from 1; 0 where that is before the first."""
        best = min(self.rows, key=lambda row: row["valid_loss"])
        return int(best["epoch"])

    @property
    def history(self) -> pd.DataFrame:
        """A row an epoch, with `COLUMNS`."""
        return pd.DataFrame(self.rows, columns=COLUMNS)

    @property
    def gradient_flow(self) -> pd.DataFrame:
        """A row an epoch (0: before the first) and lag: `epoch lag norm`; empty if not kept."""
        rows = [
            {"epoch": epoch, "lag": lag, "norm": float(norm)}
            for epoch, norms in enumerate(self.flows)
            for lag, norm in enumerate(norms)
        ]
        return pd.DataFrame(rows, columns=FLOW_COLUMNS)


def validation(
    network: keras.Model, windowed: Windowed, fold: Fold, section: Train
) -> Callable[[], tuple[float, float]]:
    """Return a function that gives the loss and the CRPS (1/year) over the validation origins.

    A causal network is warmed up on the days before them, as many as it is trained on at a time
    and never fewer than the lookback. Any other is judged on windows that are drawn once.
    """
    if is_causal(network):
        warm = max(fold.lookback, section.sequence + section.burn_in)
        since = max(0, fold.valid[0] - warm)
        firms, days = np.arange(len(windowed.symbols))[:, None], np.arange(*fold.valid)[None]

        def run() -> Any:
            return forecast(
                network, windowed, fold.valid, watch=Silence(), since=since, at_once=AT_ONCE
            )
    else:
        random = np.random.default_rng(section.seed)
        pairs = len(windowed.symbols) * (fold.valid[1] - fold.valid[0])
        drawn = random.choice(pairs, min(pairs, section.windows_per_epoch), replace=False)
        firms, days = np.divmod(np.sort(drawn), fold.valid[1] - fold.valid[0])
        days += fold.valid[0]

        def run() -> Any:
            return at_windows(runner(network), windowed, firms, days, AT_ONCE)

    target = targets(windowed, firms, days, fold.valid)
    if not np.isfinite(target).any():
        raise ConfigError("No firm has a growth rate in the validation days: move the split.")
    unit = np.asarray(windowed.unit[firms, days])[..., None]

    def scores() -> tuple[float, float]:
        forecasts = run()
        return float(weighted_loss(target, forecasts)[0]), _crps(target, forecasts, unit)

    return scores


def _crps(target: Any, forecasts: Any, unit: Any) -> float:
    """Return the mean CRPS of forecasts of scaled growth, in the unit's unit.

    They have no skew, but where they come from a pretrained network: that moves the score by less
    than a thousandth, and is left out.
    """
    import scoringrules

    known = np.isfinite(target)
    location, scale, df = (forecasts[..., part][known].astype(np.float64) for part in range(3))
    score = scoringrules.crps_t(target[known], df, location, scale, backend="numpy")
    return float(np.mean(score * np.broadcast_to(unit, target.shape)[known]))
