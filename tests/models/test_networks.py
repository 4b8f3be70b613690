import subprocess
import sys
from itertools import product

import keras
import numpy as np
import pytest

import models
from models import ARCHITECTURES, Sizes

CAUSAL = [name for name, kind in ARCHITECTURES.items() if kind.causal]


def small(name: str, **options: object) -> keras.Model:
    keras.utils.set_random_seed(1)
    return models.build(name, features=3, units=4, horizon=2, **options)  # type: ignore[arg-type]


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_the_parameter_formula_counts_what_was_built(name: str) -> None:
    for features, units, cell, reset in product((1, 5), (1, 6), ("elman", "lstm", "gru"), (0, 1)):
        sizes = Sizes(features, 2, units, 3, cell, reset_after=bool(reset))
        built = ARCHITECTURES[name].build(sizes)
        assert built.count_params() == ARCHITECTURES[name].parameters(sizes), sizes


def test_parameters_worked_by_hand() -> None:
    sizes = Sizes(features=5, horizon=1, units=32)
    head = 3 * 33
    assert ARCHITECTURES["elman"].parameters(sizes) == 32 * 38 + head
    assert ARCHITECTURES["lstm"].parameters(sizes) == 4 * 32 * 38 + head
    assert ARCHITECTURES["gru"].parameters(sizes) == 3 * 32 * 38 + head
    assert ARCHITECTURES["stacked"].parameters(sizes) == 3 * 32 * 38 + 3 * 32 * 65 + head
    assert ARCHITECTURES["bidirectional"].parameters(sizes) == 2 * 3 * 32 * 38 + 3 * 65


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_shapes_of_forecasts_and_states(name: str) -> None:
    network = small(name)
    days = (5, 7) if ARCHITECTURES[name].causal else (5,)
    width = 4 if ARCHITECTURES[name].causal else 8
    assert models.is_causal(network) == ARCHITECTURES[name].causal
    forecast = network.predict_on_batch(noise(5, 7, 3))
    assert forecast.shape == (*days, 2, 3)
    assert (forecast[..., 1] > 0).all()
    assert (forecast[..., 2] > 2).all()
    assert models.states(network).predict_on_batch(noise(5, 7, 3)).shape == (*days, width)


@pytest.mark.parametrize("name", CAUSAL)
def test_a_causal_network_does_not_see_the_future(name: str) -> None:
    network = small(name)
    inputs = noise(2, 9, 3)
    for day in range(9):
        changed = inputs.copy()
        changed[:, day + 1 :] += 7.0
        for part in (network, models.states(network)):
            before, after = part.predict_on_batch(inputs), part.predict_on_batch(changed)
            np.testing.assert_array_equal(before[:, : day + 1], after[:, : day + 1])
            assert day == 8 or (before[:, day + 1 :] != after[:, day + 1 :]).any()


def test_the_bidirectional_network_sees_its_whole_window() -> None:
    network = small("bidirectional", cell="lstm")
    inputs = noise(1, 6, 3)
    for day in range(6):
        changed = inputs.copy()
        changed[:, day] += 1.0
        assert (network.predict_on_batch(inputs) != network.predict_on_batch(changed)).any()


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_bytes_hold_the_network_bit_by_bit(name: str) -> None:
    network, twin = small(name), small(name)
    loaded = models.from_bytes(models.to_bytes(network))
    inputs = noise(2, 6, 3)
    for one, other in ((network, loaded), (models.states(network), models.states(loaded))):
        np.testing.assert_array_equal(one.predict_on_batch(inputs), other.predict_on_batch(inputs))
    assert models.to_bytes(network) == models.to_bytes(twin)


def test_a_fresh_process_loads_a_network_with_keras_alone(tmp_path) -> None:  # type: ignore[no-untyped-def]
    network, inputs = small("stacked"), noise(2, 6, 3)
    network.save(tmp_path / "n.keras")
    np.save(tmp_path / "x.npy", inputs)
    program = (
        "import sys, keras, numpy as np; from pathlib import Path; p = Path(sys.argv[1]);"
        "n = keras.saving.load_model(p / 'n.keras');"
        "np.save(p / 'y.npy', n.predict_on_batch(np.load(p / 'x.npy')))"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True, timeout=120)
    np.testing.assert_array_equal(np.load(tmp_path / "y.npy"), network.predict_on_batch(inputs))


def test_a_misspelt_name_is_answered_with_suggestions() -> None:
    with pytest.raises(ValueError, match="no architecture 'gruu': did you mean gru"):
        models.build("gruu", features=3)
    with pytest.raises(ValueError, match=r"no cell 'jordann'.*There are elman, lstm, gru"):
        models.build("stacked", features=3, cell="jordann")
