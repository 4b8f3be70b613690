r"""The memory-augmented network: a GRU that writes to and reads from a memory of N slots.

.. math::

    h_t &= \mathrm{GRU}([x_t ; r_{t-1}], h_{t-1}) \\
    k_t &= \tanh(W_k h_t + b_k), \qquad β_t = 1 + \ln(1 + e^{W_β h_t + b_β}) \\
    w_t(i) &= \mathrm{softmax}_i(β_t \cos(k_t, M_{t-1}(i))) \\
    M_t(i) &= M_{t-1}(i) ⊙ (1 - w_t(i) e_t) + w_t(i) a_t \\
    r_t &= \sum_i w'_t(i) M_t(i)

The write head has a key k, a sharpness β, an erase vector e = s(W_e h + b_e) and an add vector
a = tanh(W_a h + b_a), with s the logistic function; the read head has a key k' and a sharpness β'
of its own, and its weights w' are taken on M_t. Every day's output is [h_t ; r_t].
Source: A. Graves, G. Wayne and I. Danihelka, "Neural Turing machines", arXiv:1410.5401 (2014),
equations 2 to 6, with addressing by content alone.

What keeps it stable: keys and what is added are within ±1, an erasure is between 0 and 1, and the
cosine is taken with a floor under the norms. M_0 is learned: were its slots equal, content could
never tell them apart.

Parameters, with W the width of a slot: 3 h (h + d_in + W + 1) of the GRU, (4 W + 2)(h + 1) of
reading and writing, N W of M_0, and d_out (h + W + 1) of the head.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from models.network import HIDDEN, Sizes, days, finish, head_parameters
from models.spectral_norm import bound

FLOOR = 1e-6
"""Added to squared norms, so that the cosine with an empty slot is 0 and has a gradient."""


@keras.saving.register_keras_serializable("firmament")
class MemoryCell(keras.layers.GRUCell):  # type: ignore[misc]
    """One day of the recurrence, for `keras.layers.RNN`.

    Parameters
    ----------
    units
        h, of the GRU.
    slots, slot_width
        N and W.
    **options
        Of Keras's own GRU cell; dropout is of x_t alone, never of what was read.
    """

    def __init__(self, units: int, slots: int, slot_width: int, **options: Any) -> None:
        super().__init__(units, **options)
        self.slots, self.slot_width = slots, slot_width
        # Keras on JAX repeats the first state where a day is masked, so it has to be the output.
        self.state_size = [units + slot_width, slots * slot_width]
        self.output_size = units + slot_width

    def build(self, input_shape: tuple[Any, ...]) -> None:
        """Make the weights for inputs (batch, d_in)."""
        width = self.slot_width
        super().build((*input_shape[:-1], input_shape[-1] + width))
        # Write key, read key, erase, add; then the sharpness of writing and of reading.
        heads = 4 * width + 2
        self.head_kernel = self.add_weight(
            shape=(self.units, heads), name="head_kernel", initializer="glorot_uniform"
        )
        self.head_bias = self.add_weight(shape=(heads,), name="head_bias", initializer="zeros")
        self.first_memory = self.add_weight(
            shape=(self.slots, width), name="first_memory", initializer="glorot_uniform"
        )

    def call(self, inputs: Any, states: Any, training: bool = False) -> tuple[Any, list[Any]]:
        """Return [h_t ; r_t] (batch, h + W), and the states [h_t ; r_t] and M_t, of one day."""
        both, flat = states
        hidden, read = both[:, : self.units], both[:, self.units :]
        seen = ops.concatenate([inputs, read], axis=-1)
        hidden, _ = super().call(seen, [hidden], training=training)
        memory = ops.reshape(flat, (-1, self.slots, self.slot_width))
        width = self.slot_width
        heads = ops.matmul(hidden, self.head_kernel) + self.head_bias
        write_key, read_key, erase, add, sharpness = ops.split(
            heads, [width, 2 * width, 3 * width, 4 * width], axis=-1
        )
        sharpness = 1.0 + ops.softplus(sharpness)
        written = address(memory, ops.tanh(write_key), sharpness[:, :1])[..., None]
        kept = 1.0 - written * ops.sigmoid(erase)[:, None]
        memory = memory * kept + written * ops.tanh(add)[:, None]
        attended = address(memory, ops.tanh(read_key), sharpness[:, 1:])[..., None]
        read = ops.sum(attended * memory, axis=1)
        flat = ops.reshape(memory, (-1, self.slots * width))
        both = ops.concatenate([hidden, read], axis=-1)
        return both, [both, flat]

    def get_dropout_mask(self, step_input: Any) -> Any:
        """Return the mask of x_t with ones for r_{t-1}; Keras asks first with x_1, and keeps it."""
        masks = super().get_dropout_mask(step_input)
        if masks is None:
            return None
        ends = [[0, 0], [0, self.slot_width]]
        return keras.tree.map_structure(lambda m: ops.pad(m, ends, constant_values=1.0), masks)

    def get_recurrent_dropout_mask(self, step_input: Any) -> Any:
        """Return the mask of h_{t-1}; Keras asks first with the first state, [h_0 ; r_0]."""
        return super().get_recurrent_dropout_mask(step_input[:, : self.units])

    def get_initial_state(self, batch_size: Any = None) -> list[Any]:
        """Return h_0 = 0, r_0 = 0 and the learned M_0."""
        nothing = ops.zeros((batch_size, self.output_size), self.compute_dtype)
        first = ops.reshape(self.first_memory, (1, -1))
        return [nothing, ops.repeat(first, batch_size, axis=0)]

    def get_config(self) -> dict[str, Any]:
        """Return what `__init__` takes."""
        sizes = {"slots": self.slots, "slot_width": self.slot_width}
        return {**super().get_config(), **sizes}


def address(memory: Any, key: Any, sharpness: Any) -> Any:
    """Return the weights of the slots for a key: softmax_i(β cos(k, M(i))).

    Parameters
    ----------
    memory
        (batch, N, W).
    key
        (batch, W).
    sharpness
        β, (batch, 1).

    Returns
    -------
    tensor
        (batch, N); a row's sum is 1.
    """
    products = ops.sum(memory * key[:, None], axis=-1)
    norms = (ops.sum(memory**2, axis=-1) + FLOOR) * (ops.sum(key**2, axis=-1) + FLOOR)[:, None]
    return ops.softmax(sharpness * products / ops.sqrt(norms), axis=-1)


def layer(sizes: Sizes, *, return_sequences: bool = True, name: str = HIDDEN) -> keras.Layer:
    """Return the recurrent layer: (batch, days, d) → (batch, days, h + W), or without days."""
    cell = MemoryCell(
        sizes.units,
        sizes.slots,
        sizes.slot_width,
        activation=sizes.activation,
        dropout=sizes.dropout,
        recurrent_dropout=sizes.recurrent_dropout,
        recurrent_constraint=bound(sizes.spectral_norm),
        reset_after=sizes.reset_after,
        name="cell",
    )
    return keras.layers.RNN(cell, return_sequences=return_sequences, name=name)


def layer_parameters(sizes: Sizes, inputs: int) -> int:
    """Return 3 h (h + d + W + 1) + (4 W + 2)(h + 1) + N W for a layer with d inputs."""
    h, width, biases = sizes.units, sizes.slot_width, 2 if sizes.reset_after else 1
    controller = 3 * h * (h + inputs + width + biases)
    return controller + (4 * width + 2) * (h + 1) + sizes.slots * width


def width(sizes: Sizes) -> int:
    """Return h + W: the layer gives the hidden state and what was read each day."""
    return sizes.units + sizes.slot_width


def build(sizes: Sizes) -> keras.Model:
    """Return the network: (batch, days, features) → (batch, days, H, 4)."""
    inputs = days(sizes)
    return finish("memory", inputs, layer(sizes)(inputs), sizes)


def parameters(sizes: Sizes) -> int:
    """Return the number of parameters."""
    head = head_parameters(width(sizes), sizes.horizon)
    return layer_parameters(sizes, sizes.features) + head
