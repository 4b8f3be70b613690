r"""The stacked (deep) network: each recurrent layer reads the states of the one below.

.. math:: h_t^{(1)} = f_1(x_t, h_{t-1}^{(1)}), \qquad h_t^{(l)} = f_l(h_t^{(l-1)}, h_{t-1}^{(l)})

with `layers` layers of one recurrent kind (`cell`). Source: J. Schmidhuber, "Learning complex,
extended sequences using the principle of history compression", Neural Computation 4 (1992);
A. Graves, A. Mohamed and G. Hinton, "Speech recognition with deep recurrent neural networks",
ICASSP 2013. Causal, as each of its layers is; the hidden state is that of the last layer.

Parameters: those of the recurrent kind with d_in inputs, (layers − 1) times those with h inputs,
and d_out (h + 1) of the head. (A kind that gives more than h numbers a day has its width w in
place of h.)
"""

from __future__ import annotations

from typing import Any

import keras

from models.cells import Cell
from models.network import HIDDEN, Sizes, days, finish, head_parameters


def encode(inputs: Any, sizes: Sizes, *, name: str = HIDDEN) -> Any:
    """Put `layers` layers of one recurrent kind on each other: (batch, days, d) → (…, w)."""
    kind = Cell(sizes.cell)
    for depth in range(1, sizes.layers):
        inputs = kind.layer(sizes, name=f"hidden_{depth}")(inputs)
    return kind.layer(sizes, name=name)(inputs)


def encoder_parameters(sizes: Sizes, inputs: int) -> int:
    """Return the parameters of `encode` for d inputs."""
    kind = Cell(sizes.cell)
    above = (sizes.layers - 1) * kind.parameters(sizes, kind.width(sizes))
    return kind.parameters(sizes, inputs) + above


def build(sizes: Sizes) -> keras.Model:
    """Return the network: (batch, days, features) → (batch, days, H, 4)."""
    inputs = days(sizes)
    return finish("stacked", inputs, encode(inputs, sizes), sizes)


def parameters(sizes: Sizes) -> int:
    """Return the number of parameters."""
    head = head_parameters(Cell(sizes.cell).width(sizes), sizes.horizon)
    return encoder_parameters(sizes, sizes.features) + head
