"""Networks through files and bytes."""

import json
import re
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from networks import drawn, noise, shaken, small, told
from strangers import told as told_alone

import models
from models.seq2seq import TOLD, Decoder

CASES: list[tuple[str, dict[str, Any]]] = [
    *((name, {"state_units": 3} if name == "jordan" else {}) for name in models.ARCHITECTURES),
    ("attention", {"attention": "full"}),
    ("memory", {"spectral_norm": 0.7}),
    ("bidirectional", {"cell": "memory"}),
]
PLAIN = ("elman", "lstm", "gru", "bidirectional", "stacked", "hybrid", *models.CONTROLS)
"""What Keras can load alone."""
INPUTS = noise(2, 4, 3)


@pytest.mark.parametrize(("name", "options"), CASES)
def test_files_hold_the_network(name: str, options: dict[str, Any]) -> None:
    network = drawn(name, **options)
    content = models.to_bytes(network)
    assert models.to_bytes(shaken(small(name, **options))) == content
    both = answered(network), answered(models.from_bytes(content))
    for one, other in zip(*both, strict=True):
        np.testing.assert_array_equal(one, other)


def answered(network: keras.Model) -> list[Any]:
    """Return forecasts and hidden states."""
    both = keras.Model(network.input, [network.output, models.states(network).output])
    return [keras.ops.convert_to_numpy(each) for each in both(INPUTS)]


def test_what_belongs_to_an_architecture_survives_loading() -> None:
    network = models.from_bytes(models.to_bytes(drawn("attention")))
    weights = models.attention_weights(network)
    assert weights.output_shape == (None, None, 3)
    assert told(weights, INPUTS).shape == (2, 4, 3)
    everything = models.attention_weights(drawn("attention", attention="full"))
    assert everything.output_shape == (None, None, None)
    assert told(everything, INPUTS).shape == (2, 4, 4)
    network = drawn("seq2seq", teacher_forcing=1.0, spectral_norm=0.7)
    loaded = models.from_bytes(models.to_bytes(network))
    assert loaded.get_layer("decoder").recurrent_constraint.bound == 0.7
    target = noise(2, 4, 2, seed=1)
    answers = [told(models.in_training(n), INPUTS, target) for n in (network, loaded)]
    np.testing.assert_array_equal(*answers)
    loaded = models.from_bytes(models.to_bytes(drawn("memory", spectral_norm=0.7)))
    assert loaded.get_layer("hidden").cell.recurrent_constraint.bound == 0.7


ALONE: list[tuple[str, dict[str, Any]]] = [("hybrid", {})]
"""One suffices: the next test shows that the configs of all of them name Keras's layers alone."""
REGISTERED: list[tuple[str, dict[str, Any]]] = [
    *((name, {}) for name in ("attention", "memory")),
    *(("gru", {"spectral_norm": 0.5}), ("seq2seq", {"cell": "jordan"})),
]
"""Every layer, cell and constraint that is not Keras's."""
PROGRAM = """
import sys
from pathlib import Path

import keras
import numpy as np

def answer(cases):
    for file in sorted((Path(sys.argv[1]) / cases).glob("*.keras")):
        network = keras.saving.load_model(file)
        forecast = network(np.load(Path(sys.argv[1]) / "inputs.npy"))
        np.save(file.with_suffix(".npy"), keras.ops.convert_to_numpy(forecast))

answer("alone")
assert not any(module.split(".")[0] == "models" for module in sys.modules)
import models
models.register()
answer("registered")
"""


def test_another_process_loads_them(tmp_path: Path) -> None:
    """First those that Keras loads alone, then those with layers of firmament's."""
    np.save(tmp_path / "inputs.npy", INPUTS)
    forecasts = {}
    for folder, cases in (("alone", ALONE), ("registered", REGISTERED)):
        (tmp_path / folder).mkdir()
        for place, (name, options) in enumerate(cases):
            network = drawn(name, **options)
            network.save(tmp_path / folder / f"{place}.keras")
            forecasts[f"{folder}/{place}.npy"] = told(network, INPUTS)
    root = Path(models.__file__).parents[1]
    done = told_alone(PROGRAM, str(tmp_path), folder=root)
    assert done.returncode == 0, done.stderr
    for file, forecast in forecasts.items():
        np.testing.assert_allclose(np.load(tmp_path / file), forecast, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", PLAIN)
def test_what_keras_can_load_alone_names_nothing_of_firmament(name: str) -> None:
    config = json.dumps(keras.saving.serialize_keras_object(small(name)))
    assert set(re.findall(r'"module": "(\w+)', config)) == {"keras"}
    assert set(re.findall(r'"registered_name": "([^"]+)"', config)) == {"Functional"}


def test_a_decoder_of_before_is_read_as_it_was_trained() -> None:
    config = small("seq2seq").get_layer("decoder").get_config()
    assert config.pop("told") == TOLD == 3
    assert Decoder.from_config(config).told == 2
