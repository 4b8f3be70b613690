"""A study of when a hidden Markov model is enough, and when it must fail.

Models forecast each next day of sequences: hidden Markov models of 1 to 8 states, and networks
with as many parameters as those of 8 states have. The sequences are those of a hidden Markov chain,
where the model is the truth; bits that copy the one L days before, which are a Markov chain of 2^L
states; and growth of firms. All models of a seed are fitted to the same sequences.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pipeline.studies.study import FULL_SEEDS, SEEDS, Cell, Row

if TYPE_CHECKING:
    from pipeline.outputs import Windowed
    from pipeline.studies.losses import Loss

STATES = (1, 2, 3, 4, 6, 8)
LAGS, FULL_LAGS = (1, 2, 3, 4, 5, 6), (1, 2, 3, 4, 5, 6, 7, 8, 10)
NETWORKS = {"elman": ("elman", 7), "gru": ("gru", 4), "wider gru": ("gru", 9)}
"""Name → kind and units. The first two have as many parameters as a model of 8 states, within some
tenth; the third has four times as many."""
MODELS = ("markov", *NETWORKS)
SEQUENCES, DAYS, TESTED = 50, 100, 100
"""Sequences learned from (of growth twice as many), their days, and fresh ones to be scored."""
SEEN = 20
"""First days of each sequence that are not scored: a model is still finding its state."""
STEPS, RATE, WARM = 200, 0.02, 10
"""Gradient steps on all sequences, Adam's rate, and the days of each that are not learned from."""
BEST, CONSTANT, NORMAL = "best possible", "constant Student-t", ", normal"
STARTS, FULL_STARTS = 3, 8


def design(full: bool) -> Sequence[Cell]:
    """Return the cells: a process and a kind of model each."""
    lags = FULL_LAGS if full else LAGS
    processes = [("hidden", 0), *(("lagged", lag) for lag in lags), ("growth", 0)]
    return [
        {
            "cell": f"{process}{lag or ''}_{model}".replace(" ", "_"),
            "process": process,
            "lag": lag,
            "family": model,
            "seeds": FULL_SEEDS if full else SEEDS,
            "starts": FULL_STARTS if full else STARTS,
        }
        for process, lag in processes
        for model in MODELS
    ]


def measure(cell: Cell, windowed: Windowed) -> list[Row]:
    """Return a row a model and seed: its log score, in nats a day, on sequences it has not seen."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    with threadpool_limits(1):
        given = [_given(cell, windowed, seed) for seed in range(cell["seeds"])]
        if cell["family"] == "markov":
            return _markov_rows(cell, given)
        return _network_rows(cell, given)


Given = tuple[NDArray[Any], NDArray[Any], int]
"""Sequences to learn from and to be scored on, and the number of symbols (0: numbers)."""


def _given(cell: Cell, windowed: Windowed, seed: int) -> Given:
    """Return a seed's sequences."""
    random = np.random.default_rng([seed, cell["lag"]])
    if cell["process"] == "growth":
        from pipeline.studies.growth_sequences import runs, scaled

        first, stop = windowed.fold.valid
        later = scaled(windowed)[:, first - SEEN : stop].astype(np.float64)
        return runs(windowed, 2 * SEQUENCES, DAYS + 1, random), later, 0
    process = _process(cell)
    learned = process.draw(SEQUENCES, DAYS + 1, random)
    return learned, process.draw(TESTED, DAYS + SEEN, random), process.symbols


def _process(cell: Cell) -> Any:
    from pipeline.studies.processes import Hidden, Lagged

    return Lagged(cell["lag"]) if cell["process"] == "lagged" else Hidden()


