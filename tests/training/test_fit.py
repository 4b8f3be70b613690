from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
from universe import windowed

import models
from pipeline.errors import ConfigError
from pipeline.outputs import Trained, Windowed
from pipeline.settings.model import Model
from pipeline.settings.train import Train
from pipeline.settings.window import Window
from pipeline.training import day_factors
from pipeline.training import fit as fitting
from pipeline.training.batches import Batch, Batches, Sequences
from pipeline.training.diary import COLUMNS, Diary
from pipeline.training.fit import cosine, refit_batch_size, train
from pipeline.training.hindsight import hindsight
from pipeline.training.predict import forecast
from pipeline.training.targets import targets
from pipeline.training.trainer import weighted_loss
from pipeline.watch import Silence, Watch

PANEL = windowed(Window(lookback=10), firms=6, days=300)
FOLD = PANEL.fold
QUICK = Train(
    epochs=2,
    sequence=40,
    batch_size=8,
    sequences_per_epoch=32,
    windows_per_epoch=64,
    burn_in=4,
    refit=False,
)
WHOLE = QUICK.model_copy(
    # One epoch (with more, validation rightly chooses among them) that sees every origin.
    update={
        "epochs": 1,
        "sequence": 500,
        "burn_in": 0,
        "batch_size": 64,
        "windows_per_epoch": 10**6,
        "refit": True,
    }
)
WILD = QUICK.model_copy(update={"epochs": 12, "patience": 2, "learning_rate": 0.02})
CHOSEN = ["epoch", "loss", "valid_loss", "valid_crps"]
SMALL = Model(name="elman", cell="elman", units=4)
AT_RANDOM = SMALL.model_copy(update={"dropout": 0.2, "recurrent_dropout": 0.1})
LEARNED = FOLD.train[1] + FOLD.horizon
"""The day after the last target of the training days."""
VALIDATED = FOLD.valid[1] + FOLD.horizon


class Listener(Silence):
    def __init__(self) -> None:
        self.told: list[tuple[int, dict[str, float]]] = []
        self.steps: list[tuple[str, int, int]] = []

    def epoch(self, number: int, metrics: Mapping[str, float]) -> None:
        self.told.append((number, dict(metrics)))

    def step(self, task: str, done: int, total: int) -> None:
        self.steps.append((task, done, total))


def run(section: Train = QUICK, model: Model = SMALL, panel: Windowed = PANEL) -> Trained:
    return train(section, model, panel, watch=Silence())


def both(section: Train, model: Model, panel: Windowed = PANEL) -> tuple[bytes, Trained]:
    """Train with a refit; return the network of the first fit too."""
    first: list[bytes] = []

    def spy(network: keras.Model, *others: Any, watch: Watch) -> Any:
        first.append(models.to_bytes(network))
        return hindsight(network, *others, watch=watch)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fitting, "hindsight", spy)
        done = run(section, model, panel)
    return first[0], done


def weights(trained: Trained) -> list[np.ndarray]:
    found: list[np.ndarray] = models.from_bytes(trained.network).get_weights()
    return found


def unfitted(
    _network: keras.Model, _batches: Batches, section: Train, *_: Any, watch: Watch
) -> Any:
    """Take no step, and say that one epoch did."""
    diary = Diary(lambda: (0.0, 0.0), section.epochs, watch)
    diary.rows.append(dict.fromkeys(COLUMNS, 1.0))
    return diary


@dataclass(frozen=True)
class Handed:
    """What a network is to be fitted to, and from where."""

    weights: list[np.ndarray]
    batches: list[Batch]
    size: int

    def equals(self, other: Handed) -> bool:
        ours = [*self.weights, *(part for batch in self.batches for part in batch)]
        theirs = [*other.weights, *(part for batch in other.batches for part in batch)]
        pairs = zip(ours, theirs, strict=True)
        return all(np.array_equal(one, two, equal_nan=True) for one, two in pairs)


def handed(section: Train, name: str, panel: Windowed = PANEL) -> tuple[Handed, Handed]:
    """What `train` hands to the first fit and to the refit; neither is done."""
    seen: list[Handed] = []

    def note(network: keras.Model, batches: Batches, *others: Any, watch: Watch) -> Any:
        steps = [batches[step] for step in range(len(batches))]
        seen.append(Handed(network.get_weights(), steps, batches.batch_size))
        return unfitted(network, batches, *others, watch=watch)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fitting, "fit", note)
        patch.setattr(fitting, "refit", note)
        run(section, SMALL.model_copy(update={"name": name}), panel)
    first, again = seen
    return first, again


