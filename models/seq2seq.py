r"""The sequence-to-sequence network: an encoder reads the past, a decoder writes the days ahead.

.. math::

    h_t &= f(x_t, h_{t-1}) \\
    d_{t,0} &= \tanh(V h_t + b_v) \\
    d_{t,k} &= \mathrm{GRU}(e_{t,k}, d_{t,k-1}) \\
    (m_{t,k}, b_{t,k}, c_{t,k}) &= W_o d_{t,k} + b_o, \qquad k = 1 … H

f is a recurrent encoder (`layers` of one kind, `cell`); from its state on every day t the decoder
writes the raw location, scale and degrees of freedom of the growth of day t + k. What the decoder
is told of the day before day t + k is

.. math::

    e_{t,1} = (0, 0, 0), \qquad
    e_{t,k} = (y_{t+k-1}, \ln(|y_{t+k-1}| + ε), 1) \text{ if taught, else }
    (m_{t,k-1}, \ln s_{t,k-1}, 0)

with s the scale that b stands for, and ε = 0.05 in the growth's unit. Locations of growth are all
but constant, so that a decoder that was told them alone would be told nothing: what varies from
day to day, and lasts, is how large growth is.

Teacher forcing: in training, on a share (`teacher_forcing`) of the days t, the decoder is told the
growth that came; else, and always outside training, it is told its own forecast. The last entry
says which of the two it is. Without it a network that was taught would take its own forecasts,
which are close to zero, for calm days, and forecast too narrowly. Sources: K. Cho et al., "Learning
phrase representations using RNN encoder–decoder", EMNLP 2014; R. Williams and D. Zipser, "A
learning algorithm for continually running fully recurrent neural networks", Neural Computation 1
(1989), for teacher forcing; S. Bengio et al., "Scheduled sampling", NIPS 2015, for mixing the two.

Parameters: those of the encoder of width w = h, h (w + 1) of the bridge V, 3 h (h + 4) of the
decoder and 3 (h + 1) of W_o, whatever the horizon.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from models.cells import Cell
from models.network import Sizes, days
from models.spectral_norm import bound
from models.stacked import encode, encoder_parameters
from models.student_t import SMALLEST_SCALE, distribution

TOLD = 3
"""Numbers that the decoder is told of the day before: growth, its size, and if it is taught.
Networks of before were not told its size, and are read as they were trained."""
SMALLEST_SIZE = 0.05
"""ε, in running volatilities: a day without growth is calm, and not infinitely so."""


@keras.saving.register_keras_serializable("firmament")
class Decoder(keras.layers.Layer):  # type: ignore[misc]
    """Write the raw outputs of H days ahead from a state, on every day.

    Parameters
    ----------
    units
        h.
    horizon
        H.
    teacher_forcing
        Share of days on which the decoder is taught in training.
    activation, recurrent_constraint
        Of the decoder's GRU.
    told
        Numbers that it is told of the day before: `TOLD`, or 2 without the day's size.
    """

    def __init__(
        self,
        units: int,
        horizon: int,
        teacher_forcing: float = 0.5,
        activation: str = "tanh",
        recurrent_constraint: Any = None,
        told: int = 2,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.units, self.horizon, self.teacher_forcing = units, horizon, teacher_forcing
        self.told = told
        self.activation = activation
        self.recurrent_constraint = keras.constraints.get(recurrent_constraint)
        self.bridge = keras.layers.Dense(
            units, activation="tanh", name="bridge", dtype=self.dtype_policy
        )
        # Keras's other way to compute a GRU takes (batch, …) alone, this one (batch, days, …) too.
        self.step = keras.layers.GRUCell(
            units,
            activation=activation,
            recurrent_constraint=self.recurrent_constraint,
            reset_after=False,
            implementation=1,
            name="step",
            dtype=self.dtype_policy,
        )
        self.raw = keras.layers.Dense(3, name="raw", dtype=self.dtype_policy)
        self.seed = keras.random.SeedGenerator()

    def build(self, shape: tuple[int | None, ...], *_: Any) -> None:
        """Make the weights for states (batch, days, w)."""
        self.bridge.build(shape)
        self.step.build((None, self.told))
        self.raw.build((None, self.units))

    def call(self, hidden: Any, target: Any = None) -> Any:
        """Return the raw outputs of the days ahead.

        Parameters
        ----------
        hidden
            h_t, (batch, days, w).
        target
            y_{t+1} … y_{t+H}, (batch, days, H), NaN where unknown; given in training only.

        Returns
        -------
        tensor
            (batch, days, H, 3).
        """
        state = self.bridge(hidden)
        taught = None if target is None else self._taught(target)
        told, answer = ops.zeros_like(hidden[..., : self.told]), []
        for ahead in range(self.horizon):
            state, _ = self.step(told, [state])
            answer.append(self.raw(state))
            told = self._sized(*_own(answer[-1]))
            if taught is not None:
                known, value = taught[0][..., ahead, None], taught[1][..., ahead, None]
                told = ops.where(known, self._sized(*_came(value)), told)
        return ops.stack(answer, axis=-2)

    def _sized(self, growth: Any, size: Any, taught: Any) -> Any:
        """Join what is told of a day: its growth, its size if that is told, and if it is taught."""
        parts = [growth, size, taught] if self.told == TOLD else [growth, taught]
        return ops.concatenate(parts, axis=-1)

    def _taught(self, target: Any) -> tuple[Any, Any]:
        """Draw the days that are taught; return where the truth is told, and the truth."""
        known = ops.isfinite(target)
        drawn = keras.random.uniform(ops.shape(target[..., :1]), seed=self.seed)
        told = ops.logical_and(known, drawn < self.teacher_forcing)
        return told, ops.where(known, target, 0.0)

    def compute_output_shape(self, shape: Any, *_: Any) -> tuple[int | None, ...]:
        """Return (batch, days, H, 3)."""
        return (*shape[:-1], self.horizon, 3)

    def get_config(self) -> dict[str, Any]:
        """Return what `__init__` takes."""
        return {
            **super().get_config(),
            "units": self.units,
            "horizon": self.horizon,
            "teacher_forcing": self.teacher_forcing,
            "activation": self.activation,
            "recurrent_constraint": keras.constraints.serialize(self.recurrent_constraint),
            "told": self.told,
        }


def _own(raw: Any) -> tuple[Any, Any, Any]:
    """Return what the decoder is told of a day that it has forecast, from its raw outputs."""
    location, raw_scale = raw[..., :1], raw[..., 1:2]
    size = ops.log(ops.softplus(raw_scale) + SMALLEST_SCALE)
    return location, size, ops.zeros_like(location)


def _came(growth: Any) -> tuple[Any, Any, Any]:
    """Return what the decoder is told of a day whose growth came."""
    size = ops.log(ops.absolute(growth) + SMALLEST_SIZE)
    return growth, size, ops.ones_like(growth)


def build(sizes: Sizes) -> keras.Model:
    """Return the network: (batch, days, features) → (batch, days, H, 4)."""
    inputs = days(sizes)
    decoder = Decoder(
        sizes.units,
        sizes.horizon,
        sizes.teacher_forcing,
        sizes.activation,
        bound(sizes.spectral_norm),
        told=TOLD,
        name="decoder",
    )
    forecast = _distribution(decoder(encode(inputs, sizes)))
    return keras.Model(inputs, forecast, name="seq2seq")


def _distribution(raw: Any) -> Any:
    """Return the distributions (batch, days, H, 4) of the decoder's raw outputs."""
    return distribution(*(raw[..., part] for part in range(3)))


def parameters(sizes: Sizes) -> int:
    """Return the number of parameters."""
    h, width = sizes.units, Cell(sizes.cell).width(sizes)
    decoder = h * (width + 1) + 3 * h * (h + TOLD + 1) + 3 * (h + 1)
    return encoder_parameters(sizes, sizes.features) + decoder


def in_training(network: keras.Model) -> Callable[[Any, Any], Any]:
    """Return how a network forecasts in training: with teacher forcing if it knows it.

    Parameters
    ----------
    network
        Any network that `models.build` made.

    Returns
    -------
    function
        From features (batch, days, d_in) and targets (batch, days, H), NaN where unknown, to
        forecasts; only a sequence-to-sequence network looks at the targets, and none but those of
        the days before the day it forecasts. It shares the network's weights.
    """
    if network.name != "seq2seq":
        return lambda features, _: network(features, training=True)
    decoder = network.get_layer("decoder")
    target = keras.Input((None, decoder.horizon), name="target")
    forecast = _distribution(decoder(decoder.input, target))
    taught = keras.Model([*network.inputs, target], forecast, name="seq2seq_taught")
    return lambda features, known: taught([features, known], training=True)
