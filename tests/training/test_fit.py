from collections.abc import Mapping
from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats
from universe import windowed

import models
from pipeline.errors import ConfigError
from pipeline.outputs import Trained, Windowed
from pipeline.panel.splits import Fold
from pipeline.sections import Model, Train, Window
from pipeline.training import fit as fitting
from pipeline.training.batches import Sequences
from pipeline.training.diary import COLUMNS
from pipeline.training.fit import cosine, train
from pipeline.training.predict import forecast
from pipeline.training.trainer import Trainer, weighted_loss
from pipeline.watch import Silence

PANEL = windowed(Window(lookback=10), firms=6, days=300)
FOLD = Fold.from_json(PANEL.fold)
QUICK = Train(epochs=2, sequence=40, batch_size=8, windows_per_epoch=64, burn_in=4)
SMALL = Model(name="elman", cell="elman", units=4)


class Listener(Silence):
    def __init__(self) -> None:
        self.told: list[tuple[int, dict[str, float]]] = []

    def epoch(self, number: int, metrics: Mapping[str, float]) -> None:
        self.told.append((number, dict(metrics)))


def run(section: Train = QUICK, model: Model = SMALL, panel: Windowed = PANEL) -> Trained:
    return train(section, model, panel, watch=Silence())


def fresh(name: str = "elman", **options: int) -> keras.Model:
    keras.utils.set_random_seed(3)
    return models.build(name, features=5, units=4, **options)


def test_the_same_inputs_and_seed_give_the_same_network() -> None:
    model = SMALL.model_copy(update={"dropout": 0.2, "recurrent_dropout": 0.1})
    one, two = run(model=model), run(model=model)
    assert one.network == two.network
    assert one.history["loss"].tolist() == two.history["loss"].tolist()


@pytest.mark.parametrize(
    ("name", "edge"),
    [("elman", FOLD.train[1] - 1 + FOLD.horizon), ("bidirectional", FOLD.train[0] + 1)],
)
def test_targets_of_training_origins_alone_move_the_weights(name: str, edge: int) -> None:
    # One epoch (with more, validation rightly chooses among them) that sees every origin.
    section = Train(epochs=1, sequence=500, burn_in=0, batch_size=64, windows_per_epoch=10**6)
    model = SMALL.model_copy(update={"name": name})
    before = run(section, model)
    outside, within = PANEL.target.copy(), PANEL.target.copy()
    outside[:, FOLD.train[1] + FOLD.horizon :] *= -5.0
    outside[:, : FOLD.train[0] + 1] *= 3.0
    within[:, edge] += 1.0
    assert run(section, model, replace(PANEL, target=outside)).network == before.network
    assert run(section, model, replace(PANEL, target=within)).network != before.network


@pytest.mark.parametrize("name", ["elman", "bidirectional"])
def test_the_validation_loss_is_the_mean_over_validation_targets_alone(name: str) -> None:
    section = QUICK.model_copy(update={"sequence": 500, "windows_per_epoch": 10**6})
    assert FOLD.valid[0] < 500  # so that validation is warmed up over the whole history
    network = fresh(name)
    parts = forecast(network, PANEL, FOLD.valid, watch=Silence())[:, :, 0]
    target = np.full_like(PANEL.target, 99.0)
    days = slice(FOLD.valid[0] + 1, FOLD.valid[1] + 1)
    target[:, days] = PANEL.target[:, days]
    m, s, df = np.moveaxis(parts.astype(float), -1, 0)
    wanted = -np.nanmean(stats.t.logpdf(target[:, days], df, m, s))
    loss = fitting.validation(network, replace(PANEL, target=target), FOLD, section)()
    assert loss == pytest.approx(wanted, abs=1e-5)


