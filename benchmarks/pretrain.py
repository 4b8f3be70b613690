"""Make the pretrained networks that come with firmament again, bit by bit, and say what they score.

They learn from the firms of a folder of prices up to `SEEN_TO` and, where they see growth alone,
from the bundled sample's history before 2013. So that they serve universes of any size, they are
shown the firms as one universe, in universes of a hundred and of twenty that are drawn at random,
and half of them alone, without a market. Size, sequences and steps are firmament's defaults: what
else was tried is told in `docs/pretrained.md`.

    python -m benchmarks.pretrain [--data FOLDER with prices.parquet] [--check]

Without `--check`, networks, cards and their digests are written; with it, what is made is compared
with what comes with firmament. Some ten minutes on two cores.
"""

from __future__ import annotations

import argparse
import pprint
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from models.catalogue import PRETRAINED
from pipeline.features.features import SETS
from pipeline.outputs import Fold, Grown, Windowed
from pipeline.panel.windows import window_on
from pipeline.pretrained import digests
from pipeline.pretrained.card import Card
from pipeline.pretrained.pretrained import DEFAULT, INPUTS, digest, files
from pipeline.run.flow import Flow
from pipeline.settings.load import load
from pipeline.settings.model import Model
from pipeline.settings.train import Train
from pipeline.settings.window import Window
from pipeline.stages import PLAN
from pipeline.watch import Silence

DATA = Path(__file__).parents[2] / "shared" / "data" / "sp500"
SEEN_TO = date(2015, 12, 31)
ENDS = (date(2013, 12, 31), SEEN_TO)
"""Last training and last validation day of what is shipped."""
HELD_OUT = (date(2012, 12, 31), date(2013, 12, 31))
"""The same of a network that never saw every fifth firm; it is scored on these, up to SEEN_TO."""
UNIVERSES = (100, 20)
"""Firms of the universes that are drawn."""
JUDGED, FEW = 60, (1, 3, 4, 5, 10, 20, 60)
"""How many firms kept apart are also judged in small universes, and how small these are."""
SIZES = ("units", "activation", "spectral_norm", "reset_after", "window_days")
"""Settings of the section `model` that make any of these networks what it is."""
TRADED = {"growth": False, "traded": True}
LOOKBACK = Window().lookback


@dataclass(frozen=True)
class Score:
    """What a network scored somewhere."""

    place: str
    ratio: float
    """CRPS over that of a GARCH(1,1)-t that was fitted to each firm."""
    inside: dict[int, float]
    """Level (%) of an interval → share of growth in it."""


def grown(source: str, **ingest: date) -> Grown:
    """Return growth as a run takes it from a source."""
    with tempfile.TemporaryDirectory() as store:
        settings = load(None, (), {"source": source, "data_root": store, "ingest": ingest})
        flow = Flow(PLAN, settings, Silence())
        flow.reach("growth")
        return flow.made(Grown)


def laid(table: Grown, firms: Sequence[str], inputs: str, end: date | None = None) -> Windowed:
    """Return some firms as a universe of their own."""
    growth = table.growth.loc[: None if end is None else pd.Timestamp(end), [*firms]]
    names = SETS["all"].always + (SETS["all"].traded if TRADED[inputs] else ())
    none = Fold((0, 0), (0, 0), (0, 0), 1, LOOKBACK)
    return window_on(replace(table, growth=growth), names, none)


def universes(table: Grown, firms: Sequence[str], inputs: str, end: date) -> Iterator[Windowed]:
    """Give the firms as one universe, in universes of some, and half of them alone."""
    yield laid(table, firms, inputs, end)
    random = np.random.default_rng(0)
    for size in UNIVERSES:
        drawn, number = random.permutation(firms), len(firms) // size
        for part in range(number):
            yield laid(table, sorted(drawn[part::number]), inputs, end)
    for firm in firms[::2]:
        yield laid(table, [firm], inputs, end)


def in_parts(table: Grown, firms: Sequence[str], size: int, inputs: str) -> Iterator[Windowed]:
    """Give firms in universes of so many each, up to the last day that may be judged."""
    for first in range(0, len(firms), size):
        yield laid(table, firms[first : first + size], inputs, SEEN_TO)


