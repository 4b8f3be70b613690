"""A study of when a hidden Markov model is enough, and when it must fail.

Models forecast each next day of sequences: hidden Markov models of 1 to 8 states, and networks
with as many parameters as those of 8 states have. The sequences are those of a hidden Markov chain,
where the model is the truth; bits that copy the one L days before, which are a Markov chain of 2^L
states; and growth of firms. All models of a seed are fitted to the same sequences.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pipeline import cores
from pipeline.studies.intervals import mean, over_seeds
from pipeline.studies.study import FULL_SEEDS, SEEDS, Cell, Curve, Figure, Found, Plot, Row

if TYPE_CHECKING:
    from pipeline.outputs import Windowed
    from pipeline.studies.sequences.forecasters import Given, Scored

LAGS, FULL_LAGS = (1, 2, 3, 4, 5, 6), (1, 2, 3, 4, 5, 6, 8)
NETWORKS = ("elman", "gru", "wider gru")
MODELS = ("markov", *NETWORKS)
SEQUENCES, DAYS, TESTED = 50, 100, 100
"""Sequences learned from (of growth twice as many), their days, and fresh ones to be scored."""
SEEN = 20
"""First days of each sequence that are not scored: a model is still finding its state."""
BEST, CONSTANT = "best possible", "constant Student-t"
STARTS, FULL_STARTS = 10, 30
KEYS = ("process", "lag", "model", "parameters")
CLOSE = 0.02
"""Nats a day: a model that surely loses less than this is called enough."""


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
    with cores.threads(1):
        given = [_given(cell, windowed, seed) for seed in range(cell["seeds"])]
        return [
            {
                "model": found.model,
                "parameters": found.parameters,
                "seed": found.seed,
                "score": float(np.nanmean(found.scores[:, SEEN:])),
            }
            for found in _scored(cell, given)
        ]


def _scored(cell: Cell, given: Sequence[Given]) -> Iterator[Scored]:
    """Return the cell's models, and with the Markov ones what no model betters, or a constant."""
    from pipeline.studies.sequences import forecasters

    if cell["family"] != "markov":
        yield from forecasters.network(cell["family"], given)
        return
    yield from forecasters.hidden_markov(given, cell["starts"])
    if cell["process"] == "growth":
        yield from forecasters.constant(CONSTANT, given)
        return
    process = _process(cell)
    for seed, (_, tested, _) in enumerate(given):
        yield forecasters.Scored(BEST, 0, seed, process.best_scores(tested))


def _given(cell: Cell, windowed: Windowed, seed: int) -> Given:
    """Return a seed's sequences."""
    random = np.random.default_rng([seed, cell["lag"]])
    if cell["process"] == "growth":
        from pipeline.studies.sequences.growth import runs, scaled

        first, stop = windowed.fold.valid
        later = scaled(windowed)[:, first - SEEN : stop].astype(np.float64)
        return runs(windowed, 2 * SEQUENCES, DAYS + 1, random), later, 0
    process = _process(cell)
    learned = process.draw(SEQUENCES, DAYS + 1, random)
    return learned, process.draw(TESTED, DAYS + SEEN, random), process.symbols


def _process(cell: Cell) -> Any:
    from pipeline.studies.sequences.processes import Hidden, Lagged

    return Lagged(cell["lag"]) if cell["process"] == "lagged" else Hidden()


