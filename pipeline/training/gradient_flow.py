"""How far back a day's loss reaches: its gradient with respect to the states of the days before."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops
from numpy.typing import NDArray

from models import is_causal, negative_log_likelihood
from pipeline.errors import ConfigError
from pipeline.training.batches import Batches, Sequences

SEQUENCES = 32
"""Training sequences that it is measured on, the same after every epoch."""


class GradientFlow:
    r"""The gradient of the loss of a sequence's last day T with respect to the state of each day t.

    .. math:: \frac{∂L_T}{∂s_t} = \frac{∂L_T}{∂s_T} \prod_{k=t+1}^{T} \frac{∂s_k}{∂s_{k-1}}

    where s_t is all that the last recurrent layer hands from day t to the next: the hidden state
    h_t, of an LSTM (h_t, c_t), of a memory-augmented network what it read and its memory, too. Of
    attention, which also looks back, what reaches a state in that way is added. The derivative is
    exact: the layer's own cell is run a day at a time, and every state is kept. Source of the
    product: Y. Bengio, P. Simard and P. Frasconi, "Learning long-term dependencies with gradient
    descent is difficult", IEEE Transactions on Neural Networks 5 (1994).

    Parameters
    ----------
    network
        Causal, made by `models.build`.
    batches
        Of which some sequences are taken, spread evenly over firms and days.

    Raises
    ------
    ConfigError
        If the network is not causal.
    """

    def __init__(self, network: keras.Model, batches: Batches) -> None:
        if not (is_causal(network) and isinstance(batches, Sequences)):
            raise ConfigError(
                f"train.gradient_flow is not defined for the architecture {network.name} at these "
                "settings, which is not causal: it has no state of each day that leads to the "
                "next. Set it to false, or take a causal network."
            )
        features, target = batches.sample(SEQUENCES)
        self.features, self.target = tf.convert_to_tensor(features), target[:, -1]
        self.layer = [layer for layer in network.layers if hasattr(layer, "cell")][-1]
        self.below = keras.Model(network.input, self.layer.input)
        self.above = keras.Model([network.input, self.layer.output], network.output)

    def norms(self) -> NDArray[np.float64]:
        """Return the gradient's norm by lag T − t, (days,): the mean over the sequences.

        Nothing is dropped, as in forecasting.
        """
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            outputs, states = self.run(tape)
            forecast = self.above([self.features, ops.stack(outputs, axis=1)])[:, -1]
            loss = self._loss(forecast)
        gradients = tape.gradient(loss, states, unconnected_gradients="zero")
        squares = [sum(ops.sum(part * part, axis=-1) for part in day) for day in gradients]
        norms = ops.sqrt(ops.stack(squares))
        answer: NDArray[np.float64] = np.asarray(norms, dtype=np.float64).mean(axis=1)[::-1]
        return answer

    def run(self, tape: Any) -> tuple[list[Any], list[list[Any]]]:
        """Run the layer a day at a time, and let a tape watch its states.

        Returns
        -------
        outputs
            Of each day, (sequences, width): of every recurrent kind, the first of its states.
        states
            Of each day, as they are handed to the next.
        """
        sequences = ops.convert_to_tensor(self.below(self.features))
        states = list(self.layer.cell.get_initial_state(len(self.target)))
        outputs, kept = [], []
        for day in range(sequences.shape[1]):
            _, after = self.layer.cell(sequences[:, day], states, training=False)
            states = [tf.identity(state) for state in after]
            tape.watch(states)
            outputs.append(states[0])
            kept.append(states)
        return outputs, kept

    def _loss(self, forecast: Any) -> Any:
        """Return the sum of the sequences' mean losses over the days ahead that are known.

        Sequences know nothing of each other: the gradient of their sum is that of each.
        """
        known = np.isfinite(self.target)
        losses = negative_log_likelihood(np.where(known, self.target, np.float32(0.0)), forecast)
        weights = known / known.sum(axis=1, keepdims=True)
        return ops.sum(losses * weights.astype(np.float32))
