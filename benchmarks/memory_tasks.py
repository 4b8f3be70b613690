"""Which networks remember, and for how long: recall after a delay, and the adding problem.

Recall: every day shows a number, uniform on −1 … 1. One of them is marked, and must be told D days
later. In training the delay is drawn from 0 … D for each sequence, in the test it is D. (With
``--fixed`` it is D in training too. A network that forgets within days when it is new is then never
shown a delay that it could learn from.)

Adding (S. Hochreiter and J. Schmidhuber, "Long short-term memory", Neural Computation 9 (1997),
experiment 4): of L such numbers one is marked in the first half and one in the second. On the last
day their sum must be told.

Every network has the same budget: fresh sequences each step, the same steps, batches, units, days
of attention, Adam and clipping as the other networks, the mean squared error of the forecast's
location on the last day as the loss. A cell of the table is that error on sequences that were not
trained on, over the variance of the answer: 0 is perfect, 1 is a network that remembers nothing
and tells the mean. It is the median over the seeds.

    python benchmarks/memory_tasks.py [--models gru "attention cell=elman"] [--delays 5 20 60]
        [--lengths 10 60] [--steps 1000] [--seeds 1] [--fixed] [--plot attention.png]

A network is written as its name and its options, as of `models.build`.
"""

from __future__ import annotations

import argparse
import ast
import logging
import os
import statistics
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

BEFORE = 5
"""Days before the marked one of recall at least."""
HELD_OUT = 2_000
"""Sequences of the test."""
SHOWN = 12
"""Sequences of the picture."""
VARIANTS = (
    "elman spectral_norm=1.0",
    "attention attention=full",
    "attention cell=elman",
)
"""Networks beside the catalogue's."""