def conclude(rows: pd.DataFrame) -> Found:
    """Say where the states suffice, where they must fail, and what growth is like."""
    rows = rows.reset_index(drop=True)
    board = over_seeds(rows, KEYS, "score") if len(rows) else pd.DataFrame(columns=[*KEYS, "score"])
    hidden, lagged, growth = (
        rows[rows["process"] == process] for process in ("hidden", "lagged", "growth")
    )
    above = {
        (int(own["lag"].iloc[0]), name): one
        for _, own in lagged.groupby("lag")
        for name, one in _above(own)
    }
    above |= {(0, name): one for name, one in _above(hidden)}
    ahead = _ahead(growth)
    parts = (_enough(above), _fails(above), _on_growth(ahead, growth))
    return Found(
        " ".join(part for part in parts if part) or "There are no rows to answer from.",
        [
            "All that a hidden Markov model keeps of the past are the probabilities of K states. "
            "Given the last L bits, the probabilities of the next L form a matrix of rank 2^L, and "
            "a model of K states gives one of rank K at most: with fewer than 2^L states it cannot "
            "be right, however it is fitted. A network needs L numbers to keep L bits.",
            *_unfound(above),
            *_sizes(rows),
            *_tails(growth),
            f"Models of a seed are fitted to the same {SEQUENCES} sequences of {DAYS} days (of "
            f"growth {2 * SEQUENCES}) and scored on others; the first {SEEN} days of each are not "
            "scored. Hidden Markov models are the best of several starts by training likelihood, "
            "and more starts or data might find better ones; networks have one setting for all.",
        ],
        board,
        [*above.values(), *ahead.values()],
        [
            plot
            for plot in (_lags_plot(board), _states_plot(above), _growth_plot(board))
            if plot.curves
        ],
    )


def _above(rows: pd.DataFrame) -> Sequence[tuple[str, Figure]]:
    """Return how far each model's log score lies above the best possible, paired by seed."""
    by_seed = rows.pivot_table(index="seed", columns="model", values="score", sort=False)
    if BEST not in by_seed:
        return []
    where = f"lag {rows['lag'].iloc[0]}" if rows["lag"].iloc[0] else "hidden chain"
    return [
        (
            str(name),
            Figure(
                f"nats above the best possible, {name}, {where}",
                *mean((by_seed[name] - by_seed[BEST]).dropna()),
                "nats/day",
            ),
        )
        for name in by_seed.columns.drop(BEST)
    ]


def _ahead(growth: pd.DataFrame) -> dict[str, Figure]:
    """Return how far each model's log score of growth lies above that of the GRU."""
    by_seed = growth.pivot_table(index="seed", columns="model", values="score", sort=False)
    if "gru" not in by_seed:
        return {}
    return {
        str(name): Figure(
            f"nats above gru, {name}, growth",
            *mean((by_seed[name] - by_seed["gru"]).dropna()),
            "nats/day",
        )
        for name in by_seed.columns.drop("gru")
    }


def _enough(above: Mapping[tuple[int, str], Figure]) -> str:
    """Say how models do where a hidden Markov chain is the truth."""
    told = [
        f"{name} {_told(above[0, name])}" for name in ("3 states", *NETWORKS) if (0, name) in above
    ]
    if (0, "3 states") not in above:
        return ""
    close = above[0, "3 states"].high < CLOSE
    side = "is enough" if close else "is not found well"
    return (
        f"A hidden Markov model {side} where few states are the truth; nats a day above the best "
        f"possible, on a chain of 3 states: {', '.join(told)}."
    )


def _fails(above: Mapping[tuple[int, str], Figure]) -> str:
    """Say how models do at the longest lag, and up to which lag states are enough."""
    lags = sorted({lag for lag, name in above if lag and name == "8 states"})
    if not lags:
        return ""
    far = lags[-1]
    fine = [lag for lag in lags if above[lag, "8 states"].high < CLOSE]
    told = [
        f"{name} {_told(above[far, name])}"
        for name in ("8 states", *NETWORKS)
        if (far, name) in above
    ]
    up_to = f"up to a lag of {max(fine)}" if fine else "at no lag tried"
    return (
        f"It fails where what happened L days ago must be kept: 8 states are within {CLOSE} nats "
        f"of the best possible {up_to}; at lag {far} the nats above it are: {', '.join(told)}."
    )


def _unfound(above: Mapping[tuple[int, str], Figure]) -> list[str]:
    """Say at which lags 8 states could be right and were not found."""
    lags = [
        lag
        for (lag, name), one in above.items()
        if name == "8 states" and lag > 0 and 2**lag <= 8 and one.low > CLOSE
    ]
    return [
        f"At lag {lag}, {2**lag} states could be right, but expectation–maximisation does not find "
        f"them: 8 states stay {_told(above[lag, '8 states'])} nats above the best possible."
        for lag in lags
    ]


