r"""The feedforward control: one hidden layer over the inputs of a few days, without recurrence.

.. math:: h_t = σ\Bigl(\sum_{j=0}^{k-1} W_j x_{t-j} + b\Bigr)

with k `window_days`, 1 unless told otherwise: then it sees the day alone. Days before the first
are zero. What came k days ago or earlier moves nothing, however it is trained. Source: over several
days it is a layer of the time-delay network of A. Waibel et al., "Phoneme recognition using
time-delay neural networks", IEEE Transactions on Acoustics, Speech, and Signal Processing 37
(1989).

Parameters: h (k d_in + 1), and d_out (h + 1) of the head.
"""

from __future__ import annotations

import keras

from models.network import HIDDEN, Sizes, days, finish, head_parameters


def build(sizes: Sizes) -> keras.Model:
    """Return the network: (batch, days, features) → (batch, days, H, 4)."""
    inputs = days(sizes)
    # As in a recurrent layer, what is dropped is dropped on all days of a sequence.
    seen = keras.layers.SpatialDropout1D(sizes.dropout, name="dropout")(inputs)
    window = keras.layers.Conv1D(
        sizes.units,
        sizes.window_days,
        padding="causal",
        activation=sizes.activation,
        name=HIDDEN,
    )
    return finish("feedforward", inputs, window(seen), sizes)


def parameters(sizes: Sizes) -> int:
    """Return the number of parameters."""
    hidden = sizes.units * (sizes.window_days * sizes.features + 1)
    return hidden + head_parameters(sizes.units, sizes.horizon)
