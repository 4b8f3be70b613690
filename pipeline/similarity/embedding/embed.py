"""The embed stage: from firms' days to similarities that can be asked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.errors import InputError
from pipeline.outputs import Embedded, Grown, Ingested, Json, Windowed
from pipeline.settings.similarity import Embed
from pipeline.similarity.embedding import exposures
from pipeline.similarity.embedding.days import Days
from pipeline.similarity.embedding.frame import Frame
from pipeline.similarity.embedding.lessons import origins
from pipeline.similarity.embedding.portfolios import portfolios
from pipeline.similarity.embedding.reading import Reading, joined
from pipeline.similarity.embedding.readings import readings
from pipeline.watch import Watch

FIRST = 1
"""The first day that is compared: on the day before it no volatility is known."""


def embed(
    section: Embed, ingested: Ingested, grown: Grown, windowed: Windowed, *, watch: Watch
) -> Embedded:
    """Compare the firms by their running exposures, as networks learned to read them.

    Parameters
    ----------
    section : Embed
        Days a block, portfolios and networks.
    ingested, grown, windowed
        What the stages before made. Networks are taught by the days that training or validation
        of a forecast sees, never by those that judge it.
    watch : Watch
        Told of what is done.

    Returns
    -------
    Embedded
        Running exposures, what networks read from them, and the firms' days.

    Raises
    ------
    InputError
        When there is no day to compare.
    """
    if len(windowed.dates) <= FIRST:
        raise InputError(
            f"There is no day to compare firms on: the prices cover {len(windowed.dates)} days; "
            "give a longer history."
        )
    growth = aligned(grown.growth, windowed)
    past = growth[: taught_to(windowed)]
    watch.step("learning who moves with whom", 0, 1)
    read = readings(past, Days.of(past), section.components, section.seeds)
    watch.step("learning who moves with whom", 1, 1)
    basis = {"networks": list(section.seeds), "days_per_year": grown.basis["days_per_year"]}
    firms = ingested.firms.set_index("symbol").loc[list(windowed.symbols)].reset_index()
    return compare(section, firms, windowed, growth, *read, basis)


def compare(
    section: Embed,
    firms: pd.DataFrame,
    windowed: Windowed,
    growth: NDArray[np.float32],
    trained: Sequence[Reading],
    fresh: Sequence[Reading],
    basis: Json,
) -> Embedded:
    """Compare the firms by given readings of their running exposures.

    Parameters
    ----------
    section : Embed
        Days a block and portfolios.
    firms : DataFrame
        As `Ingested.firms`, in the order of the panel; its labels are never looked at.
    windowed : Windowed
        Dates, symbols and the fold.
    growth : (T, N)
        Growth rates; gaps are NaN.
    trained, fresh : sequence of Reading
        One a network each.
    basis : dict
        `networks` and `days_per_year`.

    Returns
    -------
    Embedded
        As `embed` returns it.
    """
    dates, stop = windowed.dates.astype("datetime64[D]"), taught_to(windowed)
    days = Days.of(growth)
    found = portfolios(days, section.components)
    ranges = exposures.blocks(FIRST, len(dates), section.block_days)
    held = exposures.running(days, found, ranges)
    vectors = trained[0].vectors(Frame(held[-1], found).states)
    taught = {"learned_to": str(dates[stop - 1]), "lessons": len(origins(stop)), "first": FIRST}
    return Embedded(
        held=held,
        portfolios=found,
        readings=np.stack([reading.packed() for reading in trained]),
        untrained=np.stack([reading.packed() for reading in fresh]),
        days=days.standard,
        present=np.packbits(days.present.T, axis=1),
        edges=dates[np.column_stack([ranges[:, 0], ranges[:, 1] - 1])],
        growth=growth,
        dates=dates,
        embedding=_table(joined(vectors), windowed),
        firms=firms,
        basis=basis | taught,
    )


def taught_to(windowed: Windowed) -> int:
    """Day before which training and validation of a forecast look."""
    fold = windowed.fold
    # The last day that validation looks at is the last that training saw in any way.
    return min(fold.valid[1] - 1 + fold.horizon, len(windowed.dates) - 1) + 1


def aligned(growth: pd.DataFrame, windowed: Windowed) -> NDArray[np.float32]:
    """Growth in the order of the panel's dates and firms: (T, N)."""
    ordered = growth.reindex(index=pd.DatetimeIndex(windowed.dates), columns=list(windowed.symbols))
    return ordered.to_numpy(dtype=np.float32)


def _table(vectors: NDArray[np.float32], windowed: Windowed) -> pd.DataFrame:
    """Name the firms' vectors."""
    table = pd.DataFrame(vectors, columns=[f"e{k}" for k in range(vectors.shape[1])])
    table.insert(0, "symbol", [str(symbol) for symbol in windowed.symbols])
    return table
