r"""The Jordan network: the output, not the hidden layer, is fed back.

.. math::

    s_t &= σ(W_{ss} s_{t-1} + W_{sy} y_{t-1} + b_s) \\
    h_t &= σ(U_h s_t + W_h x_t + b_h) \\
    y_t &= W_y h_t + b_y

with s_0 = 0 and y_0 = 0. The state s_t is a fading memory of the network's own outputs; a day's
input reaches later days only through what was forecast on it. The d_out = 3·H outputs y_t are the
raw location, scale and degrees of freedom of the Student-t distribution (`student_t`): the head
is inside the recurrence. W_sy begins at zero. Source: M. I. Jordan, "Serial order: a parallel
distributed processing approach", technical report 8604, Institute for Cognitive Science, University
of California, San Diego (1986); Advances in Psychology 121 (1997).

Parameters: h (s + d_in + 1) + d_out (h + 1) + s (s + d_out + 1), the head among them.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import keras
from keras import ops

from models.network import HIDDEN, Sizes, days
from models.spectral_norm import bound
from models.student_t import distribution


@keras.saving.register_keras_serializable("firmament")
class JordanCell(keras.layers.SimpleRNNCell):  # type: ignore[misc]
    """One day of the recurrence, for `keras.layers.RNN`.

    Parameters
    ----------
    units
        h.
    outputs
        d_out.
    state_units
        s.
    **options
        Of Keras's own recurrent cells: activation, initializers, constraints, dropout (of x_t)
        and recurrent_dropout (of s_{t-1}).
    """

    def __init__(self, units: int, outputs: int, state_units: int, **options: Any) -> None:
        super().__init__(units, **options)
        self.outputs, self.state_units = outputs, state_units
        # Keras on JAX repeats the first state where a day is masked, so it has to be the output.
        self.state_size = [units + outputs, state_units]
        self.output_size = units + outputs

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the weights for inputs (batch, d_in)."""
        h, s, out = self.units, self.state_units, self.outputs
        matrix = {"initializer": self.kernel_initializer, "constraint": self.kernel_constraint}
        self.kernel = self.add_weight(shape=(input_shape[-1], h), name="kernel", **matrix)
        self.state_kernel = self.add_weight(shape=(s, h), name="state_kernel", **matrix)
        # What a network forecasts before it has learned is worth no memory, and beside an
        # orthogonal W_ss it lets gradients explode: two trainings of ten were lost by it.
        self.feedback_kernel = self.add_weight(
            shape=(out, s),
            name="feedback_kernel",
            initializer="zeros",
            constraint=self.kernel_constraint,
        )
        self.output_kernel = self.add_weight(shape=(h, out), name="output_kernel", **matrix)
        self.recurrent_kernel = self.add_weight(
            shape=(s, s),
            name="recurrent_kernel",
            initializer=self.recurrent_initializer,
            constraint=self.recurrent_constraint,
        )
        zeros = self.bias_initializer
        self.bias = self.add_weight(shape=(h,), name="bias", initializer=zeros)
        self.state_bias = self.add_weight(shape=(s,), name="state_bias", initializer=zeros)
        self.output_bias = self.add_weight(shape=(out,), name="output_bias", initializer=zeros)
        self.built = True

    def call(self, inputs: Any, states: Any, training: bool = False) -> tuple[Any, list[Any]]:
        """Return [h_t ; y_t] (batch, h + d_out), and the states [h_t ; y_t] and s_t, of one day."""
        both, state = states
        output = both[:, self.units :]
        dropped = self.get_dropout_mask(inputs), self.get_recurrent_dropout_mask(both)
        if training and dropped[0] is not None:
            inputs = inputs * dropped[0]
        if training and dropped[1] is not None:
            state = state * dropped[1]
        state = self.activation(
            ops.matmul(state, self.recurrent_kernel)
            + ops.matmul(output, self.feedback_kernel)
            + self.state_bias
        )
        hidden = self.activation(
            ops.matmul(state, self.state_kernel) + ops.matmul(inputs, self.kernel) + self.bias
        )
        output = ops.matmul(hidden, self.output_kernel) + self.output_bias
        both = ops.concatenate([hidden, output], axis=-1)
        return both, [both, state]

    def get_recurrent_dropout_mask(self, step_input: Any) -> Any:
        """Return the mask of s_{t-1}; Keras asks with the first state, [h_{t-1} ; y_{t-1}]."""
        state = ops.repeat(step_input[:, :1], self.state_units, axis=-1)
        return super().get_recurrent_dropout_mask(state)

    def get_initial_state(self, batch_size: Any = None) -> list[Any]:
        """Return y_0 = 0 and s_0 = 0."""
        return [ops.zeros((batch_size, size), self.compute_dtype) for size in self.state_size]

    def get_config(self) -> dict[str, Any]:
        """Return what `__init__` takes."""
        sizes = {"outputs": self.outputs, "state_units": self.state_units}
        return {**super().get_config(), **sizes}


@keras.saving.register_keras_serializable("firmament")
class Parts(keras.layers.Layer):  # type: ignore[misc]
    """Part [h_t ; y_t] into h_t and y_t."""

    def __init__(self, units: int, **options: Any) -> None:
        super().__init__(**options)
        self.units = units

    def call(self, both: Any) -> tuple[Any, Any]:
        """Return the first h numbers of each day, and the others."""
        return both[..., : self.units], both[..., self.units :]

    def get_config(self) -> dict[str, Any]:
        """Return what `__init__` takes."""
        return {**super().get_config(), "units": self.units}


def layer(sizes: Sizes, *, return_sequences: bool = True, name: str = HIDDEN) -> keras.Layer:
    """Return the recurrent layer: (batch, days, d) → (batch, days, h + d_out), or without days."""
    cell = JordanCell(
        sizes.units,
        3 * sizes.horizon,
        _state_units(sizes),
        activation=sizes.activation,
        dropout=sizes.dropout,
        recurrent_dropout=sizes.recurrent_dropout,
        recurrent_constraint=bound(sizes.spectral_norm),
        name="cell",
    )
    return keras.layers.RNN(cell, return_sequences=return_sequences, name=name)


def layer_parameters(sizes: Sizes, inputs: int) -> int:
    """Return h (s + d + 1) + d_out (h + 1) + s (s + d_out + 1) for a layer with d inputs."""
    h, s, out = sizes.units, _state_units(sizes), 3 * sizes.horizon
    return h * (s + inputs + 1) + out * (h + 1) + s * (s + out + 1)


def width(sizes: Sizes) -> int:
    """Return h + d_out: the layer gives the hidden state and the output of each day."""
    return sizes.units + 3 * sizes.horizon


def build(sizes: Sizes) -> keras.Model:
    """Return the network: (batch, days, features) → (batch, days, H, 4)."""
    inputs = days(sizes)
    both = layer(sizes, name="jordan")(inputs)
    _, output = Parts(sizes.units, name=HIDDEN)(both)
    ends = [sizes.horizon * part for part in range(4)]
    raw = [output[..., a:b] for a, b in pairwise(ends)]
    return keras.Model(inputs, distribution(*raw), name="jordan")


def parameters(sizes: Sizes) -> int:
    """Return the number of parameters."""
    return layer_parameters(sizes, sizes.features)


def _state_units(sizes: Sizes) -> int:
    return sizes.units if sizes.state_units is None else sizes.state_units
