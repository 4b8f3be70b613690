"""Tasks and real growth as problems for trials: a seed has sequences of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pipeline.studies.contests.trials import Problem
from pipeline.studies.populations.losses import CrossEntropy, Squared, StudentLoss
from pipeline.studies.populations.recurrent import Elman
from pipeline.studies.sequences.growth import drawn, scaled, whole
from pipeline.studies.tasks import TASKS

if TYPE_CHECKING:
    from pipeline.outputs import Windowed
    from pipeline.studies.contests.trials import Trial

Array = NDArray[Any]
SEQUENCES, NUMBERS, TESTED = 64, 256, 512
"""Sequences that a task of classes and one of numbers is learned from (of fewer, networks learn the
numbers by heart), and fresh ones that success is judged on."""
WRONG, ERROR = 0.01, 0.1
"""A task is solved with at most this share of wrong answers, or at most this share of the squared
error of the best answer without memory."""
RUNS, BEFORE, DAYS = 128, 32, 64
"""Of growth: sequences, the days that a network sees before the first answer, and answers each."""


def task_problem(name: str, days: int, units: int, seeds: int) -> Problem:
    """Return one of `TASKS` as a problem for Elman networks."""
    task = TASKS[name]
    network = Elman(task.features, units, max(task.classes - 1, 1))
    randoms = [np.random.default_rng([seed, days]) for seed in range(seeds)]
    given = [task.draw(SEQUENCES if task.classes else NUMBERS, days, random) for random in randoms]
    fresh = [task.draw(TESTED, days, random) for random in randoms]
    most = WRONG if task.classes else ERROR

    def error(outputs: Array, answers: Array) -> Array:
        """Return the share of wrong answers, or of the squared error without memory."""
        last = outputs[-1, ..., 0]
        if task.classes:
            return np.asarray(((last > 0.0) != (answers[-1] == 1.0)).mean(axis=-1))
        return np.asarray(np.square(last - answers[-1]).mean(axis=-1) / task.naive(days))

    def solves(weights: Array, seed: int) -> bool:
        """Tell whether a network answers fresh sequences, too."""
        shown, answers = fresh[seed]
        outputs = network.outputs_of(weights, shown[None], days - 1)
        return bool(error(outputs, answers[None, None])[0] <= most)

    return Problem(
        network,
        CrossEntropy() if task.classes else Squared(),
        shown=np.stack([shown for shown, _ in given]),
        answers=np.stack([answers for _, answers in given])[None],
        solves=solves,
        error=error,
        most=most,
    )


def growth_problem(windowed: Windowed, units: int, seeds: int) -> Problem:
    """Return growth of the training days as a problem: a Student-t forecast every day."""
    given = [
        drawn(windowed, RUNS, DAYS, BEFORE, np.random.default_rng(seed)) for seed in range(seeds)
    ]
    return Problem(
        Elman(windowed.features.shape[2], units, 3),
        StudentLoss(),
        shown=np.stack([shown for shown, _ in given]),
        answers=np.stack([answers for _, answers in given], axis=1),
    )


def validated(windowed: Windowed, problem: Problem, trials: list[Trial]) -> Array:
    """Return the CRPS (1/year) on the validation days of each trial's network."""
    weights = np.stack([trial.weights for trial in trials]).astype(np.float32)
    shown, answers = whole(windowed, windowed.fold.valid, BEFORE)
    outputs = problem.network.outputs_of(weights, shown, shown.shape[2] - len(answers))
    return _crps(windowed, StudentLoss().distribution(outputs))


def constant(windowed: Windowed) -> float:
    """Return the CRPS (1/year) on the validation days of one distribution for all days.

    It is the Student-t distribution, in units of the firm's running volatility, that is fitted to
    the training days: what a network without inputs could know.
    """
    from pipeline.evaluation.student import fit

    train = scaled(windowed)[:, slice(*windowed.fold.train)].astype(np.float64)
    known = train[np.isfinite(train)]
    shape = (windowed.fold.valid[1] - windowed.fold.valid[0], 1, len(windowed.growth))
    scale, df = fit(known - known.mean())
    same = [np.full(shape, value) for value in (known.mean(), scale, df)]
    return float(_crps(windowed, (same[0], same[1], same[2]))[0])


def _crps(windowed: Windowed, forecast: tuple[Array, Array, Array]) -> Array:
    """Return the mean CRPS (1/year) of location, scale and df, each (days, M, N), in units."""
    import scoringrules

    first, stop = windowed.fold.valid
    unit = windowed.unit[:, first:stop].T[:, None].astype(np.float64)
    answers = scaled(windowed)[:, first:stop].T[:, None]
    location, scale, df = (part.astype(np.float64) for part in forecast)
    score = unit * scoringrules.crps_t(answers, df, location, scale, backend="numpy")
    return np.asarray(np.nanmean(score, axis=(0, 2)))
