from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
import scoringrules
from scipy import stats
from universe import windowed

import models
from pipeline.errors import ConfigError
from pipeline.outputs import Trained, Windowed
from pipeline.settings.model import Model
from pipeline.settings.train import Train
from pipeline.settings.window import Window
from pipeline.training import day_factors
from pipeline.training import fit as fitting
from pipeline.training.batches import Batches, Sequences
from pipeline.training.diary import COLUMNS, _crps
from pipeline.training.fit import cosine, refit, refit_batch_size, train
from pipeline.training.predict import forecast
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
    }
)
WILD = QUICK.model_copy(
    update={"epochs": 12, "patience": 2, "learning_rate": 0.02, "schedule": "constant"}
)
CHOSEN = ["epoch", "loss", "valid_loss", "valid_crps"]
SMALL = Model(name="elman", cell="elman", units=4)


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


def fresh(name: str = "elman", **options: int) -> keras.Model:
    keras.utils.set_random_seed(3)
    return models.build(name, features=PANEL.features.shape[2], units=4, **options)


def test_the_same_inputs_and_seed_give_the_same_network() -> None:
    model = SMALL.model_copy(update={"dropout": 0.2, "recurrent_dropout": 0.1})
    section = QUICK.model_copy(update={"refit": True})
    one, two = run(section, model), run(section, model)
    assert one.network == two.network
    assert one.history["loss"].tolist() == two.history["loss"].tolist()


def disturbed(before: int, after: int) -> Windowed:
    """The panel with other growth up to a day and from a day on; features and units as they are."""
    growth = PANEL.growth.copy()
    growth[:, : before + 1] *= 3.0
    growth[:, after:] *= -5.0
    return replace(PANEL, growth=growth)


def moved(day: int) -> Windowed:
    """The panel with other growth on one day."""
    growth = PANEL.growth.copy()
    growth[:, day] += 252.0
    return replace(PANEL, growth=growth)


@pytest.mark.parametrize(
    ("name", "edge"),
    [("elman", FOLD.train[1] - 1 + FOLD.horizon), ("bidirectional", FOLD.train[0] + 1)],
)
def test_targets_of_training_origins_alone_move_the_weights(name: str, edge: int) -> None:
    model = SMALL.model_copy(update={"name": name})
    before = run(WHOLE, model)
    outside = disturbed(FOLD.train[0], FOLD.train[1] + FOLD.horizon)
    assert run(WHOLE, model, outside).network == before.network
    assert run(WHOLE, model, moved(edge)).network != before.network


@pytest.mark.parametrize("name", ["elman", "bidirectional"])
def test_a_refit_learns_from_training_and_validation_targets_alone(name: str) -> None:
    model, section = (
        SMALL.model_copy(update={"name": name}),
        WHOLE.model_copy(update={"refit": True}),
    )
    before = run(section, model)
    stop = FOLD.valid[1] + FOLD.horizon
    features, unit = PANEL.features.copy(), PANEL.unit.copy()
    features[:, stop:, :-1] += 3.0
    unit[:, stop:] *= 2.0
    outside = replace(disturbed(FOLD.train[0], stop), features=features, unit=unit)
    assert run(section, model, outside).network == before.network
    assert run(section, model, moved(stop - 1)).network != before.network


