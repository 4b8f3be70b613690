"""The embed stage: from a trained network to similarities that can be asked."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.errors import InputError
from pipeline.outputs import Embedded, Grown, Ingested, Trained, Windowed
from pipeline.sections import Embed
from pipeline.similarity import blocks
from pipeline.similarity.embedding import vectors
from pipeline.watch import Watch


def embed(
    section: Embed,
    ingested: Ingested,
    grown: Grown,
    windowed: Windowed,
    trained: Trained,
    *,
    watch: Watch,
) -> Embedded:
    """Compare the firms' trajectories day by day, in blocks of days.

    Parameters
    ----------
    section : Embed
        Days a block, length of the embedding, and what is compared each day.
    ingested, grown, windowed, trained
        What the stages before made.
    watch : Watch
        Told of every block.

    Returns
    -------
    Embedded
        Running sums of similarities, and the embedding of each firm.

    Raises
    ------
    InputError
        When the lookback leaves no day to compare.
    """
    import models
    from pipeline.panel.splits import Fold
    from pipeline.training.predict import trajectories

    lookback = Fold.from_json(windowed.fold).lookback
    states = trajectories(models.from_bytes(trained.network), windowed, watch=watch)
    return compare(section, ingested.firms, grown, windowed, states, lookback, watch=watch)


def compare(
    section: Embed,
    firms: pd.DataFrame,
    grown: Grown,
    windowed: Windowed,
    states: NDArray[np.float32],
    lookback: int,
    *,
    watch: Watch,
) -> Embedded:
    """Compare trajectories that are known already.

    Parameters
    ----------
    section : Embed
        Days a block, length of the embedding, and what is compared each day.
    firms : DataFrame
        As `Ingested.firms`; its sectors are carried along and never looked at.
    grown, windowed
        Growth for the correlations that stand beside; days, firms and which were observed.
    states : (N, T, U)
        Trajectories; NaN where a firm has no state.
    lookback : int
        Days after which a network's state has settled.
    watch : Watch
        Told of every block.

    Returns
    -------
    Embedded
        Running sums of similarities, and the embedding of each firm.

    Raises
    ------
    InputError
        When the lookback leaves no day to compare.
    """
    dates = windowed.dates.astype("datetime64[D]")
    if lookback >= len(dates):
        raise InputError(
            f"There is no day to compare firms on: the prices cover {len(dates)} days, all within "
            f"the lookback of {lookback}; give a longer history or lower window.lookback."
        )
    ranges = blocks.bounds(lookback, len(dates), section.block_days)
    present = _settled(windowed.features[..., -1] > 0, lookback)
    sums = blocks.running_sums(states, present, ranges, changes=section.compare == "changes")
    products, common = _stacked(sums, len(ranges), len(states), watch)
    return Embedded(
        products=products,
        common=common,
        edges=dates[np.column_stack([ranges[:, 0], ranges[:, 1] - 1])],
        growth=_aligned(grown.growth, windowed),
        dates=dates,
        embedding=_embedding(blocks.scores(products[-1], common[-1]), windowed, section),
        firms=firms.set_index("symbol").loc[list(windowed.symbols)].reset_index(),
        basis={"compare": section.compare},
    )


def _settled(observed: NDArray[np.bool_], lookback: int) -> NDArray[np.bool_]:
    """Days on which a firm is observed and its state has seen ``lookback`` days of it.

    Every state starts from zero: for some days after their listing, firms that have nothing else
    in common would look alike.
    """
    listed = observed.argmax(axis=1)[:, None]
    settled: NDArray[np.bool_] = np.arange(observed.shape[1]) >= listed + lookback
    return observed & settled


def _stacked(
    sums: Iterator[tuple[NDArray[np.float64], NDArray[np.uint16]]],
    count: int,
    firms: int,
    watch: Watch,
) -> tuple[NDArray[np.float32], NDArray[np.uint16]]:
    """Keep the running sum before each block, and after the last: (B + 1, N, N)."""
    shape = (count + 1, firms, firms)
    products, common = np.empty(shape, np.float32), np.empty(shape, np.uint16)
    for block, (product, days) in enumerate(sums):
        products[block], common[block] = product, days
        watch.step("comparing trajectories", block, count)
    return products, common


def _aligned(growth: pd.DataFrame, windowed: Windowed) -> NDArray[np.float32]:
    """Growth in the order of the panel's dates and firms: (T, N)."""
    ordered = growth.reindex(index=pd.DatetimeIndex(windowed.dates), columns=list(windowed.symbols))
    return ordered.to_numpy(dtype=np.float32)


def _embedding(similarity: NDArray[np.float32], windowed: Windowed, section: Embed) -> pd.DataFrame:
    """Name the firms' vectors."""
    found = vectors(similarity, section.components)
    table = pd.DataFrame(found, columns=[f"e{k}" for k in range(found.shape[1])])
    table.insert(0, "symbol", [str(symbol) for symbol in windowed.symbols])
    return table
