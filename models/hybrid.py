r"""The hybrid network: causal convolutions in front of a recurrence.

.. math::

    u_t^{(0)} = x_t, \qquad
    u_t^{(l)} = \max\Bigl(0, \sum_{j=0}^{k-1} W_j^{(l)} u_{t - j 2^{l-1}}^{(l-1)} + b^{(l)}\Bigr),
    \qquad h_t = f(u_t^{(n)}, h_{t-1})

with n `convolutions` of k `kernel_days` each, h filters, and `layers` layers f of one recurrent
kind (`cell`). Days before the first are zero. A layer skips 2^{l-1} days from tap to tap, so that
n layers span 1 + (k − 1)(2^n − 1) days: short patterns are found by the convolutions and
remembered by the recurrence. Source: the convolutions are those of A. van den Oord et al.,
"WaveNet", arXiv:1609.03499 (2016); in front of a recurrence, T. Sainath et al., "Convolutional,
long short-term memory, fully connected deep neural networks", ICASSP 2015.

Parameters: h (k d_in + 1) + (n − 1) h (k h + 1) of the convolutions, those of the recurrent layers
with h inputs, and d_out (h + 1) of the head.
"""

from __future__ import annotations

import keras

from models.cells import Cell
from models.network import Sizes, days, finish, head_parameters
from models.stacked import encode, encoder_parameters


def build(sizes: Sizes) -> keras.Model:
    """Return the network: (batch, days, features) → (batch, days, H, 4)."""
    inputs = found = days(sizes)
    for depth in range(1, sizes.convolutions + 1):
        found = keras.layers.Conv1D(
            sizes.units,
            sizes.kernel_days,
            dilation_rate=2 ** (depth - 1),
            padding="causal",
            activation="relu",
            name=f"convolution_{depth}",
        )(found)
    return finish("hybrid", inputs, encode(found, sizes), sizes)


def parameters(sizes: Sizes) -> int:
    """Return the number of parameters."""
    h, k = sizes.units, sizes.kernel_days
    convolutions = h * (k * sizes.features + 1) + (sizes.convolutions - 1) * h * (k * h + 1)
    head = head_parameters(Cell(sizes.cell).width(sizes), sizes.horizon)
    return convolutions + encoder_parameters(sizes, h) + head
