r"""The bidirectional network: one recurrence reads the window forwards, another backwards.

.. math::

    →h_t = f(x_t, →h_{t-1}), \qquad ←h_t = g(x_t, ←h_{t+1}), \qquad h = [→h_L ; ←h_1]

for a window of days 1 … L; f and g are of any recurrent kind (`cell`) with weights of their own.
Source: M. Schuster and K. Paliwal, "Bidirectional recurrent neural networks", IEEE Transactions
on Signal Processing 45 (1997).

The network is not causal: ←h_t has seen the days after t. It therefore gives one forecast at the
end of the window, where all that it has seen is past, and none at the days inside.

Parameters: twice those of the recurrent kind, and d_out (2h + 1) of the head.
"""

from __future__ import annotations

import keras

from models.cells import cell
from models.network import HIDDEN, Sizes, days, finish, head_parameters


def build(sizes: Sizes) -> keras.Model:
    """Return the network: (batch, days, features) → (batch, H, 3)."""
    kind = cell(sizes.cell)
    inputs = days(sizes)
    layer = kind.layer(sizes, return_sequences=False)
    both = keras.layers.Bidirectional(layer, merge_mode="concat", name=HIDDEN)
    return finish("bidirectional", inputs, both(inputs), sizes)


def parameters(sizes: Sizes) -> int:
    """Return the number of parameters."""
    layers = 2 * cell(sizes.cell).parameters(sizes, sizes.features)
    return layers + head_parameters(2 * sizes.units, sizes.horizon)
