r"""The gated recurrent unit: an LSTM's memory with two gates and no second state.

.. math::

    z_t &= s(W_z x_t + U_z h_{t-1} + b_z) \\
    r_t &= s(W_r x_t + U_r h_{t-1} + b_r) \\
    h̃_t &= σ(W_h x_t + U_h (r_t ⊙ h_{t-1}) + b_h) \\
    h_t &= z_t ⊙ h_{t-1} + (1 - z_t) ⊙ h̃_t

with s the logistic function and σ = tanh by default. Source: K. Cho et al., "Learning phrase
representations using RNN encoder–decoder", EMNLP 2014. Gate convention: here, as in that paper
and in Keras, z_t = 1 keeps the old state; other texts write 1 − z_t for the same gate.

With ``reset_after`` the candidate is σ(W_h x_t + b_h + r_t ⊙ (U_h h_{t-1} + b'_h)), each gate has
a second bias, and a GPU runs it as one cuDNN call.

Parameters: 3 h (h + d_in + 1), with ``reset_after`` 3 h (h + d_in + 2), and d_out (h + 1) of the
head.
"""

from __future__ import annotations

import keras

from models.network import HIDDEN, Sizes, days, finish, head_parameters
from models.spectral_norm import bound


def layer(sizes: Sizes, *, return_sequences: bool = True, name: str = HIDDEN) -> keras.Layer:
    """Return the recurrent layer: (batch, days, d) → (batch, days, h), or (batch, h)."""
    return keras.layers.GRU(
        sizes.units,
        activation=sizes.activation,
        dropout=sizes.dropout,
        recurrent_dropout=sizes.recurrent_dropout,
        recurrent_constraint=bound(sizes.spectral_norm),
        reset_after=sizes.reset_after,
        return_sequences=return_sequences,
        name=name,
    )


def layer_parameters(sizes: Sizes, inputs: int) -> int:
    """Return 3 h (h + d + 1), or 3 h (h + d + 2) with `reset_after`, for a layer with d inputs."""
    biases = 2 if sizes.reset_after else 1
    return 3 * sizes.units * (sizes.units + inputs + biases)


def build(sizes: Sizes) -> keras.Model:
    """Return the network: (batch, days, features) → (batch, days, H, 4)."""
    inputs = days(sizes)
    return finish("gru", inputs, layer(sizes)(inputs), sizes)


def parameters(sizes: Sizes) -> int:
    """Return the number of parameters."""
    return layer_parameters(sizes, sizes.features) + head_parameters(sizes.units, sizes.horizon)
