"""Learning a task from many first weights, by a program that is compiled once.

All architectures are asked alike, through the head that they have: the locations of the days ahead
are the answer. Of a number there is one (horizon 1); of a class there are as many as classes, and
they are its logits. So `jordan` and `seq2seq` feed back what they answer, as they feed back what
they forecast. A causal network answers on any day, any other at the end of its window alone.

The loss is the mean squared error of a number and the cross entropy of a class, in nats. Every step
is given sequences that were never shown before, so that its loss is one of sequences not trained
on, too. Adam (D. Kingma and J. Ba, ICLR 2015), with the gradient's norm clipped at 1.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

import models
from models.adam import Adam
from models.starts import start as begin
from pipeline.studies.tasks import Task

CLIPPED = 1.0
"""Norm at which the gradient is clipped."""
BLOCK = 50
"""Steps that are taken by one call of what is compiled."""
HELD_OUT = 1000
"""Sequences of the test."""
SOLVED = 0.1
"""A task is solved where the loss is less than this share of the naive one."""


@dataclass(frozen=True)
class Learned:
    """What one training came to."""

    seed: int
    loss: float
    """On `HELD_OUT` sequences that were not trained on: mean squared error, or nats."""
    share: float
    """That loss over the naive one: 1 is what knowing nothing of the past gives, 0 is perfect."""
    accuracy: float
    """Share of the answers that were right; NaN of numbers."""
    solved: bool
    """Whether the share is below `SOLVED`."""
    solved_after: float
    """Steps until the mean loss of `BLOCK` of them was that low; NaN if it never was."""


def answering(name: str, task: Task, **options: Any) -> keras.Model:
    """Build a network that can answer a task: with its inputs, and a horizon for its answer.

    Parameters
    ----------
    name, **options
        As of `models.build`.
    task
        Its features and classes count.
    """
    return models.build(name, features=task.features, horizon=max(1, task.classes), **options)


def learn(
    network: keras.Model, task: Task, days: int, *, batch: int, learning_rate: float, **given: Any
) -> list[Learned]:
    """Train a network on one task; `batch` and so on as of `Learner` and of its `learn`.

    Examples
    --------
    >>> from pipeline.studies.tasks import TASKS
    >>> latch = TASKS["latch"]
    >>> network = answering("gru", latch, units=8)
    >>> learn(network, latch, 5, seeds=[0], steps=100, batch=32, learning_rate=0.01)[0].accuracy
    1.0
    """
    return Learner(network, batch, learning_rate).learn(task, days, **given)


class Learner:
    """Trains a network again and again; it is compiled when sequences of a shape are first shown.

    Parameters
    ----------
    network
        Of `answering`; its weights are lost. It may be taught several tasks of one shape.
    batch
        Sequences a step.
    learning_rate
        Of Adam; constant.
    """

    def __init__(self, network: keras.Model, batch: int, learning_rate: float) -> None:
        self.network, self.batch = network, batch
        weights = network.trainable_variables
        self.optimizer = Adam(weights, learning_rate, global_clipnorm=CLIPPED)
        compiled = partial(tf.function, autograph=False)
        self._train = compiled(self._block, jit_compile=True)
        # Asked once a training: fusing its operations would not repay the seconds that it takes.
        self._test = compiled(self._asked)

    def learn(
        self,
        task: Task,
        days: int,
        *,
        seeds: Iterable[int],
        steps: int,
        start: str = "default",
        longest: int | None = None,
    ) -> list[Learned]:
        """Train the network on a task once a seed.

        Parameters
        ----------
        task, days
            What is to be learned, over how many days.
        seeds
            Of first weights and of sequences. All networks are shown the same sequences.
        steps
            Of training, a multiple of `BLOCK`.
        start, longest
            How first weights are drawn, as of `models.starts.start`.

        Returns
        -------
        list
            One a seed. The network is left with the weights of the last.

        Raises
        ------
        ValueError
            If steps are no multiple of `BLOCK`, the start does not fit the network, or the network
            is not causal and the task wants an answer a day.
        """
        if steps % BLOCK:
            raise ValueError(f"{steps} steps are no multiple of {BLOCK}: give one.")
        return [self._once(task, days, seed, steps, start, longest) for seed in seeds]

    def _once(
        self, task: Task, days: int, seed: int, steps: int, start: str, longest: int | None
    ) -> Learned:
        begin(self.network, start, seed=seed, longest=longest)
        self.optimizer.begin()
        random, naive = np.random.default_rng([seed, 0]), task.naive(days)
        losses = []
        for _ in range(steps // BLOCK):
            drawn = task.draw(BLOCK * self.batch, days, random)
            block = [each.reshape(BLOCK, self.batch, *each.shape[1:]) for each in drawn]
            losses.append(self._train(*map(tf.constant, block)))
        loss, right = self._test(*task.draw(HELD_OUT, days, np.random.default_rng([seed, 1])))
        low = np.flatnonzero(np.array(losses) < SOLVED * naive)
        return Learned(
            seed,
            float(loss),
            float(loss) / naive,
            float(right) if task.classes else float("nan"),
            bool(loss < SOLVED * naive),
            float(BLOCK * (1 + low[0])) if len(low) else float("nan"),
        )

    def _block(self, shown: Any, answers: Any) -> Any:
        """Take a step on each of (steps, batch, days, features); return their mean loss."""
        variables = self.network.trainable_variables

        def step(at: Any, total: Any) -> tuple[Any, Any]:
            with tf.GradientTape() as tape:
                loss = self._loss(self._told(shown[at], answers[at], True), answers[at])
            gradients = tape.gradient(loss, variables, unconnected_gradients="zero")
            self.optimizer.apply(gradients, variables)
            return at + 1, total + loss

        number = shown.shape[0]
        _, total = tf.while_loop(
            lambda at, _: at < number, step, (0, 0.0), maximum_iterations=number
        )
        return total / number

    def _asked(self, shown: Any, answers: Any) -> tuple[Any, Any]:
        """Return the loss, and the share of answers whose likeliest class is right."""
        told = self._told(shown, answers, False)
        right = ops.cast(ops.argmax(told, axis=-1), answers.dtype) == answers
        return self._loss(told, answers), ops.mean(ops.cast(right, "float32"))

    def _told(self, shown: Any, answers: Any, training: bool) -> Any:
        """Return what the network answers, (batch, H), or (batch, days, H) of a task that asks so.

        Raises
        ------
        ValueError
            If it cannot answer each day.
        """
        told = self.network(shown, training=training)[..., 0]
        if not models.is_causal(self.network):
            if len(answers.shape) > 1:
                raise ValueError(
                    f"{self.network.name} answers at the end of its window alone: it cannot be "
                    "asked for an answer a day."
                )
            return told
        return told if len(answers.shape) > 1 else told[:, -1]

    @staticmethod
    def _loss(told: Any, answers: Any) -> Any:
        if told.shape[-1] == 1:
            return ops.mean(ops.square(told[..., 0] - answers))
        return ops.mean(
            keras.losses.sparse_categorical_crossentropy(
                ops.cast(answers, "int32"), told, from_logits=True
            )
        )
