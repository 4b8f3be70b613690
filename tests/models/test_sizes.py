"""How many parameters a network has, and the sizes that none can have."""

import math
from itertools import product
from typing import Any

import pytest
from networks import LAYERS, SMALL, sizes

import models
from models import ARCHITECTURES, Sizes

COMPOSED = [name for name, kind in ARCHITECTURES.items() if kind.composed]
OPTIONS: dict[str, list[dict[str, Any]]] = {
    "elman": [{}],
    "jordan": [{"state_units": None, "horizon": 1}, {"state_units": 5, "horizon": 3}],
    "lstm": [{}],
    "gru": [{"reset_after": True}, {"reset_after": False}],
    "bidirectional": [{}],
    "stacked": [{}],
    "attention": [{"attention": "full"}, {"attention_days": 2}],
    "seq2seq": [{"horizon": 1}, {"horizon": 4}],
    "hybrid": [{"kernel_days": 1, "convolutions": 3}, {"kernel_days": 3, "convolutions": 1}],
    "memory": [
        {"slots": 1, "slot_width": 3, "reset_after": False},
        {"slots": 4, "slot_width": 1, "reset_after": True},
    ],
    "linear": [{}],
    "feedforward": [{}, {"window_days": 3}],
}


def check(name: str, **options: Any) -> None:
    shape = sizes(name, **options)
    built = ARCHITECTURES[name].build(shape)
    assert built.count_params() == ARCHITECTURES[name].parameters(shape), shape


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_the_parameter_formula_counts_what_was_built(name: str) -> None:
    check(name, features=1, units=1, **OPTIONS[name][0])
    for options in OPTIONS[name]:
        check(name, features=5, units=6, **options)


@pytest.mark.parametrize(("name", "cell"), list(product(COMPOSED, LAYERS)))
def test_the_formula_holds_for_every_cell_and_more_layers(name: str, cell: str) -> None:
    check(name, cell=cell, layers=3, attention="full", reset_after=True)


def test_parameters_worked_by_hand() -> None:
    def count(name: str, **options: Any) -> int:
        shape = models.sizes(name, **{"features": 5, "units": 32, "horizon": 1, **options})
        return ARCHITECTURES[name].parameters(shape)

    head = 3 * 33
    assert count("elman") == 32 * 38 + head
    assert count("lstm") == 4 * 32 * 38 + head
    assert count("gru") == 3 * 32 * 38 + head
    assert count("gru", reset_after=True) == 3 * 32 * 39 + head
    assert count("stacked") == 3 * 32 * 38 + 3 * 32 * 65 + head
    assert count("bidirectional") == 2 * 3 * 32 * 38 + 3 * 65
    # h (s + d_in + 1) + d_out (h + 1) + s (s + d_out + 1) with s = 10 and d_out = 6.
    assert count("jordan", horizon=2, state_units=10) == 32 * 16 + 6 * 33 + 10 * 17
    assert count("attention") == 3 * 32 * 38 + 2 * 32 * 33 + 3 * 65
    assert count("seq2seq", horizon=5) == 3 * 32 * 38 + 32 * 33 + 3 * 32 * 36 + head
    # 5-day convolutions of 5 and of 32 numbers into 32, then a GRU on 32.
    assert count("hybrid") == 32 * 26 + 32 * 161 + 3 * 32 * 65 + head
    # A GRU on 5 + 16 numbers, 66 numbers of heads, 8 slots of 16.
    assert count("memory") == 3 * 32 * 54 + 66 * 33 + 128 + 3 * 49
    assert count("linear", horizon=2) == 2 * 3 * 6
    assert count("feedforward") == 32 * 6 + head
    assert count("feedforward", window_days=10) == 32 * 51 + head


def test_an_architecture_has_layers_and_a_horizon_of_its_own() -> None:
    assert models.sizes("stacked", features=3).layers == 2
    assert models.sizes("seq2seq", features=3).horizon == 5
    assert models.sizes("gru", features=3, layers=None, horizon=None) == Sizes(features=3)


WHOLE = ["horizon", "units", "layers", "state_units", "attention_days", "convolutions"]
WHOLE += ["kernel_days", "window_days", "slots", "slot_width"]
BAD: list[tuple[str, dict[str, Any], str]] = [
    *(("stacked", {name: 0}, f"{name} is 0: give 1 or more") for name in WHOLE),
    *(("stacked", {name: -2}, f"{name} is -2: give 1 or more") for name in WHOLE),
    *(("stacked", {name: 1.5}, f"{name} is 1.5: give a whole number") for name in WHOLE),
    ("gru", {"features": 0}, "features is 0: give 1 or more"),
    ("gru", {"units": True}, "units is True: give a whole number"),
    ("gru", {"units": "4"}, "units is '4': give a whole number"),
    ("gru", {"units": None}, "units is None: give a whole number"),
    ("gru", {"layers": 2}, "gru has one recurrent layer, but layers is 2: take stacked"),
    ("linear", {"layers": 2}, "linear has no recurrent layer, but layers is 2: give 1"),
    ("gru", {"dropout": -0.1}, "dropout is -0.1: give 0.0 or more"),
    ("gru", {"dropout": 1.0}, "dropout is 1.0: give a share below 1"),
    ("gru", {"dropout": "half"}, "dropout is 'half': give a number"),
    ("gru", {"recurrent_dropout": -1}, "recurrent_dropout is -1: give 0.0 or more"),
    ("gru", {"recurrent_dropout": 1}, "recurrent_dropout is 1: give a share below 1"),
    ("gru", {"dropout": math.nan}, "dropout is nan: give"),
    ("gru", {"spectral_norm": 0}, "spectral_norm is 0: give a number above 0"),
    ("gru", {"spectral_norm": -1.0}, "spectral_norm is -1.0: give a number above 0"),
    ("gru", {"spectral_norm": math.inf}, "spectral_norm is inf: give a number above 0"),
    ("gru", {"spectral_norm": "one"}, "spectral_norm is 'one': give a number"),
    ("seq2seq", {"teacher_forcing": 1.1}, "teacher_forcing is 1.1: give a share up to 1"),
    ("seq2seq", {"teacher_forcing": -1.0}, "teacher_forcing is -1.0: give 0.0 or more"),
    ("attention", {"attention": "ful"}, "There is no attention 'ful': did you mean full"),
    ("stacked", {"cell": "jordann"}, "There is no cell 'jordann': did you mean jordan"),
    ("gruu", {}, "There is no architecture 'gruu': did you mean gru"),
]


@pytest.mark.parametrize(("name", "options", "sentence"), BAD)
def test_a_bad_size_is_refused_in_one_sentence(
    name: str, options: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ValueError) as refusal:
        models.build(name, **{"features": 3, **SMALL, **options})
    assert str(refusal.value).startswith(sentence)
    assert "\n" not in str(refusal.value)


def test_what_has_no_attention_says_so() -> None:
    with pytest.raises(ValueError, match="The architecture gru has no attention"):
        models.attention_weights(models.build("gru", features=3, units=2))
    with pytest.raises(ValueError, match="over 0 days has nothing to attend to"):
        models.attention.Attention(2, span=0)