def _markov_rows(cell: Cell, given: Sequence[Given]) -> list[Row]:
    """Return a row a number of states and seed, and what no model can better, or a constant."""
    from pipeline.evaluation.student import StudentT
    from pipeline.evaluation.student import fit as fit_student
    from pipeline.studies.hidden_markov import fit, parameters

    rows = []
    for seed, (learned, tested, symbols) in enumerate(given):
        for states in STATES:
            random = np.random.default_rng([seed, states])
            scores = fit(learned, states, symbols, cell["starts"], random).scores(tested)
            name = f"{states} state{'s' * (states > 1)}"
            rows.append(_row(name, states, parameters(states, symbols), seed, scores))
        if cell["process"] == "hidden":
            scores = _process(cell).best_scores(tested)
            rows.append(_row(BEST, 0, 0, seed, scores))
        elif cell["process"] == "lagged":
            rows.append(
                _row(BEST, 0, 0, seed, np.full(tested.shape, _process(cell).entropy_rate()))
            )
        else:
            middle = learned.mean()
            scale, df = fit_student(learned - middle)
            same = [np.full(tested.size, value) for value in (middle, scale, df)]
            scores = -StudentT(*same).log_density(tested.ravel()).reshape(tested.shape)
            rows.append(_row(CONSTANT, 0, 3, seed, scores))
    return rows


def _network_rows(cell: Cell, given: Sequence[Given]) -> list[Row]:
    """Return a row a seed, and of growth one a head."""
    from pipeline.studies.losses import CrossEntropy, StudentLoss

    name, symbols = cell["family"], given[0][2]
    if symbols:
        return _trained(name, name, CrossEntropy(), symbols - 1, given)
    return [
        *_trained(name, name, StudentLoss(), 3, given),
        *_trained(f"{name}{NORMAL}", name, StudentLoss(tails=False), 2, given),
    ]


def _trained(title: str, name: str, loss: Loss, outputs: int, given: Sequence[Given]) -> list[Row]:
    """Train a network from each seed, all side by side, and score it."""
    from pipeline.studies.adam import Adam
    from pipeline.studies.populations import KINDS

    learned, tested = (np.stack([own[part] for own in given]) for part in (0, 1))
    symbols = given[0][2]
    shown, answers = _as_inputs(learned, symbols)
    kind, units = NETWORKS[name]
    network = KINDS[kind](shown.shape[-1], units, outputs)
    drawn = [network.first(1, np.random.default_rng([seed, units])) for seed in range(len(given))]
    weights, adam = np.concatenate(drawn).astype(np.float32), Adam(RATE)
    for _ in range(STEPS):
        seen = network.run(weights, shown)
        slope = loss.slope(network.read(weights, seen, WARM), answers[WARM:])
        weights = adam.step(weights, network.gradient(weights, seen, slope, WARM))
    shown, answers = _as_inputs(tested, symbols)
    scores = loss.each(network.read(weights, network.run(weights, shown), 0), answers)
    return [
        # What a first day is cannot be forecast from nothing: it is among those not scored.
        _row(title, 0, network.parameters, seed, np.insert(own.T, 0, np.nan, axis=1))
        for seed, own in enumerate(scores.transpose(1, 0, 2))
    ]


def _as_inputs(shown: NDArray[Any], symbols: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return what a network is shown (S, B, T − 1, F), and is asked (T − 1, S, B).

    A symbol is shown as −1 and 1, one feature each but for the first symbol; a gap of numbers as 0.
    """
    before, answers = shown[..., :-1], shown[..., 1:].transpose(2, 0, 1)
    if symbols:
        inputs = 2.0 * (before[..., None] == np.arange(1, symbols)) - 1.0
    else:
        inputs = np.nan_to_num(before)[..., None]
    return inputs.astype(np.float32), answers


def _row(model: str, states: int, parameters: int, seed: int, scores: NDArray[Any]) -> Row:
    """Return what is kept of scores (B × T)."""
    mean = float(np.nanmean(scores[:, SEEN:]))
    return {
        "model": model,
        "states": states,
        "parameters": parameters,
        "seed": seed,
        "score": mean,
    }