def joined(parts: Sequence[Windowed]) -> Windowed:
    """Return several universes as one panel, on the days of any of them."""
    dates = np.unique(np.concatenate([part.dates for part in parts]))
    counts = np.cumsum([0, *(len(part.symbols) for part in parts)])
    first, days = parts[0], len(dates)
    features = np.zeros((counts[-1], days, first.features.shape[2]), np.float32)
    growth, unit = (np.full((counts[-1], days), np.nan, np.float32) for _ in range(2))
    for part, since, until in zip(parts, counts, counts[1:], strict=False):
        places = np.ix_(np.arange(since, until), np.searchsorted(dates, part.dates))
        features[places], growth[places], unit[places] = part.features, part.growth, part.unit
    symbols = np.concatenate([part.symbols for part in parts])
    return Windowed(features, growth, unit, dates, symbols, first.fold, first.names)


def split(windowed: Windowed, *ends: date) -> Windowed:
    """Return a panel with the last training and validation days, and tested on what follows."""
    after = [int(np.searchsorted(windowed.dates, np.datetime64(end), "right")) - 1 for end in ends]
    places = [LOOKBACK - 1, *after, len(windowed.dates) - 1]
    parts = [(places[at], max(places[at], places[at + 1])) for at in range(3)]
    return replace(windowed, fold=Fold(parts[0], parts[1], parts[2], 1, LOOKBACK))


def trained(architecture: str, panel: Windowed) -> bytes:
    """Return a network that was trained as firmament trains, from weights drawn anew."""
    from pipeline.training.train import train

    return train(Train(start="fresh"), Model(name=architecture), panel, watch=Silence()).network


class Ground:
    """A universe that networks are judged on, beside GARCH."""

    def __init__(self, place: str, panel: Windowed) -> None:
        from pipeline.evaluation.baselines import BASELINES, Given
        from pipeline.evaluation.forecasts import firm_days
        from pipeline.evaluation.proper import crps
        from pipeline.settings.evaluate import Evaluate

        self.place, self.panel = place, panel
        growth = np.ascontiguousarray(panel.growth.T, dtype=np.float64)
        self.days = firm_days(growth, range(*panel.fold.test), 1, LOOKBACK)
        given = Given(growth, panel.fold, Evaluate(), panel.features, None)
        garch = BASELINES["garch"](given, self.days).forecast
        self.garch = float(crps(garch, self.days.growth).mean())

    def score(self, network: bytes) -> Score:
        """Judge a network."""
        import models
        from pipeline.evaluation.forecasts import network_forecast
        from pipeline.evaluation.proper import crps
        from pipeline.training.predict import forecast

        test = self.panel.fold.test
        raw = forecast(models.from_bytes(network), self.panel, test, watch=Silence())
        said = network_forecast(raw, test[0], self.days, self.panel.unit)
        off = 2.0 * np.abs(said.cdf(self.days.growth) - 0.5)
        inside = {level: float((off <= level / 100).mean()) for level in (90, 99)}
        return Score(self.place, float(crps(said, self.days.growth).mean()) / self.garch, inside)


