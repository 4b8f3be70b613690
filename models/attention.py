r"""The attention network: each day looks back at the states of the days before it.

.. math::

    h_t &= f(x_t, h_{t-1}) \\
    a(h_t, h̄_i) &= v^⊤ \tanh(W_q h_t + W_k h̄_i + b) \\
    α_{t,i} &= \mathrm{softmax}_i\, a(h_t, h̄_i), \qquad c_t = \sum_i α_{t,i} h̄_i

where h̄_i = h_i are the states of a recurrent encoder f (`layers` of one kind, `cell`), and the
head reads [h_t ; c_t]. Source: D. Bahdanau, K. Cho and Y. Bengio, "Neural machine translation by
jointly learning to align and translate", ICLR 2015, with the encoder's own state as the query.

Causal by default: i runs over the `attention_days` days up to t. With `attention` set to "full" it
runs over every day of the window, as in the paper; the network is then not causal, and forecasts
at the window's end only. The weights α can be read with `attention_weights`.

Parameters: those of the encoder, 2 h (w + 1) of attention with w = h (the encoder's width), and
d_out (2 w + 1) of the head.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from models.cells import Cell
from models.network import HIDDEN, Sizes, days, finish, head_parameters
from models.recurrence.attend import attend
from models.stacked import encode, encoder_parameters


@keras.saving.register_keras_serializable("firmament")
class Attention(keras.layers.Layer):  # type: ignore[misc]
    """Additive attention of each day's state over the states of other days.

    Parameters
    ----------
    units
        Width of the comparison, the length of v.
    span
        Days that a day looks back on, itself included; None: all days, later ones too.

    Raises
    ------
    ValueError
        If the span is shorter than one day.
    """

    def __init__(self, units: int, span: int | None = None, **options: Any) -> None:
        super().__init__(**options)
        if span is not None and span < 1:
            raise ValueError(
                f"Attention over {span} days has nothing to attend to: give 1 or more."
            )
        self.units, self.span = units, span

    def build(self, shape: tuple[int | None, ...]) -> None:
        """Make the weights for states (batch, days, w)."""
        add = self.add_weight
        self.query = add(shape=(shape[-1], self.units), name="query", initializer="glorot_uniform")
        self.key = add(shape=(shape[-1], self.units), name="key", initializer="glorot_uniform")
        self.bias = add(shape=(self.units,), name="bias", initializer="zeros")
        self.score = add(shape=(self.units, 1), name="score", initializer="glorot_uniform")

    def call(self, states: Any) -> tuple[Any, Any]:
        """Return what is attended to, and how much.

        Parameters
        ----------
        states
            (batch, days, w).

        Returns
        -------
        c
            (batch, days, w).
        α
            (batch, days, span): the weight on day t of the day t − j; without a span
            (batch, days, days): the weight on day t of day i.
        """
        queries = ops.matmul(states, self.query) + self.bias
        keys = ops.matmul(states, self.key)
        if self.span is None:
            return self._all(states, queries, keys)
        return attend(queries, keys, states, ops.ravel(self.score), self.span)

    def compute_output_shape(self, shape: Any) -> tuple[tuple[int | None, ...], ...]:
        """Return the shapes of c and α: Keras would find them by a graph, which takes longer."""
        *before, days, width = shape
        return (*before, days, width), (*before, days, days if self.span is None else self.span)

    def _all(self, states: Any, queries: Any, keys: Any) -> tuple[Any, Any]:
        seen = ops.tanh(queries[:, :, None] + keys[:, None])
        alpha = ops.softmax(ops.squeeze(ops.matmul(seen, self.score), axis=-1), axis=-1)
        return ops.matmul(alpha, states), alpha

    def get_config(self) -> dict[str, Any]:
        """Return what `__init__` takes."""
        return {**super().get_config(), "units": self.units, "span": self.span}


def build(sizes: Sizes) -> keras.Model:
    """Return the network: (batch, days, features) → (batch, days, H, 4), or (batch, H, 4)."""
    inputs = days(sizes)
    looks_back = causal(sizes)
    hidden = encode(inputs, sizes, name=HIDDEN if looks_back else "encoder")
    attention = Attention(
        sizes.units, sizes.attention_days if looks_back else None, name="attention"
    )
    context, _ = attention(hidden)
    if not looks_back:
        hidden, context = keras.layers.Identity(name=HIDDEN)(hidden[:, -1]), context[:, -1]
    seen = keras.layers.Concatenate(name="seen")([hidden, context])
    return finish("attention", inputs, seen, sizes)


def causal(sizes: Sizes) -> bool:
    """Say whether attention looks back alone."""
    return sizes.attention == "causal"


def parameters(sizes: Sizes) -> int:
    """Return the number of parameters."""
    width = Cell(sizes.cell).width(sizes)
    attention = 2 * sizes.units * (width + 1)
    head = head_parameters(2 * width, sizes.horizon)
    return encoder_parameters(sizes, sizes.features) + attention + head


def attention_weights(network: keras.Model) -> keras.Model:
    """Return the network from its input to the weights α of its attention.

    Parameters
    ----------
    network
        An attention network that `models.build` made, also after loading.

    Returns
    -------
    keras.Model
        Shares the weights. Output (batch, days, span), the weight on day t of the day t − j, or
        (batch, days, days) of full attention, the weight on day t of day i.

    Raises
    ------
    ValueError
        If the network has no attention.
    """
    if network.name != "attention":
        raise ValueError(f"The architecture {network.name} has no attention to read weights from.")
    alpha = network.get_layer("attention").output[1]
    return keras.Model(network.input, alpha, name="attention_weights")
