"""The Elman network: the simplest recurrence.

.. math:: h_t = σ(W x_t + U h_{t-1} + b)

Source: J. L. Elman, "Finding structure in time", Cognitive Science 14 (1990). Keras calls the
layer ``SimpleRNN``. Its gradient through k days carries U to the power k, which makes it vanish
or explode: it remembers days, not months.

Parameters: h (h + d_in + 1), and d_out (h + 1) of the head.
"""

from __future__ import annotations

import keras

from models.network import HIDDEN, Sizes, days, finish, head_parameters
from models.spectral_norm import bound


def layer(sizes: Sizes, *, return_sequences: bool = True, name: str = HIDDEN) -> keras.Layer:
    """Return the recurrent layer: (batch, days, d) → (batch, days, h), or (batch, h)."""
    return keras.layers.SimpleRNN(
        sizes.units,
        activation=sizes.activation,
        dropout=sizes.dropout,
        recurrent_dropout=sizes.recurrent_dropout,
        recurrent_constraint=bound(sizes.spectral_norm),
        return_sequences=return_sequences,
        name=name,
    )


def layer_parameters(sizes: Sizes, inputs: int) -> int:
    """Return h (h + d + 1) for a layer with d inputs."""
    return sizes.units * (sizes.units + inputs + 1)


def build(sizes: Sizes) -> keras.Model:
    """Return the network: (batch, days, features) → (batch, days, H, 4)."""
    inputs = days(sizes)
    return finish("elman", inputs, layer(sizes)(inputs), sizes)


def parameters(sizes: Sizes) -> int:
    """Return the number of parameters."""
    return layer_parameters(sizes, sizes.features) + head_parameters(sizes.units, sizes.horizon)
