"""The fit to training and validation days: from where, to what, and for how long."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
from fits import CHOSEN, FOLD, PANEL, QUICK, SMALL, WILD, Listener, run

import models
from pipeline.errors import ConfigError
from pipeline.outputs import Trained, Windowed
from pipeline.settings.model import Model
from pipeline.settings.train import Train
from pipeline.training import day_factors
from pipeline.training import fit as fitting
from pipeline.training import refit as refitting
from pipeline.training import train as training
from pipeline.training.batches import Batch, Batches, Sequences
from pipeline.training.diary import COLUMNS, Diary
from pipeline.training.fit import cosine
from pipeline.training.hindsight import hindsight
from pipeline.training.objective import weighted_loss
from pipeline.training.predict import forecast
from pipeline.training.refit import refit_batch_size
from pipeline.training.targets import targets
from pipeline.training.train import train
from pipeline.watch import Silence, Watch

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
ALIKE = WHOLE.model_copy(update={"sequence": FOLD.train[1] - FOLD.train[0]})
"""The same, but that steps of the refit are as long as those of the first fit: of one graph."""
AT_RANDOM = SMALL.model_copy(update={"dropout": 0.2, "recurrent_dropout": 0.1})
LEARNED = FOLD.train[1] + FOLD.horizon
"""The day after the last target of the training days."""
VALIDATED = FOLD.valid[1] + FOLD.horizon


def both(section: Train, model: Model, panel: Windowed = PANEL) -> tuple[bytes, Trained]:
    """Train with a refit; return the network of the first fit too."""
    first: list[bytes] = []

    def spy(network: keras.Model, *others: Any, watch: Watch) -> Any:
        first.append(models.to_bytes(network))
        return hindsight(network, *others, watch=watch)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "hindsight", spy)
        done = run(section, model, panel)
    return first[0], done


def weights(trained: Trained) -> list[np.ndarray]:
    found: list[np.ndarray] = models.from_bytes(trained.network).get_weights()
    return found


def unfitted(
    _network: keras.Model, _batches: Batches, section: Train, *_: Any, watch: Watch, **__: Any
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


def handed(section: Train, name: str, panel: Windowed = PANEL) -> list[Handed]:
    """What `train` hands to the first fit and, if asked for, to the refit; neither is done."""
    seen: list[Handed] = []

    def note(network: keras.Model, batches: Batches, *others: Any, watch: Watch, **_: Any) -> Any:
        steps = [batches[step] for step in range(len(batches))]
        seen.append(Handed(network.get_weights(), steps, batches.batch_size))
        if len(seen) > section.refit:
            raise StopIteration  # what follows is not asked for
        return unfitted(network, batches, *others, watch=watch)

    with pytest.MonkeyPatch.context() as patch, suppress(StopIteration):
        patch.setattr(training, "fit", note)
        patch.setattr(training, "refit", note)
        run(section, SMALL.model_copy(update={"name": name}), panel)
    return seen


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
    return both(ALIKE, AT_RANDOM)


def test_the_same_seed_gives_the_same_network_whatever_comes_after_validation(
    refitted: tuple[bytes, Trained],
) -> None:
    (one, first), (two, second) = refitted, both(ALIKE, AT_RANDOM, another_end())
    assert one == two
    assert first.network == second.network
    assert first.history["loss"].tolist() == second.history["loss"].tolist()


def test_targets_of_training_origins_alone_move_the_weights(
    refitted: tuple[bytes, Trained],
) -> None:
    section = ALIKE.model_copy(update={"refit": False})
    outside = run(section, AT_RANDOM, disturbed(FOLD.train[0], LEARNED))
    assert outside.network == refitted[0] != refitted[1].network


@pytest.mark.parametrize("name", ["elman", "bidirectional"])
def test_a_fit_is_handed_targets_of_training_origins_and_a_refit_those_of_validation_too(
    name: str,
) -> None:
    first, again = handed(WHOLE, name)
    once = WHOLE.model_copy(update={"refit": False})
    (fitted,) = handed(once, name, disturbed(FOLD.train[0], LEARNED))
    assert fitted.equals(first)
    for edge in (FOLD.train[0] + 1, LEARNED - 1):
        (other,) = handed(once, name, moved(edge))
        assert not other.equals(first)
    assert handed(WHOLE, name, another_end())[1].equals(again)
    assert not handed(WHOLE, name, moved(VALIDATED - 1))[1].equals(again)


def test_a_refit_is_a_fit_to_training_and_validation_days_from_the_same_first_weights(
    refitted: tuple[bytes, Trained], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, done = refitted
    assert done.summary["refit"] is True
    longer = replace(FOLD, train=(FOLD.train[0], FOLD.valid[1]))
    section = ALIKE.model_copy(update={"refit": False})
    whole = run(section, AT_RANDOM, replace(PANEL, fold=longer))
    # Where days share nothing, their factors are 1, whatever the first fit gave.
    monkeypatch.setattr(day_factors, "SPREAD", 1e-9)
    monkeypatch.setattr(training, "fit", unfitted)
    plain = run(ALIKE, AT_RANDOM)
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


@pytest.mark.parametrize(
    ("passes", "size"), [(0.01, 8), (0.5, 8), (0.75, 12), (1.0, 16), (2.0, 32), (9.0, 128)]
)
def test_sequences_a_step_are_in_proportion_to_passes_within_bounds(
    passes: float, size: int
) -> None:
    assert refit_batch_size(Train(), passes) == size
    assert refit_batch_size(Train(batch_size=4), passes) == 4
    assert refit_batch_size(Train(batch_size=10), passes) == min(size, 10)


def test_divergence_of_a_refit_is_an_error_and_says_what_to_do() -> None:
    features = PANEL.features.copy()
    features[:, FOLD.valid[0] + 5] = np.inf
    longer = replace(FOLD, train=(FOLD.train[0], FOLD.valid[1]))
    batches = Sequences(replace(PANEL, features=features), longer, QUICK)
    network = models.build(**SMALL.model_dump(), features=features.shape[2])
    with pytest.raises(ConfigError, match=r"repeated.*learning_rate \(now 0\.003\).*train\.refit"):
        refitting.refit(network, batches, QUICK, 1, watch=Silence())
