"""A network that learns one task again and again, from other first weights each time."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

import models
from models.adam import Adam
from pipeline.studies.tasks import Task

BATCH, RATE, CLIP, TESTED = 32, 0.005, 1.0, 1000


class Learner:
    """A recurrent network with one answer at its last day, that of a task of two classes.

    It is compiled once. Each learning begins from weights of its own, with Adam as it was new:
    batches of 32 fresh sequences, learning rate 0.005, the whole gradient clipped to norm 1.

    Parameters
    ----------
    task
        Of two classes.
    days
        The days that memory has to span.
    name, **options
        Of `models.build`.
    """

    def __init__(self, task: Task, days: int, name: str, **options: Any) -> None:
        self.task, self.days = task, days
        states = models.states(models.build(name, features=task.features, **options))
        answer = keras.layers.Dense(1, name="answer")(states.output[:, -1])
        self.network = keras.Model(states.input, answer)
        self.optimizer = Adam(self.network.trainable_variables, RATE, global_clipnorm=CLIP)
        self._step = tf.function(self._learn, jit_compile=True, autograph=False)

    def begin(self, start: str, seed: int, **options: Any) -> None:
        """Draw first weights as `models.start` does, and let Adam begin anew."""
        models.start(self.network, start, seed=seed, **options)
        self.optimizer.begin()

    def learn(self, steps: int, random: np.random.Generator) -> None:
        """Take steps on fresh sequences."""
        for _ in range(steps):
            inputs, answers = self.task.draw(BATCH, self.days, random)
            self._step(inputs, answers[:, None])

    def accuracy(self, random: np.random.Generator) -> float:
        """Return the share of new sequences whose class it tells."""
        inputs, answers = self.task.draw(TESTED, self.days, random)
        said = np.asarray(self.network(inputs))[:, 0] > 0.0
        return float((said == (answers > 0.5)).mean())

    def weights(self) -> dict[str, Any]:
        """Return the weights of the recurrent cell by name, in float64."""
        (layer,) = (layer for layer in self.network.layers if hasattr(layer, "cell"))
        return {weight.name: np.asarray(weight, np.float64) for weight in layer.weights}

    def _learn(self, inputs: Any, answers: Any) -> Any:
        with tf.GradientTape() as tape:
            said = self.network(inputs, training=True)
            losses = keras.losses.binary_crossentropy(answers, said, from_logits=True)
            loss = ops.mean(losses)
        variables = self.network.trainable_variables
        self.optimizer.apply(tape.gradient(loss, variables), variables)
        return loss
