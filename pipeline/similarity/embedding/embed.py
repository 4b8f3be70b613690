"""The embed stage: from trained networks to similarities that can be asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import keras
import numpy as np
import pandas as pd
from numpy.typing import NDArray

import models
from pipeline.errors import InputError
from pipeline.outputs import Embedded, Grown, Ingested, Trained, Windowed
from pipeline.settings.similarity import Embed
from pipeline.similarity.embedding import response, sums
from pipeline.similarity.embedding.directions import learn
from pipeline.training.predict import trajectories
from pipeline.watch import Watch

Passes = Callable[[], response.Passes]
"""Starts a new pass over a network's trajectories, some firms at a time."""


@dataclass(frozen=True)
class Comparable:
    """Which firms are compared on which days."""

    present: NDArray[np.bool_]
    """N × T."""
    first: int
    """First day on which firms are compared."""
    learned: int
    """Days before this one may teach the head: those that training saw."""


def embed(
    section: Embed,
    ingested: Ingested,
    grown: Grown,
    windowed: Windowed,
    trained: Sequence[Trained],
    seeds: Sequence[int],
    *,
    watch: Watch,
) -> Embedded:
    """Compare the firms by what networks make of their days.

    Parameters
    ----------
    section : Embed
        Days a block and number of directions.
    ingested, grown, windowed
        What the stages before made.
    trained : sequence of Trained
        Networks of one architecture from different seeds.
    seeds : sequence of int
        Their seeds, to name them.
    watch : Watch
        Told of every pass.

    Returns
    -------
    Embedded
        Responses, learned directions and running sums.

    Raises
    ------
    InputError
        When the lookback leaves no day to compare.
    """
    comparable = compared_days(windowed)
    networks = [models.from_bytes(one.network) for one in trained]
    start = _starter(networks[0], windowed, watch)
    passes = [partial(start, network.get_weights()) for network in networks]
    untrained = partial(start, _untrained(networks[0], seeds[0]).get_weights())
    return compare(
        section, ingested.firms, grown, windowed, comparable, passes, untrained, seeds, watch=watch
    )


def compare(
    section: Embed,
    firms: pd.DataFrame,
    grown: Grown,
    windowed: Windowed,
    comparable: Comparable,
    passes: Sequence[Passes],
    untrained: Passes,
    seeds: Sequence[int],
    *,
    watch: Watch,
) -> Embedded:
    """Compare the firms by trajectories, whatever they come from.

    Parameters
    ----------
    section : Embed
        Days a block and number of directions.
    firms : DataFrame
        As `Ingested.firms`; its sectors are carried along and never looked at.
    grown, windowed
        Growth for the correlations that stand beside; days, firms and units.
    comparable : Comparable
        Which firms are compared on which days.
    passes : sequence of callables
        One a network: starts a pass over its trajectories.
    untrained : callable
        The same for a network that learned nothing.
    seeds : sequence of int
        Names of the networks.
    watch : Watch
        Told of what is done.

    Returns
    -------
    Embedded
        Responses, learned directions and running sums.
    """
    dates = windowed.dates.astype("datetime64[D]")
    shape = (len(passes), *comparable.present.T.shape)
    answers = np.empty(shape, dtype=np.float32)
    for number, one in enumerate(passes):
        answers[number] = responses(one, windowed, comparable)
    plain = responses(untrained, windowed, comparable)
    watch.step("learning directions", 0, 1)
    found = learned_directions(answers, comparable, len(dates), section.components)
    watch.step("learning directions", 1, 1)
    ranges = sums.bounds(comparable.first, len(dates), section.block_days)
    summed = np.empty((len(answers), len(ranges) + 1, *found.shape), dtype=np.float32)
    for number, answer in enumerate(answers):
        summed[number] = sums.running(answer, found, ranges)
    return Embedded(
        sums=summed,
        directions=found,
        responses=answers,
        untrained=plain,
        present=np.packbits(comparable.present, axis=1),
        edges=dates[np.column_stack([ranges[:, 0], ranges[:, 1] - 1])],
        growth=_aligned(grown.growth, windowed),
        dates=dates,
        embedding=_table(sums.vectors(summed[:, -1].mean(axis=0), found), windowed),
        firms=firms.set_index("symbol").loc[list(windowed.symbols)].reset_index(),
        basis={
            "networks": [int(seed) for seed in seeds],
            "learned_to": str(dates[comparable.learned - 1]),
            "first": comparable.first,
            "days_per_year": grown.basis["days_per_year"],
        },
    )


def compared_days(windowed: Windowed) -> Comparable:
    """Days on which each firm is observed and its state has seen `lookback` days of it.

    Every state starts from zero: for some days after their listing, firms that have nothing else
    in common would look alike.

    Parameters
    ----------
    windowed : Windowed
        The panel and its fold.

    Returns
    -------
    Comparable
        The days.

    Raises
    ------
    InputError
        When the lookback leaves no day to compare.
    """
    fold = windowed.fold
    days = len(windowed.dates)
    if fold.lookback >= days:
        raise InputError(
            f"There is no day to compare firms on: the prices cover {days} days, all within "
            f"the lookback of {fold.lookback}; give a longer history or lower window.lookback."
        )
    observed = windowed.features[..., -1] > 0
    listed = observed.argmax(axis=1)[:, None]
    positions = np.arange(days)
    settled = (positions >= listed + fold.lookback) & (positions >= fold.lookback)
    # The last day that validation looks at is the last that training saw in any way.
    learned = min(fold.valid[1] - 1 + fold.horizon, days - 1) + 1
    return Comparable(observed & settled, max(fold.lookback, 1), learned)


def responses(passes: Passes, windowed: Windowed, comparable: Comparable) -> NDArray[np.float32]:
    """Fit a response head to a network's trajectories and let it answer every day: (T, N)."""
    wanted = response.target(windowed, comparable.learned)
    head = response.fit(passes(), wanted, comparable.present, comparable.first)
    return response.respond(head, passes(), comparable.present, comparable.first)


def learned_directions(
    answers: NDArray[np.float32], comparable: Comparable, stop: int, components: int
) -> NDArray[np.float32]:
    """Learn directions from the days before ``stop``: (N, K)."""
    days = slice(comparable.first, stop)
    together = sums.correlations(answers[:, days], comparable.present.T[days])
    return learn(together, components)


def _starter(
    network: keras.Model, windowed: Windowed, watch: Watch
) -> Callable[[list[NDArray[np.float32]]], response.Passes]:
    """Return what starts a pass over the trajectories of networks like one, given their weights."""
    answering = models.states(network)

    def start(weights: list[NDArray[np.float32]]) -> response.Passes:
        network.set_weights(weights)
        return trajectories(network, windowed, watch=watch, answering=answering)

    return start


def _untrained(network: keras.Model, seed: int) -> keras.Model:
    """Return the network with fresh random weights, as it was before training."""
    keras.utils.set_random_seed(seed)
    return keras.models.clone_model(network)


def _aligned(growth: pd.DataFrame, windowed: Windowed) -> NDArray[np.float32]:
    """Growth in the order of the panel's dates and firms: (T, N)."""
    ordered = growth.reindex(index=pd.DatetimeIndex(windowed.dates), columns=list(windowed.symbols))
    return ordered.to_numpy(dtype=np.float32)


def _table(vectors: NDArray[np.float32], windowed: Windowed) -> pd.DataFrame:
    """Name the firms' vectors."""
    table = pd.DataFrame(vectors, columns=[f"e{k}" for k in range(vectors.shape[1])])
    table.insert(0, "symbol", [str(symbol) for symbol in windowed.symbols])
    return table
