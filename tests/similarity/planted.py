"""A planted universe, compared by networks that have learned nothing."""

import pandas as pd
import universe

from models.comovement import initial
from pipeline.outputs import Embedded, Grown
from pipeline.panel.windows import window
from pipeline.settings.similarity import Embed
from pipeline.settings.window import Window
from pipeline.similarity.embedding.days import Days
from pipeline.similarity.embedding.embed import aligned, compare, taught_to
from pipeline.similarity.embedding.lessons import lessons
from pipeline.similarity.embedding.reading import SIZES, scaled_to

SECTION = Window(
    lookback=20,
    features=("growth", "absolute_growth", "market_growth", "market_dispersion"),
)


def embedded(
    grown: Grown | None = None,
    block_days: int = 21,
    components: int = 6,
    networks: int = 2,
    firms: pd.DataFrame | None = None,
    **planted: int | bool,
) -> Embedded:
    """What the embed stage makes of a planted universe, but for training: that takes seconds."""
    if isinstance(firms, int):
        planted["firms"], firms = firms, None
    grown = grown or universe.grown(**planted)
    if firms is None:
        firms = universe.firms_table(grown.growth, planted.get("groups", 3))
    windowed = window(SECTION, grown)
    growth = aligned(grown.growth, windowed)
    past = growth[: taught_to(windowed)]
    taught = list(lessons(past, Days.of(past), components, 0))
    untrained = [scaled_to(initial(SIZES, seed), taught) for seed in range(2 * networks)]
    ordered = firms.set_index("symbol").loc[list(windowed.symbols)].reset_index()
    return compare(
        Embed(block_days=block_days, components=components),
        ordered,
        windowed,
        growth,
        untrained[:networks],
        untrained[networks:],
        {"networks": list(range(networks)), "days_per_year": 252},
    )
