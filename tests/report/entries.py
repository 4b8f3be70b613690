"""A whole comparison, computed from simulated growth: all that its page is made of."""

from __future__ import annotations

from functools import cache

import pandas as pd
import universe
from quick import unfitted

from pipeline.comparison.ranking import FACTS, compared
from pipeline.evaluation.earned import marked
from pipeline.evaluation.entry import Entry, kind_of
from pipeline.evaluation.foretell import foretell
from pipeline.evaluation.ladder import Rung
from pipeline.outputs import Compared, Windowed
from pipeline.panel.folds import walk_forward
from pipeline.panel.windows import window
from pipeline.settings.evaluate import Evaluate
from pipeline.settings.window import Window
from pipeline.watch import Silence

SHOWN = {"Source": "simulated growth", "Trainings": "8"}
WIDTH = {"gru": 1.0, "elman": 1.15, "lstm": 1.6, "linear": 1.05}
"""What each "network", and a control, multiplies the EWMA volatility by."""
RUNGS = (Rung("linear"), Rung("gru", "raw"), Rung("gru", "all", 1), Rung("gru"))
FIRMS = 5
NETWORKS = ["gru", "elman", "lstm"]


@cache
def shared(folds: int = 2, horizon: int = 1, ladder: bool = False) -> Compared:
    """A comparison that tests only look at."""
    return comparison(folds, horizon, ladder=ladder)


def comparison(folds: int = 2, horizon: int = 1, days: int = 400, ladder: bool = False) -> Compared:
    """Compare three "networks" and a control, each of two seeds, with the baselines."""
    made, table = judged(folds, horizon, days)
    about = {
        "networks": NETWORKS,
        "controls": ["linear"],
        "seeds": 2,
        "horizon": horizon,
        "folds": [
            {"fold": number, "purge": horizon - 1, **windowed.fold.spans(windowed.dates)}
            for number, windowed in enumerate(made, start=1)
        ],
    }
    volatility = table[table["baseline"] == "ewma_volatility"]
    entries = [
        *(
            Entry.of(str(name), "baseline", marked(rows), {"fallbacks": 2 * (name == "har")})
            for name, rows in table.groupby("baseline", sort=False)
        ),
        *(network(Rung(name), volatility) for name in WIDTH),
    ]
    rungs = {rung: network(rung, volatility) for rung in RUNGS} if ladder else {}
    firms = universe.firms_table(universe.growth_panel(firms=FIRMS))
    return compared(entries, about, SHOWN, firms, rungs)


@cache
def judged(folds: int, horizon: int, days: int) -> tuple[list[Windowed], pd.DataFrame]:
    """The windows of each fold, and the baselines' forecasts of all."""
    grown = universe.grown(firms=FIRMS, days=days)
    dates = grown.growth.index.to_numpy()
    sections = walk_forward(Window(lookback=20, horizon=horizon), dates, folds)
    made = [window(section, grown) for section in sections]
    with unfitted():
        foretold = [foretell(Evaluate(), windowed, grown, watch=Silence()) for windowed in made]
    return made, pd.concat([each.forecasts for each in foretold], ignore_index=True)


def network(rung: Rung, rows: pd.DataFrame) -> Entry:
    """A network of two seeds that forecasts as the EWMA volatility does, only wider."""
    name = rung.architecture
    width = WIDTH[name] + (0.0 if rung.whole else 0.2 / (rung.days or 1))
    seeds = [
        marked(rows.assign(scale=(width + 0.01 * seed) * rows["scale"]), seed) for seed in (0, 1)
    ]
    facts = dict(zip(FACTS, (1000.0, 20.0 * WIDTH[name], 5e5, 7.5, 0.25), strict=True))
    return Entry.of(rung.name, kind_of(name), pd.concat(seeds, ignore_index=True), facts)