def fresh(name: str = "elman", **options: int) -> keras.Model:
    keras.utils.set_random_seed(3)
    return models.build(name, features=PANEL.features.shape[2], units=4, **options)


def disturbed(before: int, after: int) -> Windowed:
    """The panel with other growth up to a day and from a day on; features and units as they are."""
    growth = PANEL.growth.copy()
    growth[:, : before + 1] *= 3.0
    growth[:, after:] *= -5.0
    return replace(PANEL, growth=growth)


def another_end() -> Windowed:
    """The panel with other growth, features and units from the day after the validation on."""
    features, unit = PANEL.features.copy(), PANEL.unit.copy()
    features[:, VALIDATED:, :-1] += 3.0
    unit[:, VALIDATED:] *= 2.0
    return replace(disturbed(FOLD.train[0], VALIDATED), features=features, unit=unit)


def moved(day: int) -> Windowed:
    """The panel with other growth on one day."""
    growth = PANEL.growth.copy()
    growth[:, day] += 252.0
    return replace(PANEL, growth=growth)


@pytest.fixture(scope="module")
def refitted() -> tuple[bytes, Trained]:
    """The network of the first fit, and what a training with a refit gives."""
    return both(WHOLE, AT_RANDOM)


@pytest.fixture(scope="module")
def listener() -> Listener:
    """Told of the training that is `kept`."""
    return Listener()


@pytest.fixture(scope="module")
def kept(listener: Listener) -> Trained:
    """What a training of several epochs without a refit gives."""
    return train(WILD, SMALL, PANEL, watch=listener)


def test_the_same_seed_gives_the_same_network_whatever_comes_after_validation(
    refitted: tuple[bytes, Trained],
) -> None:
    (one, first), (two, second) = refitted, both(WHOLE, AT_RANDOM, another_end())
    assert one == two
    assert first.network == second.network
    assert first.history["loss"].tolist() == second.history["loss"].tolist()


def test_targets_of_training_origins_alone_move_the_weights(
    refitted: tuple[bytes, Trained],
) -> None:
    section = WHOLE.model_copy(update={"refit": False})
    outside = run(section, AT_RANDOM, disturbed(FOLD.train[0], LEARNED))
    assert outside.network == refitted[0] != refitted[1].network


@pytest.mark.parametrize("name", ["elman", "bidirectional"])
def test_a_fit_is_handed_targets_of_training_origins_and_a_refit_those_of_validation_too(
    name: str,
) -> None:
    first, again = handed(WHOLE, name)
    fitted, _ = handed(WHOLE, name, disturbed(FOLD.train[0], LEARNED))
    assert fitted.equals(first)
    for edge in (FOLD.train[0] + 1, LEARNED - 1):
        assert not handed(WHOLE, name, moved(edge))[0].equals(first)
    assert handed(WHOLE, name, another_end())[1].equals(again)
    assert not handed(WHOLE, name, moved(VALIDATED - 1))[1].equals(again)