def _on_growth(ahead: Mapping[str, Figure], growth: pd.DataFrame) -> str:
    """Say whether states are enough for growth, with the number of states that suits it best."""
    states = {name: one for name, one in ahead.items() if "state" in name}
    if not states:
        return ""
    name, best = min(states.items(), key=lambda item: item[1].value)
    side = (
        "loses to"
        if best.low > 0.0
        else "beats"
        if best.high < 0.0
        else "does not differ clearly from"
    )
    score = growth.loc[growth["model"] == "gru", "score"].mean()
    return (
        f"On real growth it {side} a GRU of as many parameters as 8 states: with {name}, the best "
        f"number on these very days, which favours it, its log score is {_told(best)} nats a day "
        f"above (gru: {score:.3f})."
    )


def _sizes(rows: pd.DataFrame) -> list[str]:
    """State the numbers of parameters."""
    named = rows[rows["model"].isin(["8 states", *NETWORKS])]
    told = [
        f"{process}: "
        + ", ".join(
            f"{name} {number}" for (name, number), _ in own.groupby(["model", "parameters"])
        )
        for process, own in named.groupby("process", sort=False)
    ]
    return [f"Parameters ({'; '.join(told)})."] if told else []


def _tails(growth: pd.DataFrame) -> list[str]:
    """Say what fat tails give, to networks and to a constant."""
    scores = growth.groupby("model", sort=False)["score"].mean()
    wanted = ("1 state", "2 states", "8 states", CONSTANT, "gru, normal", "gru")
    told = [f"{name} {scores[name]:.3f}" for name in wanted if name in scores]
    if not told:
        return []
    return [
        f"Log scores of growth (nats a day, lower is better): {', '.join(told)}. One state is one "
        "normal for all days; several states are a mixture, which has fat tails, too; the constant "
        "Student-t has tails and no memory, and the GRU with a normal head has memory and no tails."
    ]


def _told(figure: Figure) -> str:
    return f"{figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]"


def _lags_plot(board: pd.DataFrame) -> Plot:
    """Return the log score by lag: what the Markov property forbids."""
    lagged = board[board["process"] == "lagged"]
    return Plot(
        "lags",
        "Log score of the next bit where nine of ten bits copy the one L days before: "
        "means over seeds and their 95 % intervals. Dashes: the entropy rate, below which no "
        "forecast gets. K states keep log2 K bits, the longest lag that they could bridge in full.",
        "lag L (days)",
        "log score (nats a day, lower is better)",
        [
            Curve(
                str(name),
                own["lag"].tolist(),
                own["score"].tolist(),
                own["low"].tolist(),
                own["high"].tolist(),
                "dashes" if name == BEST else "line",
            )
            for name, own in lagged.sort_values("lag", kind="stable").groupby("model", sort=False)
        ],
    )


def _states_plot(above: Mapping[tuple[int, str], Figure]) -> Plot:
    """Return how far states are from the best possible, by their number."""
    curves = []
    for lag in dict.fromkeys(lag for lag, _ in above):
        own = [one for (at, name), one in above.items() if at == lag and "state" in name]
        numbers = [int(name.split()[0]) for at, name in above if at == lag and "state" in name]
        low, high = [one.low for one in own], [one.high for one in own]
        title = f"lag {lag}" if lag else "chain of 3 states"
        curves.append(Curve(title, numbers, [one.value for one in own], low, high))
    return Plot(
        "states",
        "How far hidden Markov models stay above the best possible log score, by their number of "
        "states: means over seeds and their 95 % intervals. A lag of L days takes 2^L states.",
        "states",
        "above the best possible (nats a day)",
        [curve for curve in curves if len(curve.x)],
    )


def _growth_plot(board: pd.DataFrame) -> Plot:
    """Return the log scores of growth."""
    own = board[board["process"] == "growth"]
    if own.empty:
        return Plot("growth", "", "", "", [])
    low, high = own["low"].tolist(), own["high"].tolist()
    names, scores = own["model"].tolist(), own["score"].tolist()
    return Plot(
        "growth",
        "Log score of the next day's growth, in units of the firm's running volatility, on "
        "validation days: means over seeds and their 95 % intervals. All models see growth alone.",
        "model",
        "log score (nats a day, lower is better)",
        [Curve("log score", names, scores, low, high, "dots")],
    )
