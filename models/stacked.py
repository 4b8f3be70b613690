r"""The stacked (deep) network: each recurrent layer reads the states of the one below.

.. math:: h_t^{(1)} = f_1(x_t, h_{t-1}^{(1)}), \qquad h_t^{(l)} = f_l(h_t^{(l-1)}, h_{t-1}^{(l)})

with `layers` layers of one recurrent kind (`cell`). Source: J. Schmidhuber, "Learning complex,
extended sequences using the principle of history compression", Neural Computation 4 (1992);
A. Graves, A. Mohamed and G. Hinton, "Speech recognition with deep recurrent neural networks",
ICASSP 2013. Causal, as each of its layers is; the hidden state is that of the last layer.

Parameters: those of the recurrent kind with d_in inputs, (layers − 1) times those with h inputs,
and d_out (h + 1) of the head.
"""

from __future__ import annotations

import keras

from models.cells import cell
from models.network import HIDDEN, Sizes, days, finish, head_parameters


def build(sizes: Sizes) -> keras.Model:
    """Return the network: (batch, days, features) → (batch, days, H, 3)."""
    kind = cell(sizes.cell)
    inputs = hidden = days(sizes)
    for depth in range(1, sizes.layers):
        hidden = kind.layer(sizes, name=f"hidden_{depth}")(hidden)
    hidden = kind.layer(sizes, name=HIDDEN)(hidden)
    return finish("stacked", inputs, hidden, sizes)


def parameters(sizes: Sizes) -> int:
    """Return the number of parameters."""
    kind = cell(sizes.cell)
    first = kind.parameters(sizes, sizes.features)
    above = (sizes.layers - 1) * kind.parameters(sizes, sizes.units)
    return first + above + head_parameters(sizes.units, sizes.horizon)
