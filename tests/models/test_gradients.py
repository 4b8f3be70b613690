"""Gradients of the layers that are not Keras's own, against central differences."""

from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import pytest
from differences import DTYPE, hold
from networks import noise, shaken

from models.attention import Attention
from models.jordan import JordanCell
from models.memory import MemoryCell
from models.seq2seq import Decoder

TARGET = noise(2, 3, 3, seed=9).astype(DTYPE)
TARGET[0, 1, 0] = np.nan

LAYERS: dict[str, tuple[Callable[[], Any], tuple[Any, ...]]] = {
    "jordan": (lambda: keras.layers.RNN(JordanCell(3, 2, 4), return_sequences=True), ()),
    "memory, reset after": (
        lambda: keras.layers.RNN(MemoryCell(3, 3, 2, reset_after=True), return_sequences=True),
        (),
    ),
    "memory, reset before": (
        lambda: keras.layers.RNN(MemoryCell(3, 3, 2, reset_after=False), return_sequences=True),
        (),
    ),
    "causal attention": (lambda: Attention(4, span=3), ()),
    "attention that looks back beyond the first day": (lambda: Attention(4, span=9), ()),
    "full attention": (lambda: Attention(4), ()),
    "decoder": (lambda: Decoder(3, 3, told=3), ()),
    "decoder of before": (lambda: Decoder(3, 3), ()),
    "taught decoder": (lambda: Decoder(3, 3, teacher_forcing=1.0, told=3), (TARGET,)),
}


@pytest.fixture(autouse=True)
def _digits() -> Iterator[None]:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(DTYPE)
    yield
    keras.config.set_dtype_policy(before)


@pytest.mark.parametrize("name", LAYERS)
def test_gradients_are_those_of_central_differences(name: str) -> None:
    make, others = LAYERS[name]
    layer, inputs = make(), noise(2, 3, 3).astype(DTYPE)
    layer(inputs, *others)
    shaken(layer)
    hold(layer, inputs, *others)
