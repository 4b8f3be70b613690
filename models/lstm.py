r"""The long short-term memory: a cell c_t beside the state, written and read through gates.

.. math::

    f_t &= s(W_f x_t + U_f h_{t-1} + b_f) \\
    i_t &= s(W_i x_t + U_i h_{t-1} + b_i) \\
    o_t &= s(W_o x_t + U_o h_{t-1} + b_o) \\
    c_t &= f_t ⊙ c_{t-1} + i_t ⊙ σ(W_c x_t + U_c h_{t-1} + b_c) \\
    h_t &= o_t ⊙ σ(c_t)

with s the logistic function and σ = tanh by default. Source: S. Hochreiter and J. Schmidhuber,
"Long short-term memory", Neural Computation 9 (1997); the forget gate f_t is from F. Gers,
J. Schmidhuber and F. Cummins, "Learning to forget", Neural Computation 12 (2000). The forget
gate's bias starts at 1, so that a new network remembers.

Parameters: 4 h (h + d_in + 1), and d_out (h + 1) of the head.
"""

from __future__ import annotations

import keras

from models.network import HIDDEN, Sizes, days, finish, head_parameters
from models.spectral_norm import bound


def layer(sizes: Sizes, *, return_sequences: bool = True, name: str = HIDDEN) -> keras.Layer:
    """Return the recurrent layer: (batch, days, d) → (batch, days, h), or (batch, h)."""
    return keras.layers.LSTM(
        sizes.units,
        activation=sizes.activation,
        dropout=sizes.dropout,
        recurrent_dropout=sizes.recurrent_dropout,
        recurrent_constraint=bound(sizes.spectral_norm),
        return_sequences=return_sequences,
        name=name,
    )


def layer_parameters(sizes: Sizes, inputs: int) -> int:
    """Return 4 h (h + d + 1) for a layer with d inputs."""
    return 4 * sizes.units * (sizes.units + inputs + 1)


def build(sizes: Sizes) -> keras.Model:
    """Return the network: (batch, days, features) → (batch, days, H, 4)."""
    inputs = days(sizes)
    return finish("lstm", inputs, layer(sizes)(inputs), sizes)


def parameters(sizes: Sizes) -> int:
    """Return the number of parameters."""
    return layer_parameters(sizes, sizes.features) + head_parameters(sizes.units, sizes.horizon)
