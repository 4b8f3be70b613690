r"""The bidirectional network: one recurrence reads the window forwards, another backwards.

.. math::

    →h_t = f(x_t, →h_{t-1}), \qquad ←h_t = g(x_t, ←h_{t+1}), \qquad h = [→h_L ; ←h_1]

for a window of days 1 … L; f and g are of any recurrent kind (`cell`) with weights of their own.
Source: M. Schuster and K. Paliwal, "Bidirectional recurrent neural networks", IEEE Transactions
on Signal Processing 45 (1997).

The network is not causal: ←h_t has seen the days after t. It therefore gives one forecast at the
end of the window, where all that it has seen is past, and none at the days inside.

With several `layers`, each reads both directions of the one below, of every day.

Parameters: twice those of the recurrent kind with d_in inputs, (layers − 1) times twice those with
2h inputs, and d_out (2h + 1) of the head.
"""

from __future__ import annotations

import keras

from models.cells import Cell
from models.network import HIDDEN, Sizes, days, finish, head_parameters


def build(sizes: Sizes) -> keras.Model:
    """Return the network: (batch, days, features) → (batch, H, 4)."""
    kind = Cell(sizes.cell)
    inputs = both = days(sizes)
    for depth in range(1, sizes.layers + 1):
        last = depth == sizes.layers
        layer = kind.layer(sizes, return_sequences=not last, name=f"direction_{depth}")
        name = HIDDEN if last else f"hidden_{depth}"
        both = keras.layers.Bidirectional(layer, merge_mode="concat", name=name)(both)
    return finish("bidirectional", inputs, both, sizes)


def causal(sizes: Sizes) -> bool:  # noqa: ARG001
    """Say that it has seen the days after t."""
    return False


def parameters(sizes: Sizes) -> int:
    """Return the number of parameters."""
    kind = Cell(sizes.cell)
    width = 2 * kind.width(sizes)
    above = (sizes.layers - 1) * kind.parameters(sizes, width)
    recurrent = 2 * (kind.parameters(sizes, sizes.features) + above)
    return recurrent + head_parameters(width, sizes.horizon)
