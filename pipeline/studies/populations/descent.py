"""Gradient descent of many Elman networks at once on a task of memory."""

from __future__ import annotations

import numpy as np

from pipeline.studies.populations.elman_population import Room, Weights, backward, begin, forward
from pipeline.studies.populations.norms import TINY, Array, Gradient, cosine, whole_norm
from pipeline.studies.study import Row
from pipeline.studies.tasks import Drawn, Task

UNITS, BATCH = 50, 20
ENOUGH = 0.01
"""Share of new sequences told wrongly below which a training has succeeded."""
ASKED, PARTS = 250, 4
"""New sequences of a part, and parts, that a network is asked in a test."""


class Crowd:
    """Networks in training; who has succeeded, or is lost to infinity, leaves.

    Each draws from a generator of its own, so that the others do not matter to it.

    Parameters
    ----------
    task
        Of classes, told at the end of a sequence.
    days
        Of its sequences.
    seeds
        Networks.
    norm
        Above which a gradient's norm is noted.
    weight
        Of Ω beside the loss; 0: it is not measured.
    """

    def __init__(self, task: Task, days: int, seeds: int, norm: float, weight: float) -> None:
        self.task, self.days, self.seeds = task, days, seeds
        self.norm, self.weight = norm, weight
        self.random = [np.random.default_rng((days, seed)) for seed in range(seeds)]
        first = [begin(1, task.features, UNITS, task.classes, each) for each in self.random]
        self.weights = Weights(*map(np.concatenate, zip(*first, strict=True)))
        self.there = np.arange(seeds)
        self.ends: dict[int, Row] = {}
        self.noted: list[Array] = []
        self.room, self.hall = Room(), Room()

    def draw(self, number: int) -> Drawn:
        """Return new sequences of each network, (S, days, number, d), and answers, (S, number)."""
        drawn = [self.task.draw(number, self.days, self.random[seed]) for seed in self.there]
        shown = np.stack([sequences.swapaxes(0, 1) for sequences, _ in drawn])
        return np.ascontiguousarray(shown), np.stack([answers for _, answers in drawn])

    def gradient(self) -> Weights:
        """Return the gradient of the loss, and of Ω by its weight, on new sequences."""
        constrain = self.weight > 0.0
        found = backward(self.weights, *self.draw(BATCH), constrain=constrain, room=self.room)
        if not constrain:
            return found.gradient
        bent = found.gradient.recurrent + np.float32(self.weight) * found.constraint_gradient
        return found.gradient._replace(recurrent=bent)

    def step(self, gradient: Gradient, taken: Gradient, rate: float) -> None:
        """Go a step against what is taken of the gradient, and note how it differs from it."""
        self._note(gradient, taken)
        size = np.float32(rate)
        self.weights = Weights(
            *(old - size * way for old, way in zip(self.weights, taken, strict=True))
        )

    def _note(self, gradient: Gradient, taken: Gradient) -> None:
        norm, noted = whole_norm(gradient), np.full((3, self.seeds), np.nan)
        left, angle = np.ones_like(norm), np.ones_like(norm)
        if taken is not gradient:
            left, angle = whole_norm(taken) / np.maximum(norm, TINY), cosine(gradient, taken)
        noted[:, self.there] = norm > self.norm, left, angle
        self.noted.append(noted)

    def test(self, step: int) -> None:
        """Ask all new sequences."""
        wrong, sound = np.zeros(len(self.there)), np.ones(len(self.there), bool)
        for _ in range(PARTS):
            shown, answers = self.draw(ASKED)
            logits = forward(self.weights, shown, self.hall)[1]
            wrong += (logits.argmax(axis=2) != answers).mean(axis=1) / PARTS
            sound &= np.isfinite(logits).all(axis=(1, 2))
        solved = sound & (wrong < ENOUGH)
        for seed, *end in zip(self.there, solved, wrong, strict=True):
            self.ends[int(seed)] = {"solved": bool(end[0]), "taken": step, "wrong": float(end[1])}
        stays = sound & ~solved
        self.there, self.weights = self.there[stays], self.weights.of(stays)

    def rows(self) -> list[Row]:
        """Return a row a seed; see `pipeline.studies.clipping.measure`."""
        above, kept, angle = np.nanmean(self.noted, axis=0)
        least = np.nanmin(np.array(self.noted)[:, 2], axis=0)
        return [
            {
                "seed": seed,
                **self.ends[seed],
                "above": float(above[seed]),
                "kept": float(kept[seed]),
                "cosine": float(angle[seed]),
                "least_cosine": float(least[seed]),
            }
            for seed in range(self.seeds)
        ]
