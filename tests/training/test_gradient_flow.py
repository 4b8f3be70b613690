"""How far back a day's loss reaches."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from universe import windowed

import models
from models.catalogue import CELLS
from pipeline.errors import ConfigError
from pipeline.settings.model import Model
from pipeline.settings.train import Train
from pipeline.settings.window import Window
from pipeline.training import gradient_flow
from pipeline.training.batches import Sequences, Windows
from pipeline.training.gradient_flow import GradientFlow
from pipeline.training.objective import weighted_loss
from pipeline.training.train import train
from pipeline.watch import Silence

PANEL = windowed(Window(lookback=10, horizon=2), firms=6, days=300)
SECTION = Train(
    epochs=2,
    sequence=4,
    burn_in=2,
    batch_size=8,
    sequences_per_epoch=32,
    refit=False,
    gradient_flow=True,
)
DAYS = SECTION.burn_in + SECTION.sequence
BATCHES = Sequences(PANEL, PANEL.fold, SECTION)
FEW = 4


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure it on few sequences: here each of them is looked at by itself."""
    monkeypatch.setattr(gradient_flow, "SEQUENCES", FEW)


def built(name: str, **options: Any) -> keras.Model:
    keras.utils.set_random_seed(1)
    return models.build(
        name, features=PANEL.features.shape[2], horizon=2, **{"units": 4, **options}
    )


def losses(forecast: Any, target: Any) -> Any:
    return sum(weighted_loss(target[row], forecast[row])[0] for row in range(len(target)))


def test_the_sample_ends_on_days_that_are_known_and_stays_the_same() -> None:
    features, target = BATCHES.sample(16)
    assert features.shape == (16, DAYS, PANEL.features.shape[2])
    assert np.isfinite(target[:, -1]).any(axis=1).all()
    assert np.isnan(target[:, : SECTION.burn_in]).all()
    BATCHES.on_epoch_end()
    np.testing.assert_array_equal(BATCHES.sample(16)[0], features)
    assert len(BATCHES.sample(10**6)[0]) < 300


def test_of_an_elman_network_it_is_the_product_of_its_jacobians() -> None:
    # ∂h_t/∂h_{t−1} = diag(1 − h_t²) Uᵀ, so that the gradient g becomes ((1 − h_t²) ⊙ g) Uᵀ.
    network = built("elman")
    flow = GradientFlow(network, BATCHES)
    features, target = BATCHES.sample(FEW)
    h = models.states(network)(features).numpy()
    recurrent = network.get_layer("hidden").cell.recurrent_kernel.numpy()
    head = keras.Model(network.get_layer("hidden").output, network.output)
    last = tf.convert_to_tensor(h[:, -1:])
    with tf.GradientTape() as tape:
        tape.watch(last)
        loss = losses(head(last)[:, 0], target[:, -1])
    gradient = tape.gradient(loss, last).numpy()[:, 0]
    expected = []
    for day in reversed(range(DAYS)):
        expected.append(np.linalg.norm(gradient, axis=1).mean())
        gradient = (gradient * (1.0 - h[:, day] ** 2)) @ recurrent.T
    np.testing.assert_allclose(flow.norms(), expected, rtol=1e-4)


@pytest.mark.parametrize("name", CELLS)
def test_it_is_what_a_first_state_of_the_days_after_gets(name: str) -> None:
    # The last days alone, begun with the state of the day before them, by Keras's own layer.
    network, ago = built(name), 3
    flow = GradientFlow(network, BATCHES)
    with tf.GradientTape() as tape:
        _, states = flow.run(tape)
    begun = states[DAYS - 1 - ago]
    features, target = BATCHES.sample(FEW)
    with tf.GradientTape() as tape:
        tape.watch(begun)
        after = flow.layer(features[:, -ago:], initial_state=begun)
        forecast = keras.Model(flow.layer.output, network.output)(after)[:, -1]
        loss = losses(forecast, target[:, -1])
    parts = tape.gradient(loss, begun, unconnected_gradients="zero")
    gradient = np.concatenate([part.numpy() for part in parts], axis=1)
    norm = np.linalg.norm(gradient, axis=1).mean()
    np.testing.assert_allclose(flow.norms()[ago], norm, rtol=1e-4)
    assert len(parts) == {"elman": 1, "gru": 1}.get(name, 2)


@pytest.mark.parametrize("name", ["stacked", "attention", "seq2seq", "hybrid"])
def test_composed_networks_have_it_of_their_last_layer(name: str) -> None:
    network = built(name, cell="lstm", kernel_days=2, attention_days=3)
    flow = GradientFlow(network, BATCHES)
    features, _ = BATCHES.sample(FEW)
    with tf.GradientTape() as tape:
        outputs, _ = flow.run(tape)
    np.testing.assert_allclose(
        np.stack(outputs, axis=1), models.states(network)(features), atol=1e-6
    )
    norms = flow.norms()
    assert norms.shape == (DAYS,)
    assert norms.min() > 0.0


@pytest.mark.parametrize(
    ("name", "options"), [("bidirectional", {}), ("attention", {"attention": "full"})]
)
def test_it_is_refused_where_it_is_not_defined(name: str, options: dict[str, Any]) -> None:
    network, windows = built(name, **options), Windows(PANEL, PANEL.fold, SECTION)
    with pytest.raises(ConfigError, match=rf"^train\.gradient_flow is not .* {name} .*not causal"):
        GradientFlow(network, windows)
    with pytest.raises(ConfigError, match=r"train\.gradient_flow"):
        model = Model(name=name, units=4, attention=options.get("attention", "causal"))
        train(SECTION, model, PANEL, watch=Silence())


def test_a_training_keeps_it_before_and_after_each_epoch() -> None:
    model = Model(name="elman", units=4, dropout=0.0)
    done = train(SECTION, model, PANEL, watch=Silence())
    table = done.gradient_flow.set_index(["epoch", "lag"])["norm"]
    assert len(table) == 3 * DAYS
    keras.utils.set_random_seed(SECTION.seed)
    features = PANEL.features.shape[2]
    first = models.build("elman", features=features, horizon=2, units=4)
    np.testing.assert_allclose(table.loc[0], GradientFlow(first, BATCHES).norms(), rtol=1e-5)
    best = models.from_bytes(done.network)
    after = GradientFlow(best, BATCHES).norms()
    np.testing.assert_allclose(table.loc[done.summary["best_epoch"]], after, rtol=1e-5)
    assert np.abs(table.loc[1] / table.loc[0] - 1.0).max() > 1e-3
    # To look changes nothing.
    unseen = train(
        SECTION.model_copy(update={"gradient_flow": False}), model, PANEL, watch=Silence()
    )
    assert unseen.network == done.network
    assert unseen.gradient_flow.empty


def test_a_control_trains_without_it() -> None:
    done = train(SECTION, Model(name="linear"), PANEL, watch=Silence())
    assert done.gradient_flow.empty