class Task(NamedTuple):
    """A task and how long it asks to remember: the delay of recall, the length of adding."""

    name: str
    days: int

    @property
    def window(self) -> int:
        """The days of a sequence."""
        return BEFORE + 1 + self.days if self.name == "recall" else self.days

    def draw(
        self, number: int, seed: int, *, shortest: int | None = None
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return sequences (number, days, 2) of values and marks, and answers (number,).

        The delay of recall is drawn from the shortest one up; without it, it is always D.
        """
        random, rows = np.random.default_rng(seed), np.arange(number)
        values = random.uniform(-1.0, 1.0, (number, self.window)).astype(np.float32)
        marks = np.zeros_like(values)
        if self.name == "recall":
            shortest = self.days if shortest is None else shortest
            delay = random.integers(shortest, self.days + 1, number)
            marks[rows, self.window - 1 - delay] = 1.0
        else:
            half = self.days // 2
            marks[rows, random.integers(0, half, number)] = 1.0
            marks[rows, random.integers(half, self.days, number)] = 1.0
        return np.stack([values, marks], axis=-1), (values * marks).sum(axis=1)


def options(network: str) -> tuple[str, dict[str, Any]]:
    """Part `name key=value …` into the name and the options."""
    name, *pairs = network.split()
    return name, {key: _value(text) for key, _, text in (pair.partition("=") for pair in pairs)}


def _value(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (SyntaxError, ValueError):
        return text


def build(network: str, asked: argparse.Namespace, window: int) -> Any:
    import models

    name, given = options(network)
    fixed = {"units": asked.units, "horizon": 1, "attention_days": window}
    return models.build(name, features=2, **{**fixed, **given})


def train(network: Any, task: Task, asked: argparse.Namespace, seed: int) -> float:
    """Train a network on a task; return its error on new sequences over the answer's variance."""
    import keras

    causal = len(network.output_shape) == 4
    location = network.output[:, -1, 0, 0] if causal else network.output[:, 0, 0]
    probe = keras.Model(network.inputs[0], location)
    adam = keras.optimizers.Adam(asked.learning_rate, global_clipnorm=1.0)
    probe.compile(adam, "mse", jit_compile=True)
    inputs, answers = task.draw(
        asked.steps * asked.batch, 2 * seed, shortest=None if asked.fixed else 0
    )
    probe.fit(inputs, answers, asked.batch, verbose=0, shuffle=False)
    inputs, answers = task.draw(HELD_OUT, 2 * seed + 1)
    told = keras.ops.convert_to_numpy(probe(inputs))
    return float(np.mean((told - answers) ** 2) / np.var(answers))


def trained(network: str, task: Task, asked: argparse.Namespace, seed: int) -> tuple[Any, float]:
    import keras

    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    made = build(network, asked, task.window)
    return made, train(made, task, asked, seed)


def table(tasks: list[Task], asked: argparse.Namespace) -> None:
    """Print a row a network, each cell as soon as it is known."""
    heads = ["network", "parameters", *(f"{name} {days}" for name, days in tasks), "solved", "s"]
    print("| " + " | ".join(heads) + " |")
    print("| " + " | ".join("---" for _ in heads) + " |")
    for network in asked.models:
        started, solved = time.perf_counter(), 0
        size = build(network, asked, tasks[0].window).count_params()
        print(f"| `{network}` | {size:,}", end="", flush=True)
        for task in tasks:
            errors = [trained(network, task, asked, seed)[1] for seed in range(asked.seeds)]
            error = statistics.median(errors)
            solved += error < asked.solved
            print(f" | {error:.3f}", end="", flush=True)
        seconds = time.perf_counter() - started
        print(f" | {solved} of {len(tasks)} | {seconds:.0f} |", flush=True)


def plot(file: Path, network: str, task: Task, asked: argparse.Namespace) -> None:
    """Draw where a trained attention network looks on the last day."""
    import matplotlib.pyplot as plt

    import models

    made, error = trained(network, task, asked, 0)
    inputs, _ = task.draw(SHOWN, 1)
    weights = models.attention_weights(made).predict(inputs, verbose=0)[:, -1, ::-1]
    figure, axes = plt.subplots(figsize=(8.0, 3.2), layout="constrained")
    image = axes.imshow(weights, cmap="Blues", vmin=0.0, aspect="auto")
    sequence, day = np.nonzero(inputs[..., 1])
    axes.scatter(day, sequence, s=70, facecolors="none", edgecolors="tab:red", label="marked day")
    axes.set(xlabel="day of the window", ylabel="sequence", yticks=[])
    title = f"{network}: weights on the last day, {task.name} {task.days}"
    axes.set_title(title, fontsize=10, loc="left")
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), fontsize=9, frameon=False)
    figure.colorbar(image, label="weight")
    figure.savefig(file, dpi=110)
    share = weights[sequence, day].sum() / SHOWN
    print(f"{file}: error {error:.3f}; {share:.0%} of the weight lies on the marked days")


def main() -> None:
    import models

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--models", nargs="*", default=[*models.RECURRENT, *VARIANTS])
    parser.add_argument("--delays", nargs="*", type=int, default=[5, 20, 60])
    parser.add_argument("--lengths", nargs="*", type=int, default=[10, 60])
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--units", type=int, default=32)
    parser.add_argument("--learning-rate", type=float, default=0.01)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--fixed", action="store_true", help="train recall on its delay alone")
    parser.add_argument("--solved", type=float, default=0.1, help="share of the variance left")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw attention's weights")
    asked = parser.parse_args()
    tasks = [Task("recall", days) for days in asked.delays]
    tasks += [Task("adding", days) for days in asked.lengths]
    print(
        f"{asked.units} units, {asked.steps} steps of {asked.batch} sequences, Adam with learning "
        f"rate {asked.learning_rate}, {asked.seeds} seed(s), solved below {asked.solved}\n"
    )
    if tasks:
        table(tasks, asked)
    if asked.plot:
        plot(asked.plot, "attention cell=elman", Task("adding", 30), asked)


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    main()
