from __future__ import annotations

from dataclasses import replace

import keras
import numpy as np
import pytest
from fits import CHOSEN, FOLD, PANEL, QUICK, SMALL, WILD, Listener, fresh, run

import models
from pipeline.errors import ConfigError
from pipeline.outputs import Trained
from pipeline.settings.train import Train
from pipeline.training import fit as fitting
from pipeline.training.batches import Sequences
from pipeline.training.diary import COLUMNS
from pipeline.training.fit import cosine
from pipeline.training.predict import forecast
from pipeline.watch import Silence


def test_a_network_that_is_not_causal_is_fitted_to_windows() -> None:
    section = QUICK.model_copy(update={"epochs": 1})
    done = run(section, SMALL.model_copy(update={"name": "bidirectional"}))
    assert done.summary["causal"] is False
    assert done.history[CHOSEN].notna().all(axis=None)
    keras.utils.set_random_seed(section.seed)
    features = PANEL.features.shape[2]
    first = models.build("bidirectional", cell="elman", features=features, units=4)
    for weight, start in zip(
        models.from_bytes(done.network).trainable_weights, first.trainable_weights, strict=True
    ):
        assert (np.asarray(weight) != np.asarray(start)).any(), weight.path


def test_without_a_refit_validation_only_chooses_among_epochs(kept: Trained) -> None:
    worse = PANEL.growth.copy()
    worse[:, FOLD.valid[0] + 1 : FOLD.valid[1] + FOLD.horizon] *= -0.1
    section = WILD.model_copy(update={"patience": WILD.epochs})
    other = run(section, panel=replace(PANEL, growth=worse))
    epochs = len(kept.history)
    assert len(other.history) == WILD.epochs > epochs
    assert kept.history["loss"].tolist() == other.history["loss"].tolist()[:epochs]
    assert kept.history["valid_loss"].tolist() != other.history["valid_loss"].tolist()[:epochs]
    best, theirs = kept.summary["best_epoch"], other.summary["best_epoch"]
    assert (kept.network == other.network) == (best == theirs)


def test_a_large_penalty_leaves_one_location_for_all_and_a_scale_that_fits() -> None:
    # Growth that today's tells: without a penalty the network finds it.
    growth = PANEL.growth.copy()
    growth[:, 1:] = PANEL.unit[:, :-1] * (2.0 + 0.3 * np.sign(PANEL.features[:, :-1, 0]))
    panel = replace(PANEL, growth=np.where(np.isnan(PANEL.growth), np.nan, growth))
    long = {"epochs": 5, "patience": 5, "learning_rate": 0.05}
    long |= {"sequence": 16, "sequences_per_epoch": 128}
    found = {}
    for penalty in (0.0, 100.0):
        section = QUICK.model_copy(update={**long, "location_penalty": penalty})
        network = models.from_bytes(run(section, panel=panel).network)
        m, s, *_ = np.moveaxis(forecast(network, panel, FOLD.valid, watch=Silence()), -1, 0)
        found[penalty] = m.std(), m.mean(), s.mean()
    assert found[0.0][0] > 0.2
    assert found[100.0][0] < 0.01
    assert found[100.0][1] == pytest.approx(2.0, rel=0.05)
    assert found[100.0][2] == pytest.approx(0.3, rel=0.1)


def test_early_stopping_restores_the_best_weights(kept: Trained) -> None:
    history = kept.history
    best = int(history["valid_loss"].to_numpy().argmin()) + 1
    assert kept.summary["best_epoch"] == best
    assert best > 1
    assert best + 2 == len(history) == kept.summary["epochs"] < 12
    # Its own row, not the last, is what the network that was kept gives.
    network = models.from_bytes(kept.network)
    loss, crps = fitting.validation(network, PANEL, FOLD, WILD)()
    assert loss == pytest.approx(history["valid_loss"].min(), abs=1e-6)
    assert crps == pytest.approx(history["valid_crps"].iloc[best - 1], rel=1e-5)
    assert loss != pytest.approx(history["valid_loss"].iloc[-1], abs=1e-4)


def test_history_watch_and_summary_tell_the_same(kept: Trained, listener: Listener) -> None:
    history = kept.history
    assert list(history) == COLUMNS
    epochs = list(range(1, len(history) + 1))
    assert [number for number, _ in listener.told] == history["epoch"].tolist() == epochs
    for name in ("loss", "valid_loss", "valid_crps"):
        assert [told[name] for _, told in listener.told] == history[name].tolist()
    # Half a cosine, of which half were left at the seventh of twelve epochs.
    wanted = [0.02 * np.cos(np.pi * (epoch - 1) / 24) ** 2 for epoch in epochs]
    assert history["learning_rate"].tolist() == pytest.approx(wanted)
    assert kept.summary["parameters"] == models.from_bytes(kept.network).count_params()
    assert kept.summary["clipping"] == "global_clipnorm"
    assert kept.summary["causal"] is True
    assert kept.summary["refit"] is False


def test_training_learns_the_scale_of_the_target() -> None:
    section = QUICK.model_copy(update={"epochs": 8, "patience": 8, "learning_rate": 0.04})
    history = run(section, panel=replace(PANEL, growth=np.float32(0.05) * PANEL.growth)).history
    assert history["valid_loss"].min() < history["valid_loss"].iloc[0] - 1.0


def test_schedules() -> None:
    rates = [cosine(epoch, Train(epochs=4, learning_rate=0.1)) for epoch in range(4)]
    assert rates == pytest.approx([0.1, 0.05 * (1 + np.sqrt(0.5)), 0.05, 0.05 * (1 - np.sqrt(0.5))])
    # Steps this small improve nothing worth the name, so the rate is halved after patience // 2.
    still = {"schedule": "plateau", "epochs": 4, "learning_rate": 1e-9, "patience": 4}
    told = run(QUICK.model_copy(update=still)).history["learning_rate"]
    assert told.tolist() == pytest.approx([1e-9, 1e-9, 1e-9, 5e-10])


def test_a_network_that_is_not_causal_is_refused_targets_at_every_day() -> None:
    with pytest.raises(ConfigError, match=r"bidirectional is not causal.*train it on windows"):
        fitting.fit(
            fresh("bidirectional"), Sequences(PANEL, FOLD, QUICK), QUICK, PANEL, watch=Silence()
        )


def test_divergence_is_an_error_and_says_what_to_do() -> None:
    features = PANEL.features.copy()
    features[0, FOLD.train[0] + 30] = np.inf
    with pytest.raises(ConfigError, match=r"diverged.*epoch 1.*lower train.learning_rate"):
        run(panel=replace(PANEL, features=features))


def test_an_unknown_architecture_is_the_configs_fault() -> None:
    with pytest.raises(ConfigError, match="no architecture 'gruu'"):
        run(model=SMALL.model_copy(update={"name": "gruu"}))