def test_a_refit_is_a_fit_to_training_and_validation_days_from_the_same_first_weights(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    longer = replace(FOLD, train=(FOLD.train[0], FOLD.valid[1]))
    section = QUICK.model_copy(update={"epochs": 1})
    again = section.model_copy(update={"refit": True})
    refitted = run(again)
    assert refitted.summary["refit"] is True
    # Where days share nothing, their factors are 1.
    monkeypatch.setattr(day_factors, "SPREAD", 1e-9)
    plain = run(again)
    assert plain.network == run(section, panel=replace(PANEL, fold=longer)).network
    assert plain.network != run(section).network
    assert plain.network != refitted.network


@pytest.mark.parametrize("schedule", ["cosine", pytest.param("plateau", marks=pytest.mark.full)])
def test_a_refit_lasts_as_many_epochs_as_validation_chose(
    schedule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    section = WILD.model_copy(update={"schedule": schedule})
    kept = run(section)
    rates: list[tuple[int, int]] = []

    def told(epoch: int, asked: Train) -> float:
        rates.append((epoch, asked.epochs))
        return cosine(epoch, asked)

    monkeypatch.setattr(fitting, "cosine", told)
    listener = Listener()
    done = train(section.model_copy(update={"refit": True}), SMALL, PANEL, watch=listener)
    pd.testing.assert_frame_equal(done.history[CHOSEN], kept.history[CHOSEN])
    best, epochs = done.summary["best_epoch"], len(done.history)
    assert 1 < best < epochs
    assert done.network != kept.network
    refitted = [step for step in listener.steps if step[0] == "refit"]
    assert refitted == [("refit", epoch + 1, best) for epoch in range(best)]
    # The learning rate falls to its end within those epochs.
    wanted = [(epoch, section.epochs) for epoch in range(epochs)]
    wanted += [(epoch, best) for epoch in range(best)]
    assert rates == (wanted if schedule == "cosine" else [])


@pytest.mark.parametrize(("name", "size"), [("elman", 14), ("bidirectional", 20)])
def test_a_refit_of_a_causal_network_takes_the_more_steps_the_more_there_is_to_learn(
    name: str, size: int, monkeypatch: pytest.MonkeyPatch
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
    sizes: list[int] = []

    def spy(network: keras.Model, batches: Batches, *others: Any, watch: Watch) -> None:
        sizes.append(batches.batch_size)
        refit(network, batches, *others, watch=watch)

    monkeypatch.setattr(fitting, "refit", spy)
    train(section, SMALL.model_copy(update={"name": name}), PANEL, watch=Silence())
    assert sizes == [size]


@pytest.mark.parametrize(
    ("passes", "size"), [(0.01, 8), (0.5, 8), (0.75, 12), (1.0, 16), (2.0, 32), (9.0, 128)]
)
def test_sequences_a_step_are_in_proportion_to_passes_within_bounds(
    passes: float, size: int
) -> None:
    assert refit_batch_size(Train(), passes) == size
    assert refit_batch_size(Train(batch_size=4), passes) == 4
    assert refit_batch_size(Train(batch_size=10), passes) == min(size, 10)


def test_without_a_refit_validation_only_chooses_among_epochs() -> None:
    section = WILD.model_copy(update={"patience": WILD.epochs})
    worse = PANEL.growth.copy()
    worse[:, FOLD.valid[0] + 1 : FOLD.valid[1] + FOLD.horizon] *= -0.1
    other = run(section, panel=replace(PANEL, growth=worse))
    first = run(section)
    assert first.history["loss"].tolist() == other.history["loss"].tolist()
    assert first.history["valid_loss"].tolist() != other.history["valid_loss"].tolist()
    best, theirs = first.summary["best_epoch"], other.summary["best_epoch"]
    assert (first.network == other.network) == (best == theirs)


@pytest.mark.parametrize("name", ["elman", "bidirectional"])
def test_the_validation_scores_are_means_over_validation_targets_alone(name: str) -> None:
    section = QUICK.model_copy(update={"sequence": 500, "windows_per_epoch": 10**6})
    assert FOLD.valid[0] < 500  # so that validation is warmed up over the whole history
    network = fresh(name)
    m, s, df = np.moveaxis(
        forecast(network, PANEL, FOLD.valid, watch=Silence())[:, :, 0].astype(float), -1, 0
    )
    days = slice(FOLD.valid[0] + 1, FOLD.valid[1] + 1)
    growth, unit = PANEL.growth[:, days], PANEL.unit[:, slice(*FOLD.valid)]
    others = np.full_like(PANEL.growth, 99.0)
    others[:, days] = growth
    panel = replace(PANEL, growth=others)
    loss, crps = fitting.validation(network, panel, FOLD, section)()
    assert np.isnan(growth).any()
    assert loss == pytest.approx(-np.nanmean(stats.t.logpdf(growth / unit, df, m, s)), abs=1e-5)
    # The CRPS is that of growth itself, in 1/year: forecasts are brought back to it.
    each = scoringrules.crps_t(growth, df, m * unit, s * unit, backend="numpy")
    assert crps == pytest.approx(np.nanmean(each), rel=1e-5)


def test_the_crps_of_validation_is_the_integral_that_defines_it() -> None:
    random = np.random.default_rng(0)
    target = np.array([[0.3, np.nan], [-2.0, 1.0]])
    forecasts = np.stack(
        [random.normal(size=(2, 2)), random.uniform(0.5, 2.0, (2, 2)), np.full((2, 2), 5.0)],
        axis=-1,
    )
    unit = np.array([[2.0], [3.0]])
    # ∫ (F(x) − 1[x ≥ y])² dx, by sums.
    x = np.linspace(-400.0, 400.0, 2_000_001)
    total = []
    for row, column in np.argwhere(np.isfinite(target)):
        m, s, df = forecasts[row, column]
        below = stats.t.cdf(x, df, m * unit[row], s * unit[row])
        total.append(np.trapezoid((below - (x >= target[row, column] * unit[row])) ** 2, x))
    assert _crps(target, forecasts, unit) == pytest.approx(np.mean(total), abs=1e-3)


def test_a_large_penalty_leaves_one_location_for_all_and_a_scale_that_fits() -> None:
    # Growth that today's tells: without a penalty the network finds it.
    growth = PANEL.growth.copy()
    growth[:, 1:] = PANEL.unit[:, :-1] * (2.0 + 0.3 * np.sign(PANEL.features[:, :-1, 0]))
    panel = replace(PANEL, growth=np.where(np.isnan(PANEL.growth), np.nan, growth))
    long = {"epochs": 10, "patience": 10, "learning_rate": 0.03}
    long |= {"sequence": 16, "sequences_per_epoch": 256}
    found = {}
    for penalty in (0.0, 100.0):
        section = QUICK.model_copy(update={**long, "location_penalty": penalty})
        network = models.from_bytes(run(section, panel=panel).network)
        m, s, _ = np.moveaxis(forecast(network, panel, FOLD.valid, watch=Silence()), -1, 0)
        found[penalty] = m.std(), m.mean(), s.mean()
    assert found[0.0][0] > 0.2
    assert found[100.0][0] < 0.01
    assert found[100.0][1] == pytest.approx(2.0, rel=0.05)
    assert found[100.0][2] == pytest.approx(0.3, rel=0.1)


def test_early_stopping_restores_the_best_weights() -> None:
    done = run(WILD)
    history = done.history
    best = int(history["valid_loss"].to_numpy().argmin()) + 1
    assert done.summary["best_epoch"] == best
    assert best > 1
    assert best + 2 == len(history) == done.summary["epochs"] < 12
    # Its own row, not the last, is what the network that was kept gives.
    network = models.from_bytes(done.network)
    loss, crps = fitting.validation(network, PANEL, FOLD, WILD)()
    assert loss == pytest.approx(history["valid_loss"].min(), abs=1e-6)
    assert crps == pytest.approx(history["valid_crps"].iloc[best - 1], rel=1e-5)
    assert loss != pytest.approx(history["valid_loss"].iloc[-1], abs=1e-4)


def test_history_watch_and_summary_tell_the_same() -> None:
    listener = Listener()
    done = train(QUICK, SMALL, PANEL, watch=listener)
    assert list(done.history) == COLUMNS
    assert [number for number, _ in listener.told] == done.history["epoch"].tolist() == [1, 2]
    for name in ("loss", "valid_loss", "valid_crps"):
        assert [told[name] for _, told in listener.told] == done.history[name].tolist()
    assert done.history["learning_rate"].tolist() == pytest.approx([0.003, 0.0015])  # a cosine
    assert done.summary["parameters"] == models.from_bytes(done.network).count_params()
    assert done.summary["clipping"] == "global_clipnorm"
    assert done.summary["causal"] is True
    assert done.summary["refit"] is False


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
