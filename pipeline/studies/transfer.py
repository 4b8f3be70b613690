"""What a pretrained network is worth: beside training of one's own, on few firms or many.

Universes of some firms and years are drawn from those of the settings; inputs are from growth
alone, with the market of the universe drawn. On its test days three networks are judged: the
pretrained one as it is, the same fine-tuned (or left, where that validates no better), and one
that is drawn anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.errors import ConfigError
from pipeline.studies.intervals import median
from pipeline.studies.study import FULL_SEEDS, SEEDS, Cell, Curve, Figure, Found, Plot, Row
from pipeline.words import listed, plural

if TYPE_CHECKING:
    from pipeline.outputs import Windowed

FIRMS, YEARS = (5, 20, 100, 400), (2, 5, 10)
SESSIONS = 252
"""A year's."""
TOGETHER = 5
"""Draws of a cell."""
NETWORK = "gru"
ZERO_SHOT, TUNED, FRESH = STARTS = ("zero-shot", "fine-tuned", "fresh")
RATIO = ("ratio", "low", "high")
HELD = 1e-4
"""A ratio that differs from 1 by less is told as none."""


def design(full: bool) -> list[Cell]:
    """Draw universes of every size and length ten times, or thirty; five draws a cell."""
    draws = FULL_SEEDS if full else SEEDS
    return [
        {"cell": f"{firms} firms, {years} years, draws {first} to {first + TOGETHER - 1}"}
        | {"firms": firms, "years": years, "first_seed": first}
        for firms in reversed(FIRMS)  # the longest first
        for years in reversed(YEARS)
        for first in range(0, draws, TOGETHER)
    ]


def measure(cell: Cell, windowed: Windowed) -> list[Row]:
    """Judge the three starts on each draw; nothing where there are not so many firms or years.

    Raises
    ------
    ConfigError
        If the pretrained network has seen the validation days of the settings.
    """
    seeds = range(cell["first_seed"], cell["first_seed"] + TOGETHER)
    enough = len(_listed_then(windowed)) >= cell["firms"]
    longest = windowed.fold.train[1] - windowed.fold.lookback
    if not enough or longest < cell["years"] * SESSIONS:
        return [_unasked(seed) for seed in seeds[:1]]
    return [row for seed in seeds for row in _judged(drawn(windowed, cell, seed), seed)]


def _unasked(seed: int) -> Row:
    """Return the row of a universe that the settings do not have."""
    nothing = {"valid_crps": np.nan, "moved": False, "crps": np.nan, "forecasts": 0}
    return {"seed": seed, "start": "", **nothing}


def drawn(windowed: Windowed, cell: Cell, seed: int) -> Windowed:
    """Return a universe of some firms, which may learn from the last years of training days."""
    from dataclasses import replace

    from pipeline.features.features import SETS
    from pipeline.outputs import Grown
    from pipeline.panel.windows import window_on

    random = np.random.default_rng([seed, cell["firms"]])
    chosen = np.sort(random.choice(_listed_then(windowed), cell["firms"], replace=False))
    growth = pd.DataFrame(
        windowed.growth[chosen].T.astype(np.float64),
        index=pd.DatetimeIndex(windowed.dates, name="date"),
        columns=windowed.symbols[chosen].tolist(),
    )
    fold = windowed.fold
    first = max(fold.train[0], fold.train[1] - cell["years"] * SESSIONS)
    fold = replace(fold, train=(first, fold.train[1]), horizon=1)
    return window_on(Grown(growth, {}), SETS["all"].always, fold)


def _listed_then(windowed: Windowed) -> NDArray[np.intp]:
    """Return the positions of the firms that have growth on training days."""
    known = np.isfinite(windowed.growth[:, windowed.fold.training_days]).any(axis=1)
    return np.flatnonzero(known)


def _judged(windowed: Windowed, seed: int) -> list[Row]:
    """Train from each start, and judge all on the test days."""
    from pipeline.settings.model import Model
    from pipeline.settings.train import Train
    from pipeline.training.start import starts
    from pipeline.training.train import train
    from pipeline.watch import Silence

    section, model = Train(seed=seed), Model(name=NETWORK)
    begun, reason = starts(section, model, windowed)
    if reason:
        raise ConfigError(f"{reason}: give later days, with window.train_end and window.valid_end.")
    fits = {
        name: train(section.model_copy(update={"start": start}), model, windowed, watch=Silence())
        for name, start in ((TUNED, "pretrained"), (FRESH, "fresh"))
    }
    (pretrained,) = (start.pretrained for start in begun if start.pretrained)
    networks = {ZERO_SHOT: pretrained.network}
    networks |= {name: trained.network for name, trained in fits.items()}
    validated = {
        name: scores["valid_crps"]
        for trained in fits.values()
        for name, scores in trained.summary["starts"].items()
    }
    moved = fits[TUNED].summary["start"] == TUNED
    if not moved:
        validated[TUNED] = validated[ZERO_SHOT]
    return [
        {
            "seed": seed,
            "start": name,
            "valid_crps": float(validated[name]),
            "moved": moved if name == TUNED else name == FRESH,
            **_scores(network, windowed),
        }
        for name, network in networks.items()
    ]


