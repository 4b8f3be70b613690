r"""The linear control: no hidden layer and no memory, a linear map of the day's inputs.

.. math:: h_t = x_t

The head reads the day's inputs themselves, which stand in place of hidden states. Of earlier days
it knows what the inputs remember, such as running volatilities.

Parameters: d_out (d_in + 1), those of the head.
"""

from __future__ import annotations

import keras

from models.network import HIDDEN, Sizes, days, finish, head_parameters


def build(sizes: Sizes) -> keras.Model:
    """Return the network: (batch, days, features) → (batch, days, H, 4)."""
    inputs = days(sizes)
    # As in a recurrent layer, what is dropped is dropped on all days of a sequence.
    seen = keras.layers.SpatialDropout1D(sizes.dropout, name=HIDDEN)(inputs)
    return finish("linear", inputs, seen, sizes)


def parameters(sizes: Sizes) -> int:
    """Return the number of parameters."""
    return head_parameters(sizes.features, sizes.horizon)