def made(inputs: str, table: Grown) -> dict[str, tuple[bytes, str]]:
    """Make the networks of some inputs, with their cards."""
    firms = [str(symbol) for symbol in table.growth.columns]
    others = firms[::5]
    seen = [symbol for symbol in firms if symbol not in others]
    parts, apart = (
        [*universes(table, some, inputs, ends[-1])]
        for some, ends in ((firms, ENDS), (seen, HELD_OUT))
    )
    sample, grounds = grown("sample"), []
    if not TRADED[inputs]:
        early = grown("sample", start=date(1990, 1, 2), end=date(2012, 12, 31))
        old = [str(symbol) for symbol in early.growth.columns]
        parts.append(laid(early, old, inputs))
        apart.append(laid(early, [symbol for symbol in old if symbol not in others], inputs))
        later = laid(sample, [str(symbol) for symbol in sample.growth.columns], inputs)
        ends = (date(2019, 12, 31), date(2021, 6, 29))
        grounds = [
            Ground(
                "the sample's 20 firms, which it saw, later: 2021 and 2022",
                split(later, *ends),
            )
        ]
    whole = split(laid(table, firms, inputs), *ENDS)
    grounds.append(Ground(f"{len(firms)} firms that it saw, later: 2016 and 2017", whole))
    unseen = split(laid(table, others, inputs, SEEN_TO), *HELD_OUT)
    small = [
        Ground(
            f"{JUDGED} of them, in universes of {size} *",
            split(joined([*in_parts(table, others[:JUDGED], size, inputs)]), *HELD_OUT),
        )
        for size in FEW
    ]
    held = Ground(f"{len(others)} firms kept apart, 2014 and 2015 *", unseen)
    panels = [split(joined(some), *ends) for some, ends in ((parts, ENDS), (apart, HELD_OUT))]
    found = {}
    for architecture in PRETRAINED:
        network, other = (trained(architecture, panel) for panel in panels)
        scores = [*(ground.score(network) for ground in grounds), held.score(other)]
        name = f"{architecture}-{inputs}"
        for score in (*scores, *(ground.score(other) for ground in small)):
            print(f"{name:20} {score.place:45} {score.ratio:.4f}  {score.inside}", flush=True)
        card = Card(
            architecture=architecture,
            sizes={size: getattr(Model(name=architecture), size) for size in SIZES},
            features=tuple(whole.names[:-1]),
            lookback=LOOKBACK,
            horizon=1,
            seen_from=panels[0].dates[0].astype("datetime64[D]").astype(date),
            seen_to=SEEN_TO,
            firms=len({*panels[0].symbols}),
        )
        found[name] = network, card.written(page(name, card, scores))
    return found


def page(name: str, card: Card, scores: Sequence[Score]) -> str:
    """Return what a card tells people."""
    role = (
        "It stands beside the recurrent network as its control: the same firms, days and inputs."
        if card.architecture != DEFAULT
        else "It forecasts the growth of firms that it never saw, with nothing trained."
    )
    rows = [
        f"| {score.place} | {score.ratio:.4f} | {score.inside[90]:.1%} | {score.inside[99]:.1%} |"
        for score in scores
    ]
    sees = "growth, ranges and volumes" if name.endswith(INPUTS[1]) else "growth alone"
    return "\n".join(
        [
            "",
            f"# {name}",
            "",
            f"A pretrained `{card.architecture}` of firmament that sees {sees}. {role}",
            "",
            f"**Seen.** {card.firms} large American firms, {card.seen_from} to {card.seen_to}: to "
            "2013 to learn from, the last two years to choose the epoch by, then both to be fitted "
            "anew. As one universe, in universes of a hundred and of twenty, and alone.",
            "",
            "**Scores.** CRPS over that of a GARCH(1,1)-t that was fitted to each firm, and the "
            "shares of growth in the intervals of 90 % and 99 %.",
            "",
            "| where | CRPS of GARCH | in 90 % | in 99 % |",
            "| --- | --- | --- | --- |",
            *rows,
            "",
            "\\* of a network made alike without these firms, to 2013.",
            "",
            "**Limits.** One session ahead. Chosen in hindsight, its firms all survived to 2017. "
            f"Days up to {card.seen_to} cannot judge it, whichever firms they are of: all firms "
            "share a day's moves. Made by `python -m benchmarks.pretrain`.",
            "",
        ]
    )


def write(found: dict[str, tuple[bytes, str]]) -> None:
    """Write networks and cards, and the digests by which firmament knows them."""
    for name, (network, text) in found.items():
        place, card = files(name)
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(network)
        card.write_text(text, encoding="utf-8")
    module = Path(digests.__file__)
    head = module.read_text(encoding="utf-8").split("DIGESTS")[0]
    told = {name: digest(*both) for name, both in found.items()}
    listed = pprint.pformat(told, width=98, sort_dicts=False).replace("'", '"')
    table = "{\n    " + listed[1:-1].replace("\n ", "\n    ") + ",\n}"
    module.write_text(f"{head}DIGESTS: dict[str, str] = {table}\n", encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--check", action="store_true")
    asked = parser.parse_args()
    table = grown(f"files:{asked.data}")
    found = {name: both for inputs in INPUTS for name, both in made(inputs, table).items()}
    if not asked.check:
        write(found)
        return 0
    other = [name for name, both in found.items() if digest(*both) != digests.DIGESTS.get(name)]
    print(f"Not what comes with firmament: {', '.join(other)}" if other else "All are the same.")
    return int(bool(other))


if __name__ == "__main__":
    sys.exit(main())
