"""Train one network on the panel: the train stage."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import keras

import models
from pipeline.outputs import Json, Trained, Windowed
from pipeline.settings.model import Model
from pipeline.settings.train import Train
from pipeline.training.batches import Batches, Sequences, Windows
from pipeline.training.day_factors import day_factors
from pipeline.training.diary import Diary
from pipeline.training.fit import fit
from pipeline.training.hindsight import hindsight
from pipeline.training.refit import AsSteps, refit, refit_batch_size
from pipeline.training.shape import fit_shape, skew_helps
from pipeline.training.start import FRESH, TUNED, ZERO_SHOT, Start, starts
from pipeline.watch import Watch


@dataclass(frozen=True)
class Fitted:
    """What a first fit came to."""

    start: Start
    network: keras.Model
    """With the weights that validated best."""
    batches: Batches
    diary: Diary

    @property
    def name(self) -> str:
        """How it was started and whether it moved from there."""
        if self.start.pretrained is None:
            return FRESH
        return TUNED if self.diary.best_epoch else ZERO_SHOT

    def scores(self) -> dict[str, Json]:
        """Return the loss and the CRPS on validation days, of each start that it stands for."""
        moved = FRESH if self.start.pretrained is None else TUNED
        names = [ZERO_SHOT if row["epoch"] == 0 else moved for row in self.diary.rows]
        found: dict[str, Json] = {}
        for name, row in sorted(
            zip(names, self.diary.rows, strict=True), key=lambda pair: pair[1]["valid_loss"]
        ):
            found.setdefault(name, {key: row[key] for key in ("valid_loss", "valid_crps")})
        return found

    @property
    def loss(self) -> float:
        """The lowest loss on validation days."""
        return min(row["valid_loss"] for row in self.diary.rows)


def train(section: Train, model: Model, windowed: Windowed, *, watch: Watch) -> Trained:
    """Fit a network to the training origins; let validation choose the epoch.

    A causal network is supervised at every day of long sequences, any other at the last day of
    windows. Targets of training origins alone move the weights, those of validation origins alone
    choose among epochs. With `train.refit` the network is then fitted anew, from the same first
    weights and for the epochs that validation chose, to training and validation origins, of whose
    growth is taken what the firms of a day share (`day_factors`). That is what the first fit had
    to be stopped from learning by heart, so the second takes more steps where there are more firms
    to learn from (`refit_batch_size`), and last the shape of all forecasts is fitted to growth as
    it came (`fit_shape`). With `train.rehearse`, what validation chooses the refit's epochs by is
    the refit itself, on training origins alone. Without a refit, the weights that validated best
    are kept. The same inputs and seed give the same network, bit by bit, on the same machine.

    Parameters
    ----------
    section
        Epochs, batches, learning rate, clipping, seed.
    model
        Architecture and sizes.
    windowed
        The panel and its fold.
    watch
        Told the metrics of each epoch.

    Returns
    -------
    Trained
        The network, a row of metrics an epoch, a summary, and with `train.gradient_flow` how far
        the gradient of a day's loss reached back after each epoch of the first fit.

    Raises
    ------
    ConfigError
        If the architecture is unknown, the settings leave nothing to train on, or the loss
        diverges.
    """
    began = time.perf_counter()
    begun, reason = starts(section, model, windowed)
    if reason:
        watch.note(f"{reason}: the {model.name} is trained from weights drawn anew.")
    several = len(begun) > 1
    fits = [_fit(start, windowed, AsSteps(watch, "train") if several else watch) for start in begun]
    best = min(fits, key=lambda found: found.loss)
    if several:
        for row in best.diary.rows:
            if row["epoch"] > 0:
                best.diary.tell(row, watch)
    network, epochs = _finished(best, windowed, watch)
    summary = _summary(model, network, best, time.perf_counter() - began)
    summary |= {"refit": epochs > 0, "refit_epochs": epochs, "start_reason": reason}
    offered = [start.pretrained.card for start in begun if start.pretrained]
    summary["pretrained_to"] = str(offered[0].seen_to) if offered else None
    summary["starts"] = {name: score for found in fits for name, score in found.scores().items()}
    return Trained(models.to_bytes(network), best.diary.history, summary, best.diary.gradient_flow)


def _fit(start: Start, windowed: Windowed, watch: Watch) -> Fitted:
    """Fit a network to training origins."""
    network = start.validated()
    kind = Sequences if models.is_causal(network) else Windows
    batches = kind(windowed, windowed.fold, start.section)
    before = start.pretrained is not None
    diary = fit(network, batches, start.section, windowed, watch=watch, judged_before=before)
    return Fitted(start, network, batches, diary)


def _finished(fitted: Fitted, windowed: Windowed, watch: Watch) -> tuple[keras.Model, int]:
    """Return the network that is kept, and for how many epochs it was fitted anew."""
    start, section = fitted.start, fitted.start.section
    if fitted.name == ZERO_SHOT and start.pretrained is not None:
        return models.from_bytes(start.pretrained.network), 0
    if not section.refit:
        return fitted.network, 0
    if start.pretrained is not None:
        models.set_shape(fitted.network, models.Shape.none(windowed.fold.horizon))
    fold, epochs = windowed.fold, fitted.diary.best_epoch
    both = replace(fold, train=(fold.train[0], fold.valid[1]))
    seen = hindsight(fitted.network, windowed, both.train, watch=watch)
    skewed, factors = skew_helps(seen, fold), day_factors(seen, len(windowed.dates))
    size = refit_batch_size(section, fitted.batches.passes_an_epoch)
    again = section.model_copy(update={"batch_size": size, "gradient_flow": False})
    kind = type(fitted.batches)
    if section.rehearse:
        apart = kind(windowed, fold, again, factors)
        told = AsSteps(watch, "rehearse")
        epochs = fit(start.make(), apart, again, windowed, watch=told).best_epoch
    network = start.make()
    refit(network, kind(windowed, both, again, factors), again, epochs, watch=watch)
    seen = hindsight(network, windowed, both.train, watch=watch)
    models.set_shape(network, fit_shape(seen, skewed=skewed))
    return network, epochs


def _summary(model: Model, network: keras.Model, best: Fitted, seconds: float) -> Json:
    """Return what is worth knowing about a training at a glance."""
    history, section, pretrained = best.diary.history, best.start.section, best.start.pretrained
    clipping = {"clipnorm": section.clipnorm, "global_clipnorm": section.global_clipnorm}
    return {
        "architecture": model.name,
        "parameters": int(network.count_params()),
        "best_epoch": best.diary.best_epoch,
        "epochs": int(history["epoch"].max()),
        "seconds": seconds,
        "targets_per_second": float(history["targets_per_second"].median())
        if best.start.section.epochs
        else None,
        "clipping": next((k for k, v in clipping.items() if v is not None), "none"),
        "causal": models.is_causal(network),
        "start": best.name,
        "pretrained": None if pretrained is None else pretrained.name,
    }