def test_a_refit_is_a_fit_to_training_and_validation_days_from_the_same_first_weights(
    refitted: tuple[bytes, Trained], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, done = refitted
    assert done.summary["refit"] is True
    longer = replace(FOLD, train=(FOLD.train[0], FOLD.valid[1]))
    section = WHOLE.model_copy(update={"refit": False})
    whole = run(section, AT_RANDOM, replace(PANEL, fold=longer))
    # Where days share nothing, their factors are 1, whatever the first fit gave.
    monkeypatch.setattr(day_factors, "SPREAD", 1e-9)
    monkeypatch.setattr(fitting, "fit", unfitted)
    plain = run(WHOLE, AT_RANDOM)
    for ours, theirs in zip(weights(plain), weights(whole), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert plain.network != first
    assert plain.network != done.network


def test_after_a_refit_forecasts_have_the_shape_of_growth_as_it_came(
    refitted: tuple[bytes, Trained],
) -> None:
    network = models.from_bytes(refitted[1].network)
    every = np.arange(len(PANEL.symbols))[:, None], np.arange(FOLD.train[0], FOLD.valid[1])[None]
    came = targets(PANEL, *every, (FOLD.train[0], FOLD.valid[1]))

    def loss() -> float:
        origins = (FOLD.train[0], FOLD.valid[1])
        said = forecast(network, PANEL, origins, watch=Silence())
        return float(weighted_loss(came, said)[0])

    shaped = loss()
    models.set_shape(network, models.Shape([1.0], [1.0], [0.0], [0.0]))
    assert shaped < loss() - 1e-4
    assert float(models.from_bytes(refitted[0]).get_layer("scale").scale) == 1.0


@pytest.mark.parametrize("schedule", ["cosine", pytest.param("plateau", marks=pytest.mark.full)])
def test_a_refit_lasts_as_many_epochs_as_validation_chose(
    schedule: str, kept: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    section = WILD.model_copy(update={"schedule": schedule})
    plain = kept if schedule == WILD.schedule else run(section)
    rates: list[tuple[int, int]] = []

    def told(epoch: int, asked: Train) -> float:
        rates.append((epoch, asked.epochs))
        return cosine(epoch, asked)

    monkeypatch.setattr(fitting, "cosine", told)
    listener = Listener()
    done = train(section.model_copy(update={"refit": True}), SMALL, PANEL, watch=listener)
    pd.testing.assert_frame_equal(done.history[CHOSEN], plain.history[CHOSEN])
    best, epochs = done.summary["best_epoch"], len(done.history)
    assert 1 < best < epochs
    assert done.network != plain.network
    again = [step for step in listener.steps if step[0] == "refit"]
    assert again == [("refit", epoch + 1, best) for epoch in range(best)]
    # The learning rate falls to its end within those epochs.
    wanted = [(epoch, section.epochs) for epoch in range(epochs)]
    wanted += [(epoch, best) for epoch in range(best)]
    assert rates == (wanted if schedule == "cosine" else [])


@pytest.mark.parametrize(("name", "size"), [("elman", 14), ("bidirectional", 20)])
def test_a_refit_of_a_causal_network_takes_the_more_steps_the_more_there_is_to_learn(
    name: str, size: int
) -> None:
    # 200 training origins make 5 sequences of 40 for each of 6 firms, one less for the last,
    # which is listed later: an epoch of 40 passes over these 29 sequences 40 / 29 times.
    section = QUICK.model_copy(
        update={
            "epochs": 1,
            "refit": True,
            "refit_batch_size": 10,
            "batch_size": 20,
            "sequences_per_epoch": 40,
        }
    )
    assert handed(section, name)[1].size == size


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


@pytest.mark.parametrize(
    ("passes", "size"), [(0.01, 8), (0.5, 8), (0.75, 12), (1.0, 16), (2.0, 32), (9.0, 128)]
)
def test_sequences_a_step_are_in_proportion_to_passes_within_bounds(
    passes: float, size: int
) -> None:
    assert refit_batch_size(Train(), passes) == size
    assert refit_batch_size(Train(batch_size=4), passes) == 4
    assert refit_batch_size(Train(batch_size=10), passes) == min(size, 10)


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
    long = {"epochs": 5, "patience": 5, "learning_rate": 0.03}
    long |= {"sequence": 16, "sequences_per_epoch": 256}
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
    section = QUICK.model_copy(
        update={"epochs": 15, "patience": 15, "learning_rate": 0.02, "global_clipnorm": None}
    )
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


def test_divergence_of_a_refit_is_an_error_and_says_what_to_do() -> None:
    features = PANEL.features.copy()
    features[:, FOLD.valid[0] + 5] = np.inf
    longer = replace(FOLD, train=(FOLD.train[0], FOLD.valid[1]))
    batches = Sequences(replace(PANEL, features=features), longer, QUICK)
    with pytest.raises(ConfigError, match=r"repeated.*learning_rate \(now 0\.003\).*train\.refit"):
        fitting.refit(fresh(), batches, QUICK, 1, watch=Silence())


def test_an_unknown_architecture_is_the_configs_fault() -> None:
    with pytest.raises(ConfigError, match="no architecture 'gruu'"):
        run(model=SMALL.model_copy(update={"name": "gruu"}))