def test_a_gap_has_no_weight_and_no_gradient() -> None:
    target = np.array([[1.0, np.nan], [np.nan, -1.0]], np.float32)
    forecasts = tf.Variable(np.tile(np.float32([0.1, 1.2, 4.0]), (2, 2, 1)))
    with tf.GradientTape() as tape:
        loss, weight = weighted_loss(target, forecasts)
    gradient = tape.gradient(loss, forecasts).numpy()
    assert float(weight) == 2.0
    wanted = -stats.t.logpdf([1.0, -1.0], 4.0, 0.1, 1.2).mean()
    assert float(loss) == pytest.approx(wanted, abs=1e-6)
    assert (gradient[np.isnan(target)] == 0.0).all()
    assert (np.abs(gradient[~np.isnan(target)]).sum(axis=-1) > 0).all()
    nothing, none = weighted_loss(np.full((1, 2), np.nan, np.float32), forecasts[:1])
    assert float(nothing) == float(none) == 0.0


@pytest.mark.parametrize(
    ("clip", "factor", "steps"),
    [
        ("clipnorm", 0.98, 0),
        ("clipnorm", 1.02, 0),
        ("global_clipnorm", 0.98, 10**9),
        ("global_clipnorm", 1.02, 0),
    ],
)
def test_the_gradient_norm_and_the_clipped_share(clip: str, factor: float, steps: int) -> None:
    section = QUICK.model_copy(update={"clipnorm": None, "global_clipnorm": None})
    batch = Sequences(PANEL, FOLD, section)[0]
    network = fresh()
    with tf.GradientTape() as tape:
        loss, _ = weighted_loss(batch[1], network(batch[0], training=True))
    gradients = [g.numpy().ravel() for g in tape.gradient(loss, network.trainable_variables)]
    whole = float(np.linalg.norm(np.concatenate(gradients)))
    acts_at = whole if clip == "global_clipnorm" else max(np.linalg.norm(g) for g in gradients)
    limited = section.model_copy(update={clip: float(acts_at) * factor})
    logs = Trainer(fresh(), limited, steps).train_on_batch(*batch, return_dict=True)
    assert logs["gradient_norm"] == pytest.approx(whole, rel=1e-4)
    assert logs["clipped_share"] == (1.0 if factor < 1.0 else 0.0)
    assert logs["loss"] == pytest.approx(float(loss), rel=1e-5)
    assert logs["targets"] == np.isfinite(batch[1]).sum()


def test_early_stopping_restores_the_best_weights() -> None:
    wild = QUICK.model_copy(
        update={"epochs": 12, "patience": 2, "learning_rate": 0.2, "schedule": "constant"}
    )
    done = run(wild)
    history = done.history
    best = int(history["valid_loss"].to_numpy().argmin()) + 1
    assert done.summary["best_epoch"] == best
    assert best + 2 == len(history) == done.summary["epochs"] < 12
    # Its own row, not the last, is what the network that was kept gives.
    network, section = models.from_bytes(done.network), wild
    again = fitting.validation(network, PANEL, FOLD, section)()
    assert again == pytest.approx(history["valid_loss"].min(), abs=1e-6)
    assert again != pytest.approx(history["valid_loss"].iloc[-1], abs=1e-4)


def test_history_watch_and_summary_tell_the_same() -> None:
    listener = Listener()
    done = train(QUICK, SMALL, PANEL, watch=listener)
    assert list(done.history) == COLUMNS
    assert [number for number, _ in listener.told] == done.history["epoch"].tolist() == [1, 2]
    assert [told["loss"] for _, told in listener.told] == done.history["loss"].tolist()
    assert done.history["learning_rate"].tolist() == pytest.approx([0.003, 0.0015])  # a cosine
    assert done.summary["parameters"] == models.from_bytes(done.network).count_params()
    assert done.summary["clipping"] == "global_clipnorm"
    assert done.summary["causal"] is True


def test_training_learns_the_scale_of_the_target() -> None:
    target = np.where(np.isnan(PANEL.target), np.nan, 0.05 * PANEL.target).astype(np.float32)
    section = Train(epochs=15, sequence=40, batch_size=8, learning_rate=0.02, global_clipnorm=None)
    history = run(section, panel=replace(PANEL, target=target)).history
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