def _scores(network: bytes, windowed: Windowed) -> dict[str, Any]:
    """Return the mean CRPS of a network on the test days (1/year)."""
    import models
    from pipeline.evaluation.forecasts import firm_days, network_forecast
    from pipeline.evaluation.proper import crps
    from pipeline.training.predict import forecast
    from pipeline.watch import Silence

    fold = windowed.fold
    growth = np.ascontiguousarray(windowed.growth.T, dtype=np.float64)
    days = firm_days(growth, range(*fold.test), 1, fold.lookback)
    raw = forecast(models.from_bytes(network), windowed, fold.test, watch=Silence())
    said = network_forecast(raw, fold.test[0], days, windowed.unit)
    return {"crps": float(crps(said, days.growth).mean()), "forecasts": len(days.growth)}


def conclude(rows: pd.DataFrame) -> Found:
    """Say where training of one's own begins to pay."""
    asked = rows[rows["start"] != ""]
    table = _table(asked)
    figures = [
        Figure(
            f"CRPS over zero-shot's, {row['start']}, {row['firms']} firms, {row['years']} years",
            *(row[key] for key in RATIO),
        )
        for row in table.to_dict("records")
    ]
    sentences = [
        "Below 1, training on these firms is better than asking the pretrained network as it is.",
        *_left(rows),
        "Draws of a universe share firms and test days: an interval says what other firms of this "
        "source and other first weights would give, not what other days would.",
    ]
    return Found(_answer(table), sentences, table, figures, _plots(table))


def _table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return a row a universe and start, with the ratio of its CRPS to that of zero-shot."""
    told = []
    for (firms, years), own in rows.groupby(["firms", "years"]):
        wide = own.pivot_table("crps", "seed", "start")
        for name in STARTS[1:]:
            ratio = median(wide[name] / wide[STARTS[0]])
            told.append(
                {
                    "firms": firms,
                    "years": years,
                    "start": name,
                    **dict(zip(RATIO, ratio, strict=True)),
                    "moved": float(own[own["start"] == name]["moved"].mean()),
                    "zero_shot_crps": float(wide[ZERO_SHOT].mean()),
                    "draws": len(wide),
                }
            )
    columns = ["firms", "years", "start", *RATIO, "moved", "zero_shot_crps", "draws"]
    return pd.DataFrame(told, columns=columns)


def _answer(table: pd.DataFrame) -> str:
    """Say what decides, in one or two sentences."""
    if table.empty:
        return "No universe was large and long enough to be asked about: give more firms or years."
    parts = []
    for name in STARTS[1:]:
        own = table[table["start"] == name]
        better = [_universe(row) for row in own[own["high"] < 1.0 - HELD].to_dict("records")]
        worse = [_universe(row) for row in own[own["low"] > 1.0 + HELD].to_dict("records")]
        where = f"better on {listed(better)}" if better else "better nowhere for sure"
        beside = f", and worse on {listed(worse)}" if worse else ""
        parts.append(f"{name} is {where}{beside}")
    return f"Beside the pretrained network as it is, {'; '.join(parts)}."


def _universe(row: Any) -> str:
    """Write a universe and the ratio there."""
    return f"{plural(row['firms'], 'firm')} and {plural(row['years'], 'year')} ({row['ratio']:.4f})"


def _left(rows: pd.DataFrame) -> list[str]:
    """Say which universes there were no prices for."""
    asked = rows[rows["start"] != ""]
    lacking = [
        f"{listed([str(size) for size in sizes], 'or')} {name}"
        for name, sizes in (
            (name, [size for size in given if size not in set(asked[name])])
            for name, given in (("firms", FIRMS), ("years", YEARS))
        )
        if sizes
    ]
    return (
        [f"Not asked, for want of prices: universes of {listed(lacking, 'or')}."] if lacking else []
    )


def _plots(table: pd.DataFrame) -> list[Plot]:
    """Draw the ratio over the number of firms."""
    curves = [
        Curve(
            f"{name}, {years} years",
            own["firms"].tolist(),
            own["ratio"].tolist(),
            own["low"].tolist(),
            own["high"].tolist(),
        )
        for (name, years), own in table.groupby(["start", "years"])
    ]
    return [
        Plot(
            "transfer",
            "CRPS on test days over that of the pretrained network as it is: below 1, training on "
            "one's own firms pays.",
            "firms",
            "CRPS over zero-shot's",
            curves,
            log_x=True,
        )
    ]
